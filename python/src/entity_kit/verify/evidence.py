"""The source rows behind the rows that differ, for whoever reads a report."""

from __future__ import annotations

from typing import TYPE_CHECKING

from entity_kit.arrivals.behind import find_behind
from entity_kit.warehouse import QueryError

if TYPE_CHECKING:
    from entity_kit.arrivals.behind import RowsBehind
    from entity_kit.causes import Differing, Laboratory

# Rows of the sample to look behind. More would say the same.
_LOOKED_AT = 2


def find_evidence(laboratory: Laboratory, differing: Differing) -> tuple[RowsBehind, ...]:
    """Return the source rows behind the first differing rows.

    They illustrate, and prove nothing: where they can't be read, there are none.
    """
    facts = differing.facts
    ran = sorted(state for state in differing.schedule.runs if 0 < state <= facts.state)
    if not ran:
        return ()
    try:
        with laboratory.scratch.originals() as connection:
            return find_behind(
                connection,
                differing.world,
                laboratory.read_by(differing),
                facts.diff.key,
                [row.row for row in facts.diff.sample[:_LOOKED_AT]],
                ran,
            )
    except QueryError:
        return ()
