"""What the rewriter knows about both models, and what it collects: edits and leftovers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlglot import expressions as exp

from entity_kit.project_health.rewrite.columns import Columns, Now, plain, written
from entity_kit.project_health.rewrite.jinja import UnreadableError

if TYPE_CHECKING:
    from entity_kit.project_health.rewrite.jinja import Model
    from entity_kit.project_health.rewrite.scopes import Node, Source, Statement

Edit = tuple[int, int, str]


@dataclass(frozen=True, slots=True)
class Names:
    """Both models, the engine's dialect, and the columns of either."""

    old: Model
    new: Model
    columns: Columns
    dialect: str


class Collector:
    """Collect the edits of one statement; `unclear` has what must be done by hand, by position."""

    def __init__(self, statement: Statement, sql: str, names: Names) -> None:
        self.statement = statement
        self.sql = sql
        self.names = names
        self.columns = names.columns
        self.edits: set[Edit] = set()
        self.unclear: set[tuple[int, str]] = set()
        self._aliased: set[Source] = set()
        self._replacement = f"`{names.new.name}`"

    def _said(self, now: Now, before: str, like: str) -> str:
        name = f"{before}{written(now.column or '', self.names.dialect, like)}"
        return name if now.data_type is None else f"cast({name} as {now.data_type})"

    def _by_hand(self, name: str, now: Now) -> str:
        if now.column is None:
            return f"`{name}`, about which is known: {now.said}"
        return f"`{self._said(now, '', '')}` for `{name}`"

    def _has(self, source: Source, name: str) -> bool | None:
        if source.is_old:
            return self.columns.has(name)
        return None if source.columns is None else plain(name) in map(plain, source.columns)

    def _source_of(self, name: str, column: Node, of: str | None = None) -> Source | None:
        """Return the table that a qualifier means. The old table needs an alias if it has none.

        Engines look further out where the nearest table of the name lacks the column `of`.
        """
        nearest: Source | None = None
        for sight in self.statement.around(column):
            found = [s for s in sight.sources if s.name and plain(s.name) == plain(name)]
            if len(found) > 1 and any(source.is_old for source in found):
                raise UnreadableError(
                    self._place(column), f"two tables are called `{name}`; give each one an alias"
                )
            if not found:
                continue
            either = [each for each in (nearest, found[0]) if each is not None and each.is_old]
            if nearest is not None and any(not (self.columns.same and e.has_alias) for e in either):
                raise UnreadableError(
                    self._place(column), f"two tables are called `{name}`; give each one an alias"
                )
            nearest = nearest or found[0]
            if of is None or self._has(nearest, of):
                break
        if nearest is not None and nearest.is_old and not nearest.has_alias:
            self._aliased.add(nearest)
        return nearest

    def _named_by_its_text(self, node: Node) -> None:
        """Leave an output without a name, because engines name it by its text, which would change."""
        child = node
        while child.parent is not None:
            parent, key = child.parent, child.arg_key or ""
            if isinstance(parent, exp.Select):
                nameless = key == "expressions" and not isinstance(child, exp.Alias)
                if nameless and child is not node and _gives_names(parent):
                    self._leave(
                        child, "an output column without a name; name it with `as`", of=node
                    )
                    return
            child = parent

    def _clashes(self, source: Source) -> bool:
        """Return whether something else here has the name that the table would get."""
        new = plain(self.names.new.table)
        if new == plain(self.names.old.table):
            return False
        if any(plain(each.name) == new for each in self.statement.tree.find_all(exp.Identifier)):
            return True
        return any(
            plain(other.name) == new
            for scope in self.statement.scopes.values()
            for other in scope.sources
            if other is not source
        )

    def _alias(self, source: Source) -> None:
        """Let a table without an alias keep its old name."""
        if plain(self.names.new.table) == plain(self.names.old.table):
            return
        more = {key for key, value in source.node.args.items() if value} - {"this", "joins"}
        twice = any(
            other is not source and plain(other.name) == plain(source.name)
            for scope in self.statement.scopes.values()
            if source in scope.sources
            for other in scope.sources
        )
        if twice or more or source.piece is None:
            self._leave(
                source.node,
                f"`{source.name}` is used as the table's name; give the table an alias",
            )
            return
        end = source.piece.end
        self.edits.add((end, end, f" as {written(source.name, self.names.dialect)}"))

    def _leave(self, node: Node, reason: str, *, of: Node | None = None) -> None:
        self.unclear.add((self._place(of if of is not None else node), reason))

    def _place(self, node: Node) -> int:
        starts = [each.meta["start"] for each in node.walk() if "start" in each.meta]
        return min(starts, default=0)

    def _span(self, part: Node) -> tuple[int, int]:
        if "start" not in part.meta:
            raise UnreadableError(0, "this version of sqlglot doesn't report positions; update it")
        return part.meta["start"], part.meta["end"] + 1


def _gives_names(select: exp.Select) -> bool:
    """Return whether the names of a select's columns can be read by others, or by the reader."""
    parent = select.parent
    while isinstance(parent, (exp.SetOperation, exp.Subquery)):
        if isinstance(parent, exp.Subquery) and parent.arg_key in {"from_", "from", "joins"}:
            return True
        if isinstance(parent, exp.Subquery) and isinstance(parent.parent, (exp.From, exp.Join)):
            return True
        parent = parent.parent
    return parent is None or isinstance(parent, (exp.CTE, exp.From, exp.Join, exp.Lateral))
