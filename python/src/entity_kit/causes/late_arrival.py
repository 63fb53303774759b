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
    answer = NOT_TRIED
    if differing.adds_keys_only:
        return answer  # it reads a new key's rows however late they are, and no others
    # Of a source that a run reads whole it misses no row for being late: see stale-join.
    for source in differing.filtered(laboratory.read_by(differing)):
        if differing.chosen_by_arrival(source, laboratory.columns(source)):
            continue  # nor of one whose rows it chooses by their arrival
        late = late_rows(laboratory, differing, source)
        if not late or others != _others_arrived(laboratory, differing, source, late):
            continue
        rules = {source.unique_id: tuple(each.rule for each in late)}
        if not laboratory.agrees_in(replace(differing.world, late=rules), differing):
            answer = (CODE,)
            continue
        count = sum(each.count for each in late)
        times = "its event time is" if count == 1 else "their event times are"
        return Cause(
            CODE,
            f"Without the {counted(count, 'row')} of {source.name} that arrived late, the model agrees: "
            f"{times} before what an earlier run had already seen (the latest arrived "
            f"{span(max(each.longest for each in late))} after its event time), and the model "
            "doesn't read that far back.",
        )
    return answer


def _others_arrived(
    laboratory: Laboratory, differing: Differing, source: Source, late: list[LateRows]
) -> bool:
    """Return whether more than the late rows arrived after the first run."""
    first = min((s for s in differing.schedule.runs if s), default=1)
    shown, before = (differing.world.view(source, s) for s in (differing.facts.state, first))
    (arrived,) = laboratory.ask(
        f"select (select count(*) from ({shown})) - (select count(*) from ({before}))"
    )
    return bool(arrived > sum(each.count for each in late))


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
