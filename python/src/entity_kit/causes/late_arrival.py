"""late-arrival: rows that arrive after rows with a later event time are never read.

Experiment: hold back the rows whose event time lies before what an earlier run had seen. Evidence:
the model then agrees.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING

from entity_kit.arrivals.sources import to_microseconds
from entity_kit.causes.cause import Cause
from entity_kit.causes.experiment import NOT_TRIED, Experiment, RuledOut
from entity_kit.causes.wording import from_microseconds, span
from entity_kit.warehouse import literal
from entity_kit.wording import counted

if TYPE_CHECKING:
    from collections.abc import Callable

    from entity_kit.arrivals.sources import Source
    from entity_kit.causes.differing import Differing
    from entity_kit.causes.laboratory import Laboratory

CODE = "late-arrival"


@dataclass(frozen=True, slots=True)
class LateRows:
    """The rows of one source that came late for one run: SQL that holds for them, how many, how late."""

    rule: str
    count: int
    longest: timedelta


def among_others(laboratory: Laboratory, differing: Differing) -> Cause | RuledOut:
    """Hide the late rows in a step in which other rows arrived too."""
    return _without_late_rows(laboratory, differing, others=True)


def _without_late_rows(
    laboratory: Laboratory, differing: Differing, *, others: bool
) -> Cause | RuledOut:
    if differing.adds_keys_only:
        return NOT_TRIED  # it reads a new key's rows however late they are, and no others

    def is_meant(source: Source, late: list[LateRows]) -> bool:
        return others == _others_arrived(laboratory, differing, source, late)

    def why(late: list[LateRows]) -> str:
        times = "its event time is" if _count(late) == 1 else "their event times are"
        return (
            f"{times} before what an earlier run had already seen (the latest arrived "
            f"{span(max(each.longest for each in late))} after its event time), and the model "
            "doesn't read that far back."
        )

    # A run misses no row for being late where it chooses the rows by their arrival.
    return held_back(laboratory, differing, CODE, why, by_arrival=False, is_meant=is_meant)


def held_back(
    laboratory: Laboratory,
    differing: Differing,
    code: str,
    why: Callable[[list[LateRows]], str],
    *,
    by_arrival: bool,
    is_meant: Callable[[Source, list[LateRows]], bool] = lambda *_: True,
) -> Cause | RuledOut:
    """Return a cause, and `why`, if the model agrees without the late rows of one source.

    Tried are the sources whose rows the run chooses by their arrival, or the others. Of a source
    that it reads whole it misses no row for being late: see stale-join.
    """
    answer: RuledOut = NOT_TRIED
    for source in differing.filtered(laboratory.read_by(differing)):
        if differing.chosen_by_arrival(source, laboratory.columns(source)) != by_arrival:
            continue
        late = late_rows(laboratory, differing, source)
        if not late or not is_meant(source, late):
            continue
        rules = {source.unique_id: tuple(each.rule for each in late)}
        if laboratory.agrees_in(replace(differing.world, late=rules), differing):
            return Cause(
                code,
                f"Without the {counted(_count(late), 'row')} of {source.name} that arrived late, the "
                f"model agrees: {why(late)}",
            )
        answer = (code,)
    return answer


def _count(late: list[LateRows]) -> int:
    return sum(each.count for each in late)


def _others_arrived(
    laboratory: Laboratory, differing: Differing, source: Source, late: list[LateRows]
) -> bool:
    """Return whether more than the late rows arrived after the first run."""
    first = min((s for s in differing.schedule.runs if s), default=1)
    shown, before = (differing.world.view(source, s) for s in (differing.facts.state, first))
    (arrived,) = laboratory.ask(
        f"select (select count(*) from ({shown})) - (select count(*) from ({before}))"
    )
    return bool(arrived > _count(late))


def late_rows(laboratory: Laboratory, differing: Differing, source: Source) -> list[LateRows]:
    """Return, for each run, the rows of a source that came late for it."""
    if source.event_time is None:
        return []
    ran = sorted(s for s in differing.schedule.runs if 0 < s <= differing.facts.state)
    found = (
        _late_for_one_run(laboratory, differing, source, before, state)
        for before, state in pairwise(ran)
    )
    return [late for late in found if late is not None]


def _late_for_one_run(
    laboratory: Laboratory, differing: Differing, source: Source, before: int, state: int
) -> LateRows | None:
    world = differing.world
    # Behind a row that claims to be of a time after all others arrived, every row would be late.
    last = to_microseconds(world.instants[-1])
    past = f"epoch_us(cast({source.event_time} as timestamptz)) <= {last}"
    (seen,) = laboratory.ask(
        f"select cast(coalesce(max({source.event_time}) filter ({past}), max({source.event_time})) "
        f"as varchar) from ({world.view(source, before)}) as shown"
    )
    if seen is None:
        return None
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
    return LateRows(rule, count, from_microseconds(longest)) if count else None


AMONG_OTHERS = Experiment(
    "Without the late rows, and with the others, the model agrees.", (CODE,), among_others
)
# Weak evidence, so it is tried last.
ALONE = Experiment(
    "Without the late rows, when nothing else arrived, the model agrees.",
    (CODE,),
    partial(_without_late_rows, others=False),
)
