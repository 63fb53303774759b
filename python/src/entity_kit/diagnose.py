"""Why a model differs: each cause of the catalogue is decided by evidence.

Some evidence is counted in the two tables. The rest comes from experiments: the schedule is
replayed with one thing changed (late rows held back, the clock frozen, one source settled, no run
missed), and the cause is what made the difference go away.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import sqlglot
from sqlglot import expressions as exp
from sqlglot.errors import SqlglotError

from entity_kit.results import Cause
from entity_kit.schedules import RecordedWorld, Schedule
from entity_kit.sources import EPOCH
from entity_kit.warehouse import literal, rows

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from entity_kit.replay import Facts, Model, Replay
    from entity_kit.scratch import Scratch
    from entity_kit.sources import Source

_CLOCK_NAMES = {
    "now", "today", "current_date", "current_timestamp", "get_current_timestamp",
    "current_localtimestamp", "localtimestamp", "transaction_timestamp",
}  # fmt: skip
_FINER_RUNS = 60  # at most so many extra runs show that a missed run is the cause


@dataclass(frozen=True, slots=True)
class Case:
    """One model that differs under one schedule, and all that is known of it."""

    model: Model
    schedule: Schedule
    facts: Facts
    agrees_elsewhere: frozenset[str]


@dataclass(frozen=True, slots=True)
class SqlTraits:
    """What a statement does, read from its text."""

    windows: bool
    groups: bool
    clock: bool


def traits(sql: str) -> SqlTraits:
    """Read whether a statement has window functions, groups, or asks for the time."""
    try:
        tree = sqlglot.parse_one(sql, dialect="duckdb")
    except SqlglotError:
        return SqlTraits(windows=False, groups=False, clock=False)
    clock = any(
        isinstance(node, (exp.CurrentTimestamp, exp.CurrentDate, exp.CurrentTime))
        or (isinstance(node, exp.Anonymous) and node.name.casefold() in _CLOCK_NAMES)
        for node in tree.walk()
    )
    return SqlTraits(
        windows=tree.find(exp.Window) is not None,
        groups=tree.find(exp.Group) is not None,
        clock=clock,
    )


@dataclass(frozen=True, slots=True)
class Laboratory:
    """What experiments need: replays, the recorded world, its sources and their rows."""

    replay: Replay
    world: RecordedWorld
    scratch: Scratch
    sources: tuple[Source, ...]

    def diagnose(self, case: Case) -> Cause:
        """Find the cause of a first divergence; `unknown` says what was ruled out."""
        ruled_out: list[str] = []
        for name, look in _CATALOGUE:
            cause = look(self, case)
            if cause is not None:
                return cause
            ruled_out.append(name)
        return Cause("unknown", f"Ruled out: {', '.join(ruled_out)}.")

    def read_by(self, case: Case) -> tuple[Source, ...]:
        """Give the sources that the model is built from."""
        return tuple(s for s in self.sources if s.unique_id in case.model.ancestors)

    def ask(self, sql: str) -> tuple[Any, ...]:
        """Query the user's own rows: one row of answers."""
        with self.scratch.originals() as connection:
            return rows(connection, sql)[0]

    def agrees_in(self, world: RecordedWorld, case: Case) -> bool:
        """Tell whether, in another world, the model agrees at the step where it differs here."""
        return self.agrees_under(world, case.schedule.runs, case, case.facts.state)

    def agrees_under(
        self, world: RecordedWorld, runs: Mapping[int, int], case: Case, state: int
    ) -> bool:
        """Tell whether, with other runs in another world, the model agrees at a state."""
        schedule = Schedule("experiment", runs, compared=frozenset({state}))
        outcomes = self.replay.run(world, [schedule], [case.model], until=state, thorough=False)
        outcome = outcomes[schedule.name, case.model.unique_id]
        return outcome.failure is None and all(step.agrees for step in outcome.steps)


def _null_key(_: Laboratory, case: Case) -> Cause | None:
    if not case.facts.null_keys:
        return None
    key = ", ".join(case.model.key)
    return Cause(
        "null-key",
        f"{_rows(case.facts.null_keys)} of the difference have NULL in the unique_key ({key}): "
        "NULL never equals NULL, so such a row is added again instead of replaced.",
    )


def _duplicate_key(_: Laboratory, case: Case) -> Cause | None:
    facts, key = case.facts, ", ".join(case.model.key)
    if facts.duplicate_keys:
        return Cause(
            "duplicate-key",
            f"unique_key ({key}) isn't unique: in the full refresh {facts.duplicate_keys:,} "
            f"{'value has' if facts.duplicate_keys == 1 else 'values have'} more than one row, and "
            "an incremental run keeps only those of its own batch.",
        )
    if facts.extra_copies:
        why = (
            "the model has no unique_key, so a row that is read twice is added twice"
            if not case.model.key
            else f"unique_key ({key}) did not replace them"
        )
        return Cause(
            "duplicate-key",
            f"{_rows(facts.extra_copies)} stand in the incremental table more often than in the "
            f"full refresh: {why}.",
        )
    return None


def _clock(laboratory: Laboratory, case: Case) -> Cause | None:
    if not traits(case.facts.full_refresh_sql).clock and not case.facts.diff.changed_columns:
        return None
    if not laboratory.agrees_in(_Frozen.of(laboratory.world), case):
        return None
    columns = ", ".join(case.facts.diff.changed_columns) or "the rows themselves"
    return Cause(
        "clock",
        f"With the clock standing still the model agrees: {columns} depend on when the model ran.",
    )


def _run_gap(laboratory: Laboratory, case: Case) -> Cause | None:
    world, state = laboratory.world, case.facts.state
    if case.schedule.name == "gap" and "arrival" in case.agrees_elsewhere:
        return Cause(
            "run-gap",
            f"It agrees when no run is missed. Here nothing ran between "
            f"{_day(world.instants[0])} and {_day(world.instants[-1])}, and the run after the gap "
            "reads too little.",
        )
    if not traits(case.facts.incremental_sql).clock or len(case.schedule.runs) < 2:
        return None
    previous = max((s for s in case.schedule.runs if 0 < s < state), default=0)
    if not previous:
        return None
    between, pause = _finer(world, previous, state)
    runs = dict.fromkeys(range(1, len(between.instants) + 1), 1)
    if 0 in case.schedule.runs:
        runs[0] = 1
    if not laboratory.agrees_under(between, runs, case, len(between.instants)):
        return None
    return Cause(
        "run-gap",
        "The model reads a window that ends at the clock. "
        f"{_span(world.instants[state - 1] - world.instants[previous - 1])} passed between two "
        "runs, and what arrived before the window is lost; with a run every "
        f"{_span(pause)} it agrees.",
    )


def _finer(world: RecordedWorld, previous: int, state: int) -> tuple[RecordedWorld, timedelta]:
    """Put runs between two states, a day apart or as close as the limit on runs allows."""
    at, last = world.instants[previous - 1], world.instants[state - 1]
    pause = max(timedelta(days=1), (last - at) / _FINER_RUNS)
    instants = list(world.instants[: previous - 1])
    while at < last:
        instants.append(at)
        at += pause
    return replace(world, instants=(*instants, last)), pause


def _null_watermark(_: Laboratory, case: Case) -> Cause | None:
    if case.schedule.name != "empty" or case.facts.diff.rows_incremental:
        return None
    return Cause(
        "null-watermark",
        "Its first run met empty sources, and the table has stayed empty since: max(…) over an "
        "empty table is NULL, and no row compares with NULL.",
    )


def _late_arrival(laboratory: Laboratory, case: Case) -> Cause | None:
    for source in laboratory.read_by(case):
        if source.event_time is None:
            continue
        rules = _late_rules(laboratory, case, source)
        if not rules:
            continue
        held = replace(laboratory.world, late={source.unique_id: tuple(rule for rule, *_ in rules)})
        if not laboratory.agrees_in(held, case):
            continue
        count = sum(found for _, found, _ in rules)
        longest = max(lateness for *_, lateness in rules)
        return Cause(
            "late-arrival",
            f"Without the {_rows(count)} of {source.name} that arrived late it agrees: their "
            f"event time lies before what an earlier run had already seen (the latest came "
            f"{_span(longest)} after its event time), and the model doesn't read that far back.",
        )
    return None


def _late_rules(
    laboratory: Laboratory, case: Case, source: Source
) -> list[tuple[str, int, timedelta]]:
    """Give, per step, the SQL for the rows that came late, how many, and how late at most."""
    world = laboratory.world
    rules = []
    ran = sorted(state for state in case.schedule.runs if 0 < state <= case.facts.state)
    for before, state in pairwise(ran):
        shown = world.view(source, before)
        (seen,) = laboratory.ask(
            f"select cast(max({source.event_time}) as varchar) from ({shown}) as shown"
        )
        if seen is None:
            continue
        since, until = (
            world.literal(source, world.instants[s - 1] + timedelta(microseconds=1))
            for s in (before, state)
        )
        rule = (
            f"({source.loaded_at} >= {since} and {source.loaded_at} < {until} "
            f"and {source.event_time} <= {literal(str(seen))})"
        )
        late = f"epoch_us(cast({source.loaded_at} as timestamptz))"
        event = f"epoch_us(cast({source.event_time} as timestamptz))"
        count, longest = laboratory.ask(
            f"select count(*), max({late} - {event}) from {source.origin} where {rule}"
        )
        if count:
            rules.append((rule, count, timedelta(microseconds=longest or 0)))
    return rules


def _partial_group(laboratory: Laboratory, case: Case) -> Cause | None:
    """See whether the wrong rows are what the last batch alone would give."""
    state = case.facts.state
    previous = max((s for s in case.schedule.runs if 0 < s < state), default=0)
    own = [row for row in case.facts.diff.sample if row.kind != "only_full_refresh"]
    if not own or not previous:
        return None
    for source in laboratory.read_by(case):
        alone = _Batch.of(laboratory.world, source.unique_id, previous)
        warehouse = laboratory.replay.refreshed(alone, state, [case.model]).warehouse
        matching = laboratory.replay.contains(warehouse, case.model, own)
        laboratory.replay.drop(warehouse)
        if matching * 2 < len(own):
            continue
        sql = traits(case.facts.incremental_sql)
        name, what = (
            ("window-cut", "window functions see only the rows of one batch")
            if sql.windows and not sql.groups
            else ("partial-group", "groups are computed from a part of their rows")
        )
        return Cause(
            name,
            f"{matching} of {len(own)} wrong rows looked at hold exactly what the last batch of "
            f"{source.name} gives alone: {what}.",
        )
    return None


def _boundary_tie(laboratory: Laboratory, case: Case) -> Cause | None:
    """See whether it agrees once no run falls in the middle of a day (or of an hour)."""
    world = laboratory.world
    for unit, length in (("hour", timedelta(hours=1)), ("day", timedelta(days=1))):
        ends = tuple(_end_of(instant, length, world.session_zone) for instant in world.instants)
        if len(set(ends)) < len(ends):
            continue
        if laboratory.agrees_in(replace(world, instants=ends), case):
            return Cause(
                "boundary-tie",
                f"It agrees when every run comes after a whole {unit} has arrived. The watermark "
                f"is kept to the {unit} and compared strictly, so rows of the {unit} in which a "
                "run fell are never read by the next one.",
            )
    return None


def _end_of(instant: datetime, length: timedelta, zone: ZoneInfo) -> datetime:
    local = instant.astimezone(zone).replace(tzinfo=None)
    epoch = EPOCH.replace(tzinfo=None)
    start = epoch + (local - epoch) // length * length
    return (
        (start + length - timedelta(microseconds=1)).replace(tzinfo=zone).astimezone(instant.tzinfo)
    )


def _stale_join(laboratory: Laboratory, case: Case) -> Cause | None:
    sources, world = laboratory.read_by(case), laboratory.world
    if len(sources) < 2:
        return None
    for source in sources:
        settled = frozenset({source.unique_id})
        others = frozenset(other.unique_id for other in sources) - settled
        if not laboratory.agrees_in(replace(world, settled=settled), case):
            continue
        if laboratory.agrees_in(replace(world, settled=others), case):
            continue  # it takes both to move: not this one's change alone
        state = case.facts.state
        (arrived,) = laboratory.ask(
            f"select (select count(*) from ({world.view(source, state)})) - "
            f"(select count(*) from ({world.view(source, max(state - 1, 0))}))"
        )
        return Cause(
            "stale-join",
            f"{source.name} changed at step {state} ({_rows(arrived)} arrived); the rows joined "
            f"to it were not read again. Had all of {source.name} been there from the start, the "
            "model would agree.",
        )
    return None


_CATALOGUE: tuple[tuple[str, Callable[[Laboratory, Case], Cause | None]], ...] = (
    ("null-key", _null_key),
    ("duplicate-key", _duplicate_key),
    ("null-watermark", _null_watermark),
    ("clock", _clock),
    ("run-gap", _run_gap),
    ("late-arrival", _late_arrival),
    ("partial-group", _partial_group),
    ("boundary-tie", _boundary_tie),
    ("stale-join", _stale_join),
)


@dataclass(frozen=True, slots=True)
class _Frozen(RecordedWorld):
    """The same arrivals, with the clock at the last instant throughout."""

    @classmethod
    def of(cls, world: RecordedWorld) -> _Frozen:
        return cls(world.instants, world.zones, world.session_zone)

    def clock(self, state: int) -> datetime:  # noqa: ARG002
        return self.instants[-1]


@dataclass(frozen=True, slots=True)
class _Batch(RecordedWorld):
    """Of one source only what arrived after a state; of the others everything."""

    source: str = ""
    after: int = 0

    @classmethod
    def of(cls, world: RecordedWorld, source: str, after: int) -> _Batch:
        return cls(world.instants, world.zones, world.session_zone, source=source, after=after)

    def view(self, source: Source, state: int) -> str:
        shown = RecordedWorld.view(self, source, state)
        if source.unique_id != self.source:
            return shown
        since = self.literal(source, self.instants[self.after - 1] + timedelta(microseconds=1))
        return f"{shown} and {source.loaded_at} >= {since}"


def _rows(count: int) -> str:
    return f"{count:,} row" if count == 1 else f"{count:,} rows"


def _day(instant: datetime) -> str:
    return f"{instant:%Y-%m-%d %H:%M}"


def _span(length: timedelta) -> str:
    """Say a length of time in its largest sensible unit."""
    seconds = length.total_seconds()
    for unit, size in (("day", 86400), ("hour", 3600), ("minute", 60)):
        if seconds >= size:
            amount = f"{seconds / size:.1f}".removesuffix(".0")
            return f"{amount} {unit}{'' if amount == '1' else 's'}"
    return f"{seconds:g} seconds"
