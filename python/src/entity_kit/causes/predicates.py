"""Read from an incremental run's SQL which rows it selects: its watermarks and its `not in`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlglot
from sqlglot import expressions as exp
from sqlglot.errors import SqlglotError

from entity_kit.warehouse import fold

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, slots=True)
class Watermark:
    """A column that must be above the greatest value in the table; `strict`: not equal to it."""

    column: str
    strict: bool


def watermarks(sql: str, table: str, dialect: str = "duckdb") -> tuple[Watermark, ...]:
    """Return what a statement compares with a maximum over its own table."""
    found: dict[Watermark, None] = {}
    for node in _compared(sql, dialect):
        read, mark = node.this, node.expression
        if isinstance(node, (exp.LT, exp.LTE)):
            read, mark = mark, read
        if not _is_maximum(mark, table) or read.find(exp.Select):
            continue
        columns = {fold(column.name) for column in read.find_all(exp.Column)}
        if len(columns) == 1:
            found[Watermark(columns.pop(), isinstance(node, (exp.GT, exp.LT)))] = None
    return tuple(found)


def _is_maximum(node: exp.Expr, table: str) -> bool:
    """Return whether an expression is made from a maximum over a table."""
    return any(
        select.find(exp.Max)
        and any(fold(t.name) == fold(table) for t in select.find_all(exp.Table))
        for select in node.find_all(exp.Select)
    )


def maxima(sql: str, table: str, alias: str, dialect: str = "duckdb") -> tuple[str, ...]:
    """Return what a statement compares with: maxima over its own table, which becomes `alias` in them."""
    found: dict[str, None] = {}
    for node in _compared(sql, dialect):
        for side in (node.this, node.expression):
            if _is_maximum(side, table):
                mark = side.copy()
                for each in mark.find_all(exp.Table):
                    if fold(each.name) == fold(table):
                        called = "" if each.alias_or_name == alias else each.alias_or_name
                        each.replace(exp.to_table(alias, alias=called or None))
                found[mark.sql(dialect="duckdb")] = None
    return tuple(found)


def may_watch(sql: str, table: str, dialect: str = "duckdb") -> bool:
    """Return whether a statement may have a watermark of a table: it reads it, or compares with NULL.

    Jinja that asks an empty table pastes NULL. True if the statement can't be parsed.
    """
    nodes = list(_nodes(sql, dialect))
    return not nodes or any(
        (isinstance(node, exp.Table) and fold(node.name) == fold(table))
        or (isinstance(node, exp.Null) and node.find_ancestor(exp.GT, exp.GTE, exp.LT, exp.LTE))
        for node in nodes
    )


def not_in(sql: str, table: str, dialect: str = "duckdb") -> tuple[str, ...]:
    """Return the expressions of which a statement asks that its own table doesn't have them."""
    found: dict[str, None] = {}
    for node in _nodes(sql, dialect):
        if not isinstance(node, exp.Not) or not isinstance(node.this, exp.In):
            continue
        query = node.this.args.get("query")
        if query is None or all(fold(t.name) != fold(table) for t in query.find_all(exp.Table)):
            continue
        plain = node.this.this.copy()
        for column in plain.find_all(exp.Column):
            column.set("table", None)  # the source stands alone where it is asked
        found[plain.sql(dialect="duckdb")] = None
    return tuple(found)


def _compared(sql: str, dialect: str) -> Iterator[exp.Binary]:
    for node in _nodes(sql, dialect):
        if isinstance(node, (exp.GT, exp.GTE, exp.LT, exp.LTE)):
            yield node


def _nodes(sql: str, dialect: str) -> Iterator[exp.Expr]:
    try:
        yield from sqlglot.parse_one(sql, dialect=dialect).walk()
    except SqlglotError:
        return
