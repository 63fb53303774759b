"""Whether the source rows of wrong rows came again themselves, or only others that change them.

They are found by the source's row_key, so only where the model keeps its columns.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from entity_kit.arrivals.behind import same_values, shared_columns
from entity_kit.warehouse import QueryError

if TYPE_CHECKING:
    from entity_kit.arrivals.sources import Source
    from entity_kit.causes.differing import Differing
    from entity_kit.causes.laboratory import Laboratory

_MICROSECOND = timedelta(microseconds=1)


def only_others_came(laboratory: Laboratory, differing: Differing, source: Source) -> bool | None:
    """Return whether, of most wrong rows, no row of their own arrived since the run before.

    None if it can't be told which rows of the source are their own.
    """
    world, state = differing.world, differing.facts.state
    if not source.row_key or not differing.previous:
        return None
    known = laboratory.columns(source)
    since = world.literal(source, world.instants[differing.previous - 1] + _MICROSECOND)
    came = []
    for row in differing.own:
        names = shared_columns(source, known, source.row_key, row.row)
        if len(names) < len(source.row_key):
            return None
        own = f"{same_values(names, row.row)} and {source.loaded_at} >= {since}"
        try:
            (count,) = laboratory.ask(
                f"select count(*) from ({world.view(source, state)}) where {own}"
            )
        except QueryError:
            return None
        came.append(bool(count))
    return bool(came) and sum(came) * 2 < len(came)
