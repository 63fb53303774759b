"""Which columns a model has, and which columns of its parents each comes from: by sqlglot's lineage.

Names are compared in lowercase. What can't be resolved is named with the reason, never dropped.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeGuard

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.lineage import lineage
from sqlglot.optimizer.qualify import qualify
from sqlglot.optimizer.scope import Scope, build_scope

from entity_kit.dbt_bridge.nodes import has_contract
from entity_kit.project_health.model_sql import ModelSql, UnknownSqlError
from entity_kit.project_health.sql_dialect import sql_dialect

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from sqlglot.lineage import Node

Column = tuple[str, str]
_TABLE = "entity_kit_node_{}"
# Clauses that decide which rows there are, or how many.
_ROWS = ("where", "joins", "group", "having", "qualify", "distinct", "laterals")
_FAILURES = (SqlglotError, ValueError, KeyError, AttributeError, RecursionError, AssertionError)


@dataclass(frozen=True, slots=True)
class Reading:
    """What a model reads, by column.

    `columns` are its own, in order, or None if they aren't all known. `origins` has where the value
    of each comes from, `rows` what decides which rows it has: filters, joins, and groups. `stars`
    are parents that it selects `*` from without their columns being known. `doubtful` are names of
    columns that may be those of any parent. `unresolved` says what can't be known, and why.
    """

    columns: tuple[str, ...] | None
    origins: Mapping[str, frozenset[Column]] = field(default_factory=dict)
    rows: frozenset[Column] = frozenset()
    stars: tuple[str, ...] = ()
    doubtful: frozenset[str] = frozenset()
    unresolved: tuple[str, ...] = ()


@dataclass(slots=True)
class _Doubts:
    """What can't be resolved while a model is read: in words, and the names of columns.

    `scopes` are the parts of its query, by the id of their expression.
    """

    scopes: dict[int, Scope]
    said: list[str] = field(default_factory=list)
    columns: set[str] = field(default_factory=set)


class ColumnLineage:
    """The columns of a project's models, each model read once, when it is asked for.

    `known` has the columns of relations that are known otherwise, such as from the warehouse; they
    count for sources and seeds, and for models under an enforced contract.
    """

    def __init__(
        self,
        manifest: Mapping[str, Any],
        *,
        project_dir: Path | None = None,
        known: Mapping[str, tuple[str, ...]] | None = None,
        variables: Mapping[str, Any] | None = None,
    ) -> None:
        self._nodes = {**manifest["nodes"], **(manifest.get("sources") or {})}
        self._dialect = sql_dialect(manifest)
        self._known = known or {}
        self._sql = ModelSql(manifest, self._dialect, project_dir, variables)
        self._columns: dict[str, tuple[str, ...] | None] = {}
        self._trees: dict[str, exp.Expr | str] = {}
        self._readings: dict[str, Reading] = {}
        self._names: list[str] = []

    def columns(self, unique_id: str) -> tuple[str, ...] | None:
        """Return the columns of a node in order, in lowercase, or None if they aren't all known."""
        if unique_id not in self._columns:
            self._columns[unique_id] = None  # a model that reads itself has no end
            self._columns[unique_id] = self._found_columns(unique_id)
        return self._columns[unique_id]

    def types(self, unique_id: str) -> dict[str, str]:
        """Return the types of those of a model's columns that its SQL casts, by name in lowercase."""
        tree = self._tree(unique_id)
        selects = tree.selects if isinstance(tree, exp.Query) else []
        found = {each.alias_or_name.lower(): each.unalias() for each in selects}
        return {
            name: each.to.sql(self._dialect or None).lower()
            for name, each in found.items()
            if isinstance(each, exp.Cast)
        }

    def reading(self, unique_id: str) -> Reading:
        """Return what a model reads of its parents, column by column."""
        if unique_id not in self._readings:
            self._readings[unique_id] = self._read(unique_id)
        return self._readings[unique_id]

    def _found_columns(self, unique_id: str) -> tuple[str, ...] | None:
        node = self._nodes.get(unique_id)
        if node is None:
            return None
        if has_contract(node):
            return tuple(each.lower() for each in node.get("columns") or {})
        if node["resource_type"] != "model":
            known = self._known.get(unique_id)
            return None if known is None else tuple(each.lower() for each in known)
        tree = self._tree(unique_id)
        if isinstance(tree, str) or not isinstance(tree, exp.Query):
            return None
        selects = tree.selects
        if any(each.is_star for each in selects):
            tree = self._qualified(tree)
            selects = tree.selects if isinstance(tree, exp.Query) else []
        names = [each.alias_or_name.lower() for each in selects]
        if not names or any(each.is_star for each in selects) or not all(names):
            return None
        return tuple(names)

    def _tree(self, unique_id: str) -> exp.Expr | str:
        """Return a model's SQL with our own names for its parents, or why there is none."""
        if unique_id not in self._trees:
            self._trees[unique_id] = self._parsed(unique_id)
        return self._trees[unique_id]

    def _parsed(self, unique_id: str) -> exp.Expr | str:
        try:
            sql = self._sql.text(unique_id)
            tree = sqlglot.parse_one(sql, dialect=self._dialect or None)
        except UnknownSqlError as error:
            return str(error)
        except (SqlglotError, RecursionError) as error:
            return f"its SQL can't be parsed ({str(error).splitlines()[0]})"
        for table in list(tree.find_all(exp.Table)):
            place = (table.catalog.lower(), table.db.lower(), table.name.lower())
            parent = self._sql.nodes_by_place.get(place)
            if parent is None or not table.db:
                continue
            if not table.alias:
                table.set("alias", exp.TableAlias(this=exp.to_identifier(table.name, quoted=True)))
            table.set("this", exp.to_identifier(self._name(parent)))
            table.set("db", None)
            table.set("catalog", None)
        return tree

    def _name(self, unique_id: str) -> str:
        if unique_id not in self._names:
            self._names.append(unique_id)
        return _TABLE.format(self._names.index(unique_id))

    def _parent(self, table: exp.Table) -> str | None:
        name = table.name.lower()
        start = _TABLE.format("")
        return self._names[int(name.removeprefix(start))] if name.startswith(start) else None

    def _qualified(self, tree: exp.Expr) -> exp.Expr:
        parents = {self._parent(table): table.name for table in tree.find_all(exp.Table)}
        schema: dict[str, object] = {
            name: dict.fromkeys(columns, "text")
            for parent, name in parents.items()
            if parent is not None and (columns := self.columns(parent)) is not None
        }
        try:
            return qualify(
                tree.copy(),
                dialect=self._dialect or None,
                schema=schema,
                validate_qualify_columns=False,
                identify=False,
                quote_identifiers=False,
            )
        except _FAILURES:
            return tree

    def _read(self, unique_id: str) -> Reading:
        columns = self.columns(unique_id)
        node = self._nodes.get(unique_id)
        if node is None or node["resource_type"] in {"seed", "source"}:
            return Reading(columns)
        tree = self._tree(unique_id)
        if isinstance(tree, str):
            return Reading(columns, unresolved=(tree,))
        logging.getLogger("sqlglot").setLevel(logging.ERROR)
        try:
            tree = self._qualified(tree)
            scope = build_scope(tree)
        except _FAILURES as error:
            return Reading(columns, unresolved=(f"its SQL can't be read ({error})",))
        if scope is None or not isinstance(tree, exp.Query):
            return Reading(columns, unresolved=("its SQL isn't a query",))
        return self._traced(columns, tree, scope)

    def _traced(self, columns: tuple[str, ...] | None, tree: exp.Query, scope: Scope) -> Reading:
        for each in scope.traverse():
            # sqlglot leaves a bare column bare if the only table that is read has unknown columns.
            for column in each.columns:
                if not column.table and len(each.selected_sources) == 1:
                    column.set("table", exp.to_identifier(next(iter(each.selected_sources))))
        doubts = _Doubts({id(each.expression): each for each in scope.traverse()})
        stars: list[str] = []
        origins: dict[str, frozenset[Column]] = {}
        for select in tree.selects:
            if select.is_star:
                found = self._star_parents(scope)
                stars += found
                names = f": {', '.join(map(self._shown, found))}" if found else ""
                doubts.said.append(f"it selects * from what has no known columns{names}")
                continue
            name = select.alias_or_name
            origins[name.lower()] = frozenset(self._origins(name, tree, scope, doubts))
        return Reading(
            columns,
            origins,
            frozenset(self._row_columns(scope, doubts)),
            tuple(dict.fromkeys(stars)),
            frozenset(doubts.columns),
            tuple(dict.fromkeys(doubts.said)),
        )

    def _shown(self, unique_id: str) -> str:
        return unique_id.split(".", 2)[-1]

    def _star_parents(self, scope: Scope) -> list[str]:
        found = []
        for each in scope.traverse():
            for source in each.sources.values():
                parent = self._parent(source) if isinstance(source, exp.Table) else None
                if parent is not None and self.columns(parent) is None:
                    found.append(parent)
        return list(dict.fromkeys(found))

    def _origins(
        self, name: str, tree: exp.Expr, scope: Scope, doubts: _Doubts
    ) -> Iterator[Column]:
        try:
            root = lineage(
                exp.column(exp.to_identifier(name, quoted=True)),
                tree,
                {},
                scope=scope,
                dialect=self._dialect or None,
                trim_selects=False,
                copy=False,
            )
        except _FAILURES as error:
            doubts.said.append(f"column {name}: {str(error).splitlines()[0]}")
            doubts.columns.add(name.lower())
            return
        nodes = list(root.walk())
        # A column of a `*` that isn't expanded has the tables as leaves, without its own name there.
        starred = [node for node in nodes if isinstance(node.expression, exp.Star)]
        below = {id(table) for node in starred for table in node.downstream}
        for node in starred:
            yield from self._of_star(node, name, doubts)
        for node in nodes:
            if not node.downstream and id(node) not in below:
                yield from self._leaf(node, name, doubts)

    def _of_star(self, node: Node, name: str, doubts: _Doubts) -> Iterator[Column]:
        column = exp.to_column(node.name).name.lower()
        tables = [table.expression for table in node.downstream]
        if len(tables) > 1:
            doubts.said.append(f"column {name}: it isn't known which table {column} is of")
        for table in tables:
            parent = self._parent(table) if isinstance(table, exp.Table) else None
            inner = doubts.scopes.get(id(table))
            if parent is not None:
                yield parent, column
            elif inner is not None:
                bare = exp.column(exp.to_identifier(column))
                yield from self._of_scope(bare, inner, doubts)
            else:
                doubts.said.append(f"column {name}: it selects * from what isn't known")

    def _leaf(self, node: Node, name: str, doubts: _Doubts) -> Iterator[Column]:
        table = node.expression
        if isinstance(table, exp.Table):
            parent = self._parent(table)
            if parent is None:
                doubts.said.append(f"column {name}: {table.name} is no model or source")
            else:
                yield parent, exp.to_column(node.name).name.lower()
        elif isinstance(table, exp.Placeholder):
            column = exp.to_column(node.name).name.lower()
            doubts.said.append(f"column {name}: it isn't known which table {column} is of")
            doubts.columns.add(column)

    def _row_columns(self, scope: Scope, doubts: _Doubts) -> Iterator[Column]:
        """Yield what the filters, joins, and groups of a query and of its parts read."""
        scopes = list(scope.traverse())
        used = {
            id(column)
            for each in scopes
            for key in _ROWS
            for part in _as_list(each.expression.args.get(key))
            if isinstance(part, exp.Expression)
            for column in part.find_all(exp.Column)
        }
        for each in scopes:
            for column in each.columns:
                if id(column) in used:
                    yield from self._of_source(column, each, doubts)

    def _of_source(self, column: exp.Column, scope: Scope, doubts: _Doubts) -> Iterator[Column]:
        source = scope.sources.get(column.table)
        outer = scope.parent
        while source is None and outer is not None and column.table:  # a correlated subquery
            source, outer = outer.sources.get(column.table), outer.parent
        if source is None and not column.table and len(scope.selected_sources) == 1:
            source = next(iter(scope.selected_sources.values()))[1]
        if isinstance(source, exp.Table):
            parent = self._parent(source)
            if parent is not None:
                yield parent, column.name.lower()
                return
        elif isinstance(source, Scope):
            yield from self._of_scope(column, source, doubts)
            return
        doubts.said.append(f"a filter or join: it isn't known which table {column.name} is of")
        doubts.columns.add(column.name.lower())

    def _of_scope(self, column: exp.Column, scope: Scope, doubts: _Doubts) -> Iterator[Column]:
        query = scope.expression
        named = {each.alias_or_name for each in query.selects} if _is_query(query) else set()
        if column.name in named or not (_is_query(query) and query.is_star):
            yield from self._origins(column.name, query, scope, doubts)
            return
        # It comes through a `*` that isn't expanded, so it has the same name below.
        bare = exp.column(column.this.copy())
        yield from self._of_source(bare, scope, doubts)


def _is_query(tree: exp.Expr) -> TypeGuard[exp.Query]:
    return isinstance(tree, exp.Query)


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
