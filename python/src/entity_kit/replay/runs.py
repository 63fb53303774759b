"""Runs dbt in scratch warehouses, each showing what the sources hold at one state."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from entity_kit.errors import DbtError, disk_is_full
from entity_kit.replay.failures import is_hook, short
from entity_kit.replay.totals import Stopwatch, Totals

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from entity_kit.arrivals.model import Model
    from entity_kit.arrivals.schedules import Schedule
    from entity_kit.arrivals.sources import Source
    from entity_kit.dbt_bridge.project import Runner, RunResult
    from entity_kit.engines.scratch import Scratch, Warehouse
    from entity_kit.replay.progress import Progress
    from entity_kit.replay.world import World
    from entity_kit.warehouse import Relation


@dataclass(frozen=True, slots=True)
class Ran:
    """A warehouse after a run in it."""

    warehouse: Warehouse
    result: RunResult


class Runs:
    """The dbt runs of one replay, and what is to be told of them in the end."""

    def __init__(
        self,
        scratch: Scratch,
        runner: Runner,
        sources: Sequence[Source],
        progress: Progress,
        always: Mapping[Relation, str] | None = None,
    ) -> None:
        self._scratch = scratch
        self._runner = runner
        self._sources = sources
        self._progress = progress
        # What every warehouse shows at all states, with its SQL.
        self._always = dict(always or {})
        # The same of models: each view after those that it reads, and all after the sources.
        self.lasting: dict[Relation, str] = {}
        self._count = 0
        self.clock = Stopwatch()
        # By name, with dbt's message. By default, dbt continues after such a failure.
        self._failed_hooks: dict[str, str] = {}
        # The seconds that a run took last, and of each run that was to be killed, whether it was.
        self._usual: float | None = None
        self._kills: list[bool] = []

    @property
    def totals(self) -> Totals:
        return Totals(
            self.clock.dbt, self.clock.compare, dict(self._failed_hooks), tuple(self._kills)
        )

    @property
    def arriving(self) -> list[Relation]:
        """The sources that show other rows at each state."""
        return [source.relation for source in self._sources]

    def numbered(self) -> str:
        """Return a name that no warehouse of this replay has yet."""
        self._count += 1
        return f"refresh_{self._count}"

    def reveal(self, world: World, state: int, warehouse: Warehouse) -> None:
        arriving = {source.relation: world.view(source, state) for source in self._sources}
        views = {**self._always, **arriving, **self.lasting}
        self._scratch.reveal(warehouse, views, world.clock(state))

    def run(
        self,
        world: World,
        state: int,
        warehouse: Warehouse,
        models: Sequence[Model],
        text: str,
        *,
        full_refresh: bool = False,
        kill_after: float | None = None,
        there: Collection[str] = (),
        options: Sequence[str] = (),
        stored: Collection[str] = (),
    ) -> RunResult:
        """Run models and what they are built from, except for what is `there` (selectors)."""
        return self.select(
            world,
            state,
            warehouse,
            selectors(models).difference(there),
            text,
            full_refresh=full_refresh,
            kill_after=kill_after,
            options=options,
            stored=stored,
        )

    def select(
        self,
        world: World,
        state: int,
        warehouse: Warehouse,
        chosen: Collection[str],
        text: str,
        *,
        full_refresh: bool = False,
        kill_after: float | None = None,
        options: Sequence[str] = (),
        stored: Collection[str] = (),
    ) -> RunResult:
        """Run the models that selectors choose, and no others.

        `options` are more of dbt's own; views in `stored` may become tables.
        """
        self._progress.run(text)
        select = sorted(chosen)
        with self.clock.running():
            result = self._runner.run(
                warehouse.profiles,
                "run",
                select,
                clock=world.clock(state),
                full_refresh=full_refresh,
                kill_after=kill_after,
                options=options,
                stored=stored,
            )
        if kill_after is None and not full_refresh and not (result.cold and self._usual):
            self._usual = result.seconds
        self._progress.done()
        for node in result.nodes.values():
            if not node.ok and disk_is_full(node.message):
                raise DbtError(node.message)
            if not node.ok and is_hook(node):
                self._failed_hooks.setdefault(short(node), " ".join(node.message.split()))
        return result

    def refresh(
        self,
        world: World,
        state: int,
        models: Sequence[Model],
        name: str,
        options: Sequence[str] = (),
        stored: Collection[str] = (),
        there: Collection[str] = (),
    ) -> Ran:
        warehouse = self._scratch.create(name)
        self.reveal(world, state, warehouse)
        named = " ".join(("full refresh", *options))
        text = f"{named}, step {state} of {len(world.instants)}"
        result = self.run(
            world,
            state,
            warehouse,
            models,
            text,
            full_refresh=True,
            there=there,
            options=options,
            stored=stored,
        )
        return Ran(warehouse, result)

    def kill(
        self,
        world: World,
        state: int,
        schedule: Schedule,
        models: Sequence[Model],
        warehouse: Warehouse,
        *,
        there: Collection[str] = (),
    ) -> None:
        """Let runs die on the way, as the schedule says; what they leave stays in the warehouse."""
        for number, share in enumerate(schedule.kills.get(state, ()), 1):
            if self._usual is None:
                tried = self.refresh(world, state, models, self.numbered())
                self._scratch.drop(tried.warehouse)
                self._usual = tried.result.seconds
            text = f"{schedule.name}, step {state}, run {number}, to be killed"
            after = share * self._usual
            result = self.run(world, state, warehouse, models, text, kill_after=after, there=there)
            self._kills.append(result.killed)


def selectors(models: Iterable[Model]) -> set[str]:
    """Return what selects models, and all that they are built from, for dbt."""
    return {name for model in models for name in model.select}
