"""Read from an incremental run's SQL which tables its filters choose rows of, and which not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlglot
from sqlglot import expressions as exp
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.scope import Scope, traverse_scope

from entity_kit.compare.sql_columns import conjuncts
from entity_kit.warehouse import fold

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_TIMES_CUT = (exp.Cast, exp.TryCast, exp.TimestampTrunc, exp.DateTrunc)


def read_whole(
    incremental: str, full_refresh: str, above: Mapping[str, str], dialect: str = "duckdb"
) -> frozenset[str]:
    """Return the tables that an incremental run reads whole, though it filters others.

    A filter is a condition that the full refresh doesn't have. `above` is the SQL of the model's
    ancestors by their names; what they read is among the tables. No name has a schema.
    """
    try:
        scopes, known = _read(incremental, full_refresh, dialect)
        filtered = {
            name
            for scope in scopes
            for condition in _new_conditions(scope, known)
            for name in _filtered_by(scope, condition)
        }
        if not filtered:
            return frozenset()
        whole = {name for scope in scopes for name in _tables(scope)} - filtered
        parts, all_of_it = (with_ancestors(each, above, dialect) for each in (filtered, whole))
        return frozenset(all_of_it - parts)
    except SqlglotError:
        return frozenset()


def read_both_ways(
    incremental: str, full_refresh: str, above: Mapping[str, str], dialect: str = "duckdb"
) -> frozenset[str]:
    """Return the tables of which an incremental run filters one side of a join, and not the other.

    The other side may be a subquery in a condition or in a column, and either may be made from the
    table at any depth. What only says which of the other side's rows are read is no side. `above` is
    as in `read_whole`.
    """
    try:
        scopes, known = _read(incremental, full_refresh, dialect)
        found: set[str] = set()
        for scope in scopes:
            new = _new_conditions(scope, known)
            chosen = _chosen_aliases(scope, new)
            if "" in chosen:
                continue
            filtered = _tables(scope, chosen) if chosen else set()
            for alias in set(scope.selected_sources) - chosen:
                source = scope.selected_sources[alias][1]
                inner = _filtered_inside(source, known) if isinstance(source, Scope) else set()
                if inner:
                    # What only chooses rows of others filters those.
                    filtered |= inner
                    chosen |= {alias, *_chosen_by(scope, alias)}
            others = _tables(scope, scope.selected_sources.keys() - chosen)
            for query in scope.subquery_scopes:
                if not any(query.expression.find_ancestor(type(c)) is c for c in new):
                    others |= _tables(query)
            both = (with_ancestors(each, above, dialect) for each in (filtered, others))
            found |= set.intersection(*both)
        return frozenset(found)
    except SqlglotError:
        return frozenset()


def adds_keys_only(incremental: str, full_refresh: str, own: str, dialect: str = "duckdb") -> bool:
    """Return whether an incremental run chooses its rows only by keys that its own table doesn't have.

    `own` is the table's name. The run leaves a key out with NOT IN, NOT EXISTS, or a left join of
    which it keeps what found nothing.
    """
    asked = list(_asked_of_keys(incremental, full_refresh, own, dialect))
    return "left out" in asked and "other" not in asked


def leaves_known_keys_out(
    incremental: str, full_refresh: str, own: str, dialect: str = "duckdb"
) -> bool:
    """Return whether an incremental run leaves out the keys that its own table has, among other things."""
    return "left out" in _asked_of_keys(incremental, full_refresh, own, dialect)


def _asked_of_keys(incremental: str, full_refresh: str, own: str, dialect: str) -> Iterator[str]:
    """Yield what each condition that only the incremental run has does: leave keys out, or something else."""
    try:
        scopes, known = _read(incremental, full_refresh, dialect)
    except SqlglotError:
        return
    for scope in scopes:
        aliases = {
            alias
            for alias, (_, source) in scope.selected_sources.items()
            if not isinstance(source, Scope) and fold(source.name) == fold(own)
        }
        for condition in _new_conditions(scope, known):
            if _leaves_out(condition, aliases, own):
                yield "left out"
            elif not _joins(condition, aliases, own):
                yield "other"


def _leaves_out(condition: exp.Expr, aliases: set[str], own: str) -> bool:
    """Return whether a condition keeps what a table doesn't have; the query reads it under `aliases`."""
    if condition.find(*_TIMES_CUT):
        return False  # a day, say, of which more may come
    if isinstance(condition, exp.Is):
        column = condition.this
        is_null = isinstance(condition.expression, exp.Null)
        return is_null and isinstance(column, exp.Column) and column.table in aliases
    if not isinstance(condition, exp.Not) or not isinstance(condition.this, (exp.In, exp.Exists)):
        return False
    return any(fold(table.name) == fold(own) for table in condition.this.find_all(exp.Table))


def _joins(condition: exp.Expr, aliases: set[str], own: str) -> bool:
    """Return whether a condition says which rows of a table are joined."""
    if isinstance(condition, exp.Join):
        return fold(condition.this.name) == fold(own)
    if not isinstance(condition, exp.EQ) or condition.find(*_TIMES_CUT):
        return False
    return any(column.table in aliases for column in condition.find_all(exp.Column))


def _read(incremental: str, full_refresh: str, dialect: str) -> tuple[list[Scope], set[str]]:
    """Return the queries of an incremental run, and the conditions that the full refresh has, too."""
    scopes, others = (
        traverse_scope(sqlglot.parse_one(sql, dialect=dialect))
        for sql in (incremental, full_refresh)
    )
    return scopes, {condition.sql() for scope in others for condition in _conditions(scope)}


def _new_conditions(scope: Scope, known: set[str]) -> list[exp.Expr]:
    return [condition for condition in _conditions(scope) if condition.sql() not in known]


def _chosen_aliases(scope: Scope, new: Iterable[exp.Expr]) -> set[str]:
    """Return the aliases whose rows conditions choose; '' among them where that isn't known."""
    aliases = {column.table for condition in new for column in _columns_of(scope, condition)}
    only = tuple(scope.selected_sources)
    return set(only) if aliases == {""} and len(only) == 1 else aliases


def _filtered_inside(scope: Scope, known: set[str]) -> set[str]:
    """Return the tables that a query, or one that it is made of, chooses rows of."""
    found = {
        name
        for condition in _new_conditions(scope, known)
        for name in _filtered_by(scope, condition)
    }
    parts = [source for _, source in scope.selected_sources.values() if isinstance(source, Scope)]
    for part in (*parts, *scope.set_operation_scopes):
        found |= _filtered_inside(part, known)
    return found


def _chosen_by(scope: Scope, alias: str) -> set[str]:
    """Return the aliases whose rows another one chooses; none if more is read of that one.

    Then all that is read of it is compared with columns of others for equality.
    """
    source = scope.selected_sources[alias][1]
    query = source.expression if isinstance(source, Scope) else None
    given = query.selects if isinstance(query, exp.Query) else []
    made = {fold(column.alias_or_name) for column in given}

    def of_it(columns: Iterable[exp.Column]) -> set[str]:
        names = ((c.table, fold(c.name)) for c in columns)
        return {name for table, name in names if table == alias or (not table and name in made)}

    equal: set[str] = set()
    others: set[str] = set()
    for condition in _conditions(scope):
        columns = list(condition.find_all(exp.Column))
        if isinstance(condition, exp.EQ) and 0 < len(of_it(columns)) < len(columns):
            equal |= of_it(columns)
            others |= {column.table for column in columns}
    for join in scope.expression.args.get("joins") or ():
        using = {fold(name.name) for name in join.args.get("using") or ()} & made
        equal |= using
        others |= {""} if using else set()
    read = of_it(scope.columns)
    if any(each.is_star for each in scope.expression.expressions):
        read |= made
    if not equal or not read <= equal:
        return set()
    # Without its table's name, a column may be any table's.
    return set(scope.selected_sources) if "" in others else others


def _conditions(scope: Scope) -> Iterator[exp.Expr]:
    """Yield what a query asks of its rows: each part of its clauses, and what it joins."""
    clauses = [scope.expression.args.get(name) for name in ("where", "having", "qualify")]
    conditions = [clause.this for clause in clauses if clause is not None]
    joins = scope.expression.args.get("joins") or ()
    conditions += [join.args.get("on") or join for join in joins]
    for condition in conditions:
        yield from conjuncts(condition)


def _columns_of(scope: Scope, condition: exp.Expr) -> Iterator[exp.Column]:
    """Yield the columns of a query's own tables in a condition, also those that a subquery names."""
    for column in condition.find_all(exp.Column):
        select = column.parent_select
        if select is scope.expression:
            yield column
        elif column.table in scope.selected_sources and isinstance(select, exp.Select):
            parts = [select.args.get("from_"), *(select.args.get("joins") or ())]
            if all(part is None or part.this.alias_or_name != column.table for part in parts):
                yield column


def _filtered_by(scope: Scope, condition: exp.Expr) -> set[str]:
    """Return the tables whose rows a condition chooses: those behind its columns.

    A join without a condition, and a column without its table's name, may be any table's.
    """
    named = {column.table for column in _columns_of(scope, condition)}
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


def with_ancestors(names: Iterable[str], above: Mapping[str, str], dialect: str) -> set[str]:
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
