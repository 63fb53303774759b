"""window-cut: a run carries on from what its table has, and a late row belongs before that.

Experiment: hold back the rows whose event time lies before what an earlier run had seen, of sources
whose rows the run chooses by their arrival, so that it does read them. Evidence: the model then
agrees.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from entity_kit.causes.cause import Cause
from entity_kit.causes.experiment import NOT_TRIED, Experiment, RuledOut
from entity_kit.causes.late_arrival import late_rows
from entity_kit.causes.partial_group import WINDOW
from entity_kit.wording import counted

if TYPE_CHECKING:
    from entity_kit.causes.differing import Differing
    from entity_kit.causes.laboratory import Laboratory


def _look(laboratory: Laboratory, differing: Differing) -> Cause | RuledOut:
    answer = NOT_TRIED
    if not differing.by_window:
        return answer
    for source in differing.filtered(laboratory.read_by(differing)):
        if not differing.chosen_by_arrival(source, laboratory.columns(source)):
            continue  # see late-arrival
        late = late_rows(laboratory, differing, source)
        if not late:
            continue
        rules = {source.unique_id: tuple(each.rule for each in late)}
        if not laboratory.agrees_in(replace(differing.world, late=rules), differing):
            answer = (WINDOW,)
            continue
        count = sum(each.count for each in late)
        they = "it belongs" if count == 1 else "they belong"
        return Cause(
            WINDOW,
            f"Without the {counted(count, 'row')} of {source.name} that arrived late, the model agrees: "
            f"{they} before rows that earlier runs had read, and window functions see only the rows "
            "of one batch.",
        )
    return answer


EXPERIMENT = Experiment(
    "Without the late rows, which the model reads when they arrive, it agrees.",
    (WINDOW,),
    _look,
    shows_in=frozenset({"changed"}),
)
