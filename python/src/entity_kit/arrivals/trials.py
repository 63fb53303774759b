"""What a schedule tests: an incremental run, and the rows that it alters.

A model that was built once, from nothing, is proven nothing of; a schedule that could alter no row
tells no more than the recorded arrival.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from entity_kit.arrivals.deliveries import STORM
from entity_kit.errors import EntityKitError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from entity_kit.arrivals.schedules import RecordedWorld, Schedule

_BUILT_ONCE = "the model is built once, from scratch, and never incrementally"
_UNALTERED = "it couldn't alter any row"
UNPROVEN = (
    "no chosen schedule runs it incrementally, so nothing is tested; add `--schedules rerun,empty`, "
    "or more steps"
)

NOT_JUDGED = "not judged: --fail-fast stopped at the first difference"


def runs_again(schedule: Schedule) -> bool:
    """Return whether a run follows another one; the first builds every model from scratch."""
    kills = sum(len(shares) for shares in schedule.kills.values())
    return sum(schedule.runs.values()) + kills > 1


def count_altered(world: RecordedWorld, ancestors: frozenset[str]) -> int:
    """Count the altered rows in what a model is built from."""
    return sum(overlay.rows for source, overlay in world.altered.items() if source in ancestors)


def why_untried(schedule: Schedule, altered: int | None) -> str:
    """Return why a schedule tests nothing that `arrival` doesn't, or '' if it does.

    A storm starts empty, misses a run and repeats one, whatever it alters.
    """
    if not runs_again(schedule):
        return _BUILT_ONCE
    return _UNALTERED if altered == 0 and schedule.name != STORM else ""


def refuse_single_runs(schedules: Sequence[Schedule], steps: int) -> None:
    """Refuse schedules if none has an incremental run, because they would test nothing."""
    if any(map(runs_again, schedules)):
        return
    names = ", ".join(schedule.name for schedule in schedules)
    raise EntityKitError(
        f"Nothing would be tested: with {steps} step{'' if steps == 1 else 's'}, {names} "
        f"build{'s' if len(schedules) == 1 else ''} each model once, from scratch, and "
        "nothing runs incrementally.",
        fix="Use --steps 2 or more. If all rows have the same loaded time, use --schedules rerun,empty.",
    )
