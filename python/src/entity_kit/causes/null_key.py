"""null-key: a column of the unique_key is NULL, so that an old row is never replaced.

Evidence: wrong rows of the incremental table that have NULL in the key are counted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from entity_kit.causes.experiment import NOT_TRIED, Experiment, RuledOut
from entity_kit.causes.wording import count_rows, verb
from entity_kit.results import Cause

if TYPE_CHECKING:
    from entity_kit.causes.differing import Differing
    from entity_kit.causes.laboratory import Laboratory

CODE = "null-key"


def _look(_: Laboratory, differing: Differing) -> Cause | RuledOut:
    if not differing.model.key:
        return NOT_TRIED
    if not differing.facts.null_keys:
        return (CODE,)
    key, count = ", ".join(differing.model.key), differing.facts.null_keys
    return Cause(
        CODE,
        f"{count_rows(count)} of the difference {verb(count, 'has')} NULL in the unique_key "
        f"({key}): NULL never equals NULL, so such a row is added again instead of replaced.",
    )


EXPERIMENT = Experiment(
    "A column of the unique_key is NULL, and so its row is added again.", (CODE,), _look
)
