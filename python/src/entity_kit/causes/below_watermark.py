"""late-arrival: rows at or below a watermark that an earlier run had reached are never read.

The watermark is read from the model's own SQL: an id that isn't given out in the order of arrival,
or one maximum over several sources. Experiment: hold back the rows that lie below what an earlier
run had seen. Evidence: the model then agrees.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

from entity_kit.causes.cause import Cause
from entity_kit.causes.experiment import NOT_TRIED, Experiment, RuledOut
from entity_kit.causes.late_arrival import CODE
from entity_kit.causes.predicates import watermarks
from entity_kit.warehouse import QueryError, fold, literal, quote
from entity_kit.wording import counted, verb

if TYPE_CHECKING:
    from entity_kit.arrivals.sources import Source
    from entity_kit.causes.differing import Differing
    from entity_kit.causes.laboratory import Laboratory


@dataclass(frozen=True, slots=True)
class _Read:
    """A column of a source that the model compares with its watermark."""

    source: Source
    column: str
    strict: bool


def _look(laboratory: Laboratory, differing: Differing) -> Cause | RuledOut:
    try:
        return _without_what_lies_below(laboratory, differing)
    except QueryError:  # columns of one name whose types don't compare
        return NOT_TRIED


def _without_what_lies_below(laboratory: Laboratory, differing: Differing) -> Cause | RuledOut:
    read = _reads(laboratory, differing)
    late: dict[str, tuple[str, ...]] = {}
    counts: dict[str, int] = {}
    for one in read:
        rules = _rules(laboratory, differing, read, one)
        if rules:
            unique_id = one.source.unique_id
            late[unique_id] = (*late.get(unique_id, ()), *(rule for rule, _ in rules))
            counts[one.source.name] = sum(count for _, count in rules)
    if not late or sum(counts.values()) >= _arrived(laboratory, differing, read):
        return NOT_TRIED  # without all that is new, any model agrees
    if not laboratory.agrees_in(replace(differing.world, late=late), differing):
        return (CODE,)
    columns = " and ".join(dict.fromkeys(one.column for one in read))
    rows = " and ".join(f"{counted(count, 'row')} of {name}" for name, count in counts.items())
    sources = dict.fromkeys(one.source.name for one in read)
    over = f" over {' and '.join(sources)}" if len(sources) > 1 else ""
    total = sum(counts.values())
    return Cause(
        CODE,
        f"Without {rows} the model agrees: {'its' if total == 1 else 'their'} {columns} "
        f"{verb(total, 'is')} at or below the greatest value{over} that an earlier run had read, and "
        "the model reads only rows above it.",
    )


def _arrived(laboratory: Laboratory, differing: Differing, read: tuple[_Read, ...]) -> int:
    """Return how many rows of the sources arrived after the first run."""
    first = min((s for s in differing.schedule.runs if s), default=1)
    return laboratory.arrived(differing, *dict.fromkeys(one.source for one in read), since=first)


def _reads(laboratory: Laboratory, differing: Differing) -> tuple[_Read, ...]:
    """Return the columns of sources that the model compares with the greatest in its table."""
    facts = differing.facts
    marks = watermarks(facts.incremental_sql, differing.model.relation.name, facts.dialect)
    return tuple(
        _Read(source, name, mark.strict)
        for source in laboratory.read_by(differing)
        for name in laboratory.columns(source)
        for mark in marks
        if fold(name) == mark.column
    )


def _rules(
    laboratory: Laboratory, differing: Differing, read: tuple[_Read, ...], one: _Read
) -> list[tuple[str, int]]:
    """Return SQL for the rows that came below the watermark of an earlier run, with their count."""
    world, source, column = differing.world, one.source, quote(one.column)
    ran = sorted(s for s in differing.schedule.runs if 0 < s <= differing.facts.state)
    rules = []
    for before, state in pairwise(ran):
        seen = " union all ".join(
            f"select cast(max({quote(each.column)}) as varchar) as text, max({quote(each.column)}) "
            f"as seen from ({world.view(each.source, before)}) as shown"
            for each in read
        )
        (greatest,) = laboratory.ask(f"select arg_max(text, seen) from ({seen})")
        if greatest is None:
            continue
        since, until = (
            world.literal(source, world.instants[s - 1] + timedelta(microseconds=1))
            for s in (before, state)
        )
        rule = (
            f"({source.loaded_at} >= {since} and {source.loaded_at} < {until} "
            f"and {column} {'<=' if one.strict else '<'} {literal(str(greatest))})"
        )
        (count,) = laboratory.ask(f"select count(*) from {source.origin} where {rule}")
        if count:
            rules.append((rule, count))
    return rules


EXPERIMENT = Experiment(
    "Rows arrive below the watermark that the model's own SQL keeps.", (CODE,), _look
)
