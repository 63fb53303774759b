"""Find the columns of a statement that a given node contributes to, by name and at any depth."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlglot
from sqlglot import expressions as exp
from sqlglot.errors import SqlglotError

from entity_kit.warehouse import fold

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence


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


def first_within(sql: str, names: Sequence[str], dialect: str = "duckdb") -> tuple[str, ...]:
    """Return the columns, all of those named, of which a statement keeps one row each; or none."""
    try:
        partition = {fold(name) for name in _first_of(sqlglot.parse_one(sql, dialect=dialect))}
    except SqlglotError:
        return ()
    found = tuple(name for name in names if fold(name) in partition)
    return found if len(found) == len(partition) else ()


def _first_of(tree: exp.Expr) -> tuple[str, ...]:
    """Return the columns by which a statement keeps one row each: `qualify row_number() … = 1`.

    The number may be a column of a CTE or subquery that the statement takes its rows from.
    """
    ctes = {fold(cte.alias): cte.this for cte in tree.find_all(exp.CTE)}
    query: exp.Expr | None = tree
    while isinstance(query, exp.Select):
        below = _only_query(query, ctes)
        for condition in _conditions(query):
            if not isinstance(condition, exp.EQ) or condition.expression.name != "1":
                continue
            number = _made(below, _made(query, condition.this))
            if isinstance(number, exp.Window):
                return _partition(number)
        query = below
    return ()


def _conditions(query: exp.Select) -> Iterator[exp.Expr]:
    for clause in (query.args.get(name) for name in ("where", "qualify")):
        if clause is not None:
            yield from conjuncts(clause.this)


def conjuncts(condition: exp.Expr) -> Iterable[exp.Expr]:
    """Return the conditions that must all be true for this one to be."""
    return condition.flatten() if isinstance(condition, exp.And) else (condition,)


def _only_query(query: exp.Select, ctes: dict[str, exp.Expr]) -> exp.Expr | None:
    """Return the CTE or subquery of which a query keeps some rows as they are, if it does only that."""
    if query.args.get("joins") or query.args.get("group") or query.args.get("from_") is None:
        return None
    read = query.args["from_"].this
    if isinstance(read, exp.Subquery):
        return read.unnest()
    # A name is taken out once it is read: a recursive CTE reads itself.
    return ctes.pop(fold(read.name), None) if isinstance(read, exp.Table) and not read.db else None


def _made(query: exp.Expr | None, column: exp.Expr) -> exp.Expr:
    """Return what a query makes a column from; the column itself if that isn't known."""
    given = query.expressions if isinstance(query, exp.Select) else []
    if isinstance(column, exp.Column):
        for each in given:
            if isinstance(each, exp.Alias) and fold(each.alias) == fold(column.name):
                made: exp.Expr = each.unalias()
                return made
    return column


def _partition(number: exp.Window) -> tuple[str, ...]:
    parts = number.args.get("partition_by") or ()
    is_first = isinstance(number.this, exp.RowNumber)
    names = tuple(part.name for part in parts if isinstance(part, exp.Column))
    return names if is_first and len(names) == len(parts) else ()
