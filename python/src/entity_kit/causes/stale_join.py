"""stale-join: a joined table changed, and the rows joined to it weren't read again.

Experiment: let all of one source be there from the start. Evidence: the model then agrees, and
doesn't where all the other sources are there from the start instead.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from entity_kit.causes.cause import Cause
from entity_kit.causes.experiment import NOT_TRIED, Experiment, RuledOut
from entity_kit.wording import counted

if TYPE_CHECKING:
    from entity_kit.causes.differing import Differing
    from entity_kit.causes.laboratory import Laboratory

CODE = "stale-join"


def _look(laboratory: Laboratory, differing: Differing) -> Cause | RuledOut:
    sources, world = laboratory.read_by(differing), differing.world
    if len(sources) < 2:
        return NOT_TRIED
    for source in sources:
        settled = frozenset({source.unique_id})
        others = frozenset(other.unique_id for other in sources) - settled
        if not laboratory.agrees_in(replace(world, settled=settled), differing):
            continue
        if laboratory.agrees_in(replace(world, settled=others), differing):
            continue  # it takes both to move: not this one's change alone
        state = differing.facts.state
        arrived = laboratory.arrived(differing, source, since=differing.previous)
        if arrived < 0:
            continue  # its rows disappeared: see missed-delete
        return Cause(
            CODE,
            f"{source.name} changed at step {state} ({counted(arrived, 'row')} arrived), and the rows "
            f"joined to it weren't read again. If all of {source.name} is there from the start, the "
            "model agrees.",
        )
    return (CODE,)


EXPERIMENT = Experiment("A joined table changed, and nothing was read again.", (CODE,), _look)
