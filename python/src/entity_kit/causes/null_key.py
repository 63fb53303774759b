"""null-key: a column of the unique_key is NULL, so that an old row is never replaced.

Evidence: rows that the incremental table has too many, and that have NULL in the key, are counted.
It explains rows too many and nothing else: a changed or missing row has another cause.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from entity_kit.causes.experiment import NOT_TRIED, Experiment, RuledOut
from entity_kit.causes.wording import count_rows, rest_unexplained, verb
from entity_kit.results import Cause

if TYPE_CHECKING:
    from entity_kit.causes.differing import Differing
    from entity_kit.causes.laboratory import Laboratory

CODE = "null-key"


def _look(_: Laboratory, differing: Differing, *, partly: bool = False) -> Cause | RuledOut:
    if not differing.model.key:
        return NOT_TRIED
    found = differing.facts.null_keys
    if not found or (found < differing.rows and not partly):
        return (CODE,)
    key = ", ".join(differing.model.key)
    return Cause(
        CODE,
        f"{count_rows(found)} of the difference {verb(found, 'has')} NULL in the "
        f"unique_key ({key}): NULL never equals NULL, so such a row is added again instead of "
        f"replaced.{rest_unexplained(differing.rows - found) if partly else ''}",
    )


EXPERIMENT = Experiment(
    "A column of the unique_key is NULL, and so its row is added again.",
    (CODE,),
    _look,
    explains=frozenset({"only_incremental"}),
)
PARTLY = Experiment(
    "Some of the rows too many have NULL in the unique_key.",
    (CODE,),
    partial(_look, partly=True),
    shows_in=frozenset({"only_incremental"}),
)
