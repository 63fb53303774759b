"""null-watermark: the table was empty once, and no row compares with the maximum of nothing.

Evidence: the first run met empty sources, and the table still has no row.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from entity_kit.causes.experiment import NOT_TRIED, Experiment, RuledOut
from entity_kit.results import Cause

if TYPE_CHECKING:
    from entity_kit.causes.differing import Differing
    from entity_kit.causes.laboratory import Laboratory

CODE = "null-watermark"


def _look(_: Laboratory, differing: Differing) -> Cause | RuledOut:
    if 0 not in differing.schedule.runs:
        return NOT_TRIED
    if differing.facts.diff.rows_incremental:
        return (CODE,)
    return Cause(
        CODE,
        "Its first run met empty sources, and the table has stayed empty since: max(…) over an "
        "empty table is NULL, and no row compares with NULL.",
    )


EXPERIMENT = Experiment("After an empty first run the watermark is NULL.", (CODE,), _look)
