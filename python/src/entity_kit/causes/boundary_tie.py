"""boundary-tie: rows exactly at the watermark are left out.

Experiment: let no run fall in the middle of an hour, or of a day. Evidence: the model then agrees,
and the wrong rows were right at the run before: what would have changed them was not read.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from entity_kit.arrivals.sources import EPOCH
from entity_kit.causes.cause import Cause
from entity_kit.causes.experiment import NOT_TRIED, Experiment, RuledOut
from entity_kit.causes.marks import marks
from entity_kit.causes.pasted import is_time
from entity_kit.warehouse import fold, unquoted

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from entity_kit.causes.differing import Differing
    from entity_kit.causes.laboratory import Laboratory
    from entity_kit.causes.marks import Mark

CODE = "boundary-tie"


def _look(laboratory: Laboratory, differing: Differing) -> Cause | RuledOut:
    world, answer = differing.world, NOT_TRIED
    if world.altered or differing.adds_keys_only:
        return NOT_TRIED  # its rows are bound to the steps as they are; or it compares no time
    facts = differing.facts
    compared = marks(facts.incremental_sql, facts.full_refresh_sql, facts.dialect)
    if compared and all(mark.reads_again for mark in compared):
        return NOT_TRIED
    for unit, length in (("hour", timedelta(hours=1)), ("day", timedelta(days=1))):
        ends = tuple(end_of(instant, length, world.session_zone) for instant in world.instants)
        if len(set(ends)) < len(ends):
            continue
        if compared and all(_is_within(mark, length) for mark in compared):
            continue
        answer = (CODE,)
        if laboratory.agrees_in(replace(world, instants=ends), differing):
            if not _left_as_they_were(laboratory, differing):
                return answer
            return Cause(
                CODE,
                f"It agrees if every run comes after a whole {unit} has arrived, and the last run wrote "
                f"none of the wrong rows: rows that arrive in the same {unit} as a run, but after it, "
                f"are never read. A watermark truncated to the {unit} and compared with > excludes "
                "them.",
            )
    return answer


def _is_within(mark: Mark, length: timedelta) -> bool:
    """Return whether a pasted time of the column itself isn't truncated to an hour or a day."""
    times = [datetime.fromisoformat(text) for text in mark.literals if is_time(text)]
    epoch = EPOCH.replace(tzinfo=None)
    return fold(unquoted(mark.read)) == mark.column and any(
        (time.replace(tzinfo=None) - epoch) % length for time in times
    )


def _left_as_they_were(laboratory: Laboratory, differing: Differing) -> bool:
    """Return whether the wrong rows are missing or as the previous run left them.

    A row that the last run computed from a part of its rows may come right, too, where runs fall
    elsewhere.
    """
    own = differing.own
    return not own or sum(laboratory.were_right(differing)) * 2 >= len(own)


def end_of(instant: datetime, length: timedelta, zone: ZoneInfo) -> datetime:
    """Return the last microsecond of an instant's hour or day in a zone."""
    local = instant.astimezone(zone).replace(tzinfo=None)
    epoch = EPOCH.replace(tzinfo=None)
    start = epoch + (local - epoch) // length * length
    return (
        (start + length - timedelta(microseconds=1)).replace(tzinfo=zone).astimezone(instant.tzinfo)
    )


EXPERIMENT = Experiment(
    "Rows of the watermark's own hour or day are left out.",
    (CODE,),
    _look,
    shows_in=frozenset({"changed", "only_full_refresh"}),
)
