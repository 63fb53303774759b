"""Rows for all declared tables: they arrive over ten days, several loads a day, and fit each other."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from random import Random
from typing import TYPE_CHECKING

from entity_kit.errors import EntityKitError
from entity_kit.synthetic.values import DAYS, FIRST_DAY, draw, in_order, instant, is_ordered
from entity_kit.warehouse import fold

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from entity_kit.synthetic.declared import Field, Spec

    Row = dict[str, str | None]

# Of a table that others refer to, and of any other.
PARENTS, CHILDREN = 40, 240
LOADS_A_DAY = 4
_GAP = timedelta(hours=24 / LOADS_A_DAY)
LOADS = [
    datetime.combine(FIRST_DAY, time(0, 30)) + number * _GAP for number in range(DAYS * LOADS_A_DAY)
]


def make_rows(specs: Iterable[Spec], seed: int) -> dict[str, list[Row]]:
    """Return rows of each table, by its name; the same for the same seed."""
    every = {spec.name: spec for spec in specs}
    referred = {
        each.refers_to[0] for spec in every.values() for each in spec.fields if each.refers_to
    }
    counts = {name: PARENTS if name in referred else CHILDREN for name in every}
    for _ in every:  # along a chain of tables with a row per row of another
        for name, spec in every.items():
            parents = [e.refers_to[0] for e in spec.fields if e.refers_to and _once(e, spec)]
            counts[name] = min(counts[name], *(counts[parent] for parent in parents), counts[name])
    makers = {name: _Table(spec, counts[name], seed) for name, spec in every.items()}
    for maker in makers.values():
        for each in maker.spec.fields:
            maker.column(each, makers)
    return {name: maker.rows() for name, maker in makers.items()}


def _once(of: Field, spec: Spec) -> bool:
    return of.unique or spec.row_key == (of.name,)


@dataclass
class _Table:
    """One table in the making, column by column; each has random numbers of its own."""

    spec: Spec
    count: int
    seed: int
    columns: dict[str, list[str | None]] = field(default_factory=dict)
    _making: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        random = self._random("loads")
        # Not each table has rows in each load, and the first load has more.
        mine = [LOADS[0], *(load for load in LOADS[1:] if random.random() < 0.8)]
        chosen = [LOADS[0]] * (self.count // 10)
        chosen += [random.choice(mine) for _ in range(self.count - len(chosen))]
        self.loads = sorted(chosen)

    def _random(self, what: str) -> Random:
        return Random(f"{self.seed} {self.spec.name} {what}")  # noqa: S311  (made-up rows, no secret)

    def column(self, of: Field, makers: Mapping[str, _Table]) -> list[str | None]:
        key = fold(of.name)
        if key not in self.columns:
            if key in self._making:
                raise EntityKitError(
                    f"The references from {self.spec.name}.{of.name} lead back to it, so no row can be "
                    "the first.",
                    fix="Remove one of the `relationships` tests, or use real rows with --samples.",
                )
            self._making.add(key)
            self.columns[key] = self._made(of, makers)
        return self.columns[key]

    def _made(self, of: Field, makers: Mapping[str, _Table]) -> list[str | None]:
        kind = of.type or "VARCHAR"
        random = self._random(of.name)
        spec = self.spec
        if of.name == spec.loaded_at:
            return [instant(load, kind) for load in self.loads]
        if of.name == spec.event_time:
            return [instant(self._event(load, kind, random), kind) for load in self.loads]
        if of.refers_to is not None:
            return self._references(of, random, makers)
        alone = spec.row_key == (of.name,)
        if (
            not of.accepted
            and is_ordered(kind)
            and (alone or of.unique or self._is_referred(of, makers))
        ):
            return [in_order(kind, place, spec.table) for place in range(self.count)]
        values = [
            random.choice(of.accepted) if of.accepted else draw(kind, random, of.least, of.most)
            for _ in range(self.count)
        ]
        return [value if of.not_null or random.random() > 0.08 else None for value in values]

    def _is_referred(self, of: Field, makers: Mapping[str, _Table]) -> bool:
        me = (self.spec.name, fold(of.name))
        return any(
            each.refers_to is not None and (each.refers_to[0], fold(each.refers_to[1])) == me
            for maker in makers.values()
            for each in maker.spec.fields
        )

    def _references(
        self, of: Field, random: Random, makers: Mapping[str, _Table]
    ) -> list[str | None]:
        """Choose parents: most of them arrived before their child, some after it."""
        assert of.refers_to is not None  # noqa: S101  (asked before)
        parent = makers[of.refers_to[0]]
        if parent is self:
            return self._references_to_itself(of, random, makers)
        keys = parent.column(parent.spec.field(of.refers_to[1]), makers)
        there = [
            (load, key) for load, key in zip(parent.loads, keys, strict=True) if key is not None
        ]
        if _once(of, self.spec):
            return [key for _, key in random.sample(there, self.count)]
        found: list[str | None] = []
        for load in self.loads:
            before = [key for arrived, key in there if arrived <= load]
            after = [key for arrived, key in there if arrived > load]
            pool = after if after and (not before or random.random() < 0.12) else before
            # Some have many children.
            key = pool[int(len(pool) * random.random() ** 2)] if pool else None
            found.append(key if of.not_null or random.random() > 0.04 else None)
        return found

    def _references_to_itself(
        self, of: Field, random: Random, makers: Mapping[str, _Table]
    ) -> list[str | None]:
        assert of.refers_to is not None  # noqa: S101  (asked before)
        keys = self.column(self.spec.field(of.refers_to[1]), makers)
        first = None if not of.not_null else keys[0]
        return [first, *(random.choice(keys[:place]) for place in range(1, len(keys)))]

    def _event(self, load: datetime, kind: str, random: Random) -> datetime:
        """Choose when a row happened: not longer before its load than the delivery allows."""
        most, chosen = self.spec.delivery.late_by, random.random()
        if most is None:
            delay = _GAP * min(chosen, 0.99)  # after the load before
        elif chosen < 0.6:
            delay = min(most, _GAP) * random.random()
        else:
            delay = most * (random.random() if chosen < 0.95 else 1)
        moment = load - timedelta(seconds=round(delay.total_seconds()))
        if kind.upper() == "DATE" and load - datetime.combine(moment, time()) > (most or _GAP):
            return load  # its midnight would be too early
        return moment

    def rows(self) -> list[Row]:
        """Return the rows, no two with the same row key."""
        self._tell_apart()
        names = [each.name for each in self.spec.fields]
        found = [
            dict(zip(names, values, strict=True))
            for values in zip(*(self.columns[fold(name)] for name in names), strict=True)
        ]
        if not self.spec.row_key:
            return found
        return list({tuple(row[name] for name in self.spec.row_key): row for row in found}.values())

    def _tell_apart(self) -> None:
        """Give rows that agree in all but one column of the row key different values in that column."""
        free = [
            each
            for name in self.spec.row_key
            if not (each := self.spec.field(name)).refers_to
            and not each.accepted
            and is_ordered(each.type or "VARCHAR")
            and each.name not in {self.spec.loaded_at, self.spec.event_time}
        ]
        keys = list(zip(*(self.columns[fold(name)] for name in self.spec.row_key), strict=True))
        if len(self.spec.row_key) < 2 or not free or len(set(keys)) == len(keys):
            return
        last = free[-1]
        others = [self.columns[fold(name)] for name in self.spec.row_key if name != last.name]
        seen: dict[tuple[str | None, ...], int] = {}
        numbered = self.columns[fold(last.name)] = []
        for group in zip(*others, strict=True):
            place = seen[group] = seen.get(group, -1) + 1
            numbered.append(in_order(last.type or "VARCHAR", place, self.spec.table))
