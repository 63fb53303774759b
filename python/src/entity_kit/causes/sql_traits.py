"""Read from a statement's text what it does."""

from __future__ import annotations

from dataclasses import dataclass

import sqlglot
from sqlglot import expressions as exp
from sqlglot.errors import SqlglotError

from entity_kit.warehouse import fold

_CLOCK_NAMES = {
    "now", "today", "current_date", "current_timestamp", "get_current_timestamp",
    "current_localtimestamp", "localtimestamp", "transaction_timestamp", "statement_timestamp",
    "clock_timestamp", "curdate",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class SqlTraits:
    """What a statement does; `windowed` columns come from window functions."""

    windows: bool
    groups: bool
    clock: bool
    windowed: frozenset[str] = frozenset()


def traits(sql: str, dialect: str = "duckdb") -> SqlTraits:
    """Return whether a statement has window functions or groups, or asks for the time."""
    try:
        tree = sqlglot.parse_one(sql, dialect=dialect)
    except SqlglotError:
        return SqlTraits(windows=False, groups=False, clock=False)
    clock = any(
        isinstance(node, (exp.CurrentTimestamp, exp.CurrentDate, exp.CurrentTime))
        or (isinstance(node, exp.Anonymous) and node.name.casefold() in _CLOCK_NAMES)
        for node in tree.walk()
    )
    return SqlTraits(
        windows=tree.find(exp.Window) is not None,
        groups=tree.find(exp.Group) is not None,
        clock=clock,
        windowed=_windowed(tree),
    )


def _windowed(tree: exp.Expr) -> frozenset[str]:
    """Name the columns that window functions compute, at any depth; columns are told by name."""
    given = [
        (fold(column.alias_or_name), column)
        for select in tree.find_all(exp.Select)
        for column in select.expressions
    ]
    found = {name for name, column in given if column.find(exp.Window)}
    while True:
        more = {
            name
            for name, column in given
            if any(fold(read.name) in found for read in column.find_all(exp.Column))
        }
        if more <= found:
            return frozenset(found)
        found |= more
