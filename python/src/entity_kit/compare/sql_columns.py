"""Find the columns of a statement that a given node contributes to, by name and at any depth."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlglot
from sqlglot import expressions as exp
from sqlglot.errors import SqlglotError

from entity_kit.warehouse import fold

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


def columns_made_by(tree: exp.Expr, makes: Callable[[exp.Expr], bool]) -> frozenset[str]:
    """Return the columns whose expression contains such a node or reads a column with such a name."""
    given = [
        (fold(column.alias_or_name), column)
        for select in tree.find_all(exp.Select)
        for column in select.expressions
    ]
    found = {name for name, column in given if any(map(makes, column.walk()))}
    while True:
        more = {
            name
            for name, column in given
            if any(fold(read.name) in found for read in column.find_all(exp.Column))
        }
        if more <= found:
            return frozenset(found)
        found |= more


def grouped_by(sql: str, names: Sequence[str], dialect: str = "duckdb") -> tuple[str, ...]:
    """Return the columns, of those named, that tell a statement's groups apart; none without groups.

    They are those that no aggregate and no window function contributes to. A statement that keeps the
    first row of each partition has these as its groups.
    """
    try:
        tree = sqlglot.parse_one(sql, dialect=dialect)
    except SqlglotError:
        return ()
    partition = {fold(name) for name in _first_of(tree)}
    if partition and partition <= {fold(name) for name in names}:
        return tuple(name for name in names if fold(name) in partition)
    if tree.find(exp.Group) is None:
        return ()
    made = columns_made_by(tree, lambda node: isinstance(node, (exp.AggFunc, exp.Window)))
    return tuple(name for name in names if fold(name) not in made)


def _first_of(tree: exp.Expr) -> tuple[str, ...]:
    """Return the columns by which a statement keeps one row each: `qualify row_number() … = 1`."""
    qualify = tree.args.get("qualify")
    kept = qualify.this if isinstance(qualify, exp.Qualify) else None
    if not isinstance(kept, exp.EQ) or not isinstance(kept.this, exp.Window):
        return ()
    parts = kept.this.args.get("partition_by") or ()
    is_first = isinstance(kept.this.this, exp.RowNumber) and kept.expression.name == "1"
    if not is_first or not all(isinstance(part, exp.Column) for part in parts):
        return ()
    return tuple(part.name for part in parts)
