"""partial-group, window-cut: the last run recomputed rows, and got them wrong.

Experiment: build the model whole at the run before. Evidence: the wrong rows hold neither what was
there then nor what the full refresh gives, so the last run computed them from a part of their rows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from entity_kit.causes.cause import Cause
from entity_kit.causes.experiment import NOT_TRIED, Experiment, RuledOut
from entity_kit.causes.partial_group import GROUP, WINDOW, code_of

if TYPE_CHECKING:
    from entity_kit.causes.differing import Differing
    from entity_kit.causes.laboratory import Laboratory


def _look(laboratory: Laboratory, differing: Differing) -> Cause | RuledOut:
    changed = [row for row in differing.own if row.kind == "changed"]
    if not changed or not differing.previous or not differing.by_parts:
        return NOT_TRIED
    model, together = differing.model, laboratory.together
    with laboratory.built(differing.world, differing.previous, model) as warehouse:
        if warehouse is None:
            return NOT_TRIED
        before = together.comparer.rows_of(warehouse, model, changed)
    known = [(row.before, was) for row, was in zip(changed, before, strict=True) if was is not None]
    written = sum(wrong != was for wrong, was in known)
    if not written or written * 2 < len(changed):
        return (code_of(differing),)
    what = "window functions see" if differing.by_window else "groups are computed from"
    return Cause(
        code_of(differing),
        f"In {written} of {len(changed)} examined wrong rows, the values are neither those of step "
        f"{differing.previous} nor those of the full refresh: the last run recomputed them, and "
        f"{what} only the rows that it reads.",
    )


EXPERIMENT = Experiment(
    "The last run recomputed groups from only part of their rows.",
    (GROUP, WINDOW),
    _look,
    shows_in=frozenset({"changed"}),
)
