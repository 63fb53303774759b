"""null-key: a column of the unique_key is NULL, so an old row is never replaced.

Evidence: rows that the incremental table has too many, and that have NULL in the key, are counted.
It explains rows too many and nothing else: a changed or missing row has another cause, unless the
model asks with `not in` for what its table doesn't have. Experiment for that: hold back the rows that
are NULL there. Evidence: the model then agrees.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from entity_kit.causes.cause import Cause
from entity_kit.causes.experiment import NOT_TRIED, Experiment, RuledOut
from entity_kit.causes.predicates import not_in
from entity_kit.causes.wording import rest_unexplained
from entity_kit.wording import counted, verb

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
        f"{counted(found, 'row')} of the difference {verb(found, 'has')} NULL in the "
        f"unique_key ({key}): NULL never equals NULL, so such a row is added again instead of "
        f"replaced.{rest_unexplained(differing.rows - found) if partly else ''}",
    )


def _not_in(laboratory: Laboratory, differing: Differing) -> Cause | RuledOut:
    """Check whether the model agrees without the rows that are NULL in the `not in` expression."""
    facts = differing.facts
    for expression in not_in(facts.incremental_sql, differing.model.relation.name, facts.dialect):
        null = f"({expression}) is null"
        late, count = {}, 0
        for source in laboratory.read_by(differing):
            found = laboratory.count(source, null)
            if found:
                late[source.unique_id] = (null,)
                count += found
        if late and laboratory.agrees_in(replace(differing.world, late=late), differing):
            return Cause(
                CODE,
                f"Without the {counted(count, 'row')} with NULL in {expression}, the model agrees: `not "
                "in` is never true once its list contains NULL, so no row is read from then on. Use "
                "`not exists`, or exclude NULL from the list.",
            )
    return NOT_TRIED


EXPERIMENT = Experiment(
    "A column of the unique_key is NULL, so its row is added again.",
    (CODE,),
    _look,
    explains=frozenset({"only_incremental"}),
)
NOT_IN = Experiment(
    "A NULL in the table makes `not in` reject every row.",
    (CODE,),
    _not_in,
    shows_in=frozenset({"changed", "only_full_refresh"}),
)
PARTLY = Experiment(
    "Some of the extra rows have NULL in the unique_key.",
    (CODE,),
    partial(_look, partly=True),
    shows_in=frozenset({"only_incremental"}),
)
