"""late-arrival, boundary-tie, run-gap: the last run's own filter leaves out rows that are new.

The filter is read from the model's SQL: one column, or an expression over it, compared with a value
that a subquery gives, or that the model's Jinja asked for and pasted. Experiment: ask for that
value, and hold back the rows that arrived since the run before and aren't above it. Evidence: the
model then agrees. Rows exactly at a watermark of its own tie with it; a value from elsewhere, such
as the newest row of a source, leaves a gap where the model agrees with a shorter pause between its
runs.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from entity_kit.causes import boundary_tie, late_arrival, pasted, run_gap
from entity_kit.causes.cause import Cause
from entity_kit.causes.experiment import NOT_TRIED, Experiment, RuledOut
from entity_kit.causes.filtered import with_ancestors
from entity_kit.causes.marks import read_from
from entity_kit.causes.null_watermark import CODE as NULL_WATERMARK
from entity_kit.causes.wording import span
from entity_kit.warehouse import QueryError, Relation, fold, literal
from entity_kit.wording import counted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlglot import expressions as exp

    from entity_kit.arrivals.sources import Source
    from entity_kit.causes.differing import Differing
    from entity_kit.causes.laboratory import Laboratory
    from entity_kit.causes.marks import Mark


@dataclass(frozen=True, slots=True)
class _Held:
    """Rows to hold back: SQL that holds for them, and how many, by source; what is `read` of them."""

    rules: Mapping[str, tuple[str, ...]]
    counts: Mapping[str, int]
    read: str

    @property
    def rows(self) -> str:
        return " and ".join(f"{counted(n, 'row')} of {name}" for name, n in self.counts.items())

    @property
    def their(self) -> str:
        return "its" if sum(self.counts.values()) == 1 else "their"


def _look(laboratory: Laboratory, differing: Differing, *, mixed: bool = False) -> Cause | RuledOut:
    """Try each mark, or only those that aren't the model's own alone, by what its SQL or Jinja asks."""
    answer = NOT_TRIED
    read = [source.relation for source in laboratory.read_by(differing)]
    for mark in differing.marks:
        if mixed and mark.tables and mark.is_of(differing.model.relation, read):
            continue
        try:
            found = _behind(laboratory, differing, mark, mixed=mixed)
        except QueryError:  # the value or the column can't be asked alone
            continue
        if isinstance(found, Cause):
            return found
        answer = found or answer
    return answer


def _look_for_ties(laboratory: Laboratory, differing: Differing) -> Cause | RuledOut:
    """Try whether rows that a delivery altered tie with the watermark."""
    if not differing.world.altered or not differing.previous:
        return NOT_TRIED
    read = [source.relation for source in laboratory.read_by(differing)]
    for mark in differing.marks:
        if not mark.strict or not mark.is_of(differing.model.relation, read):
            continue
        if differing.schedule.name == "updates" and not _is_loaded_time(
            laboratory, differing, mark
        ):
            continue  # a restated row ties with its own earlier version
        try:
            text, kind = _value(laboratory, differing, mark, own=True)
            if text is not None:
                tied = _tied(laboratory, differing, mark, text, _typed(text, kind))
        except QueryError:
            continue
        if text is not None and tied is not None:
            return tied
    return NOT_TRIED


def _look_for_null(laboratory: Laboratory, differing: Differing) -> Cause | RuledOut:
    """Try whether rows are lost to a maximum that the table has no row for, while others are read."""
    read = [source.relation for source in laboratory.read_by(differing)]
    answer = NOT_TRIED
    for mark in differing.marks if differing.previous else ():
        if not mark.is_of(differing.model.relation, read):
            continue
        try:
            if _value(laboratory, differing, mark, own=True)[0] is not None:
                continue
            held = _held(laboratory, differing, mark, "is distinct from", "null")
        except QueryError:
            continue
        if held.rules and _agrees_without(laboratory, differing, held):
            return Cause(
                NULL_WATERMARK,
                f"Without {held.rows} the model agrees: the maximum that the run compared {held.their} "
                f"{held.read} with is NULL, because the table has no row that it could come from, and a "
                "comparison with NULL selects no row.",
            )
        answer = (NULL_WATERMARK,)
    return answer


def _is_loaded_time(laboratory: Laboratory, differing: Differing, mark: Mark) -> bool:
    """Return whether a run compares the loaded time of each source that the column may be of."""
    return all(
        source.loaded_column is not None and fold(source.loaded_column) == part.column
        for part in mark.parts
        for source in _owners(laboratory, differing, part)
    )


def _tied(
    laboratory: Laboratory, differing: Differing, mark: Mark, text: object, value: str
) -> Cause | None:
    """Return the cause if the model agrees without the rows that are exactly at its watermark."""
    tied = _held(laboratory, differing, mark, "=", value)
    if not tied.rules or not _agrees_without(laboratory, differing, tied):
        return None
    return Cause(
        boundary_tie.CODE,
        f"Without {tied.rows} the model agrees: {tied.their} {tied.read} is exactly the watermark, "
        f"{text}, and the rows arrived after the run that set it, so > leaves them out.",
    )


def _typed(text: object, kind: object) -> str:
    """Write a value with its type. A plain text is compared as what the column is."""
    return literal(str(text)) if kind == "VARCHAR" else f"cast({literal(str(text))} as {kind})"


def _behind(
    laboratory: Laboratory, differing: Differing, mark: Mark, *, mixed: bool
) -> Cause | RuledOut:
    read = [source.relation for source in laboratory.read_by(differing)]
    asked = _without_sources(laboratory, differing, mark)
    own: bool | None = asked.is_of(differing.model.relation, read)
    text, kind = _value(laboratory, differing, asked, own=bool(own))
    if asked is not mark:
        own = False  # of its own table, but not of that alone
    value = _typed(text, kind)
    if text is not None and not mark.tables:
        sources = _owners(laboratory, differing, mark)
        own = pasted.is_own(laboratory, differing, mark, value, sources)
    if text is None or own is None or (mixed and own):
        return NOT_TRIED
    if own and mark.strict:
        tied = _tied(laboratory, differing, mark, text, value)
        if tied is not None:
            return tied
    held = _held(laboratory, differing, mark, "<=" if mark.strict else "<", value)
    if not held.rules:
        return NOT_TRIED
    if not _agrees_without(laboratory, differing, held):
        return (late_arrival.CODE,)
    where = "at or below" if mark.strict else "below"
    said = f"Without {held.rows} the model agrees: {held.their} {held.read} is {where}"
    if not own:
        return _from_elsewhere(laboratory, differing, mark, f"{said} {text}", asked is mark)
    return Cause(
        late_arrival.CODE,
        f"{said} the watermark, {text}, that the run compared it with, and the model reads only rows "
        "above it.",
    )


def _sources_beside(
    laboratory: Laboratory, differing: Differing, mark: Mark
) -> frozenset[tuple[str, str]]:
    """Return the sources that a mark asks, if it asks the model's own table, too."""
    sources = {fold(s.relation.name) for s in laboratory.read_by(differing)}
    others = frozenset(table for table in mark.tables if table[1] in sources)
    return others if others != mark.tables else frozenset()


def _without_sources(laboratory: Laboratory, differing: Differing, mark: Mark) -> Mark:
    """Put what a mark asks of sources into it, if it asks its own table, too."""
    others = _sources_beside(laboratory, differing, mark)
    if not others:
        return mark
    sources = {fold(s.relation.name): s for s in laboratory.read_by(differing)}
    return mark.with_answers(others, lambda part: _asked(laboratory, differing, part, sources))


def _asked(
    laboratory: Laboratory, differing: Differing, mark: Mark, sources: Mapping[str, Source]
) -> tuple[object, object]:
    """Return a value that is made from sources, as text, and its type."""
    world, state = differing.world, differing.facts.state
    facts = differing.facts
    above = {fold(name): sql for name, sql in facts.ancestors_sql.items()}

    def shown(table: exp.Table) -> str:
        name = fold(table.name)
        source, query = sources.get(name), above.get(name)
        if source is not None and (query is None or fold(source.relation.schema) == fold(table.db)):
            return f"({world.view(source, state)})"
        if query is None:
            raise QueryError(
                f"{table.sql()} is no source and no model above {differing.model.name}"
            )
        return f"({read_from(query, facts.dialect, shown)})"

    value = mark.asked_of(shown)
    text, kind = laboratory.ask(f"select cast({value} as varchar), typeof({value})")
    return text, kind


def _from_elsewhere(
    laboratory: Laboratory, differing: Differing, mark: Mark, said: str, wholly: bool
) -> Cause:
    """Tell a pause that is too long from rows that the value leaves out however short it is."""
    said += ", which the run compared it with"
    if mark.tables:
        said += f" and took from {' and '.join(sorted(name for _, name in mark.tables))}"
    owners = _owners(laboratory, differing, mark)
    # Of another table, the newest row says nothing of these rows, however often the model runs.
    paced = wholly and (mark.moved_back or _may_be_of(differing, mark, owners))
    nearer = run_gap.closer_runs(laboratory, differing, owners) if paced else None
    if (
        nearer is None
        or not nearer.agrees(laboratory, differing)
        or not run_gap.agrees_after_each_load(laboratory, differing, nearer)
    ):
        return Cause(
            late_arrival.CODE,
            f"{said}, not {'' if wholly else 'only '}from what the model itself had read.",
        )
    return Cause(
        run_gap.CODE,
        f"{said}, whatever the model had read by then. {span(nearer.gap)} passed between two runs; "
        f"with {span(nearer.pause)} between runs, the model agrees.",
    )


def _may_be_of(differing: Differing, mark: Mark, sources: Sequence[Source]) -> bool:
    """Return whether a value may come from any of the sources, also through other models."""
    facts = differing.facts
    tables = {name for _, name in mark.tables}
    behind = with_ancestors(tables, facts.ancestors_sql, facts.dialect)
    return not tables or any(fold(source.relation.name) in behind for source in sources)


def _value(
    laboratory: Laboratory, differing: Differing, mark: Mark, *, own: bool
) -> tuple[object, object]:
    """Return what the last run compared with, as text, and its type."""
    world, model, state = differing.world, differing.model, differing.facts.state
    sources = {fold(s.relation.name): s for s in laboratory.read_by(differing)}

    def asked(value: str) -> tuple[str, str]:
        return f"cast({value} as varchar)", f"typeof({value})"

    if not own and {name for _, name in mark.tables} <= sources.keys():
        return _asked(laboratory, differing, mark, sources)

    def built(table: exp.Table) -> str:
        return str(Relation(f"incremental:{table.catalog}", table.db, table.name))

    if own and not differing.previous:
        return None, None
    # What a run reads of its own table is what the run before left. Of another's, what is there now.
    with laboratory.built(world, differing.previous if own else state, model) as warehouse:
        if warehouse is None:
            return None, None
        try:
            text, kind = laboratory.together.comparer.values_of(
                warehouse,
                model,
                lambda name: asked(mark.asked_of(lambda t: name if own else built(t))),
            )
        except QueryError:
            if own:
                raise
        else:
            return text, kind
    # A view has no rows of its own there: ask what it reads.
    return _asked(laboratory, differing, mark, sources)


def _held(laboratory: Laboratory, differing: Differing, mark: Mark, sign: str, value: str) -> _Held:
    """Return the rows that arrived since the run before and compare so with a value."""
    world = differing.world
    rules: dict[str, tuple[str, ...]] = {}
    counts: dict[str, int] = {}
    read: dict[str, None] = {}
    owned = [(s, part) for part in mark.parts for s in _owners(laboratory, differing, part)]
    for source, part in owned:
        ends = [
            world.literal(source, world.instants[state - 1] + timedelta(microseconds=1))
            for state in (differing.facts.state, differing.previous)
            if state
        ]
        arrived = [
            f"{source.loaded_at} {side} {end}" for side, end in zip(("<", ">="), ends, strict=False)
        ]
        rule = f"({' and '.join((*arrived, f'({part.read}) {sign} {value}'))})"
        shown = world.view(source, differing.facts.state)
        (count,) = laboratory.ask(f"select count(*) from ({shown}) where {rule}")
        if count:
            rules[source.unique_id] = (*rules.get(source.unique_id, ()), rule)
            counts[source.name] = counts.get(source.name, 0) + count
            read[part.read] = None
    return _Held(rules, counts, " and ".join(read))


def _owners(laboratory: Laboratory, differing: Differing, mark: Mark) -> list[Source]:
    """Return the sources that the compared column may be of."""
    read = laboratory.read_by(differing)
    named = [source for source in read if fold(source.relation.name) == mark.owner]
    return [
        source
        for source in differing.filtered(named or read)
        if mark.column in {fold(name) for name in laboratory.columns(source)}
    ]


def _agrees_without(laboratory: Laboratory, differing: Differing, held: _Held) -> bool:
    return laboratory.agrees_in(replace(differing.world, late=held.rules), differing)


EXPERIMENT = Experiment(
    "New rows aren't above the value that the model's own SQL compares them with.",
    (boundary_tie.CODE, late_arrival.CODE, run_gap.CODE),
    _look,
    shows_in=frozenset({"changed", "only_full_refresh"}),
)
# A joined source that changed isn't the cause where all that is read of it is such a value.
MIXED = Experiment(
    "New rows aren't above a value that is asked of more than the model's own table.",
    EXPERIMENT.codes,
    partial(_look, mixed=True),
    shows_in=EXPERIMENT.shows_in,
)
TIED = Experiment(
    "Rows that a delivery altered tie with the watermark.", (boundary_tie.CODE,), _look_for_ties
)
NULL = Experiment(
    "Of the rows that a run reads, some are compared with NULL.",
    (NULL_WATERMARK,),
    _look_for_null,
    explains=frozenset({"only_full_refresh", "changed"}),
)
