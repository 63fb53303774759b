"""Attempts to show a failure again with fewer rows, steps, or runs."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from entity_kit.arrivals import case_rows, deliveries
from entity_kit.arrivals.behind import same_values, shared_columns
from entity_kit.arrivals.schedules import Schedule
from entity_kit.verify.search.shrink import Candidate, SpentError
from entity_kit.warehouse import rows

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from entity_kit.arrivals.case_rows import DrawnWorld
    from entity_kit.arrivals.model import Model
    from entity_kit.arrivals.sources import Source
    from entity_kit.replay.outcome import Facts, Outcome, Signature
    from entity_kit.replay.progress import Progress
    from entity_kit.replay.replay import Replay
    from entity_kit.verify.search.shrink import Unit
    from entity_kit.warehouse import Connection


MOST_RUNS = 400  # of dbt, to shrink one failure
CASE = "entity_kit_case"


def facts_of(outcome: Outcome) -> Facts:
    if outcome.facts is None:
        raise ValueError("only what differs has facts")
    return outcome.facts


def kind_of(kinds: Sequence[str]) -> str:
    """Return the schedule name for what happens in a variation, which the causes use."""
    return kinds[0] if len(kinds) == 1 else deliveries.STORM if kinds else "arrival"


class Attempts:
    """Replay candidates up to where the model differed, and count the dbt runs."""

    def __init__(
        self,
        replay: Replay,
        progress: Progress,
        model: Model,
        whole: DrawnWorld,
        signature: Signature,
        last: int,
    ) -> None:
        self._replay = replay
        self._progress = progress
        self._model = model
        self._whole = whole
        self._signature = signature
        self._last = last
        self.runs = 0

    def world(self, candidate: Candidate) -> DrawnWorld:
        kept: dict[str, list[int]] = {name: [] for name in self._whole.tables}
        for name, unit in candidate.units:
            kept[name].append(unit)
        return replace(
            self._whole, kept={name: case_rows.ranges(units) for name, units in kept.items()}
        )

    def fails(self, candidate: Candidate) -> bool:
        """Return whether the model still differs at the end, and in no new way."""
        cost = sum(candidate.runs.values()) + 1
        if self.runs + cost > MOST_RUNS:
            raise SpentError
        self.runs += cost
        self._progress.run(
            f"shrinking {self._model.name}: {len(candidate.units):,} rows, "
            f"{len(candidate.runs)} steps"
        )
        schedule = Schedule("case", candidate.runs, compared=frozenset({self._last}))
        outcomes = self._replay.run(
            self.world(candidate), [schedule], [self._model], until=self._last, thorough=False
        )
        outcome = outcomes[schedule.name, self._model.unique_id]
        if outcome.failure is not None or not outcome.steps:
            return False
        step = outcome.steps[-1]
        if step.agrees or step.declared:
            return False
        # A table that never gets a row shows a different mistake.
        return self._signature.allows(step.comparison, empty=outcome.empty)


def guesses(
    connection: Connection,
    model: Model,
    facts: Facts,
    sources: Sequence[Source],
    tables: Mapping[str, str],
    units: Sequence[Unit],
) -> list[list[Unit]]:
    """Return the rows that share the key of a differing row, by columns of the same name.

    With them goes the last row that each source delivers at each state, which sets watermarks.
    """
    guesses = []
    latest = {
        (source.unique_id, int(unit))
        for source in sources
        for (unit,) in rows(
            connection,
            f"select arg_max(entity_kit_unit, {source.loaded_at}) as unit from "
            f"{tables[source.unique_id]} group by entity_kit_from having unit is not null",
        )
    }
    for sample in facts.diff.sample[:3]:
        for named in (model.key, tuple(sample.row)):
            wanted: set[Unit] = set()
            hits = 0
            for source in sources:
                table = tables[source.unique_id]
                known = [str(found[0]) for found in rows(connection, f"describe {table}")]
                shared = shared_columns(source, known, named, sample.row)
                same = same_values(shared, sample.row)
                hits += bool(shared)
                found = rows(
                    connection,
                    f"select distinct entity_kit_unit from {table} where {same or 'true'}",
                )
                wanted |= {(source.unique_id, int(unit)) for (unit,) in found}
            guesses += [
                [unit for unit in units if unit in guess]
                for guess in ((wanted, wanted | latest) if hits else ())
                if 0 < len(guess) < len(units)
            ]
    return guesses
