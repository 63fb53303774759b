"""missed-update: the last run wrote a row, and left some of its columns as they were.

Experiment: build the model whole at the run before. Evidence: the wrong cells hold what they held
then, in rows whose other columns have changed since and are right.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from entity_kit.causes.cause import Cause
from entity_kit.causes.experiment import NOT_TRIED, Experiment, RuledOut
from entity_kit.causes.outdated import UPDATE
from entity_kit.wording import verb

if TYPE_CHECKING:
    from entity_kit.causes.differing import Differing
    from entity_kit.causes.laboratory import Laboratory


def _look(laboratory: Laboratory, differing: Differing) -> Cause | RuledOut:
    rows = [row for row in differing.own if row.kind == "changed"]
    if not rows or not differing.previous:
        return NOT_TRIED
    model, together = differing.model, laboratory.together
    with laboratory.built(differing.world, differing.previous, model) as warehouse:
        if warehouse is None:
            return NOT_TRIED
        before = together.comparer.rows_of(warehouse, model, rows)
    untouched = laboratory.were_there(differing, rows)
    kept = [
        row
        for row, was, there in zip(rows, before, untouched, strict=True)
        if was == row.before and not there
    ]
    if len(kept) * 2 < len(rows):
        return (UPDATE,)
    columns = tuple(dict.fromkeys(name for row in kept for name in row.before))
    return Cause(
        UPDATE,
        f"In {len(kept)} of {len(rows)} examined wrong rows, {' and '.join(columns)} still "
        f"{verb(len(columns), 'has')} the value of step {differing.previous}, though the run since then "
        "wrote the row: it changes the other columns only. Look at merge_update_columns and "
        "merge_exclude_columns, or for values that the model takes from its own table.",
    )


EXPERIMENT = Experiment(
    "A run writes only some of a row's columns.",
    (UPDATE,),
    _look,
    shows_in=frozenset({"changed"}),
)
