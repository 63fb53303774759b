"""Replays and builds for one model each, done at once for all models that need the same."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from entity_kit.replay.failures import failure
from entity_kit.replay.turns import Turns

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

    from entity_kit.arrivals.model import Model
    from entity_kit.arrivals.schedules import Schedule
    from entity_kit.engines.scratch import Warehouse
    from entity_kit.replay.comparer import Comparer
    from entity_kit.replay.outcome import Outcome
    from entity_kit.replay.replay import Replay
    from entity_kit.replay.runs import Ran
    from entity_kit.replay.world import World


@dataclass(frozen=True, slots=True)
class Wanted:
    """A replay of a model under a schedule up to a state; without one, a build from nothing there."""

    model: Model
    world: World
    state: int
    schedule: Schedule | None

    def is_like(self, other: Wanted) -> bool:
        """Return whether both models can go through the same runs."""
        return (self.state, self.schedule, self.world) == (
            other.state,
            other.schedule,
            other.world,
        ) and self.model.unique_id != other.model.unique_id


@dataclass(slots=True)
class _Build:
    """A build from nothing that several models may still be read from."""

    ran: Ran
    dropped: ExitStack
    readers: int


class Together:
    """Replays for many tasks that take turns; outside of tasks, each replay runs at once."""

    def __init__(self, replay: Replay) -> None:
        self._replay = replay
        self._turns: Turns[Wanted, Outcome | _Build] = Turns(self._answer)

    @property
    def comparer(self) -> Comparer:
        """What compares the models of these warehouses."""
        return self._replay.comparer

    def take_turns(
        self, tasks: Mapping[str, Callable[[], None]], after: Mapping[str, Collection[str]]
    ) -> None:
        """Run all tasks, each only after those that it needs."""
        self._turns.take(tasks, after)

    def replayed(self, world: World, schedule: Schedule, model: Model, state: int) -> Outcome:
        """Replay a model under a schedule, and compare it at a state only."""
        found = self._turns.ask(Wanted(model, world, state, schedule.compared_at(state)))
        if isinstance(found, _Build):
            raise TypeError("a replay was asked for")
        return found

    @contextmanager
    def built(self, world: World, state: int, model: Model) -> Iterator[Warehouse | None]:
        """Build a model from nothing at one state, for a while, or None if it can't be built."""
        build = self._turns.ask(Wanted(model, world, state, None))
        if not isinstance(build, _Build):
            raise TypeError("a build was asked for")
        try:
            failed = failure(state, model, "full refresh", build.ran.result)
            yield None if failed else build.ran.warehouse
        finally:
            build.readers -= 1
            if not build.readers:
                build.dropped.close()

    def _answer(self, wanted: Sequence[Wanted]) -> list[Outcome | _Build]:
        found: dict[int, Outcome | _Build] = {}
        for number, first in enumerate(wanted):
            if number in found:
                continue
            group = {
                other: each
                for other, each in enumerate(wanted)
                if other == number or (other not in found and each.is_like(first))
            }
            found |= self._done(first, group)
        return [found[number] for number in range(len(wanted))]

    def _done(self, first: Wanted, group: Mapping[int, Wanted]) -> Mapping[int, Outcome | _Build]:
        models = [each.model for each in group.values()]
        if first.schedule is None:
            dropped = ExitStack()
            ran = dropped.enter_context(self._replay.refreshed(first.world, first.state, models))
            return dict.fromkeys(group, _Build(ran, dropped, len(models)))
        outcomes = self._replay.run(
            first.world, [first.schedule], models, until=first.state, thorough=False
        )
        return {
            number: outcomes[first.schedule.name, each.model.unique_id]
            for number, each in group.items()
        }
