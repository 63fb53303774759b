"""clock: a value depends on when the model ran.

Experiment: replay with the clock stopped. Evidence: the model then agrees.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from entity_kit.causes.cause import Cause
from entity_kit.causes.experiment import NOT_TRIED, Experiment, RuledOut
from entity_kit.wording import verb

if TYPE_CHECKING:
    from entity_kit.causes.differing import Differing
    from entity_kit.causes.laboratory import Laboratory

CODE = "clock"


def _own(laboratory: Laboratory, differing: Differing) -> Cause | RuledOut:
    # What Jinja asks the clock for, the SQL has as a literal. A window by the clock that is too short
    # loses rows with the clock stopped, too.
    by_clock = differing.reads_clock or differing.model.reads_clock
    return _look(laboratory, differing) if by_clock else NOT_TRIED


def _look(laboratory: Laboratory, differing: Differing) -> Cause | RuledOut:
    if not laboratory.agrees_in(replace(differing.world, frozen=True), differing):
        return (CODE,)
    changed = differing.facts.diff.changed_columns
    columns = ", ".join(changed) or "the rows themselves"
    return Cause(
        CODE,
        f"With the clock stopped, the model agrees: {columns} "
        f"{verb(len(changed), 'depends')} on when the model ran.",
    )


OWN = Experiment(
    "The model's own code reads the clock, for values or for which rows there are.", (CODE,), _own
)
ABOVE = Experiment("Something that the model reads depends on the clock.", (CODE,), _look)
