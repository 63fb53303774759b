"""Translate texts that are in a dialect, but for the parts that DuckDB's own macros wrote."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import sqlglot
from sqlglot.errors import SqlglotError

from entity_kit.dialects import UnsupportedError, to_duckdb

if TYPE_CHECKING:
    from entity_kit.dbt_bridge.dialect import Dialect

_COMMAND = "clause COMMAND"

# Around what a macro wrote for DuckDB. No SQL has these characters.
_OPEN, _CLOSE = "\ue000", "\ue001"
_MARKS = re.compile(f"[{_OPEN}{_CLOSE}]")
_NAME = "entity_kit_duckdb_"
_NAMED = re.compile(rf'["`]?{_NAME}(\d+)["`]?', re.IGNORECASE)
_QUOTED = re.compile(
    r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|--[^\n]*|/\*.*?\*/|`(?P<name>(?:[^`]|``)*)`", re.DOTALL
)
_COMMENTS = re.compile(r"\A(?:\s|--[^\n]*|/\*.*?\*/)+", re.DOTALL)
_PLAIN = re.compile(r"\s*(?:\w+|-?\d+(?:\.\d+)?|'[^']*')\s*")
# Statements that change no row, only who may read it, how it is stored, or how the session runs.
_IGNORED = re.compile(
    r"(?:grant|revoke|comment|use|optimize|vacuum|analyze|msck|refresh|call\s+system\$\w+"
    r"|alter\s+(?:session|warehouse|account|user|role|tag)"
    r"|alter\s+(?:\w+\s+)?(?:table|view)\s+\S+\s+(?:cluster\s+by|suspend\s+recluster|resume\s+recluster"
    r"|add\s+search\s+optimization|set\s+(?:tag|options|tblproperties|change_tracking"
    r"|data_retention_time_in_days)|owner\s+to|alter\s+(?:sortkey|diststyle|distkey)))\b",
    re.IGNORECASE,
)
# Parameters of a session that change what SQL means, unless they are set to what holds in DuckDB.
_MEANING = re.compile(
    r"alter\s+session\s+set\b.*?\b(?P<name>timezone(?!\s*=\s*'(?:Etc/)?(?:UTC|GMT)')"
    r"|timestamp_type_mapping(?!\s*=\s*'?timestamp_ntz)|week_start(?!\s*=\s*[01]\b)"
    r"|week_of_year_policy(?!\s*=\s*0)|default_null_ordering(?!\s*=\s*'?last)"
    r"|(?:date|time|timestamp|binary|timestamp_\w+)_(?:in|out)put_format|two_digit_century_start"
    r"|quoted_identifiers_ignore_case(?!\s*=\s*false)|rows_per_resultset)\b",
    re.IGNORECASE | re.DOTALL,
)
_TRANSACTION = re.compile(r"(?:begin|start\s+transaction|commit|rollback|end)\b", re.IGNORECASE)


def mark(text: str) -> str:
    """Mark a text as DuckDB's, for `translated`."""
    return f"{_OPEN}{text}{_CLOSE}"


def unmarked(text: str) -> str:
    return _MARKS.sub("", text)


def translated(text: str, dialect: Dialect, header: str = "", *, named: bool = True) -> str:
    """Translate a text of statements; what is marked in it stays as it is.

    `header` stands before it, and may create functions. `named` says whether columns need the name
    that they have in the dialect. Raises UnsupportedError, whose line is that of the text.
    """
    session = _MEANING.match(without_comments(text))
    if session:
        why = "It changes what SQL means, and DuckDB's session can't be changed alike."
        raise UnsupportedError(f"parameter {session['name'].upper()} of the session", 1, why)
    parts: list[str] = []
    written, depth, begin = [], 0, 0
    for found in _MARKS.finditer(text):
        if found[0] == _OPEN:
            if depth == 0:
                written.append(text[begin : found.start()])
                begin = found.end()
            depth += 1
        elif depth:
            depth -= 1
            if depth == 0:
                part = unmarked(text[begin : found.start()])
                # With its line breaks, so that lines are counted right.
                written.append(f"{_NAME}{len(parts)}" + "\n" * part.count("\n"))
                parts.append(part.strip())
                begin = found.end()
    written.append(text[begin:])
    functions = unmarked(header) if "function" in header.lower() else ""
    result = to_duckdb(
        unmarked("".join(written)), dialect.name, dialect.known, header=functions, named=named
    )
    return _NAMED.sub(lambda each: f"({parts[int(each[1])]})", result) if parts else result


def translated_statement(text: str, dialect: Dialect) -> str:
    """Translate what a hook or a macro sends. What sqlglot has no words for is named by its own."""
    try:
        return translated(text, dialect)
    except UnsupportedError as error:
        if error.construct != _COMMAND:
            raise
        words = " ".join(without_comments(text).split()[:3])
        raise UnsupportedError(f"statement `{words} …`", error.line, error.why) from error


def translated_header(text: str, dialect: Dialect) -> str:
    """Translate what stands before a model's statement, or return '' if it changes no row."""
    found = "" if ignored(text) else translated(text, dialect)
    return f"{found};" if found else ""


def translated_expression(text: str, dialect: Dialect) -> str:
    """Translate an expression alike."""
    found = translated(f"select {text}", dialect, named=False)
    return re.sub(r"\A\s*select\s+", "", found, flags=re.IGNORECASE)


def translated_argument(text: str, dialect: Dialect) -> str:
    """Translate what a user's SQL passes to a macro that writes DuckDB's, if it is an expression."""
    if _PLAIN.fullmatch(text):
        return text
    try:
        sqlglot.parse_one(f"select {unmarked(text)}", read=dialect.name)
    except SqlglotError:
        return unmarked(text)
    return translated_expression(text, dialect)


def with_double_quotes(sql: str) -> str:
    """Write the names that are in backticks in DuckDB's quotes. Strings and comments stay."""
    if "`" not in sql:
        return sql

    def written(found: re.Match[str]) -> str:
        name = found["name"]
        return found[0] if name is None else '"' + name.replace("``", "`").replace('"', '""') + '"'

    return _QUOTED.sub(written, sql)


def without_comments(sql: str) -> str:
    """Return a statement without the comments before it."""
    return _COMMENTS.sub("", sql)


def ignored(sql: str) -> str | None:
    """Return the first words of statements that change no row, or None if one of them may.

    A semicolon inside of a string parts it, too: then it isn't known what the rest is.
    """
    parts = filter(None, (without_comments(each).strip() for each in sql.split(";")))
    found = [None if _MEANING.match(part) else _IGNORED.match(part) for part in parts]
    words = [" ".join(each[0].casefold().split()) for each in found if each is not None]
    return words[0] if words and len(words) == len(found) else None


def ends_or_begins(sql: str) -> bool:
    """Return whether a statement only begins or ends a transaction."""
    return _TRANSACTION.match(without_comments(sql)) is not None and len(sql.split()) < 4


def line_in_file(text: str, compiled: str, line: int, construct: str) -> int | None:
    """Return the line of a model's file from which a line of its compiled SQL comes, if it is clear."""
    lines = text.splitlines()
    wanted = compiled.splitlines()[line - 1 : line]
    if wanted and wanted[0].strip():
        same = [n for n, each in enumerate(lines, 1) if each.strip() == wanted[0].strip()]
        if len(same) == 1:
            return same[0]
    words = re.findall(r"\w+", construct)
    if not words:
        return None
    named = re.compile(rf"\b{re.escape(words[-1])}\b", re.IGNORECASE)
    same = [n for n, each in enumerate(lines, 1) if named.search(each)]
    return same[0] if len(same) == 1 else None
