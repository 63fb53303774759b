"""Run a project step by step, incrementally and with a full refresh, and compare the two.

Schedules of one world go in lockstep: at each state the project is refreshed once, and every
schedule that runs there is held against that one refresh.
"""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar

from entity_kit.replay.comparer import Comparer, Held
from entity_kit.replay.failures import failure
from entity_kit.replay.outcome import Outcome
from entity_kit.replay.runs import Ran, Runs, selectors
from entity_kit.replay.sharing import Shared, Sharing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from entity_kit.arrivals.model import Model
    from entity_kit.arrivals.schedules import Schedule
    from entity_kit.arrivals.sources import Source
    from entity_kit.dbt_bridge.project import Runner
    from entity_kit.dbt_bridge.sharing import Shareable
    from entity_kit.engines.scratch import Scratch, Warehouse
    from entity_kit.replay.definitions import Definitions
    from entity_kit.replay.progress import Progress
    from entity_kit.replay.totals import Totals
    from entity_kit.replay.world import World
    from entity_kit.warehouse import Relation

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Difference:
    """A model's first difference under a schedule, with the warehouses of both sides."""

    model: Model
    schedule: Schedule
    state: int
    outcome: Outcome
    incremental: Warehouse
    full_refresh: Warehouse


@dataclass(frozen=True, slots=True)
class Reached:
    """A state whose runs are done: each schedule's that runs there, by name, and the one refresh."""

    state: int
    incremental: Mapping[str, Ran]
    refreshed: Ran | None


class Refreshes:
    """The full refreshes of a replay, by the states at which a schedule is compared with one."""

    def __init__(self, states: Sequence[int], start: Callable[[int], Future[Ran]]) -> None:
        self._states = states
        self._start = start
        self._started: dict[int, Future[Ran]] = {}

    def of(self, state: int) -> Future[Ran] | None:
        """Start the refresh of a state, unless it has started. None if nothing is compared there."""
        if state in self._states and state not in self._started:
            self._started[state] = self._start(state)
        return self._started.get(state)

    def start_next(self, state: int) -> None:
        """Start the refresh after a state, unless it has started."""
        self.of(next((each for each in self._states if each > state), state))


def _states(schedules: Sequence[Schedule], last: int) -> dict[int, list[Schedule]]:
    """Return the schedules that run at each state at which any does."""
    due = {
        state: [schedule for schedule in schedules if schedule.runs.get(state)]
        for state in range(last + 1)
    }
    return {state: each for state, each in due.items() if each}


class Replay:
    """Replays worlds in scratch warehouses; everything it makes goes with the scratch folder."""

    def __init__(
        self,
        scratch: Scratch,
        runner: Runner,
        sources: Sequence[Source],
        progress: Progress,
        shareable: Mapping[str, Shareable] | None = None,
        *,
        always: Mapping[Relation, str] | None = None,
        begin: Callable[[Schedule], Warehouse] | None = None,
        definitions: Definitions | None = None,
    ) -> None:
        """Replay with these sources.

        `always` has what every warehouse shows at all states, with its SQL. `begin` makes the
        warehouse in which a schedule begins, by default an empty one. A thorough run also holds
        the tables of metrics to their `definitions`.
        """
        self._definitions = definitions
        self._scratch = scratch
        self._runner = runner
        self._progress = progress
        self._runs = Runs(scratch, runner, sources, progress, always)
        self._sharing = Sharing(scratch, self._runs, shareable, lasting=begin is None)
        self._begin = begin or (lambda schedule: scratch.create(schedule.name))
        self.comparer = Comparer(scratch, self._runs.clock)
        self._pool = ThreadPoolExecutor(scratch.jobs)
        self._under_way: list[Future[Any]] = []

    @property
    def runs(self) -> Runs:
        """What runs dbt here, for single runs."""
        return self._runs

    @property
    def totals(self) -> Totals:
        """What all runs took so far."""
        return self._runs.totals

    def __enter__(self) -> Replay:  # noqa: PYI034  (typing.Self is of Python 3.11)
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is not None:
            self._runner.stop()
        self._pool.shutdown(cancel_futures=True)

    def _submit(self, work: Callable[..., _T], *arguments: Any) -> Future[_T]:
        future = self._pool.submit(work, *arguments)
        self._under_way = [*(f for f in self._under_way if not f.done()), future]
        return future

    def settle(self) -> None:
        """Wait, after an interruption, until the warehouses are nobody's."""
        wait(self._under_way)

    def run(
        self,
        world: World,
        schedules: Sequence[Schedule],
        models: Sequence[Model],
        *,
        until: int | None = None,
        thorough: bool = True,
        fail_fast: bool = False,
        on_difference: Callable[[Difference], None] = lambda _: None,
    ) -> dict[tuple[str, str], Outcome]:
        """Replay the schedules to state `until`; outcomes by schedule name and model.

        `thorough` also looks for nondeterminism and gathers the facts of first divergences.
        `fail_fast` ends the replay after the first state at which a model differs; `on_difference`
        is told of each first difference while both its warehouses are there.
        """
        outcomes = {(s.name, m.unique_id): Outcome() for s in schedules for m in models}

        def is_over() -> bool:
            return any(outcome.differs for outcome in outcomes.values())

        steps = self.walk(
            world, schedules, models, outcomes, until=until, thorough=thorough,
            is_over=is_over if fail_fast else None, on_difference=on_difference,
        )  # fmt: skip
        for _ in steps:
            pass
        return outcomes

    def walk(
        self,
        world: World,
        schedules: Sequence[Schedule],
        models: Sequence[Model],
        outcomes: Mapping[tuple[str, str], Outcome],
        *,
        until: int | None = None,
        thorough: bool = True,
        is_over: Callable[[], bool] | None = None,
        on_difference: Callable[[Difference], None] = lambda _: None,
    ) -> Iterator[Reached]:
        """Replay as `run` does, into these outcomes, and yield each state while its warehouses are there.

        It ends early once `is_over`, which is asked after each state. Without it, the refresh of the
        next compared state runs ahead.
        """
        lanes: dict[str, Warehouse] = {}
        last = len(world.instants) if until is None else until
        states = _states(schedules, last)
        refreshes = Refreshes(
            [state for state, due in states.items() if any(each.compares(state) for each in due)],
            lambda state: self._submit(self._sharing.refresh, world, state, models),
        )
        for state, due in states.items():
            refreshing = refreshes.of(state)
            shared = self._sharing.of(world, state, models, refreshing)
            ahead = is_over is None and self._scratch.jobs > 1
            if ahead and shared.relations:
                refreshes.start_next(state)  # beside the schedules, which takes longer than any
            advancing = {
                schedule.name: self._submit(
                    self._advance, world, state, schedule, models, lanes, shared
                )
                for schedule in due
            }
            if ahead:
                refreshes.start_next(state)
            reached = Reached(
                state,
                {name: future.result() for name, future in advancing.items()},
                refreshing.result() if refreshing else None,
            )
            if reached.refreshed is not None:
                for schedule in due:
                    if schedule.compares(state):
                        held = (reached.incremental[schedule.name], reached.refreshed)
                        self._hold(
                            world, state, schedule, models, held, outcomes, thorough=thorough
                        )
                        _tell(schedule, models, state, held, outcomes, on_difference)
            yield reached
            if reached.refreshed is not None:
                self._scratch.drop(reached.refreshed.warehouse)
            if is_over is not None and is_over():
                break
        for warehouse in lanes.values():
            self._scratch.drop(warehouse)

    def _advance(
        self,
        world: World,
        state: int,
        schedule: Schedule,
        models: Sequence[Model],
        lanes: dict[str, Warehouse],
        shared: Shared,
    ) -> Ran:
        """Run a schedule's share of one state in its own warehouse, which lives through it."""
        if schedule.name not in lanes:
            lanes[schedule.name] = self._begin(schedule)
        warehouse = lanes[schedule.name]
        self._runs.reveal(world, state, warehouse)
        if self._scratch.shares:
            self._scratch.share(warehouse, shared.built, shared.relations.values())
        text = f"{schedule.name}, step {state} of {len(world.instants)}"
        there = {*shared.relations, *shared.there}
        self._runs.kill(world, state, schedule, models, warehouse, there=there)
        anew = selectors(schedule.anew)
        for _ in range(schedule.runs[state]):
            if anew:
                self._runs.run(
                    world, state, warehouse, schedule.anew, text, full_refresh=True, there=there
                )
            result = self._runs.run(world, state, warehouse, models, text, there=there | anew)
        return Ran(warehouse, result)

    @contextmanager
    def refreshed(
        self, world: World, state: int, models: Sequence[Model], options: Sequence[str] = ()
    ) -> Iterator[Ran]:
        """Build models from nothing at one state, for a while; `options` are more of dbt's own."""
        ran = self._runs.refresh(world, state, models, self._runs.numbered(), options)
        try:
            yield ran
        finally:
            self._scratch.drop(ran.warehouse)

    def _hold(
        self,
        world: World,
        state: int,
        schedule: Schedule,
        models: Sequence[Model],
        held: tuple[Ran, Ran],
        outcomes: Mapping[tuple[str, str], Outcome],
        *,
        thorough: bool,
    ) -> None:
        """Hold every model's incremental table against its refreshed one."""
        suspects: list[Held] = []
        incremental, refreshed = held
        with self.comparer.opened(
            models, incremental=incremental.warehouse, full_refresh=refreshed.warehouse
        ) as connection:
            for model in models:
                outcome = outcomes[schedule.name, model.unique_id]
                if outcome.failure is None:
                    outcome.failure = failure(
                        state, model, "incremental", incremental.result
                    ) or failure(state, model, "full refresh", refreshed.result)
                if outcome.failure is not None:
                    continue
                self._progress.detail(f"comparing {model.name}")
                one = Held(model, outcome, state, incremental, refreshed, thorough=thorough)
                suspects += self.comparer.judge(connection, world, one)
        if suspects:
            self._refresh_again(world, state, suspects, incremental, refreshed)
        if thorough and self._definitions is not None:
            self._hold_to_metrics(schedule, models, incremental.warehouse, outcomes)

    def _hold_to_metrics(
        self,
        schedule: Schedule,
        models: Sequence[Model],
        warehouse: Warehouse,
        outcomes: Mapping[tuple[str, str], Outcome],
    ) -> None:
        """Note in a state's steps which models aren't the metrics whose tables they are."""
        built = [m.unique_id for m in models if not outcomes[schedule.name, m.unique_id].failure]
        with self._runs.clock.running():
            differing = self._definitions.differing(warehouse, built) if self._definitions else {}
        for unique_id, metrics in differing.items():
            outcome = outcomes[schedule.name, unique_id]
            for each in (outcome, outcome.without):
                if each is not None:
                    each.steps[-1] = replace(each.steps[-1], metrics=metrics)

    def _refresh_again(
        self, world: World, state: int, suspects: Sequence[Held], incremental: Ran, refreshed: Ran
    ) -> None:
        """Refresh suspects a second time: where two refreshes differ, no comparison is fair.

        Unless they differ in columns that can be left out: then the others are compared.
        """
        models = list(dict.fromkeys(one.model for one in suspects))
        again = self._runs.refresh(world, state, models, "refresh_again")
        fairer = []
        with self.comparer.opened(
            models, incremental=again.warehouse, full_refresh=refreshed.warehouse
        ) as connection:
            for one in suspects:
                apart = (*one.model.ignore, *one.outcome.apart)
                if self.comparer.diff(connection, one.model, ignore=apart, sample=0).agrees:
                    continue
                if self.comparer.leave_out(connection, replace(one, incremental=again)):
                    fairer.append(one)
        self._scratch.drop(again.warehouse)
        if not fairer:
            return
        with self.comparer.opened(
            models, incremental=incremental.warehouse, full_refresh=refreshed.warehouse
        ) as connection:
            for one in fairer:
                step = self.comparer.hold(connection, world, one)
                one.outcome.steps[-1] = step
                if step.differs:
                    one.outcome.facts = self.comparer.facts(connection, one)
                    one.outcome.sample = one.outcome.facts.diff.sample


def _tell(
    schedule: Schedule,
    models: Sequence[Model],
    state: int,
    held: tuple[Ran, Ran],
    outcomes: Mapping[tuple[str, str], Outcome],
    on_difference: Callable[[Difference], None],
) -> None:
    """Tell of the models whose first difference is at this state."""
    for model in models:
        outcome = outcomes[schedule.name, model.unique_id]
        if outcome.first_differs_at(state):
            sides = (ran.warehouse for ran in held)
            on_difference(Difference(model, schedule, state, outcome, *sides))
