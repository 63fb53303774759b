"""The order in which causes are tried, and the explanation if none is found."""

from __future__ import annotations

from typing import TYPE_CHECKING

from entity_kit.causes import (
    another_key,
    behind_mark,
    below_watermark,
    boundary_tie,
    carried_on,
    clock,
    delivery,
    duplicate_key,
    inherited,
    kept_columns,
    late_arrival,
    null_key,
    null_watermark,
    outdated,
    partial_group,
    recomputed,
    run_again,
    run_gap,
    run_stamp,
    stale_join,
)
from entity_kit.causes.cause import Cause
from entity_kit.causes.metric import METRIC

if TYPE_CHECKING:
    from entity_kit.causes.differing import Differing
    from entity_kit.causes.experiment import Experiment
    from entity_kit.causes.laboratory import Laboratory

# The first that finds a cause is believed: what is counted comes before what is replayed, and
# strong evidence before weak.
CATALOG: tuple[Experiment, ...] = (
    inherited.EXPERIMENT,
    null_key.EXPERIMENT,
    null_watermark.EMPTY,
    duplicate_key.EXPERIMENT,
    null_key.NOT_IN,
    delivery.TOLD_BEFORE,
    delivery.AS_UNDER_ARRIVAL,
    another_key.EXPERIMENT,
    behind_mark.TIED,
    partial_group.UNDER_DELIVERY,
    delivery.EXPERIMENT,
    clock.OWN,
    run_stamp.EXPERIMENT,
    run_gap.EXPERIMENT,
    null_watermark.FALLBACK,
    partial_group.EXPERIMENT,
    run_again.EXPERIMENT,
    late_arrival.AMONG_OTHERS,
    below_watermark.EXPERIMENT,
    null_watermark.OTHER_ROWS,
    behind_mark.NULL,
    behind_mark.MIXED,
    stale_join.EXPERIMENT,
    boundary_tie.EXPERIMENT,
    clock.ABOVE,
    behind_mark.EXPERIMENT,
    kept_columns.EXPERIMENT,
    outdated.EXPERIMENT,
    recomputed.EXPERIMENT,
    partial_group.LOST,
    late_arrival.ALONE,
    carried_on.EXPERIMENT,
    run_gap.OFTEN,
    delivery.AT_LAST,
    # A cause for some of the rows is better than none.
    null_key.PARTLY,
    duplicate_key.PARTLY,
)

UNKNOWN = "unknown"
# Every code that a cause can have.
CODES = frozenset({UNKNOWN, METRIC, *(code for experiment in CATALOG for code in experiment.codes)})


def diagnose(laboratory: Laboratory, differing: Differing) -> Cause:
    """Find the cause of a first divergence; `unknown` says what was ruled out."""
    ruled_out: list[str] = []
    for experiment in CATALOG:
        answer = experiment(laboratory, differing)
        if isinstance(answer, Cause):
            return answer
        ruled_out += answer
    return _unknown(differing, ruled_out)


def _unknown(differing: Differing, ruled_out: list[str]) -> Cause:
    above = "".join(
        f" Its parent {parent.name} differs too; look there first."
        for parent, _ in differing.parents[:1]
    )
    changes = differing.facts.diff.schema_changes
    columns = (
        f" The columns differ ({'; '.join(map(str, changes))}): if they depend on the rows, "
        "an incremental table keeps the columns of its first build."
        if changes
        else ""
    )
    ruled = ", ".join(dict.fromkeys(ruled_out))
    return Cause(UNKNOWN, f"Ruled out: {ruled}.{columns}{above}")
