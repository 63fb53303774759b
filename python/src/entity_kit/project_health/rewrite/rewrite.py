"""Change `ref('old')` to `ref('new')` in a project's SQL, with the columns, and nothing else.

Jinja's own lexer finds the refs and sqlglot the scopes in which columns are read. Only the names
themselves are changed, where they stand. What isn't certain leaves the file as it is, with the
line, the reason, and what to do by hand.
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import jinja2
import sqlglot
from sqlglot import TokenType
from sqlglot import expressions as exp
from sqlglot.dialects.dialect import Dialect
from sqlglot.errors import SqlglotError

from entity_kit.project_health.rewrite.collector import Edit, Names
from entity_kit.project_health.rewrite.edits import Editor
from entity_kit.project_health.rewrite.jinja import (
    Call,
    Document,
    Model,
    Piece,
    UnreadableError,
    code_spans,
    line_of,
    read_document,
)
from entity_kit.project_health.rewrite.scopes import Node, Statement
from entity_kit.project_health.rewrite.variants import hidden_blocks, variants

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from entity_kit.project_health.rewrite.columns import Columns

__all__ = ["Model", "Rewritten", "applied", "diff_lines", "rewrite_sql"]


@dataclass(frozen=True, slots=True)
class Rewritten:
    """A file's text after the change, how many references changed, and what was left and why."""

    text: str
    changed: int
    left: tuple[str, ...] = ()


def rewrite_sql(
    text: str, old: Model, new: Model, columns: Columns | None = None, dialect: str = ""
) -> Rewritten:
    """Rewrite a model, test, snapshot or analysis; without `columns` only its references."""
    try:
        document = read_document(text, old, new)
    except jinja2.TemplateSyntaxError as error:
        return Rewritten(text, 0, (f"line {error.lineno}: Jinja can't read it: {error.message}",))
    code = code_spans(text, document.tokens)
    calls: list[Call] = []
    left: list[str] = [
        f"line {line_of(text, token.start)}: a ref with computed arguments"
        for token in document.unreadable
    ]
    for call in document.calls:
        if any(start <= call.start < end for start, end in code):
            calls.append(call)
        else:
            where = line_of(text, call.start)
            left.append(f"line {where}: a ref in a SQL comment or string; dbt still counts it")
    left += [
        f"line {line_of(text, token.start)}: a string that contains a ref"
        for token in document.tokens
        if token.kind == "string" and re.search(rf"ref\(\W*{re.escape(old.name)}\W", token.text)
    ]
    edits: set[Edit] = {(call.start, call.end, call.new) for call in calls}
    if calls and columns is not None:
        more, unclear = _edits(document, calls, Names(old, new, columns, dialect))
        if unclear:
            said = [f"line {line_of(text, at)}: {reason}" for at, reason in sorted(unclear)]
            return Rewritten(text, 0, (*left, *dict.fromkeys(said)))
        edits |= more
    return Rewritten(applied(text, edits), len(calls), tuple(left))


def diff_lines(path: str, before: str, after: str) -> Iterator[str]:
    """Yield a unified diff of one file."""
    lines = difflib.unified_diff(
        before.splitlines(keepends=True), after.splitlines(keepends=True), f"a/{path}", f"b/{path}"
    )
    for line in lines:
        yield line.rstrip("\r\n")


def applied(text: str, edits: Iterable[Edit]) -> str:
    """Return a text with its edits made."""
    for start, end, replacement in sorted(edits, reverse=True):
        text = text[:start] + replacement + text[end:]
    return text


def _edits(
    document: Document, calls: Sequence[Call], names: Names
) -> tuple[set[Edit], set[tuple[int, str]]]:
    """Return the edits of names in the SQL, and what is uncertain."""
    edits: set[Edit] = set()
    unclear = set(_loose(document, calls, names))
    if unclear:
        return set(), unclear
    try:
        for sql in variants(document):
            editor = _read(document, sql, names)
            if editor is not None:
                edits |= editor.edits
                unclear |= editor.unclear
    except UnreadableError as error:
        if names.columns.same and not _mentions(document, names):
            return set(), set()
        unclear.add((error.position, error.reason))
    return edits, unclear


def _loose(document: Document, calls: Sequence[Call], names: Names) -> Iterator[tuple[int, str]]:
    """Yield the refs that Jinja turns into something that isn't visible here."""
    blocks = list(hidden_blocks(document))
    loose = [call for call in calls if call in document.loose]
    loose += [c for c in calls if c not in loose and any(s <= c.at < e for s, e in blocks)]
    harmless = names.columns.same and not _mentions(document, names)
    for call in loose if not harmless else ():
        yield (
            call.at,
            "Jinja passes the ref on, so its columns' readers aren't visible here; rewrite it by hand",
        )


def _mentions(document: Document, names: Names) -> bool:
    """Return whether the table's old or new name is anywhere except in refs and comments."""
    text = list(document.text)
    for start, end in [*((c.start, c.end) for c in document.calls), *document.comments]:
        text[start:end] = " " * (end - start)
    code = re.sub(r"--[^\r\n]*|/\*.*?\*/", " ", "".join(text), flags=re.DOTALL)
    tables = f"{re.escape(names.old.table)}|{re.escape(names.new.table)}"
    return re.search(rf"(?<!\w)({tables})(?!\w)", code, re.IGNORECASE) is not None


def _read(document: Document, sql: str, names: Names) -> Editor | None:
    """Read one variant of the SQL; None if the old model isn't read in it."""
    pieces = {piece.word: piece for piece in document.pieces if piece.word}
    shown = _shown(sql, pieces, names)
    if not any(pieces[word].kind == "old" for word in shown):
        return None
    try:
        parsed = [tree for tree in sqlglot.parse(sql, dialect=names.dialect or None) if tree]
    except (SqlglotError, RecursionError) as error:
        raise UnreadableError(
            _place_of(error, sql),
            "sqlglot can't parse the SQL here without its Jinja; rewrite it by hand",
        ) from error
    if len(parsed) != 1 or not isinstance(parsed[0], exp.Query):
        raise UnreadableError(0, "the file isn't a single query; rewrite it by hand")
    tree = parsed[0]
    _check(tree, shown, pieces, names)

    def table_of(piece: Piece) -> str:
        return names.new.table if _is_new(piece, names.new) else piece.key[-1] if piece.key else ""

    statement = Statement(tree, pieces, names.columns, names.old.table, table_of)
    old = sum(len(scope.old) for scope in statement.scopes.values())
    if old != sum(pieces[word].kind == "old" for word in shown):
        raise UnreadableError(
            next(pieces[word].start for word in shown if pieces[word].kind == "old"),
            "the ref isn't in a plain `from` or join; rewrite it by hand",
        )
    editor = Editor(statement, sql, names)
    editor.read()
    return editor


def _is_new(piece: Piece, new: Model) -> bool:
    return piece.key[:1] == ("ref",) and piece.key[-1] == new.name


def _shown(sql: str, pieces: dict[str, Piece], names: Names) -> list[str]:
    """Return the words of each `{{ … }}` in the SQL's code, with repetitions."""
    try:
        tokens = Dialect.get_or_raise(names.dialect or None).tokenize(sql)
    except SqlglotError as error:
        raise UnreadableError(0, "the SQL can't be parsed; rewrite it by hand") from error
    found = []
    for token in tokens:
        if token.text in pieces and token.token_type != TokenType.STRING:
            found.append(token.text)
            continue
        for word in re.findall(r"j\d{3}_*", token.text):
            piece = pieces.get(word) or next(
                (p for w, p in pieces.items() if word.startswith(w[:4])), None
            )
            if piece is None or token.token_type == TokenType.STRING:
                continue
            if piece.kind == "old" or not names.columns.same:
                raise UnreadableError(
                    piece.start, "Jinja generates part of a name here; rewrite it by hand"
                )
    return found


def _check(tree: Node, shown: Sequence[str], pieces: dict[str, Piece], names: Names) -> None:
    """Raise UnreadableError if what Jinja generates isn't a table or a column."""
    seen: dict[str, int] = {}
    for each in tree.find_all(exp.Identifier):
        if each.name in pieces:
            known = isinstance(each.parent, (exp.Column, exp.Table))
            seen[each.name] = seen.get(each.name, 0) + (1 if known else -99)
    for word in shown:
        if seen.get(word, 0) < 1 and (not names.columns.same or seen.get(word, 0) < 0):
            raise UnreadableError(
                pieces[word].start,
                "Jinja generates SQL here that can't be parsed; rewrite it by hand",
            )


def _place_of(error: Exception, sql: str) -> int:
    for each in getattr(error, "errors", None) or ():
        line, column = each.get("line"), each.get("col")
        if line and column:
            lines = sql.splitlines(keepends=True)
            return min(sum(map(len, lines[: line - 1])) + int(column) - 1, len(sql))
    return 0
