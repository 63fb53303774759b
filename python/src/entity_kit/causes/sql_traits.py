"""Read from a statement's text what it does."""

from __future__ import annotations

from dataclasses import dataclass

import sqlglot
from sqlglot import expressions as exp
from sqlglot.errors import SqlglotError

from entity_kit.compare.sql_columns import columns_made_by

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
    aggregates: bool = False
    windowed: frozenset[str] = frozenset()


def traits(sql: str, dialect: str = "duckdb") -> SqlTraits:
    """Return whether a statement has window functions or groups, or reads the clock."""
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
        aggregates=tree.find(exp.AggFunc) is not None,
        windowed=columns_made_by(tree, lambda node: isinstance(node, exp.Window)),
    )


def joined(sql: str, dialect: str = "duckdb") -> frozenset[str]:
    """Return the tables that a statement joins, as `schema.table`, without their database."""
    try:
        tree = sqlglot.parse_one(sql, dialect=dialect)
    except SqlglotError:
        return frozenset()
    tables = (table for join in tree.find_all(exp.Join) for table in join.this.find_all(exp.Table))
    return frozenset(".".join(part for part in (t.db, t.name) if part) for t in tables)
