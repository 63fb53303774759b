"""Find what must change in one SQL statement when a ref names another model, without guessing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlglot import expressions as exp

from entity_kit.project_health.rewrite.columns import Now, plain, written
from entity_kit.project_health.rewrite.from_clauses import FromReader
from entity_kit.project_health.rewrite.jinja import UnreadableError

if TYPE_CHECKING:
    from entity_kit.project_health.rewrite.scopes import Scope, Sight, Source

# Where a name may mean an output of the same select; engines differ in what they try first.
_ALIAS_OR_INPUT = {"group", "having", "qualify", "distinct", "order"}


class Editor(FromReader):
    """Reads one statement."""

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

    def _column(self, column: exp.Column) -> None:
        if isinstance(column.this, exp.Star):
            if column.args.get("table") is not None:
                self._source_of(column.table, column)
            return
        star = column.find_ancestor(exp.Star, exp.Select)
        if not (isinstance(star, exp.Star) and column.arg_key != "this"):
            self._named(column)

    def _named(self, column: exp.Column) -> None:
        """Find the table of a column, and rename the column if it is the old model's."""
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
                "Jinja generates SQL here that may name a column; check it and rewrite it by hand",
            )
        self._aliased.update(source for source in olds if not source.has_alias)

    def _bare(self, column: exp.Column, part: exp.Identifier, around: list[Sight]) -> None:
        """Find the table of an unqualified column."""
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

    def _changes(self, name: str) -> bool:
        """Return whether it matters which table this column belongs to."""
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
        """Record that a column's table isn't known, if it matters."""
        further = [s for sight in around[depth + 1 :] for s in sight.sources]
        old = any(source.is_old for source in maybe)
        others = [source for source in further if self._has(source, part.name) is not False]
        if old or any(source.is_old for source in others):
            if self._changes(part.name):
                self._leave(
                    part, f"`{part.name}` may belong to several tables; add the table to it"
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
        """Keep another table's column from becoming the replacement's column with that name."""
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
        self._leave(part, f"{self._replacement} {knows} a column `{name}` too; add the table to it")

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
            # This query's output keeps its name.
            said += f" as {like}"
        self._named_by_its_text(column)
        self.edits.add((start, end, said))

    def _orders_output(self, part: exp.Identifier, scope: Scope) -> bool:
        """Return whether `order by name` still means the select's output."""
        given = self.statement.outputs(scope.select)
        if given is None:
            self._leave(part, "`*` may return a column of this name; add the table to it")
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
        """Return why a column can't be renamed in place."""
        either = not qualified and around[0].key in _ALIAS_OR_INPUT
        if either and self._is_output(part.name, around[0].scope):
            return f"`{part.name}` is also an output column; add the table to it"
        if isinstance(column.parent, exp.Struct):
            return "a struct field has this column's name; name the field by hand"
        if now.data_type is not None and part is not column.this:
            return f"`{part.name}`: write {self._by_hand(part.name, now)}"
        return ""

    def _is_output(self, name: str, scope: Scope) -> bool:
        """Return whether a select outputs something else under the name of a column."""
        found = scope.outputs.get(plain(name))
        given = None if found is None else found.unalias()
        return given is not None and not (
            isinstance(given, exp.Column) and plain(given.name) == plain(name)
        )


def _orders(column: exp.Column, around: list[Sight]) -> bool:
    """Return whether a column is a whole `order by` item, and so may name an output column."""
    return around[0].key == "order" and isinstance(column.parent, exp.Ordered)
