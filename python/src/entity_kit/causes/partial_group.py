"""partial-group, window-cut: a value over many rows was computed from only part of them.

Experiment: build the model from the last batch of one source alone. Evidence: the wrong rows hold
exactly what that gives, or what was there before plus what that gives.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from entity_kit.causes.cause import Cause
from entity_kit.causes.experiment import NOT_TRIED, Experiment, RuledOut
from entity_kit.compare.tolerance import RELATIVE
from entity_kit.wording import verb

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from entity_kit.arrivals.sources import Source
    from entity_kit.causes.differing import Differing
    from entity_kit.causes.laboratory import Laboratory

GROUP, WINDOW = "partial-group", "window-cut"


def code_of(differing: Differing) -> str:
    """Return the code: whether window functions or groups computed the wrong values."""
    return WINDOW if differing.by_window else GROUP


@dataclass(frozen=True, slots=True)
class _Alone:
    """What the last batch of a source alone gives: whether it has each wrong row, and its cells."""

    source: Source
    given: Sequence[bool]
    cells: Sequence[Mapping[str, Any] | None]


def _look(laboratory: Laboratory, differing: Differing) -> Cause | RuledOut:
    if not differing.own or not differing.previous or differing.copies_only:
        return NOT_TRIED
    built: list[_Alone] = []
    for source in laboratory.read_by(differing):
        alone = _build_alone(laboratory, differing, source)
        if alone is None:
            continue
        built.append(alone)
        cause = _same(laboratory, differing, alone)
        if cause is not None:
            return cause
    return _added_up(laboratory, differing, built) or (code_of(differing),)


def _build_alone(laboratory: Laboratory, differing: Differing, source: Source) -> _Alone | None:
    world = replace(differing.world, since={source.unique_id: differing.previous})
    model, together = differing.model, laboratory.together
    with laboratory.built(world, differing.facts.state, model) as warehouse:
        if warehouse is None:
            return None
        return _Alone(
            source,
            together.comparer.contains(warehouse, model, differing.own),
            together.comparer.rows_of(warehouse, model, differing.own),
        )


def _same(laboratory: Laboratory, differing: Differing, alone: _Alone) -> Cause | None:
    """Return the cause if most rows that the last run wrote are those of the batch alone."""
    if not any(alone.given):
        return None
    # For rows that the run left unchanged, it is a coincidence.
    written = [
        found
        for found, old in zip(alone.given, laboratory.were_right(differing), strict=True)
        if not old
    ]
    if sum(written) * 2 < len(written) or not any(written):
        return None
    evidence = (
        f"In {sum(written)} of {len(written)} examined wrong rows, the values are exactly what the "
        f"last batch of {alone.source.name} alone gives"
    )
    if differing.by_window:
        return Cause(WINDOW, f"{evidence}: window functions see only the rows of one batch.")
    return Cause(GROUP, f"{evidence}: groups are computed from only part of their rows.")


def _added_up(
    laboratory: Laboratory, differing: Differing, built: Sequence[_Alone]
) -> Cause | None:
    """Return the cause if a wrong number is the previous one plus that of the batch."""
    wrong = [
        {n: v for n, v in row.before.items() if isinstance(v, (int, float, Decimal))}
        for row in differing.own
    ]
    if not any(wrong):
        return None
    model, together = differing.model, laboratory.together
    with laboratory.built(differing.world, differing.previous, model) as warehouse:
        if warehouse is None:
            return None
        before = together.comparer.rows_of(warehouse, model, differing.own)
    for alone in built:
        sums = sum(map(_is_sum, wrong, before, alone.cells))
        if sums * 2 >= len(differing.own):
            return Cause(
                GROUP,
                f"In {sums} of {len(differing.own)} examined wrong rows, the value is the previous one "
                f"plus what the last batch of {alone.source.name} alone gives: such values can't be "
                "added up.",
            )
    return None


def _is_sum(
    wrong: Mapping[str, Any], was: Mapping[str, Any] | None, part: Mapping[str, Any] | None
) -> bool:
    if was is None or part is None or not wrong:
        return False
    if not any(part[n] for n in wrong):
        return False  # a row that the run left as it was
    return all(
        was[n] is not None and part[n] is not None and _equal(was[n] + part[n], wrong[n])
        for n in wrong
    )


def _equal(one: Any, other: Any) -> bool:
    """Return whether two numbers are equal except for the rounding of floats."""
    if isinstance(one, float) or isinstance(other, float):
        return math.isclose(one, other, rel_tol=RELATIVE["DOUBLE"], abs_tol=0.0)
    return bool(one == other)


def _look_under_delivery(laboratory: Laboratory, differing: Differing) -> Cause | RuledOut:
    """Check whether rows that a delivery altered were computed without the others of their group."""
    world = differing.world
    if not differing.own or not differing.previous or not differing.by_parts:
        return NOT_TRIED
    answer: RuledOut = NOT_TRIED
    for source in laboratory.read_by(differing):
        if source.unique_id not in world.altered:
            continue
        alone = _build_alone(laboratory, differing, source)
        cause = (
            None
            if alone is None
            else _same(laboratory, differing, alone) or _added_up(laboratory, differing, [alone])
        )
        if cause is not None:
            return cause
        answer = (code_of(differing),)
    return answer


UNDER_DELIVERY = Experiment(
    "Groups or window functions saw only the rows that a delivery altered.",
    (GROUP, WINDOW),
    _look_under_delivery,
    shows_in=frozenset({"changed", "only_incremental"}),
)
EXPERIMENT = Experiment(
    "Groups or window functions saw only the rows of one batch.",
    (GROUP, WINDOW),
    _look,
    shows_in=frozenset({"changed", "only_incremental"}),
)


def _look_for_lost(laboratory: Laboratory, differing: Differing) -> Cause | RuledOut:
    """Return the cause if the run took rows away that were there before, and right."""
    lost = [row for row in differing.facts.diff.sample if row.kind == "only_full_refresh"]
    if not lost or not differing.previous:
        return NOT_TRIED
    taken = sum(laboratory.were_there(differing, lost))
    if taken * 2 < len(lost):
        return (GROUP,)
    return Cause(
        GROUP,
        f"{taken} of {len(lost)} examined rows {verb(taken, 'was')} in the table before the last run, and "
        "it took them away: it replaces a partition, or another group of rows, with only part of "
        "its rows.",
    )


LOST = Experiment(
    "A run replaced a group of rows with only part of them.",
    (GROUP,),
    _look_for_lost,
    shows_in=frozenset({"only_full_refresh"}),
)
