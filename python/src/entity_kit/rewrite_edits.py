"""Finds what must change in one SQL statement when a ref names another model: never by guessing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlglot import expressions as exp

from entity_kit.rewrite_columns import Columns, Now, plain, written
from entity_kit.rewrite_jinja import UnreadableError
from entity_kit.rewrite_scopes import Node, Scope, Sight, Source, Statement, half

if TYPE_CHECKING:
    from entity_kit.rewrite_jinja import Model

Edit = tuple[int, int, str]
# Where a name may mean an output of the same select, and engines differ in what they try first.
_ALIAS_OR_INPUT = {"group", "having", "qualify", "distinct", "order"}


@dataclass(frozen=True, slots=True)
class Names:
    """Both models, the engine's dialect, and the columns of either."""

    old: Model
    new: Model
    columns: Columns
    dialect: str


class Editor:
    """Collects the edits of one statement; `unclear` has what must be done by hand, by place."""

    def __init__(self, statement: Statement, sql: str, names: Names) -> None:
        self.statement = statement
        self.sql = sql
        self.names = names
        self.columns = names.columns
        self.edits: set[Edit] = set()
        self.unclear: set[tuple[int, str]] = set()
        self._aliased: set[Source] = set()
        self._replacement = f"`{names.new.name}`"

    def read(self) -> None:
        """Read the whole statement."""
        tree = self.statement.tree
        if not self.columns.same:
            for scope in self.statement.scopes.values():
                if scope.old:
                    self._joins(scope)
                    self._tables(scope)
                    self._stars(scope)
        for column in tree.find_all(exp.Column):
            try:
                self._column(column)
            except UnreadableError as error:  # noqa: PERF203  (each column has its own reason)
                self.unclear.add((error.position, error.reason))
        for scope in self.statement.scopes.values():
            for source in scope.old:
                self._named_by_its_text(source.node)
                if not source.has_alias and self._clashes(source):
                    self._aliased.add(source)
        for source in self._aliased:
            self._alias(source)

    # What a from clause says.

    def _joins(self, scope: Scope) -> None:
        for join in scope.select.args.get("joins") or ():
            if str(join.args.get("method") or "").upper() == "NATURAL":
                self._leave(
                    join,
                    "a natural join takes whatever columns have the same name; "
                    "write its condition with `on`, with the replacement's columns",
                )
            for name in join.args.get("using") or ():
                has = self.columns.has(name.name)
                now = self.columns.after(name.name)
                if has is None and self.columns.others == "keep":
                    continue
                if has is False and self.columns.new_has(name.name) is False:
                    continue
                if has is False or not self.columns.unchanged(name.name):
                    self._leave(
                        name,
                        f"`using ({name.name})` needs one name on both sides; "
                        f"write `on` with {self._by_hand(name.name, now)}",
                    )

    def _tables(self, scope: Scope) -> None:
        for source in scope.old:
            alias = source.node.args.get("alias")
            if alias is not None and alias.args.get("columns"):
                self._leave(
                    source.node,
                    "the alias names the columns by their position; list the columns in a subquery",
                )
            if source.node.args.get("pivots"):
                self._leave(source.node, "a pivot turns columns into others; rewrite it by hand")

    def _stars(self, scope: Scope) -> None:
        for picked in scope.select.find_all(exp.Columns):
            if picked.find_ancestor(exp.Select) is scope.select:
                self._leave(scope.select, "`columns(…)` picks columns by name; list them by hand")
        for item in scope.select.find_all(exp.Star):
            if item.find_ancestor(exp.Select) is not scope.select:
                continue
            column = item.parent if isinstance(item.parent, exp.Column) else None
            if column is not None:
                found = self._source_of(column.table, column)
                if found is None or not found.is_old:
                    continue
            top = column or item
            if not (isinstance(top.parent, exp.Select) and top.arg_key == "expressions"):
                if column is not None:
                    self._leave(item, "the whole row is taken; list its columns by hand")
                continue
            if not self._only_exists(scope, item):
                self._star(scope, item, column)

    def _only_exists(self, scope: Scope, star: exp.Star) -> bool:
        """Tell whether it doesn't matter which columns `*` gives."""
        exists = isinstance(scope.select.parent, exp.Exists)
        return exists and not any(star.args.values()) and not scope.select.args.get("order")

    def _star(self, scope: Scope, star: exp.Star, column: exp.Column | None) -> None:
        problem = self._star_problem(scope, star, column)
        if problem:
            self._leave(star, f"`*` would give the new column names; {problem}")
            return
        several = len(scope.sources) > 1
        items: list[str] = []
        for source in scope.sources:
            if column is not None and plain(source.name) != plain(column.table):
                continue
            name = written(source.name, self.names.dialect)
            if not source.is_old:
                items.append(f"{name}.*")
                continue
            if (several or column is not None) and not source.has_alias:
                self._aliased.add(source)
            before = f"{name}." if several or column is not None else ""
            items += [self._item(before, old) for old in self.columns.old_columns or ()]
        start = star.meta["start"]
        if column is not None:
            start = column.args["table"].meta["start"]
        line = self.sql[:start].rpartition("\n")[2]
        between = f",\n{line}" if not line.strip() else ", "
        self.edits.add((start, star.meta["start"] + 1, between.join(items)))

    def _star_problem(  # noqa: PLR0911  (a list of reasons)
        self, scope: Scope, star: exp.Star, column: exp.Column | None
    ) -> str:
        old = self.columns.old_columns
        if any(value for value in star.args.values()):
            return "list the columns by hand"
        if old is None:
            return "and nothing here knows which they are: build both models, or list them by hand"
        for each in old:
            now = self.columns.after(each)
            if now.column is None:
                return f"list them by hand, for of `{each}` {now.said}"
        if self.sql[star.meta.get("start", 0)] != "*":
            return "write the `select` with its columns"
        if column is not None:
            return ""
        joins = scope.select.args.get("joins") or ()
        if any(j.args.get("using") or j.args.get("method") for j in joins):
            return "list the columns by hand, for the join merges some"
        if any(half(join) for join in joins):
            return "list the columns by hand, for the join gives those of one side"
        if len(scope.sources) > 1 and not all(source.name for source in scope.sources):
            return "give each table an alias"
        return ""

    def _item(self, before: str, old: str) -> str:
        now = self.columns.after(old)
        said = self._said(now, before, "")
        if now.data_type is None and plain(now.column or "") == plain(old):
            return said
        return f"{said} as {written(old, self.names.dialect)}"

    # One column.

    def _column(self, column: exp.Column) -> None:
        if isinstance(column.this, exp.Star):
            if column.args.get("table") is not None:
                self._source_of(column.table, column)
            return
        star = column.find_ancestor(exp.Star, exp.Select)
        if not (isinstance(star, exp.Star) and column.arg_key != "this"):
            self._named(column)

    def _named(self, column: exp.Column) -> None:
        """Find whose a column is, and rename it if it is the old model's."""
        parts: list[Any] = list(column.parts)
        names = [part.name for part in parts]
        around = list(self.statement.around(column))
        olds = [source for sight in around for source in sight.old]
        if not olds:
            return
        if any(name in self.statement.pieces for name in names):
            self._from_jinja(column, olds, around)
            return
        if len(names) > 1:
            source = self._source_of(names[0], column, names[1])
            if source is not None:
                if source.is_old:
                    self._change(column, parts[1], source, around, qualified=True)
                return
            for name in names[1:]:
                if any(plain(o.name) == plain(name) and not o.has_alias for o in olds):
                    raise UnreadableError(
                        self._place(column),
                        "a column with its table's schema; give the table an alias",
                    )
        self._bare(column, parts[0], around)

    def _from_jinja(self, column: exp.Column, olds: list[Source], around: list[Sight]) -> None:
        pieces = [self.statement.pieces.get(part.name) for part in column.parts]
        if any(piece is not None and piece.kind == "old" for piece in pieces):
            raise UnreadableError(
                self._place(column), "the ref is used as a column's table; give the table an alias"
            )
        if around[0].key in {"limit", "offset"}:
            return
        if not self.columns.same:
            raise UnreadableError(
                self._place(column),
                "Jinja writes SQL here that may name a column; check it, and rewrite by hand",
            )
        self._aliased.update(source for source in olds if not source.has_alias)

    def _source_of(self, name: str, column: Node, of: str | None = None) -> Source | None:
        """Return what a qualifier means; a table without an alias needs one if it is the old one.

        Engines look further out where the nearest table of the name lacks the column `of`.
        """
        nearest: Source | None = None
        for sight in self.statement.around(column):
            found = [s for s in sight.sources if s.name and plain(s.name) == plain(name)]
            if len(found) > 1 and any(source.is_old for source in found):
                raise UnreadableError(
                    self._place(column), f"two tables are called `{name}`; give each an alias"
                )
            if not found:
                continue
            either = [each for each in (nearest, found[0]) if each is not None and each.is_old]
            if nearest is not None and any(not (self.columns.same and e.has_alias) for e in either):
                raise UnreadableError(
                    self._place(column), f"two tables are called `{name}`; give each an alias"
                )
            nearest = nearest or found[0]
            if of is None or self._has(nearest, of):
                break
        if nearest is not None and nearest.is_old and not nearest.has_alias:
            self._aliased.add(nearest)
        return nearest

    def _bare(self, column: exp.Column, part: exp.Identifier, around: list[Sight]) -> None:
        """Find whose a column without a table is."""
        name = part.name
        if _orders(column, around) and isinstance(
            around[0].scope.outputs.get(plain(name)), exp.Alias
        ):
            return
        inner: list[Source] = []
        for depth, each in enumerate(around):
            inner += each.old
            sure = [s for s in each.sources if self._has(s, name)]
            if any(source.is_old for source in sure):
                source = next(s for s in sure if s.is_old)
                self._change(column, part, source, around, qualified=False, depth=depth)
                return
            whole = [s for s in each.old if plain(s.name) == plain(name)]
            if whole and not sure:
                self._whole_row(part, whole[0])
                return
            if sure:
                self._other(part, inner, sure, around)
                return
            maybe = [s for s in each.sources if self._has(s, name) is None]
            if len(each.sources) == 1 and each.old and maybe and depth == len(around) - 1:
                self._change(column, part, maybe[0], around, qualified=False, depth=depth)
                return
            if maybe:
                self._unsure(part, maybe, inner, around, depth)
                return
        self._other(part, inner, [], around)

    def _has(self, source: Source, name: str) -> bool | None:
        if source.is_old:
            return self.columns.has(name)
        return None if source.columns is None else plain(name) in map(plain, source.columns)

    def _changes(self, name: str) -> bool:
        """Tell whether it matters whose this column is."""
        if self.columns.same:
            return False
        has = self.columns.has(name)
        if has is None and self.columns.others == "keep":
            return False  # both models have it, or neither
        if has is False:
            return self.columns.new_has(name) is not False
        return not self.columns.unchanged(name)

    def _unsure(
        self,
        part: exp.Identifier,
        maybe: list[Source],
        inner: list[Source],
        around: list[Sight],
        depth: int,
    ) -> None:
        """Say that nobody knows whose a column is, where it matters."""
        further = [s for sight in around[depth + 1 :] for s in sight.sources]
        old = any(source.is_old for source in maybe)
        others = [source for source in further if self._has(source, part.name) is not False]
        if old or any(source.is_old for source in others):
            if self._changes(part.name):
                self._leave(
                    part, f"`{part.name}` may be of several tables; write the table before it"
                )
            return
        self._other(part, inner, maybe + others, around)

    def _whole_row(self, part: exp.Identifier, source: Source) -> None:
        if not self.columns.same:
            self._leave(part, f"`{part.name}` is the whole row; list its columns by hand")
        elif not source.has_alias:
            self._aliased.add(source)

    def _other(
        self,
        part: exp.Identifier,
        inner: list[Source],
        owners: list[Source],
        around: list[Sight],
    ) -> None:
        """Keep another table's column from becoming the replacement's, which has one of that name."""
        name = part.name
        if not inner or self.columns.same or self.columns.new_has(name) is False:
            return
        if self.columns.has(name) is None and self.columns.others == "keep":
            return
        if len(owners) == 1 and owners[0].name and not self._is_output(name, around[0].scope):
            start = self._span(part)[0]
            self._named_by_its_text(part.parent)
            owner = written(owners[0].name, self.names.dialect)
            self.edits.add((start, start, f"{owner}."))
            return
        knows = "has" if self.columns.new_has(name) else "may have"
        self._leave(
            part, f"{self._replacement} {knows} a column `{name}` too; write the table before it"
        )

    def _change(
        self,
        column: exp.Column,
        part: exp.Identifier,
        source: Source,
        around: list[Sight],
        *,
        qualified: bool,
        depth: int = 0,
    ) -> None:
        """Rename one column of the old model."""
        now = self.columns.after(part.name)
        if self.columns.same or self.columns.unchanged(part.name):
            return
        if now.column is None:
            self._leave(part, f"`{part.name}`: {now.said}; rewrite it by hand")
            return
        scope = around[0].scope
        last = part is column.this
        if not qualified and _orders(column, around) and self._orders_output(part, scope):
            return
        problem = self._problem(column, part, now, around, qualified=qualified)
        if problem:
            self._leave(part, problem)
            return
        before = ""
        clash = plain(now.column) in scope.outputs
        if not qualified and (depth or len(scope.sources) > 1 or clash):
            if not source.has_alias:
                self._aliased.add(source)
            before = f"{written(source.name, self.names.dialect)}."
        start, end = self._span(part)
        like = self.sql[start:end]
        if now.data_type is not None and qualified:
            start = self._span(column.parts[0])[0]
            before = f"{self.sql[slice(*self._span(column.parts[0]))]}."
        said = self._said(now, before, like)
        if last and isinstance(column.parent, exp.Select) and column.arg_key == "expressions":
            # What this query gives keeps its name.
            said += f" as {like}"
        self._named_by_its_text(column)
        self.edits.add((start, end, said))

    def _orders_output(self, part: exp.Identifier, scope: Scope) -> bool:
        """Tell whether `order by name` goes on meaning what the select gives."""
        given = self.statement.outputs(scope.select)
        if given is None:
            self._leave(part, "`*` may give a column of this name; write the table before it")
        return given is None or plain(part.name) in given

    def _problem(
        self,
        column: exp.Column,
        part: exp.Identifier,
        now: Now,
        around: list[Sight],
        *,
        qualified: bool,
    ) -> str:
        """Return why a column can't be renamed where it stands."""
        either = not qualified and around[0].key in _ALIAS_OR_INPUT
        if either and self._is_output(part.name, around[0].scope):
            return f"`{part.name}` is an output too; write the table before it"
        if isinstance(column.parent, exp.Struct):
            return "a struct takes this column's name; name the field by hand"
        if now.data_type is not None and part is not column.this:
            return f"`{part.name}`: write {self._by_hand(part.name, now)}"
        return ""

    def _is_output(self, name: str, scope: Scope) -> bool:
        """Tell whether a select gives something else under the name of a column."""
        found = scope.outputs.get(plain(name))
        given = None if found is None else found.unalias()
        return given is not None and not (
            isinstance(given, exp.Column) and plain(given.name) == plain(name)
        )

    def _said(self, now: Now, before: str, like: str) -> str:
        name = f"{before}{written(now.column or '', self.names.dialect, like)}"
        return name if now.data_type is None else f"cast({name} as {now.data_type})"

    def _by_hand(self, name: str, now: Now) -> str:
        if now.column is None:
            return f"`{name}`, of which is known: {now.said}"
        return f"`{self._said(now, '', '')}` for `{name}`"

    # Names of tables and outputs.

    def _named_by_its_text(self, node: Node) -> None:
        """Leave an output without a name: engines call it by its text, which would change."""
        child = node
        while child.parent is not None:
            parent, key = child.parent, child.arg_key or ""
            if isinstance(parent, exp.Select):
                nameless = key == "expressions" and not isinstance(child, exp.Alias)
                if nameless and child is not node and _gives_names(parent):
                    self._leave(child, "an output without a name; name it with `as`", of=node)
                    return
            child = parent

    def _clashes(self, source: Source) -> bool:
        """Tell whether something else here has the name that the table would get."""
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

    # Places.

    def _leave(self, node: Node, reason: str, *, of: Node | None = None) -> None:
        self.unclear.add((self._place(of if of is not None else node), reason))

    def _place(self, node: Node) -> int:
        starts = [each.meta["start"] for each in node.walk() if "start" in each.meta]
        return min(starts, default=0)

    def _span(self, part: Node) -> tuple[int, int]:
        if "start" not in part.meta:
            raise UnreadableError(0, "this version of sqlglot tells no places; update it")
        return part.meta["start"], part.meta["end"] + 1


def _orders(column: exp.Column, around: list[Sight]) -> bool:
    """Tell whether a column is the whole of an `order by`'s item, and so may name an output."""
    return around[0].key == "order" and isinstance(column.parent, exp.Ordered)


def _gives_names(select: exp.Select) -> bool:
    """Tell whether the names of a select's columns can be read by others, or by the reader."""
    parent = select.parent
    while isinstance(parent, (exp.SetOperation, exp.Subquery)):
        if isinstance(parent, exp.Subquery) and parent.arg_key in {"from_", "from", "joins"}:
            return True
        if isinstance(parent, exp.Subquery) and isinstance(parent.parent, (exp.From, exp.Join)):
            return True
        parent = parent.parent
    return parent is None or isinstance(parent, (exp.CTE, exp.From, exp.Join, exp.Lateral))
