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


def _look(laboratory: Laboratory, differing: Differing) -> Cause | RuledOut:
    if differing.facts.diff.rows_incremental:
        return (CODE,) if 0 in differing.schedule.runs else NOT_TRIED
    if not _met_nothing(laboratory, differing):
        return NOT_TRIED
    return Cause(
        CODE,
        "Its first run met empty sources, and the table has stayed empty since: max(…) over an "
        "empty table is NULL, and no row compares with NULL.",
    )


def _met_nothing(laboratory: Laboratory, differing: Differing) -> bool:
    """Return whether no row of the model's sources had arrived at its first run."""
    first = min(differing.schedule.runs)
    if first == 0:
        return True
    shown = [
        f"exists (select 1 from {source.origin} where {differing.world.shown(source, first)})"
        for source in laboratory.read_by(differing)
    ]
    return bool(shown) and not laboratory.ask(f"select {' or '.join(shown)}")[0]


EXPERIMENT = Experiment("After an empty first run the watermark is NULL.", (CODE,), _look)
