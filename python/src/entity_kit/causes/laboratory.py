"""Replay a schedule with one thing changed, as every experiment does."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from entity_kit.arrivals.schedules import Schedule
from entity_kit.warehouse import QueryError, rows

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from entity_kit.arrivals.model import Model
    from entity_kit.arrivals.schedules import RecordedWorld
    from entity_kit.arrivals.sources import Source
    from entity_kit.causes.differing import Differing
    from entity_kit.compare.difference import SampleRow
    from entity_kit.engines.scratch import Scratch, Warehouse
    from entity_kit.replay.outcome import Outcome
    from entity_kit.replay.together import Together
    from entity_kit.warehouse import Connection


@dataclass(slots=True)
class Laboratory:
    """What experiments need: replays, the sources, and their rows.

    The user's rows stay open from one question to the next, until a replay or `close`.
    """

    together: Together
    scratch: Scratch
    sources: tuple[Source, ...]
    _open: ExitStack = field(default_factory=ExitStack)
    _rows: Connection | None = None

    def read_by(self, differing: Differing) -> tuple[Source, ...]:
        """Return the sources that the model is built from."""
        return tuple(s for s in self.sources if s.unique_id in differing.model.ancestors)

    def ask(self, sql: str) -> tuple[Any, ...]:
        """Query the user's own rows, and return one row."""
        return rows(self._originals(), sql)[0]

    def columns(self, source: Source) -> list[str]:
        """Return the names of a source's columns."""
        found = rows(self._originals(), f"describe select * from {source.origin}")
        return [str(name) for name, *_ in found]

    def arrived(self, differing: Differing, *sources: Source, since: int) -> int:
        """Return how many more rows the sources have where the model differs than at an earlier step."""
        world, state = differing.world, differing.facts.state
        counts = [
            f"(select count(*) from ({world.view(source, state)})) "
            f"- (select count(*) from ({world.view(source, since)}))"
            for source in sources
        ]
        return int(self.ask(f"select {' + '.join(counts)}")[0])

    def count(self, source: Source, condition: str) -> int:
        """Return how many recorded rows of a source meet a condition, or 0 if it can't be applied."""
        try:
            return int(self.ask(f"select count(*) from {source.origin} where {condition}")[0])
        except QueryError:  # another source's columns
            return 0

    def agrees_in(self, world: RecordedWorld, differing: Differing) -> bool:
        """Return whether, in another world, the model agrees at the step where it differs here."""
        runs, state = differing.schedule.runs, differing.facts.state
        return self.agrees_under(world, runs, differing, state)

    def agrees_as(self, schedule: Schedule, differing: Differing) -> bool:
        """Return whether, under another schedule of this world, the model agrees at that step."""
        state = differing.facts.state
        return agrees(self.replayed(differing.world, schedule, differing, state))

    def agrees_under(
        self, world: RecordedWorld, runs: Mapping[int, int], differing: Differing, state: int
    ) -> bool:
        """Return whether, with other runs in another world, the model agrees at a state."""
        return agrees(self.outcome(world, runs, differing, state))

    def outcome(
        self, world: RecordedWorld, runs: Mapping[int, int], differing: Differing, state: int
    ) -> Outcome:
        """Replay the model with other runs in another world, and compare it at a state."""
        return self.replayed(world, Schedule("experiment", runs), differing, state)

    def replayed(
        self, world: RecordedWorld, schedule: Schedule, differing: Differing, state: int
    ) -> Outcome:
        """Replay the model under a schedule, and compare it at a state only."""
        self.close()
        return self.together.replayed(world, schedule, differing.model, state)

    @contextmanager
    def built(self, world: RecordedWorld, state: int, model: Model) -> Iterator[Warehouse | None]:
        """Build a model from nothing at one state, for a while, or None if it can't be built."""
        self.close()
        with self.together.built(world, state, model) as warehouse:
            yield warehouse

    def close(self) -> None:
        """Close the user's rows, because nothing may be open while a process is forked."""
        self._rows = None
        self._open.close()

    def _originals(self) -> Connection:
        if self._rows is None:
            self._rows = self._open.enter_context(self.scratch.originals())
        return self._rows

    def were_right(self, differing: Differing) -> list[bool]:
        """Return for each wrong row whether it was right after the previous run."""
        return self.were_there(differing, differing.own)

    def were_there(self, differing: Differing, sample: Sequence[SampleRow]) -> list[bool]:
        """Return for each row of a sample whether the model had it after the previous run."""
        if not differing.previous:
            return [False for _ in sample]
        with self.built(differing.world, differing.previous, differing.model) as warehouse:
            if warehouse is None:
                return [False for _ in sample]
            return self.together.comparer.contains(warehouse, differing.model, sample)


def agrees(outcome: Outcome) -> bool:
    """Return whether a replay was built and agrees wherever it was compared."""
    return outcome.failure is None and all(step.agrees for step in outcome.steps)
