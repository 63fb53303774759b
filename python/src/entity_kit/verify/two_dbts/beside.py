"""Hold what two dbts built of each model against each other, state by state."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from entity_kit.replay.comparer import Held
from entity_kit.replay.failures import failure
from entity_kit.replay.outcome import Outcome
from entity_kit.verify.two_dbts.results import EMPTY, EMPTY_RUN, FULL_REFRESH, INCREMENTAL

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from entity_kit.arrivals.model import Model
    from entity_kit.arrivals.schedules import Schedule
    from entity_kit.dbt_bridge.project import NodeResult
    from entity_kit.replay.outcome import Failure
    from entity_kit.replay.replay import Reached, Replay
    from entity_kit.replay.runs import Ran
    from entity_kit.replay.world import World
    from entity_kit.warehouse import Connection

# Of one model: the side, and the schedule, which a full refresh has none of.
Lane = tuple[str, str]
Nodes = dict[str, "NodeResult"]


@dataclass(slots=True)
class Both:
    """What two dbts did with one model on one side so far.

    `lane` is the side and the schedule; `nodes` is what each of them said of its run, by unique id, where they part or fail first.
    """

    lane: Lane
    outcome: Outcome = field(default_factory=Outcome)
    failures: tuple[Failure | None, Failure | None] = (None, None)
    nodes: tuple[Nodes, Nodes] | None = None

    @property
    def parts(self) -> bool:
        """Whether there is something to tell of the two."""
        return self.outcome.differs or (self.failures[0] is None) != (self.failures[1] is None)


# What parts here first, as it was compared.
Suspect = tuple[Both, Held]


class Beside:
    """Compares, under the schedules of one plan, what two replays built. `models` are the first's.

    `on_parting` is told of each model's first parting while the warehouses of both are there.
    """

    def __init__(
        self,
        replays: tuple[Replay, Replay],
        world: World,
        models: Sequence[Model],
        on_parting: Callable[[Lane, Held], None] = lambda _lane, _one: None,
    ) -> None:
        self._replays = replays
        self._on_parting = on_parting
        self._comparer = replays[0].comparer
        self._world = world
        # What may differ from a full refresh must still be the same under both.
        self._models = [replace(model, diverges=()) for model in models]
        self.found: dict[tuple[Lane, str], Both] = {}

    @property
    def parts(self) -> bool:
        return any(both.parts for both in self.found.values())

    def hold(self, schedules: Sequence[Schedule], reached: tuple[Reached, Reached]) -> None:
        """Compare everything that was built at one state, and is compared there."""
        ours, theirs = reached
        if ours.refreshed is None or theirs.refreshed is None:
            return
        refreshed = (ours.refreshed, theirs.refreshed)
        suspects = self._hold((FULL_REFRESH, ""), ours.state, refreshed, refreshed)
        for schedule in schedules:
            if schedule.name in ours.incremental and schedule.compares(ours.state):
                lane = (INCREMENTAL, schedule.name)
                ran = (ours.incremental[schedule.name], theirs.incremental[schedule.name])
                suspects += self._hold(lane, ours.state, ran, refreshed)
        if suspects:
            self._refresh_again(suspects, refreshed)
        self._tell(suspects)

    def hold_empty(self, state: int, ran: tuple[Ran, Ran]) -> None:
        """Compare what both built when they were told to read no rows."""
        self._tell(self._hold((EMPTY_RUN, EMPTY), state, ran, ran))

    def _tell(self, suspects: Sequence[Suspect]) -> None:
        """Tell of what parts here first, while the warehouses of both are there."""
        for both, one in suspects:
            if both.nodes is not None and both.outcome.first_differs_at(one.state):
                self._on_parting(both.lane, one)

    def _hold(
        self, lane: Lane, state: int, ran: tuple[Ran, Ran], refreshed: tuple[Ran, Ran]
    ) -> list[Suspect]:
        """Compare every model on one side, and return those that part there first."""
        ours, theirs = ran
        # A refresh also builds what the incremental runs of its state then share.
        nodes = tuple(
            {**whole.result.nodes, **own.result.nodes}
            for whole, own in zip(refreshed, ran, strict=True)
        )
        suspects = []
        with self._comparer.opened(
            self._models, incremental=ours.warehouse, full_refresh=theirs.warehouse
        ) as connection:
            for model in self._models:
                both = self.found.setdefault((lane, model.unique_id), Both(lane))
                if both.failures != (None, None):
                    continue
                both.failures = (
                    failure(state, model, lane[0], ours.result),
                    failure(state, model, lane[0], theirs.result),
                )
                if both.failures != (None, None):
                    both.nodes = both.nodes or (nodes[0], nodes[1])
                    continue
                one = Held(model, both.outcome, state, ours, theirs, thorough=True)
                if self._differs_first(connection, one):
                    both.nodes = (nodes[0], nodes[1])
                    suspects.append((both, one))
        return suspects

    def _differs_first(self, connection: Connection, one: Held) -> bool:
        outcome = one.outcome
        step = self._comparer.hold(connection, self._world, one)
        first = step.differs and outcome.facts is None
        if first:
            facts = self._comparer.facts(connection, one)
            if facts.reordered:
                outcome.leave_out(facts.reordered, facts.reordered)
                step = self._comparer.hold(connection, self._world, one)
                first = step.differs
                facts = self._comparer.facts(connection, one) if first else facts
            if first:
                outcome.facts, outcome.sample = facts, facts.diff.sample
        outcome.steps.append(step)
        return first

    def _refresh_again(self, suspects: Sequence[Suspect], refreshed: tuple[Ran, Ran]) -> None:
        """Leave out what differs between two refreshes by one dbt: then it isn't due to the other."""
        models = list(dict.fromkeys(one.model for _, one in suspects))
        state = suspects[0][1].state
        fairer = {}
        for replay, before in zip(self._replays, refreshed, strict=True):
            with ExitStack() as stack:
                again = stack.enter_context(replay.refreshed(self._world, state, models))
                connection = stack.enter_context(
                    self._comparer.opened(
                        models, incremental=again.warehouse, full_refresh=before.warehouse
                    )
                )
                for number, (_, one) in enumerate(suspects):
                    if one.outcome.unfair or self._is_stable(connection, one):
                        continue
                    twice = replace(one, incremental=again, refreshed=before)
                    if self._comparer.leave_out(connection, twice):
                        fairer[number] = one
        for number, one in fairer.items():
            if not one.outcome.unfair:
                self._hold_again(suspects[number][0], one)

    def _is_stable(self, connection: Connection, one: Held) -> bool:
        apart = (*one.model.ignore, *one.outcome.apart)
        return self._comparer.diff(connection, one.model, ignore=apart, sample=0).agrees

    def _hold_again(self, both: Both, one: Held) -> None:
        """Compare a model once more, without the columns that are left out by now."""
        outcome = one.outcome
        with self._comparer.opened(
            [one.model],
            incremental=one.incremental.warehouse,
            full_refresh=one.refreshed.warehouse,
        ) as connection:
            step = outcome.steps[-1] = self._comparer.hold(connection, self._world, one)
            outcome.facts, outcome.sample = None, ()
            if step.differs:
                outcome.facts = self._comparer.facts(connection, one)
                outcome.sample = outcome.facts.diff.sample
            else:
                both.nodes = None
