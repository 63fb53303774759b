"""duplicate-key: the unique_key isn't unique, replaces nothing, is missing, or rows come twice.

Evidence: differing rows whose key has several rows in the full refresh, rows that the incremental
table has more often than the full refresh, and rows beside the later version of them, are counted. Whether a row was there before
tells what took it away or gave it twice: a key takes away only rows that were there, and what a run
itself gave twice wasn't.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from entity_kit.causes.cause import Cause
from entity_kit.causes.experiment import Experiment, RuledOut
from entity_kit.causes.sql_traits import joined
from entity_kit.causes.wording import rest_unexplained
from entity_kit.wording import counted, verb

if TYPE_CHECKING:
    from entity_kit.causes.differing import Differing
    from entity_kit.causes.laboratory import Laboratory

CODE = "duplicate-key"


def _look(
    laboratory: Laboratory, differing: Differing, *, partly: bool = False
) -> Cause | RuledOut:
    facts = differing.facts
    if facts.duplicate_keys and (partly or not facts.unique_key_rows):
        # For some of the rows, it is enough that there are such keys.
        explains = partly or _by_the_key(laboratory, differing)
        return _not_unique(differing) if explains else (CODE,)
    if facts.extra_copies and (partly or facts.extra_copies == differing.rows):
        return _copies(laboratory, differing)
    if facts.earlier_versions and (partly or facts.earlier_versions == differing.rows):
        return _left_beside(differing)
    return (CODE,)


def _by_the_key(laboratory: Laboratory, differing: Differing) -> bool:
    """Return whether a key explains the rows: it changes none, and takes away only what was there."""
    found = differing.facts.diff.comparison
    if not found.only_incremental and not found.only_full_refresh:
        return False
    lost = [row for row in differing.facts.diff.sample if row.kind == "only_full_refresh"]
    if not lost or not differing.previous:
        return True
    return any(laboratory.were_there(differing, lost))


def _not_unique(differing: Differing) -> Cause:
    facts, key = differing.facts, ", ".join(differing.model.key)
    return Cause(
        CODE,
        f"unique_key ({key}) isn't unique: in the full refresh {facts.duplicate_keys:,} "
        f"{'value has' if facts.duplicate_keys == 1 else 'values have'} more than one row, and "
        "an incremental run keeps only the rows of its own batch."
        f"{rest_unexplained(facts.unique_key_rows)}",
    )


def _left_beside(differing: Differing) -> Cause:
    count, key = differing.facts.earlier_versions, ", ".join(differing.model.key)
    if not key:
        return Cause(
            CODE,
            f"{counted(count, 'row')} {verb(count, 'stands')} beside another one of the same group, of "
            "which the full refresh has one: a run added the group's result again, and without a "
            f"unique_key it replaced nothing.{rest_unexplained(differing.rows - count)}",
        )
    return Cause(
        CODE,
        f"{counted(count, 'row')} {verb(count, 'stands')} beside another one with the same unique_key "
        f"({key}), of which the full refresh has one: a run inserted the later version and didn't "
        "remove the earlier one. Check that incremental_predicates reach every row that a run may "
        f"replace.{rest_unexplained(differing.rows - count)}",
    )


def _copies(laboratory: Laboratory, differing: Differing) -> Cause:
    copies, key = differing.facts.extra_copies, ", ".join(differing.model.key)
    rest = rest_unexplained(differing.rows - copies)
    said = (
        f"{counted(copies, 'row')} {verb(copies, 'appears')} more often in the incremental table "
        "than in the full refresh"
    )
    added = [there for there in laboratory.were_right(differing) if not there]
    # Of several runs at one step, each may have added the row once.
    once = differing.schedule.runs.get(differing.facts.state) == 1
    if once and added and differing.own:
        joins = _joins_of_the_run(differing)
        where = (
            f" Only the incremental run joins {' and '.join(joins)}: a row with several matches "
            "there is returned several times."
            if joins
            else " A join in it may have several matches for one row."
        )
        return Cause(
            CODE,
            f"{said}: {len(added)} of {len(differing.own)} examined rows didn't exist before the last "
            f"run, so the run's own select returned them more than once.{where}{rest}",
            about=joins[0].rpartition(".")[2] if joins else "",
        )
    why = (
        f"unique_key ({key}) didn't replace them"
        if differing.model.key
        else "the model has no unique_key, so a row that is read twice is added twice"
    )
    return Cause(CODE, f"{said}: {why}.{rest}")


def _joins_of_the_run(differing: Differing) -> list[str]:
    """Return the names of what the incremental run joins and the full refresh doesn't."""
    facts = differing.facts
    ours, theirs = (
        joined(sql, facts.dialect) for sql in (facts.incremental_sql, facts.full_refresh_sql)
    )
    return sorted(ours - theirs)


EXPERIMENT = Experiment("The unique_key doesn't identify a row, or there is none.", (CODE,), _look)
PARTLY = Experiment(
    "Some of the differing rows appear twice.", (CODE,), partial(_look, partly=True)
)
