"""null-watermark: the watermark is NULL, because the table has no row that it could come from.

Evidence: the first run met empty sources, and the table still has no row; or no row came into the
table, and the maximum that the model's own SQL asks of it is NULL. Experiment: leave the runs out
that met empty sources; the model then agrees.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from entity_kit.causes import run_gap
from entity_kit.causes.cause import Cause
from entity_kit.causes.experiment import NOT_TRIED, Experiment, RuledOut
from entity_kit.causes.marks import marks
from entity_kit.causes.predicates import maxima, may_watch
from entity_kit.warehouse import QueryError

if TYPE_CHECKING:
    from entity_kit.causes.differing import Differing
    from entity_kit.causes.laboratory import Laboratory

CODE = "null-watermark"


def _look(laboratory: Laboratory, differing: Differing) -> Cause | RuledOut:
    if differing.facts.diff.rows_incremental:
        return NOT_TRIED
    if _is_the_time_of_the_run(_literals(differing), differing):
        return Cause(
            CODE,
            "The table has no row so far: the model's Jinja has no watermark to ask an empty table for, and "
            f"pastes the time of the run instead, {_pasted(differing)}, which no row is above.",
        )
    if not _empty_runs(laboratory, differing):
        return NOT_TRIED
    if _has_no_watermark_of_its_own(laboratory, differing):
        return NOT_TRIED
    facts = differing.facts
    if not may_watch(facts.incremental_sql, differing.model.relation.name, facts.dialect):
        return Cause(
            CODE,
            "Its first run found empty sources, and the table has been empty since: the model's Jinja "
            f"has no watermark to ask an empty table for, and pastes {_pasted(differing)} instead, "
            "which no row is above.",
        )
    return Cause(
        CODE,
        "Its first run found empty sources, and the table has been empty since: max(…) over an "
        "empty table is NULL, and a comparison with NULL selects no row.",
    )


def _pasted(differing: Differing) -> str:
    return " and ".join(_literals(differing))


def _literals(differing: Differing) -> list[str]:
    """Return the values that a run compares its rows with and asks no table for, each once."""
    facts = differing.facts
    found = marks(facts.incremental_sql, facts.full_refresh_sql, facts.dialect)
    return list(dict.fromkeys(text for mark in found for text in mark.literals))


def _from_the_first_row(laboratory: Laboratory, differing: Differing) -> Cause | RuledOut:
    """Check whether the model agrees if its first run finds a row."""
    empty = _empty_runs(laboratory, differing)
    runs = {s: count for s, count in differing.schedule.runs.items() if s not in empty}
    windowed = differing.model.reads_clock
    own = not _has_no_watermark_of_its_own(laboratory, differing)
    if not empty or not (own or windowed):
        return NOT_TRIED
    schedule = replace(differing.schedule, runs=runs)
    if not laboratory.agrees_as(schedule, differing):
        return (CODE if own else run_gap.CODE,)
    if run_gap.limits_its_runs(differing):
        return Cause(
            run_gap.CODE,
            "It agrees if its first run finds rows. Here the first run found empty sources, and more "
            "rows had arrived before the next one than its LIMIT lets it read. Only the incremental "
            "run has it.",
        )
    if not own:
        return Cause(
            run_gap.CODE,
            "It agrees if its first run finds rows. Here the first run found empty sources, and the "
            "next one read only the window that ends at the current time: what arrived with it and "
            "happened before that is lost. Run it with --full-refresh once its sources have rows.",
        )
    return Cause(
        CODE,
        "It agrees if its first run finds rows. Here the first run found empty sources, so the "
        "table was empty and max(…) over it was NULL: the model then reads other rows than its full "
        "refresh does.",
    )


def _has_no_watermark_of_its_own(laboratory: Laboratory, differing: Differing) -> bool:
    """Return whether a run compares its rows with other tables only, or with no table, as microbatch does."""
    facts, own = differing.facts, differing.model.relation
    read = [source.relation for source in laboratory.read_by(differing)]
    found = marks(facts.incremental_sql, facts.full_refresh_sql, facts.dialect)
    if not found and differing.model.reads_clock:
        return True
    if not may_watch(facts.incremental_sql, own.name, facts.dialect):
        # Jinja that asked an empty table may have pasted another value for its NULL.
        return differing.model.reads_clock or not any(mark.literals for mark in found)
    compared = [mark for mark in found if mark.tables]
    return bool(compared) and not any(mark.is_of(own, read) for mark in compared)


def _is_the_time_of_the_run(literals: list[str], differing: Differing) -> bool:
    """Return whether a run pastes its own time, as one does in place of a NULL, and no window does."""
    now = differing.world.clock(differing.facts.state).strftime("%Y-%m-%d %H:%M:%S")
    return any(text.replace("T", " ").startswith(now) for text in literals)


def _of_other_rows(laboratory: Laboratory, differing: Differing) -> Cause | RuledOut:
    """Check whether nothing was added to a table of which the maximum is NULL, with or without rows."""
    facts, model = differing.facts, differing.model
    found = facts.diff.comparison
    if not differing.previous or found.only_incremental:
        return NOT_TRIED

    def marks(name: str) -> tuple[str, ...]:
        return maxima(facts.incremental_sql, model.relation.name, name, facts.dialect)

    if not marks(model.name):
        return NOT_TRIED
    # It agreed after the previous run, so the table was then what a full refresh builds.
    with laboratory.built(differing.world, differing.previous, model) as warehouse:
        if warehouse is None:
            return NOT_TRIED
        try:
            count, *values = laboratory.together.comparer.values_of(
                warehouse, model, lambda name: (f"(select count(*) from {name})", *marks(name))
            )
        except QueryError:  # the maximum is asked for each row
            return NOT_TRIED
    if count != facts.diff.rows_incremental or None not in values:
        return (CODE,)
    mark = marks(model.name)[values.index(None)]
    why = "no row of the table has a value there" if count else "the table has no row so far"
    return Cause(
        CODE,
        f"The last run added nothing, because {mark} is NULL: {why}, and a comparison with NULL selects "
        "no row.",
    )


def _empty_runs(laboratory: Laboratory, differing: Differing) -> set[int]:
    """Return the states at which the model ran before any of its sources had a row.

    Of a source that declares no arrival every run reads all rows.
    """
    sources = laboratory.read_by(differing)
    if not sources:
        return set()
    states = sorted(s for s in differing.schedule.runs if s < differing.facts.state)
    empty = set()
    for state in states:
        if state and any(
            laboratory.ask(f"select exists ({differing.world.view(source, state)})")[0]
            for source in sources
        ):
            break
        empty.add(state)
    return empty


EMPTY = Experiment(
    "After an empty first run the watermark is NULL, and the table stays empty.",
    (CODE,),
    _look,
    explains=frozenset({"only_full_refresh"}),
)
OTHER_ROWS = Experiment(
    "The table has no row that the watermark could come from.",
    (CODE,),
    _of_other_rows,
    explains=frozenset({"only_full_refresh", "changed"}),
)
FALLBACK = Experiment(
    "Without a watermark, the model reads other rows than its full refresh.",
    (CODE, run_gap.CODE),
    _from_the_first_row,
)
