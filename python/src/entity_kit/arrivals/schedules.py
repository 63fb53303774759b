"""Orders of arrival: where a timeline is cut into steps, and at which of them a project runs.

A *world* says what every source shows at each state; state 0 is before anything arrived, and
state k shows all that had arrived at its instant. A *schedule* says at which states the project
runs, and how often. Schedules of one world share its full refreshes.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from entity_kit.arrivals.sources import to_microseconds
from entity_kit.errors import EntityKitError, closest_word

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from zoneinfo import ZoneInfo

    from entity_kit.arrivals.model import Model
    from entity_kit.arrivals.sources import Source

_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Schedule:
    """The states at which the project runs: `runs[state]` is how often; a missing state is never.

    Models are held against their refresh after each of these but state 0, or only at `compared`.
    Before them, at each state in `kills` so many runs are killed, each after that share of the time
    that a run usually takes.
    Before each run, models in `anew` are built whole, with what they are built from.
    """

    name: str
    runs: Mapping[int, int]
    compared: frozenset[int] | None = None
    anew: tuple[Model, ...] = ()
    kills: Mapping[int, tuple[float, ...]] = field(default_factory=dict)

    def compares(self, state: int) -> bool:
        if self.compared is not None:
            return state in self.compared
        return state > 0 and state in self.runs

    def compared_at(self, state: int) -> Schedule:
        """Return the same runs, compared at one state only."""
        return replace(self, compared=frozenset({state}))


RECORDED = ("arrival", "rerun", "empty", "gap")


def recorded_schedules(names: Sequence[str], last: int) -> tuple[Schedule, ...]:
    """Return the schedules that replay arrival as recorded, over states 1 to `last`."""
    every = range(1, last + 1)
    plans = {
        "arrival": dict.fromkeys(every, 1),
        "rerun": dict.fromkeys(every, 2),
        "empty": dict.fromkeys(range(last + 1), 1),
        "gap": {1: 1, last: 1},
    }
    return tuple(Schedule(name, plans[name]) for name in names)


CRASH = "crash"


def crash_schedule(last: int, seed: int) -> Schedule:
    """Return a schedule in which a run dies at each step, at a moment drawn with the seed."""
    chance = random.Random(f"{CRASH}/{seed}")  # noqa: S311  (nothing is secret here)
    every = range(1, last + 1)
    kills = {state: (chance.uniform(0.05, 1.0),) for state in every}
    return Schedule(CRASH, dict.fromkeys(every, 1), kills=kills)


def check_names(names: Sequence[str], known: Sequence[str]) -> None:
    """Refuse a schedule that doesn't exist."""
    for name in names:
        if name not in known:
            raise EntityKitError(
                f"There is no schedule `{name}`. Schedules: {', '.join(known)}.",
                fix=closest_word(name, known),
            )


@dataclass(frozen=True, slots=True)
class Overlay:
    """Where a source's altered rows are, how they are identified, how many, and the last state of one."""

    identity: str
    hidden: str
    extra: str
    rows: int = 0
    last: int = 0


@dataclass(frozen=True, slots=True)
class RecordedWorld:
    """What was recorded, as it arrived; `first` is the time before anything did.

    For diagnosis, some of it may be changed: the sources in `settled` show all their rows from the
    start; rows for which a rule in `late` holds never show; of a source in `since`, only what
    arrived after a state shows; `frozen` lets the clock stand at the last instant throughout.
    """

    instants: tuple[datetime, ...]
    zones: Mapping[str, bool]
    session_zone: ZoneInfo
    first: datetime
    settled: frozenset[str] = frozenset()
    late: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    since: Mapping[str, int] = field(default_factory=dict)
    frozen: bool = False

    def clock(self, state: int) -> datetime:
        """Return the simulated time of a state; before anything arrived, that of the first step."""
        if self.frozen:
            return self.instants[-1]
        return self.instants[state - 1] if state else self.first

    @property
    def altered(self) -> Mapping[str, Overlay]:
        """The sources with rows that don't arrive as recorded; here none."""
        return {}

    def as_recorded(self, sources: Collection[str]) -> RecordedWorld:  # noqa: ARG002
        """Return the world in which these sources arrive as recorded again."""
        return self

    def view(self, source: Source, state: int) -> str:
        """Return the select that shows what a source contains at a state."""
        return f"select * from {source.origin} where {self.shown(source, state)}"

    def shown(self, source: Source, state: int) -> str:
        """Return the condition under which a recorded row of a source shows at a state."""
        if state == 0:
            return "false"
        if source.unique_id in self.settled:
            return "true"
        conditions = [
            f"({self._arrived(source, self.instants[state - 1])} or {source.loaded_at} is null)"
        ]
        if source.unique_id in self.since:
            before = self._arrived(source, self.instants[self.since[source.unique_id] - 1])
            conditions.append(f"not coalesce({before}, true)")
        conditions += [
            f"not coalesce({rule}, false)" for rule in self.late.get(source.unique_id, ())
        ]
        return " and ".join(conditions)

    def _arrived(self, source: Source, instant: datetime) -> str:
        # One microsecond past the instant, exclusive: nanoseconds within it have arrived too.
        end = instant + _MICROSECOND
        return f"{source.loaded_at} < {self.literal(source, end)}"

    def literal(self, source: Source, instant: datetime) -> str:
        """Return an instant as a literal of the loaded time's type, so that files can be pruned."""
        if self.zones[source.unique_id]:
            return f"make_timestamptz({to_microseconds(instant)})"
        local = instant.astimezone(self.session_zone).replace(tzinfo=None)
        return f"timestamp '{local.isoformat(sep=' ')}'"
