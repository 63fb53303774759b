"""window-cut: a run carries on from what its table has, and a late row belongs before that.

Experiment: hold back the rows whose event time lies before what an earlier run had seen, of sources
whose rows the run chooses by their arrival, so that it does read them. Evidence: the model then
agrees.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from entity_kit.causes.experiment import NOT_TRIED, Experiment, RuledOut
from entity_kit.causes.late_arrival import held_back
from entity_kit.causes.partial_group import WINDOW

if TYPE_CHECKING:
    from entity_kit.causes.cause import Cause
    from entity_kit.causes.differing import Differing
    from entity_kit.causes.laboratory import Laboratory
    from entity_kit.causes.late_arrival import LateRows


def _look(laboratory: Laboratory, differing: Differing) -> Cause | RuledOut:
    if not differing.by_window:
        return NOT_TRIED
    # What the run doesn't choose by its arrival is late-arrival's.
    return held_back(laboratory, differing, WINDOW, _why, by_arrival=True)


def _why(late: list[LateRows]) -> str:
    they = "it belongs" if sum(each.count for each in late) == 1 else "they belong"
    return (
        f"{they} before rows that earlier runs had read, and window functions see only the rows of one "
        "batch."
    )


EXPERIMENT = Experiment(
    "Without the late rows, which the model reads when they arrive, it agrees.",
    (WINDOW,),
    _look,
    shows_in=frozenset({"changed"}),
)
