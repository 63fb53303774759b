"""Read one SQL statement's scopes for the rewriter: which tables are visible where."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from sqlglot import expressions as exp

from entity_kit.project_health.rewrite.columns import plain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from entity_kit.project_health.rewrite.columns import Columns
    from entity_kit.project_health.rewrite.jinja import Piece

# An expression of sqlglot, whose base class has had more than one name.
Node = Any
_BEHIND = {"order", "limit", "offset", "fetch"}


@dataclass(eq=False)
class Source:
    """A table in a `from` or a join: its name there, and its columns, or None if unknown.

    `at` is 0 for the `from`, then the number of the join; a semi join shows a source to its
    condition and to nothing else.
    """

    name: str
    node: Node
    columns: tuple[str, ...] | None = None
    is_old: bool = False
    has_alias: bool = True
    piece: Piece | None = None
    at: int = 0
    only_in_join: bool = False


@dataclass(eq=False)
class Scope:
    """One select, what it reads, and what it returns."""

    select: exp.Select
    statement: Statement

    @cached_property
    def sources(self) -> list[Source]:
        return list(self.statement.sources_of(self.select))

    @property
    def old(self) -> list[Source]:
        return [source for source in self.sources if source.is_old]

    @property
    def outputs(self) -> dict[str, Node]:
        """Return the output columns that have a name."""
        return {
            plain(each.alias_or_name): each
            for each in self.select.expressions
            if isinstance(each, (exp.Alias, exp.Column)) and each.alias_or_name not in {"", "*"}
        }


@dataclass(frozen=True, slots=True)
class Sight:
    """What is visible from a position in a select: `key` is the clause, `sources` the tables."""

    scope: Scope
    key: str
    sources: list[Source]

    @property
    def old(self) -> list[Source]:
        return [source for source in self.sources if source.is_old]


class Statement:
    """A parsed statement whose `{{ … }}` are names, with the sources of each of its selects."""

    def __init__(
        self,
        tree: Node,
        pieces: Mapping[str, Piece],
        columns: Columns,
        old_table: str,
        table_of: Callable[[Piece], str],
    ) -> None:
        self.tree = tree
        self.pieces = pieces
        self._columns = columns
        self._old_table = old_table
        self._table_of = table_of
        self._outputs: dict[int, tuple[str, ...] | None] = {}
        self.scopes = {id(select): Scope(select, self) for select in tree.find_all(exp.Select)}

    def around(self, node: Node) -> Iterator[Sight]:
        """Yield the selects that a node may see, innermost first.

        What stands behind a union, such as its `order by`, sees its outputs and nothing else.
        """
        child = node
        last: int | None = None  # in a join: how many of the select's joins are seen
        while child.parent is not None:
            parent, key = child.parent, child.arg_key or ""
            if isinstance(parent, (exp.SetOperation, exp.Subquery)) and key in _BEHIND:
                return
            if isinstance(parent, exp.Join):
                # A condition sees its own join, a subquery only what comes before it.
                last = (parent.index or 0) + (key != "this")
            if isinstance(parent, exp.Select) and not key.startswith("with"):
                scope = self.scopes[id(parent)]
                until = (last or 0) if key == "joins" else len(scope.sources)
                if not key.startswith("from"):
                    seen = [
                        source
                        for source in scope.sources
                        if source.at <= until and (not source.only_in_join or source.at == last)
                    ]
                    yield Sight(scope, key, seen)
                last = None
            child = parent

    def outputs(self, query: Node | None) -> tuple[str, ...] | None:
        """Return a query's output columns in lowercase, or None if they aren't known."""
        if query is None:
            return None
        if id(query) not in self._outputs:
            self._outputs[id(query)] = None  # a query that reads itself
            self._outputs[id(query)] = self._find_outputs(query)
        return self._outputs[id(query)]

    def _find_outputs(self, query: Node) -> tuple[str, ...] | None:
        if isinstance(query, exp.Subquery):
            return self.outputs(query.this)
        if isinstance(query, exp.SetOperation):
            left, right = self.outputs(query.left), self.outputs(query.right)
            if query.args.get("by_name"):
                return (
                    None
                    if left is None or right is None
                    else tuple({**dict.fromkeys(left + right)})
                )
            return left
        if not isinstance(query, exp.Select):
            return None
        found: list[str] = []
        for each in query.expressions:
            more = self._given(query, each)
            if more is None:
                return None
            found += more
        return tuple(found)

    def _given(  # noqa: PLR0911  (a list of kinds)
        self, select: exp.Select, item: Node
    ) -> list[str] | None:
        """Return the names that one item of a select list outputs."""
        if isinstance(item, exp.Alias):
            return [plain(item.alias)]
        if is_star(item):
            star = item.this if isinstance(item, exp.Column) else item
            if star.args.get("except_") or star.args.get("except") or star.args.get("rename"):
                return None
            qualifier = plain(item.table) if isinstance(item, exp.Column) else ""
            found: list[str] = []
            for source in self.scopes[id(select)].sources:
                if qualifier and plain(source.name) != qualifier:
                    continue
                if source.columns is None:
                    return None
                found += map(plain, source.columns)
            return found
        if isinstance(item, exp.Column):
            return None if item.name in self.pieces else [plain(item.name)]
        if isinstance(item, (exp.Columns, exp.Dot)) or item.find(exp.Columns, exp.Explode):
            return None
        return [""]

    def sources_of(self, select: exp.Select) -> Iterator[Source]:
        """Yield what a select reads, in order."""
        start = select.args.get("from_") or select.args.get("from")
        nodes = [start.this] if start is not None else []
        nodes += [join.this for join in select.args.get("joins") or ()]
        nodes += select.args.get("laterals") or ()
        first = 0 if start is not None else 1
        for at, node in enumerate(nodes, first):
            for source in self._source(node):
                source.at = at
                join = node.parent
                source.only_in_join = isinstance(join, exp.Join) and half(join)
                yield source

    def _source(self, node: Node) -> Iterator[Source]:
        if isinstance(node, exp.Table):
            piece = self.pieces.get(node.name) if not node.args.get("db") else None
            alias = node.alias
            if piece is None:
                columns = None if node.args.get("db") else self._of_cte(node)
                yield Source(alias or node.name, node, _renamed(node, columns))
            elif piece.kind == "old":
                columns = self._columns.old_columns
                yield Source(
                    alias or self._old_table,
                    node,
                    columns,
                    is_old=True,
                    has_alias=bool(alias),
                    piece=piece,
                )
            else:
                columns = self._of_relation(piece)
                name = alias or self._table_of(piece)
                yield Source(name, node, _renamed(node, columns), piece=piece)
            for join in node.args.get("joins") or ():
                yield from self._source(join.this)
        elif isinstance(node, exp.Subquery):
            if isinstance(node.this, exp.Table):
                yield from self._source(node.this)
            else:
                yield Source(node.alias, node, _renamed(node, self.outputs(node.this)))
        else:
            yield Source(node.alias, node)

    def _of_relation(self, piece: Piece) -> tuple[str, ...] | None:
        if piece.key == ("this",):
            return self.outputs(self.tree)
        return self._columns.relations.get(piece.key)

    def _of_cte(self, table: exp.Table) -> tuple[str, ...] | None:
        """Return the output of the common table expression that a bare name means here."""
        child: Node = table
        while child.parent is not None:
            parent = child.parent
            having = parent.args.get("with_") or parent.args.get("with")
            for each in having.expressions if having is not None else ():
                if plain(each.alias) == plain(table.name) and each is not child:
                    return _renamed(each, self.outputs(each.this))
            child = parent
        return None


def _renamed(node: Node, columns: tuple[str, ...] | None) -> tuple[str, ...] | None:
    """Return the columns under the names in `as t(a, b)`."""
    alias = node.args.get("alias")
    names = [plain(each.name) for each in alias.args.get("columns") or ()] if alias else []
    if not names or columns is None:
        return None if names else columns
    return (*names, *columns[len(names) :])


def half(join: exp.Join) -> bool:
    """Return whether a join returns the columns of only one side."""
    kinds = {str(join.args.get(key) or "").upper() for key in ("kind", "side")}
    return bool(kinds & {"SEMI", "ANTI"})


def is_star(item: Node) -> bool:
    """Return whether an item of a select's list is `*` or `t.*`."""
    return isinstance(item, exp.Star) or (
        isinstance(item, exp.Column) and isinstance(item.this, exp.Star)
    )
