"""Read a from clause and the stars that depend on it, for the rewriter."""

from __future__ import annotations

from sqlglot import expressions as exp

from entity_kit.project_health.rewrite.collector import Collector
from entity_kit.project_health.rewrite.columns import plain, written
from entity_kit.project_health.rewrite.scopes import Scope, half


class FromReader(Collector):
    """Read joins, tables, and `*`."""

    def _joins(self, scope: Scope) -> None:
        for join in scope.select.args.get("joins") or ():
            if str(join.args.get("method") or "").upper() == "NATURAL":
                self._leave(
                    join,
                    "a natural join uses all columns with the same name; "
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
                self._leave(source.node, "a pivot changes the columns; rewrite it by hand")

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
                    self._leave(item, "the whole row is used; list its columns by hand")
                continue
            if not self._only_exists(scope, item):
                self._star(scope, item, column)

    def _only_exists(self, scope: Scope, star: exp.Star) -> bool:
        """Return whether it doesn't matter which columns `*` returns."""
        exists = isinstance(scope.select.parent, exp.Exists)
        return exists and not any(star.args.values()) and not scope.select.args.get("order")

    def _star(self, scope: Scope, star: exp.Star, column: exp.Column | None) -> None:
        problem = self._star_problem(scope, star, column)
        if problem:
            self._leave(star, f"`*` would return the new column names; {problem}")
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
            return "and they aren't known: build both models, or list them by hand"
        for each in old:
            now = self.columns.after(each)
            if now.column is None:
                return f"list them by hand, because for `{each}`, {now.said}"
        if self.sql[star.meta.get("start", 0)] != "*":
            return "write the `select` with its columns"
        if column is not None:
            return ""
        joins = scope.select.args.get("joins") or ()
        if any(j.args.get("using") or j.args.get("method") for j in joins):
            return "list the columns by hand, because the join merges some"
        if any(half(join) for join in joins):
            return "list the columns by hand, because the join returns those of one side"
        if len(scope.sources) > 1 and not all(source.name for source in scope.sources):
            return "give each table an alias"
        return ""

    def _item(self, before: str, old: str) -> str:
        now = self.columns.after(old)
        said = self._said(now, before, "")
        if now.data_type is None and plain(now.column or "") == plain(old):
            return said
        return f"{said} as {written(old, self.names.dialect)}"
