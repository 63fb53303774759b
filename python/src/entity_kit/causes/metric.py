"""A table that equals its full refresh, but not the metric whose values it is to hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from entity_kit.causes.cause import Cause
from entity_kit.wording import counted, verb

if TYPE_CHECKING:
    from entity_kit.replay.outcome import Step

METRIC = "metric"


def of_metrics(step: Step) -> Cause:
    """Return the cause of a step at which only metrics differ."""
    said = [
        f"{counted(each.count, 'row')} of its column {each.table.place.column} "
        f"{verb(each.count, 'differs')} from metric {each.table.metric}"
        for each in step.metrics
    ]
    return Cause(
        METRIC,
        f"It equals its full refresh, but {', and '.join(said)}, computed from the definition. The "
        "model and the definition say different things: correct the one that is wrong.",
    )
