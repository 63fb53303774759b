"""partial-group, window-cut, duplicate-key: a run with nothing new makes correct rows wrong.

Experiment: build the model whole, then run it once more with nothing new. Evidence: it no longer
agrees, so it reads a part of the rows that its groups or windows need, or adds rows that it has.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from entity_kit.causes import duplicate_key
from entity_kit.causes.cause import Cause
from entity_kit.causes.experiment import NOT_TRIED, Experiment, RuledOut
from entity_kit.causes.partial_group import GROUP, WINDOW, code_of
from entity_kit.wording import counted

if TYPE_CHECKING:
    from entity_kit.causes.differing import Differing
    from entity_kit.causes.laboratory import Laboratory


def _look(laboratory: Laboratory, differing: Differing) -> Cause | RuledOut:
    state = differing.facts.state
    if not differing.own or differing.copies_only or not differing.by_parts:
        return NOT_TRIED
    outcome = laboratory.outcome(differing.world, {state: 2}, differing, state)
    if outcome.failure is not None:
        return NOT_TRIED
    if all(step.agrees for step in outcome.steps):
        return (code_of(differing),)
    counts = outcome.steps[-1].comparison
    spoiled = counts.changed + counts.only_incremental + counts.only_full_refresh
    if not differing.model.key and spoiled == counts.only_incremental:
        return Cause(
            duplicate_key.CODE,
            f"Rebuilt at step {state}, the model agrees. Another run with nothing new adds "
            f"{counted(spoiled, 'row')} again: the model has no unique_key, so what a run reads again is "
            "added again.",
        )
    what = (
        "window functions start at the first row that it reads again"
        if differing.by_window
        else "groups are computed from only the rows that it reads again"
    )
    return Cause(
        code_of(differing),
        f"Rebuilt at step {state}, the model agrees. Another run with nothing new makes "
        f"{counted(spoiled, 'row')} wrong: {what}.",
    )


EXPERIMENT = Experiment(
    "A run rereads only part of what its groups or windows need.",
    (GROUP, WINDOW, duplicate_key.CODE),
    _look,
    shows_in=frozenset({"changed", "only_incremental"}),
)
