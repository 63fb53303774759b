"""Read from a statement's text what it does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlglot
from sqlglot import expressions as exp
from sqlglot.errors import SqlglotError

from entity_kit.compare.sql_columns import columns_made_by
from entity_kit.warehouse import fold

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

_CLOCK_NAMES = {
    "now", "today", "current_date", "current_timestamp", "get_current_timestamp",
    "current_localtimestamp", "localtimestamp", "transaction_timestamp", "statement_timestamp",
    "clock_timestamp", "curdate",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class SqlTraits:
    """What a statement does; `windowed` columns come from window functions.

    `groups_by_window` is whether such a column tells groups apart, as the number of a session does.
    `selects_by_clock` is whether the clock may decide which rows there are, and not only what an
    output column holds.
    """

    windows: bool
    groups: bool
    clock: bool
    aggregates: bool = False
    groups_by_window: bool = False
    windowed: frozenset[str] = frozenset()
    selects_by_clock: bool = False


def traits(sql: str, dialect: str = "duckdb") -> SqlTraits:
    """Return whether a statement has window functions or groups, or reads the clock."""
    try:
        tree = sqlglot.parse_one(sql, dialect=dialect)
    except SqlglotError:
        return SqlTraits(windows=False, groups=False, clock=False)
    clocks = [node for node in tree.walk() if is_clock(node)]
    windowed = columns_made_by(tree, lambda node: isinstance(node, exp.Window))
    return SqlTraits(
        windows=tree.find(exp.Window) is not None,
        groups=tree.find(exp.Group) is not None,
        clock=bool(clocks),
        aggregates=tree.find(exp.AggFunc) is not None,
        groups_by_window=any(_groups_by(group, windowed) for group in tree.find_all(exp.Group)),
        windowed=windowed,
        selects_by_clock=_decides(tree, clocks),
    )


def _groups_by(group: exp.Group, names: Collection[str]) -> bool:
    """Return whether groups are told apart by any of these columns, called by name or by number."""
    select = group.parent
    given = select.expressions if isinstance(select, exp.Select) else []
    everything = bool(group.args.get("all"))
    by = [each for each in given if not each.find(exp.AggFunc)] if everything else []
    for each in group.expressions:
        place = int(each.name) if isinstance(each, exp.Literal) and each.is_int else 0
        by.append(given[place - 1] if 0 < place <= len(given) else each)
    return any(fold(column.name) in names for each in by for column in each.find_all(exp.Column))


def is_clock(node: exp.Expr) -> bool:
    """Return whether a node asks for the time."""
    return isinstance(node, (exp.CurrentTimestamp, exp.CurrentDate, exp.CurrentTime)) or (
        isinstance(node, exp.Anonymous) and node.name.casefold() in _CLOCK_NAMES
    )


def _decides(tree: exp.Expr, nodes: Sequence[exp.Expr]) -> bool:
    """Return whether any of the nodes, or a column made by one, is more than an output column."""
    if not all(map(_is_output, nodes)):
        return True
    names = columns_made_by(tree, is_clock)
    return bool(nodes) and any(
        fold(column.name) in names and not _is_output(column)
        for column in tree.find_all(exp.Column)
    )


def _is_output(node: exp.Expr) -> bool:
    """Return whether a node only contributes to what a query's columns hold."""
    while node.parent is not None:
        node, inner = node.parent, node
        if isinstance(node, exp.CTE) or (
            isinstance(node, exp.Subquery) and isinstance(node.parent, (exp.From, exp.Join))
        ):
            # Whether its columns decide is seen where they are read.
            return True
        if isinstance(node, exp.Select) and inner.arg_key != "expressions":
            return False
    return True


_RANKINGS = (exp.RowNumber, exp.Rank, exp.DenseRank)


def ranks_within(sql: str, key: Collection[str], dialect: str = "duckdb") -> bool:
    """Return whether all windows rank the rows of one whole key, so that each key keeps a first row.

    A column counts as part of the key if the key is an alias of it. Of a part of the key, the first
    rows may be any: which keys there are depends on the windows.
    """
    try:
        tree = sqlglot.parse_one(sql, dialect=dialect)
    except SqlglotError:
        return False
    names = [_named(tree, {fold(name)}) for name in key]
    windows = list(tree.find_all(exp.Window))
    return bool(windows) and all(_ranks(window, names) for window in windows)


def _ranks(window: exp.Window, names: Collection[set[str]]) -> bool:
    """Return whether a window ranks rows by all columns of a key, and by no others."""
    parts = window.args.get("partition_by") or ()
    if not isinstance(window.this, _RANKINGS) or not parts:
        return False
    columns = {fold(part.name) for part in parts if isinstance(part, exp.Column)}
    only = len(columns) == len(parts) and columns <= set().union(*names)
    return only and all(columns & each for each in names)


def _named(tree: exp.Expr, names: set[str]) -> set[str]:
    """Add the columns that any of the names is an alias of, at any depth."""
    given = [
        (fold(column.alias), fold(column.this.name))
        for column in tree.find_all(exp.Alias)
        if isinstance(column.this, exp.Column)
    ]
    while True:
        more = {column for alias, column in given if alias in names} - names
        if not more:
            return names
        names = names | more


def joined(sql: str, dialect: str = "duckdb") -> frozenset[str]:
    """Return the tables that a statement joins, as `schema.table`, without their database."""
    try:
        tree = sqlglot.parse_one(sql, dialect=dialect)
    except SqlglotError:
        return frozenset()
    tables = (table for join in tree.find_all(exp.Join) for table in join.this.find_all(exp.Table))
    return frozenset(".".join(part for part in (t.db, t.name) if part) for t in tables)


def limited(sql: str, dialect: str = "duckdb") -> frozenset[str]:
    """Return the limits on what a statement returns, and not on what a condition compares with.

    The first rows by a row_number over all rows are a limit, too.
    """
    try:
        tree = sqlglot.parse_one(sql, dialect=dialect)
    except SqlglotError:
        return frozenset()
    limits = [node for node in tree.find_all(exp.Limit, exp.Fetch) if _is_of_rows(node.parent)]
    first = [
        node
        for node in tree.find_all(exp.LTE, exp.LT)
        if isinstance(node.this, exp.Window)
        and isinstance(node.this.this, exp.RowNumber)
        and not node.this.args.get("partition_by")
        and node.find_ancestor(exp.Qualify)
    ]
    return frozenset(node.sql() for node in (*limits, *first))


def _is_of_rows(query: exp.Expr | None) -> bool:
    """Return whether a query is the statement itself, or what it reads from."""
    if query is None or query.parent is None or isinstance(query.parent, exp.CTE):
        return True
    return isinstance(query.parent, exp.Subquery) and isinstance(
        query.parent.parent, (exp.From, exp.Join)
    )
