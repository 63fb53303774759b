"""The table's life before the merge: one warehouse that the old code runs in, copied at each merge."""

from __future__ import annotations

from typing import TYPE_CHECKING

from entity_kit.arrivals.schedules import Schedule
from entity_kit.dbt_bridge.project import RunResult

if TYPE_CHECKING:
    from collections.abc import Sequence

    from entity_kit.engines.scratch import Scratch, Warehouse
    from entity_kit.replay.runs import Runs
    from entity_kit.verify.deploy.preparation import Prepared

_NAME = "merge_"


def schedules(merges: Sequence[int], last: int) -> tuple[Schedule, ...]:
    """Return one schedule for each merge: the runs that come after it."""
    return tuple(
        Schedule(f"{_NAME}{at}", dict.fromkeys(range(at + 1, last + 1), 1)) for at in merges
    )


def merge_of(schedule: str) -> int:
    """Return the step after which a schedule's code changes."""
    return int(schedule.removeprefix(_NAME))


class Before:
    """Runs the old code step by step. Each merge gets a copy of the warehouse as it then is.

    `failures` has the first message of each node that failed, by unique id, with its step.
    """

    def __init__(self, scratch: Scratch, runs: Runs, ready: Prepared) -> None:
        self._scratch = scratch
        self._runs = runs
        self._ready = ready
        self._state = 0
        self._warehouse: Warehouse | None = None
        self.result = RunResult({}, 0.0)
        self.failures: dict[str, tuple[int, str]] = {}

    def begin(self, schedule: Schedule) -> Warehouse:
        """Return the warehouse in which the new code goes on after a merge, or begins without one."""
        if not schedule.name.startswith(_NAME):
            return self._scratch.create(schedule.name)
        self.advance(merge_of(schedule.name))
        assert self._warehouse is not None  # noqa: S101
        return self._scratch.copy(self._warehouse, schedule.name)

    def advance(self, until: int) -> None:
        """Run the old code up to a step."""
        world, models = self._ready.world, self._ready.old.models
        if self._warehouse is None:
            self._warehouse = self._scratch.create("before")
        while self._state < until:
            self._state += 1
            self._runs.reveal(world, self._state, self._warehouse)
            if not models:
                continue
            text = f"old code, step {self._state} of {len(world.instants)}"
            self.result = self._runs.run(world, self._state, self._warehouse, models, text)
            for unique_id, node in self.result.nodes.items():
                if not node.ok:
                    self.failures.setdefault(unique_id, (self._state, node.message or node.status))
