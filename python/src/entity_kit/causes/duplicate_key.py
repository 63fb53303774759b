"""duplicate-key: the unique_key isn't one, or there is none.

Evidence: keys with several rows in the full refresh, and rows that the incremental table has more
often than the full refresh, are counted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from entity_kit.causes.experiment import Experiment, RuledOut
from entity_kit.causes.wording import count_rows, verb
from entity_kit.results import Cause

if TYPE_CHECKING:
    from entity_kit.causes.differing import Differing
    from entity_kit.causes.laboratory import Laboratory

CODE = "duplicate-key"


def _look(_: Laboratory, differing: Differing) -> Cause | RuledOut:
    facts, key = differing.facts, ", ".join(differing.model.key)
    if facts.duplicate_keys:
        return Cause(
            CODE,
            f"unique_key ({key}) isn't unique: in the full refresh {facts.duplicate_keys:,} "
            f"{'value has' if facts.duplicate_keys == 1 else 'values have'} more than one row, and "
            "an incremental run keeps only those of its own batch.",
        )
    if facts.extra_copies:
        why = (
            f"unique_key ({key}) did not replace them"
            if differing.model.key
            else "the model has no unique_key, so a row that is read twice is added twice"
        )
        return Cause(
            CODE,
            f"{count_rows(facts.extra_copies)} {verb(facts.extra_copies, 'stands')} in the incremental table more often than in "
            f"the full refresh: {why}.",
        )
    return (CODE,)


EXPERIMENT = Experiment(
    "The unique_key names fewer columns than a row has, or there is none.", (CODE,), _look
)
