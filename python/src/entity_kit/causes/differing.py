"""A model that differs under a schedule, and what is known about it before any experiment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from entity_kit.causes.filtered import (
    adds_keys_only,
    leaves_known_keys_out,
    read_both_ways,
    read_whole,
)
from entity_kit.causes.marks import marks
from entity_kit.causes.sql_traits import ranks_within, traits
from entity_kit.warehouse import fold

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from entity_kit.arrivals.model import Model
    from entity_kit.arrivals.schedules import RecordedWorld, Schedule
    from entity_kit.arrivals.sources import Source
    from entity_kit.causes.cause import Cause
    from entity_kit.causes.marks import Mark
    from entity_kit.compare.difference import Kind, SampleRow
    from entity_kit.replay.outcome import Facts


@dataclass(frozen=True, slots=True)
class Differing:
    """One model that differs under one schedule.

    `known` holds the causes already found for the model, by schedule. `parents` are the incremental
    models that it is built from and that differ under this schedule by then, topmost first, each
    with its cause.
    """

    model: Model
    world: RecordedWorld
    schedule: Schedule
    facts: Facts
    agrees_elsewhere: frozenset[str]
    known: Mapping[str, Cause]
    parents: tuple[tuple[Model, Cause | None], ...] = ()

    @property
    def previous(self) -> int:
        """The state of the run before the one that differs; 0 if there is none or it saw no row."""
        return max((s for s in self.schedule.runs if 0 < s < self.facts.state), default=0)

    @property
    def own(self) -> list[SampleRow]:
        """The sampled wrong rows in the incremental table."""
        return [row for row in self.facts.diff.sample if row.kind != "only_full_refresh"]

    @property
    def kinds(self) -> frozenset[Kind]:
        """The kinds of difference that a cause has to explain.

        Without a key no row is known to be another one's later version: rows on both sides may be
        changed ones.
        """
        found = self.facts.diff.comparison
        counts: dict[Kind, int] = {
            "changed": found.changed,
            "only_incremental": found.only_incremental,
            "only_full_refresh": found.only_full_refresh,
        }
        kinds = frozenset(kind for kind, count in counts.items() if count)
        if not self.facts.diff.key and kinds == {"only_incremental", "only_full_refresh"}:
            return frozenset({"changed"})
        return kinds

    @property
    def rows(self) -> int:
        """The number of rows that differ. A changed row counts once."""
        found = self.facts.diff.comparison
        return found.changed + found.only_incremental + found.only_full_refresh

    @property
    def copies_only(self) -> bool:
        """Whether the incremental table is wrong only in having right rows too often."""
        found = self.facts.diff.comparison
        return not found.changed and self.facts.extra_copies >= found.only_incremental

    @property
    def by_window(self) -> bool:
        """Whether window functions computed the wrong values, rather than groups or neither."""
        facts = self.facts
        if facts.diff.key and self.kinds == {"only_incremental"}:
            # Only what removes a key from the full refresh matters.
            refreshed = traits(facts.full_refresh_sql, facts.dialect)
            if not refreshed.windows or ranks_within(
                facts.full_refresh_sql, facts.diff.key, facts.dialect
            ):
                return False
        sql = traits(self.facts.incremental_sql, self.facts.dialect)
        changed = self.facts.diff.changed_columns
        # What only the incremental run groups is what its own table has.
        groups = sql.groups and traits(facts.full_refresh_sql, facts.dialect).groups
        if not sql.windows or not groups:
            return sql.windows
        if sql.groups_by_window:
            return True
        return bool(changed) and {fold(name) for name in changed} <= sql.windowed

    @property
    def by_parts(self) -> bool:
        """Whether the incremental SQL has groups, aggregates or window functions."""
        sql = traits(self.facts.incremental_sql, self.facts.dialect)
        return sql.windows or sql.groups or sql.aggregates

    @property
    def reads_clock(self) -> bool:
        """Whether the full refresh's SQL reads the clock."""
        return traits(self.facts.full_refresh_sql, self.facts.dialect).clock

    @property
    def adds_keys_only(self) -> bool:
        """Whether a run reads only rows of keys that the table doesn't have, whenever they arrive."""
        facts, own = self.facts, self.model.relation.name
        return adds_keys_only(facts.incremental_sql, facts.full_refresh_sql, own, facts.dialect)

    @property
    def leaves_known_keys_out(self) -> bool:
        """Whether a run leaves out the rows of keys that the table has, whatever else it asks of rows."""
        facts, own = self.facts, self.model.relation.name
        return leaves_known_keys_out(
            facts.incremental_sql, facts.full_refresh_sql, own, facts.dialect
        )

    @property
    def marks(self) -> tuple[Mark, ...]:
        """What only the incremental run compares its rows with; columns are those of the sources."""
        facts = self.facts
        return marks(
            facts.incremental_sql, facts.full_refresh_sql, facts.dialect, facts.ancestors_sql
        )

    def chosen_by_arrival(self, source: Source, columns: Iterable[str]) -> bool:
        """Return whether the run chooses a source's rows by their loaded time, and by nothing else.

        Then it reads a row when it arrives, however late that is. `columns` are the source's.
        """
        known = {fold(name) for name in columns}
        found = self.marks
        columns_compared = {
            mark.column
            for compared in found
            for mark in compared.parts
            if mark.column in known and mark.owner in {"", fold(source.relation.name)}
        }
        columns_compared |= {mark.newest for mark in found if mark.newest in known}
        by_arrival = source.loaded_column is not None and columns_compared == {
            fold(source.loaded_column)
        }
        return by_arrival and bool(self.filtered([source]))

    def joined_with_itself(self, sources: Iterable[Source]) -> tuple[Source, ...]:
        """Return the sources that the incremental run joins with themselves, and filters on one side."""
        facts = self.facts
        both = read_both_ways(
            facts.incremental_sql, facts.full_refresh_sql, facts.ancestors_sql, facts.dialect
        )
        return tuple(each for each in sources if fold(each.relation.name) in both)

    def filtered(self, sources: Iterable[Source]) -> tuple[Source, ...]:
        """Return the sources without those that the incremental run reads whole, though it filters others."""
        facts = self.facts
        whole = read_whole(
            facts.incremental_sql, facts.full_refresh_sql, facts.ancestors_sql, facts.dialect
        )
        return tuple(each for each in sources if fold(each.relation.name) not in whole)
