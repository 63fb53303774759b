"""What a source's delivery does to a model that agrees under the recorded arrival.

Experiment: let one source arrive as recorded again. Evidence: the model then agrees, and so the
delivery that the schedule simulates is the cause: each has a code and a sentence of its own.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from entity_kit.arrivals.deliveries import STORM
from entity_kit.causes import late_arrival, outdated, stale_join
from entity_kit.causes.boundary_tie import CODE as BOUNDARY_TIE
from entity_kit.causes.cause import Cause
from entity_kit.causes.duplicate_key import CODE as DUPLICATE_KEY
from entity_kit.causes.experiment import NOT_TRIED, Experiment, RuledOut
from entity_kit.causes.own_rows import only_others_came
from entity_kit.causes.wording import from_microseconds, span
from entity_kit.wording import counted

if TYPE_CHECKING:
    from entity_kit.arrivals.schedules import Overlay
    from entity_kit.arrivals.sources import Source
    from entity_kit.causes.differing import Differing
    from entity_kit.causes.laboratory import Laboratory

# What each schedule of one delivery can show.
_CODES: dict[str, RuledOut] = {
    "late": (late_arrival.CODE, stale_join.CODE),
    "updates": (outdated.UPDATE, stale_join.CODE),
    "deletes": (outdated.DELETE,),
    "redelivers": (DUPLICATE_KEY, stale_join.CODE),
    "split_batches": (BOUNDARY_TIE,),
}
# What doesn't matter to a run that reads all of the source, but not again what it joins to it.
_JOINED = {
    "late": "arrived late,",
    "redelivers": "arrived a second time,",
    "updates": "first arrived with other values and {were} restated later,",
}
_NOT_AGAIN = (
    "and the rows joined to {} weren't read again: the model doesn't look for changes in {}."
)
_SENTENCES = {
    "updates": (
        "first arrived with other values and {were} restated later: the model still has results of "
        "an earlier version, or never read the restated one."
    ),
    "deletes": "disappeared again, and the model still has results from {them}.",
    "redelivers": (
        "arrived a second time, and the model counts {them} differently when it reads the copies in "
        "different runs."
    ),
    "split_batches": (
        "became visible after others with the same loaded_at had been read. Compare the watermark "
        "with >=, or use a lookback_interval."
    ),
}


def _told_before(_: Laboratory, differing: Differing) -> Cause | RuledOut:
    if differing.schedule.name != STORM or not differing.world.altered or not differing.known:
        return NOT_TRIED
    name, cause = next(iter(differing.known.items()))
    return Cause(cause.name, f"As under {name}: {cause.explanation}")


def _as_under_arrival(laboratory: Laboratory, differing: Differing) -> Cause | RuledOut:
    world, cause = differing.world, differing.known.get("arrival")
    if cause is None or not world.altered or differing.schedule.name == STORM:
        return NOT_TRIED
    if laboratory.agrees_in(world.as_recorded(world.altered), differing):
        return NOT_TRIED
    return Cause(cause.name, f"As under arrival: {cause.explanation}")


def _look(
    laboratory: Laboratory, differing: Differing, *, at_last: bool = False
) -> Cause | RuledOut:
    world, kind = differing.world, differing.schedule.name
    # A delivery may only show earlier what differs under arrival, too. Rows that nothing removes are
    # something else.
    known = "arrival" in differing.known and not (
        kind == "deletes" and differing.kinds == {"only_incremental"}
    )
    if kind == STORM:
        return NOT_TRIED
    answer = NOT_TRIED
    for source in laboratory.read_by(differing):
        overlay = world.altered.get(source.unique_id)
        # A run that chooses rows by their arrival, or by their keys, misses none for being late.
        unlikely = kind == "late" and (
            differing.adds_keys_only
            or differing.chosen_by_arrival(source, laboratory.columns(source))
        )
        if overlay is None or (known or unlikely) != at_last:
            continue
        if laboratory.agrees_in(world.as_recorded({source.unique_id}), differing):
            return _found(laboratory, differing, source, overlay)
        answer = _CODES[kind]
    return answer


def _found(laboratory: Laboratory, differing: Differing, source: Source, overlay: Overlay) -> Cause:
    kind = differing.schedule.name
    (count,) = laboratory.ask(f"select count(*) from {overlay.hidden}")
    were, them, their = ("was", "it", "its") if count == 1 else ("were", "them", "their")
    here = f"If {source.name} arrives as recorded, the model agrees. Here {counted(count, 'row')} of it"
    joined = kind != "updates" or len(laboratory.read_by(differing)) > 1
    if kind in _JOINED and joined and not differing.filtered([source]):
        return Cause(
            stale_join.CODE,
            f"{here} {_JOINED[kind].format(were=were)} {_NOT_AGAIN.format(them, source.name)}",
        )
    if kind == "late":
        how_late = _how_late(laboratory, source, overlay)
        if differing.chosen_by_arrival(source, laboratory.columns(source)):
            return Cause(
                late_arrival.CODE,
                f"{here} arrived {how_late} after {their} event time, as its late_by allows, and the "
                "model gives something else for rows that arrive in other runs.",
            )
        return Cause(
            late_arrival.CODE,
            f"{here} arrived {how_late} after {their} event time, as its late_by allows, and the "
            "model doesn't read that far back.",
        )
    if (
        kind == "updates"
        and differing.joined_with_itself([source])
        and only_others_came(laboratory, differing, source)
    ):
        return Cause(
            stale_join.CODE,
            f"{here} {were} restated. Most wrong rows weren't restated themselves, but others that the "
            f"model joins to them were: it reads {source.name} twice, and looks for new rows in one of the "
            "two only.",
        )
    if kind == "updates" and not _notices(laboratory, differing, source):
        return Cause(
            stale_join.CODE,
            f"{here} {were} restated, {_NOT_AGAIN.format(them, source.name)}",
        )
    return Cause(_CODES[kind][0], f"{here} {_SENTENCES[kind].format(were=were, them=them)}")


def _how_late(laboratory: Laboratory, source: Source, overlay: Overlay) -> str:
    late = f"epoch_us(cast({source.loaded_at} as timestamptz))"
    event = f"epoch_us(cast({source.event_time} as timestamptz))"
    shortest, longest = laboratory.ask(
        f"select min({late} - {event}), max({late} - {event}) from {overlay.extra}"
    )
    least, most = span(from_microseconds(shortest)), span(from_microseconds(longest))
    return most if least == most else f"{least} to {most}"


def _notices(laboratory: Laboratory, differing: Differing, source: Source) -> bool:
    """Return whether the model notices what arrives in a source when nothing else changes."""
    others = frozenset(s.unique_id for s in laboratory.read_by(differing)) - {source.unique_id}
    if not others:
        return True
    world = differing.world
    recorded = replace(world.as_recorded(world.altered), settled=others)
    return laboratory.agrees_in(recorded, differing)


TOLD_BEFORE = Experiment(
    "All deliveries at once show the same cause as one of them alone.",
    (),
    _told_before,
    repeats=True,
)
AS_UNDER_ARRIVAL = Experiment(
    "The model differs at this step if its sources arrive as recorded, too.",
    (),
    _as_under_arrival,
    repeats=True,
)
EXPERIMENT = Experiment(
    "The model can't handle what the source's delivery allows.",
    tuple(dict.fromkeys(code for codes in _CODES.values() for code in codes)),
    _look,
)
AT_LAST = Experiment(
    "The model differs under arrival, and at this step only because of a delivery.",
    EXPERIMENT.codes,
    partial(_look, at_last=True),
)
