"""An inherited cause: the parent is wrong, and the model itself is right.

Experiment: build the differing parents whole before each run. Evidence: the model then agrees.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from entity_kit.causes.cause import Cause
from entity_kit.causes.experiment import NOT_TRIED, Experiment, RuledOut
from entity_kit.causes.laboratory import agrees

if TYPE_CHECKING:
    from entity_kit.causes.differing import Differing
    from entity_kit.causes.laboratory import Laboratory


def _look(laboratory: Laboratory, differing: Differing) -> Cause | RuledOut:
    if not differing.parents:
        return NOT_TRIED
    built_anew = replace(differing.schedule, anew=tuple(parent for parent, _ in differing.parents))
    state = differing.facts.state
    if not agrees(laboratory.replayed(differing.world, built_anew, differing, state)):
        return NOT_TRIED
    parent, cause = differing.parents[0]
    roots = tuple(p.name for p, why in differing.parents if why is None or not why.inherited_from)
    through = tuple(p.name for p, why in differing.parents if p.name not in roots)
    reason = f" ({cause.name})" if cause else ""
    return Cause(
        cause.name if cause else "unknown",
        f"Its parent {parent.name} differs too{reason}; look there first. If {parent.name} is "
        "rebuilt before each run, this model agrees.",
        inherited_from=roots,
        through=through,
    )


EXPERIMENT = Experiment("The model agrees if its parents do.", (), _look, repeats=True)
