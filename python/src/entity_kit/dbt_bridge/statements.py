"""Find out from its tokens what a dbt statement would do to a server.

Tokens are enough, and they always are: no parser knows all of an engine's SQL, but every engine's
comments, strings and quoted names are known. What isn't known to be harmless is refused.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from sqlglot import TokenType
from sqlglot.dialects.dialect import Dialect
from sqlglot.errors import SqlglotError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from sqlglot import Token

# Statements that start with these only read, or change nothing but the session.
_HARMLESS = {
    *("SELECT", "VALUES", "TABLE", "FROM", "SHOW", "DESCRIBE", "DESC", "SET", "RESET", "USE"),
    *("BEGIN", "START", "COMMIT", "END", "ROLLBACK", "ABORT", "SAVEPOINT", "RELEASE"),
    *("ANALYZE", "VACUUM", "DECLARE", "FETCH", "CLOSE", "DEALLOCATE", "DISCARD"),
    *("CACHE", "UNCACHE", "CLEAR"),
}
# Of these, only if nothing else follows: in a script, a block of statements would.
_BOUNDS = {"BEGIN", "START", "END"}
_AFTER_BOUNDS = {"WORK", "TRANSACTION", "ISOLATION", "READ", "NOT", "AND"}
_TRANSACTIONS = {"BEGIN TRANSACTION", "COMMIT TRANSACTION", "ROLLBACK TRANSACTION"}
_TEMPORARY = {"TEMP", "TEMPORARY"}
_KINDS = {"TABLE", "VIEW", "SCHEMA", "DATABASE", "NAMESPACE", "INDEX", "SEQUENCE", "COLUMN"}
_ADJECTIVES = {
    *("OR", "REPLACE", "GLOBAL", "LOCAL", "UNLOGGED", "MATERIALIZED", "UNIQUE", "RECURSIVE"),
    *("EXTERNAL", "IF", "NOT", "EXISTS", "ONLY", "CONCURRENTLY", *_TEMPORARY),
    *("TRANSIENT", "DYNAMIC", "ICEBERG", "SECURE", "STREAMING"),
}
_NAMES_NOTHING = {"SCHEMA", "DATABASE", "NAMESPACE"}
_DEFINING = {"CREATE", "DROP", "ALTER", "COMMENT", "REFRESH", "TRUNCATE", "LOCK", "OPTIMIZE"}
# They name their table at once.
_NAMING = {"REFRESH", "TRUNCATE", "LOCK", "OPTIMIZE"}
_LISTING = {"DROP", "TRUNCATE", "LOCK"}
# Where quotes keep no case, or our schemas' names are in capitals.
_FOLDING = {"snowflake", "redshift", "databricks"}
# Functions of Snowflake itself that only read; of the others, many act.
_READING = ("SYSTEM$TYPEOF", "SYSTEM$CLUSTERING_")
# BigQuery and Redshift name a table without `into` or `from`, too; what may follow these words else.
_BARE = {
    "INSERT": {"INTO", "OVERWRITE", "ALL", "FIRST", "("},
    "MERGE": {"INTO"},
    "DELETE": {"FROM"},
}
_WRITING = {*_DEFINING, "INSERT", "UPDATE", "DELETE", "MERGE", "GRANT", "REVOKE"}
# Functions of Postgres itself that a query can write with, or reach another server through.
WRITING_FUNCTIONS = frozenset(
    {
        *("nextval", "setval", "lo_create", "lo_creat", "lo_import", "lo_export", "lo_unlink"),
        *(
            "lo_put",
            "lo_from_bytea",
            "lowrite",
            "lo_truncate",
            "pg_notify",
            "pg_logical_emit_message",
        ),
        *("dblink", "dblink_exec", "dblink_connect", "dblink_send_query", "query_to_xml"),
        *("pg_terminate_backend", "pg_cancel_backend", "pg_reload_conf", "pg_switch_wal"),
    }
)


class Quoted(str):
    """A quoted name: never a keyword, and kept as written."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Scope:
    """Where statements may write: our `schemas`. The `functions`, in lowercase, may not be called."""

    dialect: str
    schemas: frozenset[str]
    functions: frozenset[str] = frozenset()


def offence(sql: str, scope: Scope, temporary: set[str]) -> str | None:
    """Return what a text of statements would do outside of the scope, or None.

    `temporary` remembers the temporary tables of a run, which belong to nobody else.
    """
    try:
        tokens = Dialect.get_or_raise(scope.dialect).tokenize(sql)
    except SqlglotError:
        return "run SQL that can't be parsed"
    statement: list[Token] = []
    for token in tokens:
        if token.token_type is TokenType.SEMICOLON:
            found = _offence(statement, scope, temporary)
            if found:
                return found
            statement = []
        else:
            statement.append(token)
    return _offence(statement, scope, temporary)


def _offence(tokens: Sequence[Token], scope: Scope, temporary: set[str]) -> str | None:
    words = _words(tokens, scope.dialect)
    if len(tokens) == 2 and words[0] in {"REFRESH", "OPTIMIZE", "TRUNCATE"}:
        # The tokenizer treats the rest as one text.
        rest = Dialect.get_or_raise(scope.dialect).tokenize(tokens[1].text)
        words = [words[0], *_words(rest, scope.dialect)]
    begin = next((n for n, word in enumerate(words) if word != "("), len(words))
    if begin == len(words):
        return None
    first = words[begin]
    if first in _TRANSACTIONS or words[begin : begin + 2] == ["ALTER", "SESSION"]:
        return None
    unknown = _is_unknown(words, begin, scope.dialect)
    for target in _targets(words, begin, temporary):
        if target and not _ours(target, scope, temporary):
            return f"write to {'.'.join(target)}"
        unknown = unknown or not target
    if unknown:
        return f"run `{' '.join(str(token.text) for token in tokens[:3])}`"
    return _called(words, scope)


def _called(words: Sequence[str], scope: Scope) -> str | None:
    """Return which function a statement calls that may write, or None."""
    for word, after in zip(words, (*words[1:], ""), strict=True):
        if after == "(" and word.lower() in scope.functions:
            return f"call {word.lower()}(), which writes"
        if scope.dialect == "snowflake" and not isinstance(word, Quoted) and _acts(word):
            return f"call {word.lower()}, which may write"
    return None


def _acts(word: str) -> bool:
    """Return whether Snowflake itself does something there: count a sequence on, cancel a query."""
    return word == "NEXTVAL" or (word.startswith("SYSTEM$") and not word.startswith(_READING))


def _is_unknown(words: Sequence[str], begin: int, dialect: str) -> bool:
    first, after = words[begin], words[begin + 1] if begin + 1 < len(words) else ""
    if first in _BOUNDS:
        return after not in {"", *_AFTER_BOUNDS}
    if first == "WITH":
        return "PROCEDURE" in words  # of Snowflake, with a call at the end
    if dialect == "bigquery" and first == "CREATE" and "FUNCTION" in words[:5]:
        return not _TEMPORARY & set(words[:5])  # such a function can't write
    return first not in _HARMLESS | _WRITING


def _words(tokens: Sequence[Token], dialect: str) -> list[str]:
    words: list[str] = []
    for token in tokens:
        word = word_of(token)
        if dialect == "bigquery" and token.token_type is TokenType.IDENTIFIER and "." in word:
            # One pair of quotes may be around a whole name.
            parts = [Quoted(part) for part in word.split(".")]
            words += [each for part in parts for each in (part, ".")][:-1]
        else:
            words.append(word)
    return words


def word_of(token: Token) -> str:
    if token.token_type in {TokenType.IDENTIFIER, TokenType.STRING, TokenType.HEREDOC_STRING}:
        return Quoted(token.text)
    return str(token.text).upper()


def _targets(words: Sequence[str], begin: int, temporary: set[str]) -> Iterator[tuple[str, ...]]:
    """Yield the names that a statement writes to, at any depth; () for an unknown one."""
    first = words[begin]
    if not isinstance(first, Quoted):
        if first in _DEFINING and not _is_function(words, begin):
            yield from _defined(words, begin, temporary)
            yield from _moved(words)
        elif first in {"GRANT", "REVOKE"}:
            yield from _granted(words, begin)
    for at, word in enumerate(words):
        before = words[at - 1] if at else ""
        after = words[at + 1] if at + 1 < len(words) else ""
        if isinstance(word, Quoted):
            continue
        if word == "INTO" or (word == "OVERWRITE" and before == "INSERT"):
            yield _into(words, at + 1, temporary)
        elif word == "DELETE" and after == "FROM":
            yield _name(words, _past(words, at + 2, {"ONLY"}))
        elif before not in {"", "(", ")"}:
            continue
        elif word == "UPDATE" or (word in _BARE and after not in _BARE[word]):
            yield _name(words, _past(words, at + 1, {"ONLY"}))


def _is_function(words: Sequence[str], begin: int) -> bool:
    return (
        words[begin] == "CREATE" and "FUNCTION" in words[:5] and bool(_TEMPORARY & set(words[:5]))
    )


def _into(words: Sequence[str], at: int, temporary: set[str]) -> tuple[str, ...]:
    end = _past(words, at, {"INTO", "TABLE", "UNLOGGED", *_TEMPORARY})
    name = _name(words, end)
    if _TEMPORARY & set(words[at:end]) and len(name) == 1:
        temporary.add(name[0].casefold())
    return name


def _defined(words: Sequence[str], begin: int, temporary: set[str]) -> Iterator[tuple[str, ...]]:
    """Yield the names that a statement creates, changes, or removes."""
    verb, at, kind = words[begin], begin + 1, ""
    if verb == "COMMENT":
        at = next((n for n in range(at, len(words)) if words[n] == "ON"), at) + 1
    start = at
    while at < len(words) and words[at] in _KINDS | _ADJECTIVES:
        kind = kind or (words[at] if words[at] in _KINDS else "")
        at += 1
    if not kind and verb not in _NAMING:
        yield ()
    elif kind == "INDEX" and verb == "CREATE":
        on = next((n for n in range(at, len(words)) if words[n] == "ON"), len(words))
        yield _name(words, _past(words, on + 1, {"ONLY"}))
    else:
        names = [_name(words, at)]
        while verb in _LISTING and words[_after_name(at, names[-1]) :][:1] == [","]:
            at = _after_name(at, names[-1]) + 1
            names.append(_name(words, at))
        if verb == "CREATE" and _TEMPORARY & set(words[start:at]) and len(names[0]) == 1:
            temporary.add(names[0][0].casefold())
        for name in names:
            # The part before the last is the schema.
            yield (
                (*name, "") if kind in _NAMES_NOTHING else name[: -1 if kind == "COLUMN" else None]
            )


def _moved(words: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """Yield the targets of a definition: another name or schema, or a path for its files."""
    for at, (word, after) in enumerate(pairwise(words)):
        if (word, after) == ("RENAME", "TO") and "." in words[at + 3 : at + 4]:
            yield _name(words, at + 2)
        elif (word, after) in {("SWAP", "WITH"), ("APPEND", "FROM")}:
            yield _name(words, at + 2)  # which loses its own rows
        elif (word, after) == ("SET", "SCHEMA"):
            yield (*_name(words, at + 2), "")
        elif word in {"LOCATION", "PATH"} and isinstance(after, Quoted):
            yield (str(after),)


def _after_name(at: int, name: tuple[str, ...]) -> int:
    return at + 2 * len(name) - 1


def _granted(words: Sequence[str], begin: int) -> Iterator[tuple[str, ...]]:
    at = begin
    while at < len(words) and words[at] != "ON":
        at += 1
    kind = words[at + 1] if at + 1 < len(words) else ""
    if kind in {"TABLE", "VIEW", "SCHEMA"}:
        at += 1
    name = _name(words, at + 1)
    yield (*name, "") if kind == "SCHEMA" else name


def _past(words: Sequence[str], at: int, skipped: Collection[str]) -> int:
    while at < len(words) and words[at] in skipped:
        at += 1
    return at


def _name(words: Sequence[str], at: int) -> tuple[str, ...]:
    """Read `a.b.c` from a position on."""
    parts: list[str] = []
    while at < len(words):
        part = words[at]
        parts.append(str(part) if isinstance(part, Quoted) else part.lower())
        if at + 1 >= len(words) or words[at + 1] != ".":
            break
        at += 2
    return tuple(parts)


def _ours(name: tuple[str, ...], scope: Scope, temporary: set[str]) -> bool:
    if len(name) == 1:
        return name[0].casefold() in temporary
    if scope.dialect in _FOLDING:
        return name[-2].casefold() in {schema.casefold() for schema in scope.schemas}
    return name[-2] in scope.schemas
