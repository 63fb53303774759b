"""run-gap: a window that ends at the current time is shorter than the pause between two runs.

Experiment: run twice with a short pause. Evidence: the model then agrees, or agrees but for the
rows that came late. Under `gap`, that it agrees under `arrival` is the evidence.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from entity_kit.causes import late_arrival
from entity_kit.causes.cause import Cause
from entity_kit.causes.experiment import NOT_TRIED, Experiment, RuledOut
from entity_kit.causes.sql_traits import traits
from entity_kit.causes.wording import minute, span
from entity_kit.wording import counted

if TYPE_CHECKING:
    from entity_kit.arrivals.schedules import RecordedWorld
    from entity_kit.causes.differing import Differing
    from entity_kit.causes.laboratory import Laboratory

CODE = "run-gap"
_TWICE = {1: 1, 2: 1}


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
    reads_clock = differing.model.reads_clock or sql.selects_by_clock
    previous = max((s for s in differing.schedule.runs if s < facts.state), default=None)
    if not reads_clock or previous is None or world.altered:
        return NOT_TRIED
    now = world.clock(facts.state)
    gap = now - world.clock(previous)
    pause = min(timedelta(days=1), gap / 10)
    closer = replace(world, instants=(now - pause, now))
    return _with_a_shorter_pause(laboratory, differing, closer, gap, pause)


def _with_a_shorter_pause(
    laboratory: Laboratory,
    differing: Differing,
    closer: RecordedWorld,
    gap: timedelta,
    pause: timedelta,
) -> Cause | RuledOut:
    lost = f"The model reads a window that ends at the current time, and {span(gap)} passed between"
    if laboratory.agrees_under(closer, _TWICE, differing, 2):
        # A window that ends at the current time is too short for late rows, too: with the same pause, is
        # it right about all others?
        late = late_arrival.among_others(laboratory, differing)
        return (
            late
            if isinstance(late, Cause)
            else Cause(
                CODE,
                f"{lost} two runs: rows that arrived before the window are lost. With {span(pause)} "
                "between runs, the model agrees.",
            )
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
    count = sum(each.count for late in late_rows.values() for each in late)
    rules = {u: tuple(each.rule for each in late) for u, late in late_rows.items()}
    on_time = replace(closer, late=rules)
    if not count or not laboratory.agrees_under(on_time, _TWICE, differing, 2):
        return (CODE,)
    return Cause(
        CODE,
        f"{lost} two runs. With {span(pause)} between runs, the model agrees except for "
        f"{counted(count, 'row')} that arrived late: the window must cover the longest pause between two "
        "runs plus the lateness.",
    )


EXPERIMENT = Experiment(
    "A window relative to the clock is shorter than the pause between two runs.",
    (CODE, late_arrival.CODE),
    _look,
)
