"""duplicate-key: a row's later version has another unique_key, so both stand in the table.

The key holds what changes from one version to the next, such as the loaded time, alone or in a hash.
Experiment: build the model whole. Evidence: for most of the rows that are too many, it has one other
row of the same entity: of those that it keeps one row each of, or of the source's row_key.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlglot
from sqlglot import expressions as exp
from sqlglot.errors import SqlglotError

from entity_kit.arrivals.behind import same_values, shared_columns
from entity_kit.causes.cause import Cause
from entity_kit.causes.duplicate_key import CODE
from entity_kit.causes.experiment import NOT_TRIED, Experiment, RuledOut
from entity_kit.compare.sql_columns import columns_made_by, first_within
from entity_kit.warehouse import QueryError, fold

if TYPE_CHECKING:
    from collections.abc import Iterator

    from entity_kit.causes.differing import Differing
    from entity_kit.causes.laboratory import Laboratory


def _look(laboratory: Laboratory, differing: Differing) -> Cause | RuledOut:
    own, key = differing.own, differing.facts.diff.key
    if not own or not key or not differing.previous:
        return NOT_TRIED
    answer: RuledOut = NOT_TRIED
    for names in _entities(laboratory, differing):
        if {fold(name) for name in key} <= {fold(name) for name in names}:
            continue  # then the key would replace the earlier version
        answer = (CODE,)
        found = _later_versions(laboratory, differing, names)
        if found and found * 2 >= len(own):
            entity = ", ".join(names)
            return Cause(
                CODE,
                f"Of {found} of {len(own)} examined rows that are too many, the full refresh has another "
                f"row with the same {entity}, and only that. unique_key ({', '.join(key)}) changes from "
                f"one version of {entity} to the next, so the later one doesn't replace the earlier.",
            )
    return answer


def _entities(laboratory: Laboratory, differing: Differing) -> Iterator[tuple[str, ...]]:
    """Yield the columns that may tell what the model has one row of."""
    facts = differing.facts
    names = [column.name for column in facts.diff.columns]
    first = first_within(facts.full_refresh_sql, names, facts.dialect)
    if first:
        yield first
    for source in laboratory.read_by(differing):
        loaded = source.loaded_column
        if loaded is None or not source.row_key or not _is_made_from(differing, loaded):
            continue
        row = dict.fromkeys(names, True)
        shared = shared_columns(source, laboratory.columns(source), source.row_key, row)
        if len(shared) == len(source.row_key):
            yield tuple(shared)


def _is_made_from(differing: Differing, loaded: str) -> bool:
    """Return whether a part of the key is the loaded time, or is made from it."""
    facts = differing.facts
    try:
        tree = sqlglot.parse_one(facts.full_refresh_sql, dialect=facts.dialect)
    except SqlglotError:
        return False
    made = columns_made_by(
        tree, lambda node: isinstance(node, exp.Column) and fold(node.name) == fold(loaded)
    )
    return any(fold(name) in made for name in facts.diff.key)


def _later_versions(laboratory: Laboratory, differing: Differing, names: tuple[str, ...]) -> int:
    """Return of how many wrong rows the full refresh has one row of the same entity."""
    model, state = differing.model, differing.facts.state
    with laboratory.built(differing.world, state, model) as warehouse:
        if warehouse is None:
            return 0
        try:
            counts = laboratory.together.comparer.values_of(
                warehouse,
                model,
                lambda table: [
                    f"(select count(*) from {table} where {same_values(names, row.row)})"
                    for row in differing.own
                ],
            )
        except QueryError:  # a value that can't be written as a literal
            return 0
    return sum(count == 1 for count in counts)


EXPERIMENT = Experiment(
    "A row's later version has another unique_key.",
    (CODE,),
    _look,
    explains=frozenset({"only_incremental"}),
)
