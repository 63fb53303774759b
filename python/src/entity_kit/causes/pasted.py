"""Tell where a literal in a run's SQL comes from, if the model's Jinja queried it and pasted it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from entity_kit.warehouse import quote

if TYPE_CHECKING:
    from collections.abc import Sequence

    from entity_kit.arrivals.sources import Source
    from entity_kit.causes.differing import Differing
    from entity_kit.causes.laboratory import Laboratory
    from entity_kit.causes.marks import Mark


def is_own(
    laboratory: Laboratory,
    differing: Differing,
    mark: Mark,
    value: str,
    sources: Sequence[Source],
) -> bool | None:
    """Return whether a literal comes from the model's own table; None if it may be a constant.

    A value does if it was the greatest of a column of the table, and a number also next to it. A
    time does, too, if the run before had seen a row that late: a window that ends at the clock, or
    at the newest row of a source, loses rows only where it begins after all of them. Another number
    or text may be a constant, such as the smallest amount that the model reads.
    """
    if not differing.previous:
        return None
    if any(map(is_time, mark.literals)):
        seen = " or ".join(
            f"exists (select 1 from ({differing.world.view(source, differing.previous)}) "
            f"where ({mark.read}) >= {value})"
            for source in sources
        )
        if seen and laboratory.ask(f"select {seen}")[0]:
            return True
        return not _greatest(laboratory, differing).isdisjoint(mark.literals)
    near = {text for literal in mark.literals for text in _near(literal)}
    return None if near.isdisjoint(_greatest(laboratory, differing)) else True


def _greatest(laboratory: Laboratory, differing: Differing) -> set[object]:
    """Return the greatest value of each column after the run before, as text."""
    columns = [column.name for column in differing.facts.diff.columns]
    with laboratory.built(differing.world, differing.previous, differing.model) as warehouse:
        if warehouse is None or not columns:
            return set()
        return set(
            laboratory.together.comparer.values_of(
                warehouse,
                differing.model,
                lambda name: [
                    f"(select cast(max({quote(c)}) as varchar) from {name})" for c in columns
                ],
            )
        )


def _near(text: str) -> set[str]:
    """Return a value and, of a whole number, its neighbors."""
    if not text.isdecimal():
        return {text}
    return {text, str(int(text) - 1), str(int(text) + 1)}


def is_time(text: str) -> bool:
    """Return whether a literal is a time, and not a number."""
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return not text.isdecimal()
