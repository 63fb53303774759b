"""Why a model differs: each cause of the catalogue is decided by evidence.

Some evidence is counted in the two tables. The rest comes from experiments: the schedule is
replayed with one thing changed (late rows held back, the clock frozen, one source settled, no run
missed), and the cause is what made the difference go away.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import sqlglot
from sqlglot import expressions as exp
from sqlglot.errors import SqlglotError

from entity_kit.deliveries import AlteredWorld
from entity_kit.results import Cause
from entity_kit.schedules import Schedule
from entity_kit.sources import EPOCH
from entity_kit.warehouse import fold, literal, rows

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from entity_kit.compare import SampleRow
    from entity_kit.deliveries import Overlay
    from entity_kit.replay import Facts, Model, Outcome, Replay
    from entity_kit.schedules import RecordedWorld
    from entity_kit.scratch import Scratch
    from entity_kit.sources import Source

_CLOCK_NAMES = {
    "now", "today", "current_date", "current_timestamp", "get_current_timestamp",
    "current_localtimestamp", "localtimestamp", "transaction_timestamp", "statement_timestamp",
    "clock_timestamp", "curdate",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Case:
    """One model that differs under one schedule, and all that is known of it.

    `known` holds the causes already found for the model, by schedule; `parents` the incremental
    models that it is built from and that differ under this schedule by then, the topmost first,
    each with its cause.
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
        """The state of the run before the one that differs; 0 where there is none, or no row."""
        return max((s for s in self.schedule.runs if 0 < s < self.facts.state), default=0)

    @property
    def own(self) -> list[SampleRow]:
        """What was looked at of the wrong rows that the incremental table holds."""
        return [row for row in self.facts.diff.sample if row.kind != "only_full_refresh"]

    @property
    def by_window(self) -> bool:
        """Whether window functions made what is wrong, rather than groups or nothing of both."""
        sql, changed = (
            traits(self.facts.incremental_sql, self.facts.dialect),
            self.facts.diff.changed_columns,
        )
        if not sql.windows or not sql.groups:
            return sql.windows
        return bool(changed) and {fold(name) for name in changed} <= sql.windowed


@dataclass(frozen=True, slots=True)
class SqlTraits:
    """What a statement does, read from its text; `windowed` columns come from window functions."""

    windows: bool
    groups: bool
    clock: bool
    windowed: frozenset[str] = frozenset()


def traits(sql: str, dialect: str = "duckdb") -> SqlTraits:
    """Read whether a statement has window functions, groups, or asks for the time."""
    try:
        tree = sqlglot.parse_one(sql, dialect=dialect)
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
        windowed=_windowed(tree),
    )


def _windowed(tree: exp.Expr) -> frozenset[str]:
    """Name the columns that window functions give, at whatever depth, told by their names."""
    given = [
        (fold(column.alias_or_name), column)
        for select in tree.find_all(exp.Select)
        for column in select.expressions
    ]
    found = {name for name, column in given if column.find(exp.Window)}
    while True:
        more = {
            name
            for name, column in given
            if any(fold(read.name) in found for read in column.find_all(exp.Column))
        }
        if more <= found:
            return frozenset(found)
        found |= more


@dataclass(frozen=True, slots=True)
class Laboratory:
    """What experiments need: replays, the sources, and their rows."""

    replay: Replay
    scratch: Scratch
    sources: tuple[Source, ...]

    def diagnose(self, case: Case) -> Cause:
        """Find the cause of a first divergence; `unknown` says what was ruled out."""
        inherited = _inherited(self, case)
        if inherited is not None:
            return inherited
        ruled_out: list[str] = []
        for name, look in _CATALOGUE:
            cause = look(self, case)
            if cause is not None:
                return cause
            ruled_out.append(name)
        above = "".join(
            f" Its parent {parent.name} differs, too: look there first."
            for parent, _ in case.parents[:1]
        )
        changes = case.facts.diff.schema_changes
        columns = (
            f" The columns differ ({'; '.join(map(str, changes))}): where they depend on the rows, "
            "an incremental table keeps those that its first build found."
            if changes
            else ""
        )
        ruled = ", ".join(dict.fromkeys(ruled_out))
        return Cause("unknown", f"Ruled out: {ruled}.{columns}{above}")

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
        outcome = self.outcome(world, runs, case, state)
        return outcome.failure is None and all(step.agrees for step in outcome.steps)

    def outcome(
        self, world: RecordedWorld, runs: Mapping[int, int], case: Case, state: int
    ) -> Outcome:
        """Replay the model with other runs in another world, and compare it at a state."""
        schedule = Schedule("experiment", runs, compared=frozenset({state}))
        outcomes = self.replay.run(world, [schedule], [case.model], until=state, thorough=False)
        return outcomes[schedule.name, case.model.unique_id]


def _inherited(laboratory: Laboratory, case: Case) -> Cause | None:
    """See whether the model is right over parents that are."""
    if not case.parents:
        return None
    built_anew = replace(case.schedule, anew=tuple(parent for parent, _ in case.parents))
    outcomes = laboratory.replay.run(
        case.world,
        [replace(built_anew, compared=frozenset({case.facts.state}))],
        [case.model],
        until=case.facts.state,
        thorough=False,
    )
    outcome = outcomes[built_anew.name, case.model.unique_id]
    if outcome.failure is not None or not all(step.agrees for step in outcome.steps):
        return None
    parent, cause = case.parents[0]
    reason = f" ({cause.name})" if cause else ""
    return Cause(
        cause.name if cause else "unknown",
        f"Its parent {parent.name} differs, too{reason}: look there first. Where {parent.name} is "
        "built anew before each run, this model agrees.",
    )


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
    if not traits(case.facts.full_refresh_sql, case.facts.dialect).clock:
        return None
    return _clock_above(laboratory, case)


def _clock_above(laboratory: Laboratory, case: Case) -> Cause | None:
    """See whether it agrees while the clock stands still, whoever reads it."""
    if not laboratory.agrees_in(replace(case.world, frozen=True), case):
        return None
    columns = ", ".join(case.facts.diff.changed_columns) or "the rows themselves"
    return Cause(
        "clock",
        f"With the clock standing still the model agrees: {columns} depend on when the model ran.",
    )


def _run_gap(laboratory: Laboratory, case: Case) -> Cause | None:
    world, state = case.world, case.facts.state
    if case.schedule.name == "gap" and "arrival" in case.agrees_elsewhere:
        return Cause(
            "run-gap",
            f"It agrees when no run is missed. Here nothing ran between "
            f"{_day(world.instants[0])} and {_day(world.instants[-1])}, and the run after the gap "
            "reads too little.",
        )
    reads_clock = (
        case.model.reads_clock or traits(case.facts.incremental_sql, case.facts.dialect).clock
    )
    previous = max((s for s in case.schedule.runs if s < state), default=None)
    if not reads_clock or previous is None or isinstance(world, AlteredWorld):
        return None
    gap = world.clock(state) - world.clock(previous)
    pause = min(timedelta(days=1), gap / 10)
    closer = replace(world, instants=(world.clock(state) - pause, world.clock(state)))
    runs = {1: 1, 2: 1}
    if laboratory.agrees_under(closer, runs, case, 2):
        # A window that ends at the clock is too short for late rows, too: with the same pause, is
        # it right about all others?
        return _late_arrival(laboratory, case) or Cause(
            "run-gap",
            f"The model reads a window that ends at the clock, and {_span(gap)} passed between two "
            f"runs: what arrived before the window is lost. With {_span(pause)} between them it agrees.",
        )
    near = replace(
        case,
        world=closer,
        schedule=replace(case.schedule, runs=runs),
        facts=replace(case.facts, state=2),
    )
    late = {s.unique_id: _late_rules(laboratory, near, s) for s in laboratory.read_by(case)}
    count = sum(found for rules in late.values() for _, found, _ in rules)
    on_time = replace(closer, late={u: tuple(r for r, *_ in rules) for u, rules in late.items()})
    if not count or not laboratory.agrees_under(on_time, runs, case, 2):
        return None
    return Cause(
        "run-gap",
        f"The model reads a window that ends at the clock, and {_span(gap)} passed between two runs. "
        f"With {_span(pause)} between them it agrees, but for {_rows(count)} that arrived late: the "
        "window must reach back over the longest pause between two runs, and over the lateness.",
    )


def _null_watermark(_: Laboratory, case: Case) -> Cause | None:
    if 0 not in case.schedule.runs or case.facts.diff.rows_incremental:
        return None
    return Cause(
        "null-watermark",
        "Its first run met empty sources, and the table has stayed empty since: max(…) over an "
        "empty table is NULL, and no row compares with NULL.",
    )


def _late_arrival(laboratory: Laboratory, case: Case) -> Cause | None:
    return _without_late_rows(laboratory, case, others=True)


def _all_late(laboratory: Laboratory, case: Case) -> Cause | None:
    """Hold late rows back where no other came: little proof, and so the last that is asked."""
    return _without_late_rows(laboratory, case, others=False)


def _without_late_rows(laboratory: Laboratory, case: Case, *, others: bool) -> Cause | None:
    for source in laboratory.read_by(case):
        rules = _late_rules(laboratory, case, source)
        if not rules or others != _others_arrived(laboratory, case, source, rules):
            continue
        held = replace(case.world, late={source.unique_id: tuple(rule for rule, *_ in rules)})
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


def _others_arrived(
    laboratory: Laboratory, case: Case, source: Source, rules: list[tuple[str, int, timedelta]]
) -> bool:
    """Tell whether more than the late rows arrived after the first run."""
    first = min((s for s in case.schedule.runs if s), default=1)
    shown, before = (case.world.view(source, s) for s in (case.facts.state, first))
    (arrived,) = laboratory.ask(
        f"select (select count(*) from ({shown})) - (select count(*) from ({before}))"
    )
    return bool(arrived > sum(found for _, found, _ in rules))


def _late_rules(
    laboratory: Laboratory, case: Case, source: Source
) -> list[tuple[str, int, timedelta]]:
    """Give, per step, the SQL for the rows that came late, how many, and how late at most."""
    world = case.world
    rules: list[tuple[str, int, timedelta]] = []
    if source.event_time is None:
        return rules
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
    """See whether the wrong rows are what the last batch alone would give, or add to it."""
    own, state, previous = case.own, case.facts.state, case.previous
    if not own or not previous:
        return None
    added: list[tuple[Source, list[dict[str, Any] | None]]] = []
    for source in laboratory.read_by(case):
        alone = replace(case.world, since={source.unique_id: previous})
        with laboratory.replay.built(alone, state, case.model) as warehouse:
            if warehouse is None:
                continue
            given = laboratory.replay.contains(warehouse, case.model, own)
            added.append((source, laboratory.replay.rows_of(warehouse, case.model, own)))
        if not any(given):
            continue
        # Of rows that the run left as they were, it is chance.
        written = [
            found
            for found, old in zip(given, _were_right(laboratory, case), strict=True)
            if not old
        ]
        if sum(written) * 2 < len(written) or not any(written):
            continue
        evidence = (
            f"{sum(written)} of {len(written)} wrong rows looked at hold exactly what the last "
            f"batch of {source.name} gives alone"
        )
        if case.by_window:
            return Cause(
                "window-cut", f"{evidence}: window functions see only the rows of one batch."
            )
        return Cause("partial-group", f"{evidence}: groups are computed from a part of their rows.")
    return _added_up(laboratory, case, added)


def _added_up(
    laboratory: Laboratory,
    case: Case,
    added: Sequence[tuple[Source, Sequence[Mapping[str, Any] | None]]],
) -> Cause | None:
    """See whether a wrong number is the one before the last run plus that of its batch alone."""
    numbers = [
        {n: v for n, v in row.before.items() if isinstance(v, (int, float, Decimal))}
        for row in case.own
    ]
    if not any(numbers):
        return None
    with laboratory.replay.built(case.world, case.previous, case.model) as warehouse:
        if warehouse is None:
            return None
        before = laboratory.replay.rows_of(warehouse, case.model, case.own)
    for source, alone in added:
        sums = sum(
            was is not None
            and part is not None
            and bool(wrong)
            and all(
                was[n] is not None and part[n] is not None and was[n] + part[n] == wrong[n]
                for n in wrong
            )
            for wrong, was, part in zip(numbers, before, alone, strict=True)
        )
        if sums * 2 >= len(case.own):
            return Cause(
                "partial-group",
                f"{sums} of {len(case.own)} wrong rows looked at hold what was there before, plus "
                f"what the last batch of {source.name} gives alone: such values don't add up.",
            )
    return None


def _run_again(laboratory: Laboratory, case: Case) -> Cause | None:
    """See whether a run with nothing new spoils what the run before it made right."""
    state = case.facts.state
    if not case.own:
        return None
    outcome = laboratory.outcome(case.world, {state: 2}, case, state)
    if outcome.failure is not None or all(step.agrees for step in outcome.steps):
        return None
    counts = outcome.steps[-1].comparison
    spoiled = counts.changed + counts.only_incremental + counts.only_full_refresh
    what = (
        "window functions begin where the rows that it reads again begin"
        if case.by_window
        else "groups are computed from those of their rows that it reads again"
    )
    return Cause(
        "window-cut" if case.by_window else "partial-group",
        f"Built whole at step {state} it agrees; run once more with nothing new, it spoils "
        f"{_rows(spoiled)}: {what}.",
    )


def _were_right(laboratory: Laboratory, case: Case) -> list[bool]:
    """Tell of each wrong row whether it was right at the run before."""
    with laboratory.replay.built(case.world, case.previous, case.model) as warehouse:
        if warehouse is None:
            return [False for _ in case.own]
        return laboratory.replay.contains(warehouse, case.model, case.own)


def _outdated(laboratory: Laboratory, case: Case) -> Cause | None:
    """See whether the wrong rows were right before, and later rows make them wrong."""
    own, previous = case.own, case.previous
    if not own or not previous:
        return None
    matching = sum(_were_right(laboratory, case))
    if matching * 2 < len(own):
        return None
    were = f"{matching} of {len(own)} wrong rows looked at were right at step {previous}"
    if case.by_window:
        return Cause(
            "window-cut",
            f"{were}: what arrived since changes what their window functions give, and they were "
            "not computed again.",
        )
    if case.facts.diff.key and all(row.kind == "only_incremental" for row in own):
        return Cause(
            "missed-delete",
            f"{were}: because of what arrived since the full refresh has them no longer, and no "
            "run takes them away.",
        )
    return Cause(
        "missed-update",
        f"{were}: what arrived since changes them, and they were not computed again.",
    )


def _boundary_tie(laboratory: Laboratory, case: Case) -> Cause | None:
    """See whether it agrees once no run falls in the middle of a day (or of an hour)."""
    world = case.world
    if isinstance(world, AlteredWorld):
        return None  # its rows are bound to the steps as they are
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
    sources, world = laboratory.read_by(case), case.world
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


def _delivered(laboratory: Laboratory, case: Case) -> Cause | None:
    """Name the cause where the model agrees as recorded, and differs as the delivery allows."""
    world, kind = case.world, case.schedule.name
    if not isinstance(world, AlteredWorld):
        return None
    if kind == "storm" and case.known:
        name, cause = next(iter(case.known.items()))
        return Cause(cause.name, f"As under {name}: {cause.explanation}")
    if kind == "storm" or "arrival" in case.known:
        return None
    for source in laboratory.read_by(case):
        overlay = world.overlays.get(source.unique_id)
        if overlay is None:
            continue
        without = {u: o for u, o in world.overlays.items() if u != source.unique_id}
        if not laboratory.agrees_in(replace(world, overlays=without), case):
            continue
        return _by_delivery(laboratory, case, source, overlay)
    return None


def _by_delivery(laboratory: Laboratory, case: Case, source: Source, overlay: Overlay) -> Cause:
    kind = case.schedule.name
    (count,) = laboratory.ask(f"select count(*) from {overlay.hidden}")
    agrees = f"Where {source.name} arrives as recorded, the model agrees"
    if kind == "late":
        late = f"epoch_us(cast({source.loaded_at} as timestamptz))"
        event = f"epoch_us(cast({source.event_time} as timestamptz))"
        shortest, longest = laboratory.ask(
            f"select min({late} - {event}), max({late} - {event}) from {overlay.extra}"
        )
        return Cause(
            "late-arrival",
            f"{agrees}. Here {_rows(count)} of it arrived {_span(_from(shortest))} to "
            f"{_span(_from(longest))} after their event time, as its late_by allows, and the model "
            "doesn't read that far back.",
        )
    if kind == "updates" and not _notices(laboratory, case, source):
        return Cause(
            "stale-join",
            f"{agrees}. Here {_rows(count)} of it were restated, and the rows joined to them were "
            f"not read again: the model doesn't look for changes in {source.name}.",
        )
    sentences = {
        "updates": (
            "missed-update",
            (
                f"{_rows(count)} of it first arrived with other values and were restated later: what "
                "the model made of the earlier version is still there, or the restated one never came."
            ),
        ),
        "deletes": (
            "missed-delete",
            (
                f"{_rows(count)} of it disappeared again, and what the model made of them is still "
                "there."
            ),
        ),
        "redelivers": (
            "duplicate-key",
            (
                f"{_rows(count)} of it arrived a second time, and the model counts them differently "
                "when it meets the copies in different runs."
            ),
        ),
        "split_batches": (
            "boundary-tie",
            (
                f"{_rows(count)} of it became visible after others with the same loaded_at had been "
                "read. A watermark must be compared inclusively, or with a lookback_interval."
            ),
        ),
    }
    name, sentence = sentences[kind]
    return Cause(name, f"{agrees}. Here {sentence}")


def _notices(laboratory: Laboratory, case: Case, source: Source) -> bool:
    """Tell whether the model notices what arrives in a source when nothing else moves."""
    others = frozenset(s.unique_id for s in laboratory.read_by(case)) - {source.unique_id}
    if not others:
        return True
    recorded = replace(case.world, overlays={}, settled=others)  # type: ignore[call-arg]
    return laboratory.agrees_in(recorded, case)


_CATALOGUE: tuple[tuple[str, Callable[[Laboratory, Case], Cause | None]], ...] = (
    ("null-key", _null_key),
    ("null-watermark", _null_watermark),
    ("duplicate-key", _duplicate_key),
    ("missed-update, missed-delete", _delivered),
    ("clock", _clock),
    ("run-gap", _run_gap),
    ("partial-group, window-cut", _partial_group),
    ("partial-group, window-cut", _run_again),
    ("late-arrival", _late_arrival),
    ("stale-join", _stale_join),
    ("boundary-tie", _boundary_tie),
    ("clock", _clock_above),
    ("missed-update, missed-delete", _outdated),
    ("late-arrival", _all_late),
)


def _rows(count: int) -> str:
    return f"{count:,} row" if count == 1 else f"{count:,} rows"


def _from(microseconds: int | None) -> timedelta:
    return timedelta(microseconds=microseconds or 0)


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
