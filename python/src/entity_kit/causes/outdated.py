"""missed-update, missed-delete, window-cut: rows that were right aren't recomputed.

Experiment: build the model whole at the run before. Evidence: most of the wrong rows were right
then, so what arrived since makes them wrong.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from entity_kit.causes.cause import Cause
from entity_kit.causes.experiment import NOT_TRIED, Experiment, RuledOut
from entity_kit.causes.partial_group import WINDOW

if TYPE_CHECKING:
    from entity_kit.causes.differing import Differing
    from entity_kit.causes.laboratory import Laboratory

UPDATE, DELETE = "missed-update", "missed-delete"
_CODES = (UPDATE, DELETE, WINDOW)


def _look(laboratory: Laboratory, differing: Differing) -> Cause | RuledOut:
    own, previous = differing.own, differing.previous
    if not own or not previous:
        return NOT_TRIED
    matching = sum(laboratory.were_right(differing))
    if matching * 2 < len(own):
        return _CODES if differing.by_window else (UPDATE, DELETE)
    were = f"{matching} of {len(own)} examined wrong rows were right at step {previous}"
    if differing.by_window:
        return Cause(
            WINDOW,
            f"{were}: rows that arrived since change the results of their window functions, and "
            "they weren't recomputed.",
        )
    if differing.facts.diff.key and all(row.kind == "only_incremental" for row in own):
        return Cause(
            DELETE,
            f"{were}: because of rows that arrived since, the full refresh no longer has them, and "
            "no run removes them.",
        )
    return Cause(
        UPDATE,
        f"{were}: rows that arrived since change them, and they weren't recomputed.",
    )


EXPERIMENT = Experiment(
    "Rows that were right aren't recomputed.",
    _CODES,
    _look,
    shows_in=frozenset({"changed", "only_incremental"}),
)
