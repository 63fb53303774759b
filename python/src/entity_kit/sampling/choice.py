"""Which rows of which table are chosen, and the predicates that say so in SQL.

Of an entity, all rows are chosen or none: the hash of its key decides. docs/decisions/sample.md
says what follows for tables that refer to others.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING, Protocol

from entity_kit.errors import EntityKitError
from entity_kit.sampling.columns import Column, same_columns

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from entity_kit.sampling.tables import Reference, Table

# A table of which fewer rows would be left is taken whole: so few say nothing about the others.
FEWEST_ROWS = 30
# A table that neither refers nor is referred to is taken whole up to so many rows.
SMALL = 10_000
_DIGITS = 8
# Columns of ours, whose names no declared expression has.
_KEY, _CHOSEN = "entity_kit_key", "entity_kit_chosen"


class Dialect(Protocol):
    """The warehouse's SQL."""

    def quote(self, name: str) -> str: ...

    def hash(self, expression: str) -> str:
        """Return the md5 of an expression as text, in lowercase hexadecimal digits."""
        ...

    def text(self, expression: str) -> str: ...

    def number(self, expression: str) -> str:
        """Return a number in a form in which equal numbers have equal texts."""
        ...

    def concat(self, expressions: Sequence[str]) -> str: ...


@dataclass(frozen=True, slots=True)
class Choice:
    """How the rows of one table are chosen.

    `how` is whole, hash (of the columns `key`), or parent (with the rows that `reference` names).
    `fraction` is the share of the entities.
    """

    how: str
    key: tuple[str, ...] = ()
    reference: Reference | None = None
    fraction: float = 1.0
    why: str = ""

    def told(self) -> str:
        if self.how == "whole":
            return f"whole: {self.why}"
        if self.reference is not None:
            return f"with {self.reference.parent}, by {self.reference.column}"
        return f"by hash of {', '.join(self.key)}"


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a table: joins that add no rows, and the predicate; None stands for all rows.

    Joins, because a warehouse may look through a whole subquery for each row of an `in` within an
    `or`.
    """

    joins: tuple[str, ...] = ()
    where: str | None = None


def threshold(fraction: float) -> str:
    """Return the least text that a hash of a row that isn't chosen can have."""
    return f"{min(round(fraction * 16**_DIGITS), 16**_DIGITS - 1):0{_DIGITS}x}"


@dataclass(frozen=True)
class Choices:
    """The choices for all tables, and the predicates that they make."""

    tables: Mapping[str, Table]
    references: Sequence[Reference]
    choices: Mapping[str, Choice]
    dialect: Dialect
    _number: list[int] = field(default_factory=lambda: [0])

    def sampled(self, table: str, alias: str) -> Part:
        """Return what keeps the rows of the sample."""
        chosen = self._chosen(table, alias)
        if chosen.where is None:
            return chosen
        added = self._added(table, alias)
        if added is None:
            return chosen
        return Part((*chosen.joins, *added.joins), f"({chosen.where} or {added.where})")

    def page_key(self, table: str) -> list[str]:
        """Return columns by whose hash a table can be read in parts; none if there are none."""
        choice = self.choices[table]
        if choice.reference is not None:
            return [choice.reference.column]
        return list(choice.key or self.tables[table].row_key)

    def hashed(self, alias: str, names: Sequence[str]) -> str:
        columns = [f"{alias}.{self.dialect.quote(name)}" for name in names]
        if len(columns) == 1:
            return self.dialect.hash(columns[0])
        parts = [f"coalesce({self.dialect.hash(column)}, '')" for column in columns]
        return self.dialect.hash(self.dialect.concat(parts))

    def _chosen(self, table: str, alias: str) -> Part:
        choice = self.choices[table]
        if choice.how == "whole" or choice.fraction >= 1:
            return Part()
        limit = threshold(choice.fraction)
        if choice.reference is None:
            return Part((), f"{self.hashed(alias, choice.key)} < '{limit}'")
        by = choice.reference
        parent = self.choices[by.parent]
        value = self._value(alias, by.child, by.column, by)
        joins: tuple[str, ...] = ()
        found = f"{self.dialect.hash(value)} < '{limit}'"
        if parent.how != "hash" or not same_columns(parent.key, (by.field,)) or self._mixed(by):
            inner, outer = self._alias(), self._alias()
            key = self._value(inner, by.parent, by.field, by)
            mine = self._chosen(by.parent, inner)
            keys = (
                f"select {key} as {_KEY}, max(case when {mine.where} then 1 else 0 end) as {_CHOSEN} "
                f"from {self._from(by.parent, inner, mine)} "
                f"where {inner}.{self.dialect.quote(by.field)} is not null group by {key}"
            )
            joins = (f"left join ({keys}) {outer} on {outer}.{_KEY} = {value}",)
            # One that refers to a row that isn't there is chosen by the same hash.
            found = f"({outer}.{_CHOSEN} = 1 or ({outer}.{_KEY} is null and {found}))"
        row_key = self.tables[table].row_key
        if row_key and not same_columns(row_key, (by.column,)):
            column = f"{alias}.{self.dialect.quote(by.column)}"
            alone = f"{column} is null and {self.hashed(alias, row_key)} < '{limit}'"
            found = f"({found} or ({alone}))"
        return Part(joins, found)

    def _added(self, table: str, alias: str) -> Part | None:
        """Return what keeps rows that others of the sample refer to, besides the chosen ones."""
        joins, found = [], []
        for reference in self.references:
            if reference.parent != table or reference.child == table:
                continue
            inner, outer = self._alias(), self._alias()
            choice = self.choices[reference.child]
            if choice.reference == reference:
                needed = self._added(reference.child, inner)
                if needed is None:
                    continue  # the chosen rows refer to chosen rows
            else:
                needed = self.sampled(reference.child, inner)
            wanted = self._value(inner, reference.child, reference.column, reference)
            value = self._value(alias, table, reference.field, reference)
            keys = (
                f"select distinct {wanted} as {_KEY} "
                f"from {self._from(reference.child, inner, needed)} "
                f"where {inner}.{self.dialect.quote(reference.column)} is not null "
                f"and {needed.where or '1 = 1'}"
            )
            joins.append(f"left join ({keys}) {outer} on {outer}.{_KEY} = {value}")
            found.append(f"{outer}.{_KEY} is not null")
        return Part(tuple(joins), f"({' or '.join(found)})") if found else None

    def _from(self, table: str, alias: str, part: Part) -> str:
        return " ".join([f"{self.tables[table].relation} {alias}", *part.joins])

    def _value(self, alias: str, table: str, column: str, by: Reference) -> str:
        """Return one end of a reference in a form that compares with the other end."""
        child, parent = self._column(by.child, by.column), self._column(by.parent, by.field)
        value = f"{alias}.{self.dialect.quote(self._column(table, column).name)}"
        if self._mixed(by):
            return self.dialect.number(value)
        if child.type == parent.type or child.kind == parent.kind == "integer":
            return value
        return self.dialect.text(value)

    def _mixed(self, by: Reference) -> bool:
        """Return whether equal numbers at the two ends have different texts, and so different hashes."""
        child, parent = self._column(by.child, by.column), self._column(by.parent, by.field)
        whole = child.kind == parent.kind == "integer"
        return child.numeric and parent.numeric and child.type != parent.type and not whole

    def _column(self, table: str, column: str) -> Column:
        return self.tables[table].column(column, "named by a reference")

    def _alias(self) -> str:
        self._number[0] += 1
        return f"t{self._number[0]}"


def choose(
    tables: Mapping[str, Table],
    references: Sequence[Reference],
    counts: Mapping[str, int],
    *,
    keys: Mapping[str, str],
    whole: Sequence[str],
    fraction: float,
    rows: int | None,
) -> dict[str, Choice]:
    """Choose how the rows of each table are chosen.

    `counts` are the rows of each table; `keys` and `whole` are what the user says.
    """
    parts = {name: _fraction(counts[name], fraction, rows) for name in tables}
    found = _whole(tables, references, counts, parts, keys, whole)
    left = [name for name in tables if name not in found]
    between = [each for each in references if each.child not in found and each.parent not in found]
    _refuse_circles(left, between)
    choices = {name: found[name] for name in found}
    for name in _parents_first(left, between):
        choices[name] = _choice(tables[name], between, parts[name], keys, choices)
    return {name: choices[name] for name in tables}


def _fraction(count: int, fraction: float, rows: int | None) -> float:
    if rows is None:
        return fraction
    return 1.0 if rows >= count else rows / count


def _whole(
    tables: Mapping[str, Table],
    references: Sequence[Reference],
    counts: Mapping[str, int],
    parts: Mapping[str, float],
    keys: Mapping[str, str],
    named: Sequence[str],
) -> dict[str, Choice]:
    """Return the tables that are taken whole. They choose no rows of others."""
    found = {name: Choice("whole", why="as you asked") for name in named}
    for name in tables:
        alone = all(name not in {each.child, each.parent} for each in references)
        if alone and name not in found and name not in keys and counts[name] <= SMALL:
            found[name] = Choice("whole", why="small, and no reference leads to it or from it")
    while True:  # a table whose only parent is whole is one that nothing chooses
        refers = {
            each.child
            for each in references
            if each.parent not in found and each.parent != each.child
        }
        more = {
            name: Choice("whole", why=f"a part of it would be fewer than {FEWEST_ROWS} rows")
            for name in tables
            if name not in found
            and name not in refers
            and name not in keys
            and parts[name] < 1
            and counts[name] * parts[name] < FEWEST_ROWS
        }
        if not more:
            return found
        found |= more


def _refuse_circles(left: Sequence[str], references: Sequence[Reference]) -> None:
    graph = {name: {each.parent for each in references if each.child == name} for name in left}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        circle = list(reversed(error.args[1]))
        raise EntityKitError(
            f"The references lead in a circle: {' → '.join(circle)}. So no table can be chosen first.",
            fix=f"Take one of them whole: --whole {circle[0]}",
        ) from error


def _parents_first(left: Sequence[str], references: Sequence[Reference]) -> list[str]:
    graph = {name: {each.parent for each in references if each.child == name} for name in left}
    return list(TopologicalSorter(graph).static_order())


def _choice(
    table: Table,
    references: Sequence[Reference],
    fraction: float,
    keys: Mapping[str, str],
    chosen: Mapping[str, Choice],
) -> Choice:
    mine = [each for each in references if each.child == table.name]
    key = keys.get(table.name)
    for reference in mine:
        parent = chosen[reference.parent]
        # A key of the user's that refers to the parent's own key chooses as the reference does.
        agrees = same_columns((reference.column,), (key or "",)) and same_columns(
            parent.key, (reference.field,)
        )
        if key is None or agrees:
            return Choice("parent", reference=reference, fraction=parent.fraction)
    if key is not None:
        return Choice("hash", (key,), fraction=fraction)
    referred = [each.field for each in references if each.parent == table.name]
    own = referred[:1] or list(table.row_key) or list(table.unique[:1])
    if not own:
        raise EntityKitError(
            f"Nothing says which rows of {table.name} belong together: it has no row_key, no unique "
            "column, and no reference leads to it or from it.",
            fix=f"Name the column that identifies its entity: --key {table.name}.COLUMN. "
            f"Or take all of it: --whole {table.name}",
        )
    return Choice("hash", tuple(own), fraction=fraction)
