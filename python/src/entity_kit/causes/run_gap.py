"""run-gap: the last run reads less than what arrived since the run before.

Its window ends at the current time and is too short, or it has a LIMIT.

Experiment: run twice with a short pause. Evidence: the model then agrees, or agrees but for the
rows that came late. Under `gap`, that it agrees under `arrival` is the evidence.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from entity_kit.arrivals.sources import from_microseconds, to_microseconds
from entity_kit.causes import boundary_tie, late_arrival
from entity_kit.causes.cause import Cause
from entity_kit.causes.experiment import NOT_TRIED, Experiment, RuledOut
from entity_kit.causes.sql_traits import limited, traits
from entity_kit.causes.wording import minute, span
from entity_kit.wording import counted

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from entity_kit.arrivals.schedules import RecordedWorld
    from entity_kit.arrivals.sources import Source
    from entity_kit.causes.differing import Differing
    from entity_kit.causes.laboratory import Laboratory

CODE = "run-gap"
_MICROSECOND = timedelta(microseconds=1)
_TWICE = {1: 1, 2: 1}
# So many runs are tried between two others, at most.
_MOST_RUNS = 12


@dataclass(frozen=True, slots=True)
class Closer:
    """A world of two runs with a shorter pause; `gap` is the real one."""

    world: RecordedWorld
    gap: timedelta
    pause: timedelta

    def agrees(self, laboratory: Laboratory, differing: Differing) -> bool:
        return laboratory.agrees_under(self.world, _TWICE, differing, 2)


def _look(laboratory: Laboratory, differing: Differing) -> Cause | RuledOut:
    world, facts = differing.world, differing.facts
    if differing.schedule.name == "gap" and "arrival" in differing.agrees_elsewhere:
        return Cause(
            CODE,
            f"It agrees if no run is missed. Here nothing ran between "
            f"{minute(world.instants[0])} and {minute(world.instants[-1])}, and the run after the "
            "gap reads too little.",
        )
    sql = traits(facts.incremental_sql, facts.dialect)
    by_clock = differing.model.reads_clock or sql.selects_by_clock
    if not by_clock and not limits_its_runs(differing):
        return NOT_TRIED
    # A window by the clock may be shorter than the time between two loads.
    read = () if by_clock else laboratory.read_by(differing)
    tried = _with_a_shorter_pause if by_clock else _with_fewer_rows
    answer: Cause | RuledOut = NOT_TRIED
    for at_end_of_day in (False, True) if by_clock else (False,):
        nearer = closer_runs(laboratory, differing, read, at_end_of_day=at_end_of_day)
        if nearer is not None:
            answer = tried(laboratory, differing, nearer)
        if isinstance(answer, Cause):
            break
    return answer


def limits_its_runs(differing: Differing) -> bool:
    """Return whether the incremental run has a LIMIT that the full refresh doesn't have."""
    facts = differing.facts
    found = limited(facts.incremental_sql, facts.dialect)
    return bool(found - limited(facts.full_refresh_sql, facts.dialect))


def closer_runs(
    laboratory: Laboratory,
    differing: Differing,
    sources: Sequence[Source],
    *,
    at_end_of_day: bool = False,
) -> Closer | None:
    """Return two runs with a short pause, in which rows of the sources arrive, if any are given.

    None if there is no such pause, or if rows were altered. A window of whole days may lose rows
    with any pause that has midnight in it: `at_end_of_day` puts both runs before one.
    """
    world, state = differing.world, differing.facts.state
    previous = max((s for s in differing.schedule.runs if s < state), default=None)
    if previous is None or world.altered:
        return None
    now = world.clock(state)
    gap = now - world.clock(previous)
    pause = min(timedelta(days=1), gap / 10)
    if at_end_of_day:
        now = boundary_tie.end_of(now, timedelta(days=1), world.session_zone) - timedelta(days=1)
        if now - pause <= world.clock(previous):
            return None
    while timedelta(0) < pause < gap:
        closer = replace(world, instants=(now - pause, now))
        if not sources:
            return Closer(closer, gap, pause)
        for source in sources:
            before, after = (f"(select count(*) from ({closer.view(source, s)}))" for s in _TWICE)
            if laboratory.ask(f"select {after} > {before}")[0]:
                return Closer(closer, gap, pause)
        pause *= 2
    return None


def _with_fewer_rows(
    laboratory: Laboratory, differing: Differing, nearer: Closer
) -> Cause | RuledOut:
    """Check whether the model agrees if fewer rows arrive between two runs."""
    if not nearer.agrees(laboratory, differing):
        return (CODE,)
    return Cause(
        CODE,
        f"Only the incremental run has a LIMIT, and {span(nearer.gap)} passed between two runs: more "
        f"rows had arrived than it reads. With {span(nearer.pause)} between runs, the model agrees.",
    )


def _with_a_shorter_pause(
    laboratory: Laboratory, differing: Differing, nearer: Closer
) -> Cause | RuledOut:
    closer, gap, pause = nearer.world, nearer.gap, nearer.pause
    # A window that ends at the current time is too short for late rows, too: with the same pause, is
    # it right about all others?
    late = late_arrival.among_others(laboratory, differing)
    lost = f"The model reads a window that ends at the current time, and {span(gap)} passed between"
    if isinstance(late, Cause):
        often = _more_often(laboratory, differing, nearer)
        if often is None or not often.agrees(laboratory, differing):
            return late
        return Cause(
            CODE,
            f"{lost} two runs. {often.text}, the model agrees: the window must cover the longest pause "
            "between two runs plus the lateness.",
        )
    if nearer.agrees(laboratory, differing):
        return _late_for_any_run(laboratory, differing, nearer) or Cause(
            CODE,
            f"{lost} two runs: rows that arrived before the window are lost. With {span(pause)} "
            "between runs, the model agrees.",
        )
    near = replace(
        differing,
        world=closer,
        schedule=replace(differing.schedule, runs=_TWICE),
        facts=replace(differing.facts, state=2),
    )
    late_rows = {
        source.unique_id: late_arrival.late_rows(laboratory, near, source)
        for source in laboratory.read_by(differing)
    }
    for found in (late_rows, _of_earlier_days(laboratory, near)):
        count = sum(each.count for late in found.values() for each in late)
        rules = {u: tuple(each.rule for each in late) for u, late in found.items()}
        on_time = replace(closer, late=rules)
        if count and laboratory.agrees_under(on_time, _TWICE, differing, 2):
            return _late_for_any_run(laboratory, differing, nearer) or Cause(
                CODE,
                f"{lost} two runs. With {span(pause)} between runs, the model agrees except for "
                f"{counted(count, 'row')} that arrived late: the window must cover the longest pause "
                "between two runs plus the lateness.",
            )
    return (CODE,)


def _of_earlier_days(
    laboratory: Laboratory, near: Differing
) -> dict[str, list[late_arrival.LateRows]]:
    """Return, by source, the rows of the last run that happened before its day."""
    world, day = near.world, timedelta(days=1)
    found = {}
    for source in laboratory.read_by(near):
        if source.event_time is None:
            continue
        began = boundary_tie.end_of(world.clock(2), day, world.session_zone) - day
        since = world.literal(source, world.clock(1) + _MICROSECOND)
        rule = (
            f"({source.loaded_at} >= {since} "
            f"and epoch_us(cast({source.event_time} as timestamptz)) <= {to_microseconds(began)})"
        )
        shown = world.view(source, 2)
        (count,) = laboratory.ask(f"select count(*) from ({shown}) where {rule}")
        found[source.unique_id] = [late_arrival.LateRows(rule, count, timedelta())] if count else []
    return found


def _late_for_any_run(laboratory: Laboratory, differing: Differing, nearer: Closer) -> Cause | None:
    """Return a cause if rows are lost even with a run after each load since the run before."""
    often = _more_often(laboratory, differing, nearer)
    if often is None or often.agrees(laboratory, differing):
        return None
    return Cause(
        late_arrival.CODE,
        f"Even {often.text[0].lower()}{often.text[1:]}, "
        "the model misses rows: when they arrive, their time is already before the window, which ends "
        "at the current time. The window must reach as far back as rows are late.",
    )


def _look_at_each_load(laboratory: Laboratory, differing: Differing) -> Cause | RuledOut:
    """Check whether a model agrees with a run after each load, by whatever it chooses its rows."""
    world, previous = differing.world, differing.previous
    # What a full refresh leaves out until its time comes isn't lost by a pause.
    if not previous or world.altered or differing.reads_clock:
        return NOT_TRIED
    before, now = world.clock(previous), world.clock(differing.facts.state)
    loads = (each for each in _loads(laboratory, differing, before) if before < each < now)
    often = _Often((before, *loads, now)[-_MOST_RUNS - 1 :], "each after one load")
    if len(often.instants) < 3:
        return NOT_TRIED
    if not often.agrees(laboratory, differing):
        return (CODE,)
    return Cause(
        CODE,
        f"With {len(often.instants)} runs up to this step, {often.how}, the model agrees: a run reads "
        "only part of what arrived since the previous one.",
    )


def agrees_after_each_load(laboratory: Laboratory, differing: Differing, nearer: Closer) -> bool:
    """Return whether the model agrees with a run after each load since the run before.

    It is also true if that can't be tried.
    """
    often = _more_often(laboratory, differing, nearer)
    return often is None or often.agrees(laboratory, differing)


@dataclass(frozen=True, slots=True)
class _Often:
    """Many runs between the run before and the last one; `how` says when."""

    instants: tuple[datetime, ...]
    how: str

    @property
    def text(self) -> str:
        return (
            f"With {len(self.instants) - 1} runs after the previous one instead of one, {self.how}"
        )

    def agrees(self, laboratory: Laboratory, differing: Differing) -> bool:
        runs = dict.fromkeys(range(1, len(self.instants) + 1), 1)
        world = replace(differing.world, instants=self.instants)
        return laboratory.agrees_under(world, runs, differing, len(self.instants))


def _more_often(laboratory: Laboratory, differing: Differing, nearer: Closer) -> _Often | None:
    """Return a run after each load, if these are few enough.

    Two runs alone prove little: what was lost need not arrive between them. After many loads the
    runs have the short pause between them, if few of them are enough for that.
    """
    world, state = differing.world, differing.facts.state
    if not differing.previous:
        return None
    before, now = world.clock(differing.previous), world.clock(state)
    between = _loads(laboratory, differing, before)
    how = "one after each load"
    if len(between) > _MOST_RUNS:
        count = -(-nearer.gap // nearer.pause)
        between = [before + nearer.gap * number / count for number in range(1, count)]
        how = f"one every {span(nearer.gap / count)}"
    instants = (before, *(each for each in between if before < each < now), now)
    return _Often(instants, how) if 2 < len(instants) <= _MOST_RUNS + 1 else None


def _loads(laboratory: Laboratory, differing: Differing, since: datetime) -> list[datetime]:
    """Return the different times at which rows arrived after an instant."""
    world = differing.world
    sources = [s for s in laboratory.read_by(differing) if s.unique_id in world.zones]
    loads = " union ".join(
        f"select epoch_us(cast({source.loaded_at} as timestamptz)) as loaded "
        f"from ({world.view(source, differing.facts.state)}) "
        f"where {source.loaded_at} >= {world.literal(source, since + _MICROSECOND)}"
        for source in sources
    )
    if not loads:
        return []
    (found,) = laboratory.ask(f"select list(distinct loaded order by loaded) from ({loads})")
    return [from_microseconds(each) for each in found or ()]


EXPERIMENT = Experiment(
    "A window relative to the clock is shorter than the pause between two runs.",
    (CODE, late_arrival.CODE),
    _look,
)
# Whatever the fault, so it is tried last.
OFTEN = Experiment("With a run after each load, the model agrees.", (CODE,), _look_at_each_load)
