"""Read from an incremental run's SQL which tables its filters choose rows of, and which not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlglot
from sqlglot import expressions as exp
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.scope import Scope, traverse_scope

from entity_kit.warehouse import fold

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping


def read_whole(
    incremental: str, full_refresh: str, above: Mapping[str, str], dialect: str = "duckdb"
) -> frozenset[str]:
    """Return the tables that an incremental run reads whole, though it filters others.

    A filter is a condition that the full refresh doesn't have. `above` is the SQL of the model's
    ancestors by their names; what they read is among the tables. No name has a schema.
    """
    try:
        scopes = traverse_scope(sqlglot.parse_one(incremental, dialect=dialect))
        known = {
            condition.sql()
            for scope in traverse_scope(sqlglot.parse_one(full_refresh, dialect=dialect))
            for condition in _conditions(scope)
        }
        filtered = {
            name
            for scope in scopes
            for condition in _conditions(scope)
            if condition.sql() not in known
            for name in _filtered_by(scope, condition)
        }
        if not filtered:
            return frozenset()
        whole = {name for scope in scopes for name in _tables(scope)} - filtered
        parts, all_of_it = (_with_ancestors(each, above, dialect) for each in (filtered, whole))
        return frozenset(all_of_it - parts)
    except SqlglotError:
        return frozenset()


def read_both_ways(incremental: str, full_refresh: str, dialect: str = "duckdb") -> frozenset[str]:
    """Return the tables of which an incremental run filters one side of a join, and not the other.

    The other side may be a subquery in a condition or in a column.
    """
    try:
        scopes = traverse_scope(sqlglot.parse_one(incremental, dialect=dialect))
        known = {
            condition.sql()
            for scope in traverse_scope(sqlglot.parse_one(full_refresh, dialect=dialect))
            for condition in _conditions(scope)
        }
        found: set[str] = set()
        for scope in scopes:
            new = [c for c in _conditions(scope) if c.sql() not in known]
            aliases = {
                column.table
                for condition in new
                for column in condition.find_all(exp.Column)
                if column.parent_select is scope.expression
            }
            if not aliases or "" in aliases:
                continue
            others = _tables(scope, scope.selected_sources.keys() - aliases)
            for query in scope.subquery_scopes:
                if not any(query.expression.find_ancestor(type(c)) is c for c in new):
                    others |= _tables(query)
            found |= _tables(scope, aliases) & others
        return frozenset(found)
    except SqlglotError:
        return frozenset()


def _conditions(scope: Scope) -> Iterator[exp.Expr]:
    """Yield what a query asks of its rows: each part of its clauses, and what it joins."""
    clauses = [scope.expression.args.get(name) for name in ("where", "having", "qualify")]
    conditions = [clause.this for clause in clauses if clause is not None]
    joins = scope.expression.args.get("joins") or ()
    conditions += [join.args.get("on") or join for join in joins]
    for condition in conditions:
        yield from condition.flatten() if isinstance(condition, exp.And) else (condition,)


def _filtered_by(scope: Scope, condition: exp.Expr) -> set[str]:
    """Return the tables whose rows a condition chooses: those behind its columns.

    A join without a condition, and a column without its table's name, may be any table's.
    """
    columns = [c for c in condition.find_all(exp.Column) if c.parent_select is scope.expression]
    named = {column.table for column in columns}
    if isinstance(condition, exp.Join) or "" in named:
        return _tables(scope)
    return _tables(scope, named)


def _tables(scope: Scope, aliases: Iterable[str] | None = None) -> set[str]:
    """Return the tables that a query reads at any depth, by all or some of its aliases."""
    found = {name for part in scope.set_operation_scopes for name in _tables(part)}
    for alias, (_, source) in scope.selected_sources.items():
        if aliases is None or alias in aliases:
            found |= _tables(source) if isinstance(source, Scope) else {fold(source.name)}
    return found


def _with_ancestors(names: set[str], above: Mapping[str, str], dialect: str) -> set[str]:
    """Add the tables that views and other ancestors read."""
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in found and name in above:
            for scope in traverse_scope(sqlglot.parse_one(above[name], dialect=dialect)):
                waiting += _tables(scope)
        found.add(name)
    return found
