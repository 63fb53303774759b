"""Questions about a model's two tables, incremental and full refresh, asked in SQL."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from entity_kit.compare.relations import compare
from entity_kit.compare.tolerance import has_floats, same, size
from entity_kit.errors import EntityKitError
from entity_kit.warehouse import (
    FLOATS,
    QueryError,
    Relation,
    attach,
    columns,
    fold,
    quote,
    rows,
    unquoted,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from pathlib import Path

    from entity_kit.arrivals.model import Model
    from entity_kit.compare.difference import Diff, SampleRow
    from entity_kit.warehouse import Connection


KEEP = "entity_kit_differing"


def cells(
    connection: Connection, model: Model, key: Sequence[str], row: SampleRow
) -> dict[str, Any] | None:
    relation = side_of("incremental", model)
    if not key or not holds(connection, relation, row.before):
        return None
    cells = ", ".join(quote(name) for name in row.before)
    same = " and ".join(f"{quote(name)} is not distinct from ?" for name in key)
    found = rows(
        connection,
        f"select {cells} from {relation} where {same}",
        [row.row[name] for name in key],
    )
    return dict(zip(row.before, found[0], strict=True)) if len(found) == 1 else None


def incremental_row(row: SampleRow) -> dict[str, Any]:
    """Return what the incremental table holds of a differing row; empty if it holds none."""
    if row.kind == "only_full_refresh":
        return {}
    return {**row.row, **row.before} if row.kind == "changed" else dict(row.row)


def model_key(
    connection: Connection, model: Model, ignore: Sequence[str], side: str = "full_refresh"
) -> tuple[str, ...]:
    """Return the columns of a model's unique_key; none if it is an expression."""
    if not model.key:
        return ()
    known = {fold(name): name for name, _ in columns(connection, side_of(side, model))}
    named = [known.get(fold(unquoted(part))) for part in model.key]
    ignored = {fold(name) for name in ignore}
    if None in named:
        return ()
    return tuple(name for name in named if name is not None and fold(name) not in ignored)


def key_counts(connection: Connection, model: Model, diff: Diff) -> tuple[int, int, int]:
    """Count rows too many with a NULL key, keys of several rows, and differing rows of other keys."""
    if not model.key:
        return 0, 0, 0
    key = [quote(column) for column in diff.key] or [f"({part})" for part in model.key]
    named = ", ".join(f"{part} as k{number}" for number, part in enumerate(key))
    names = [f"k{number}" for number in range(len(key))]
    duplicates = (
        f"select {named} from {side_of('full_refresh', model)} group by {', '.join(key)} "
        "having count(*) > 1"
    )
    (count,) = rows(connection, f"select count(*) from ({duplicates})")[0]
    try:
        differing = " union all ".join(
            f"select {named}, {sign} as side from {KEEP}_{side}"
            for side, sign in (("incremental", 1), ("full_refresh", -1))
        )
        any_null = " or ".join(f"{name} is null" for name in names)
        same = " and ".join(f"d.{name} is not distinct from k.{name}" for name in names)
        (nulls,) = rows(
            connection,
            "select coalesce(sum(greatest(many, 0)), 0)::bigint from (select sum(side) as many "
            f"from ({differing}) where {any_null} group by {', '.join(names)})",
        )[0]
        (unique,) = rows(
            connection,
            f"select count(*) from ({differing}) as k where not exists "
            f"(select 1 from ({duplicates}) as d where {same})",
        )[0]
    except QueryError:  # an expression may read a column that is ignored
        return 0, count, 0
    return nulls, count, unique


def extra_copies(connection: Connection, model: Model, diff: Diff) -> int:
    """Count the rows of the incremental table that the full refresh has, but fewer times."""
    if diff.schema_changes:
        return 0
    compared = ", ".join(quote(column.name) for column in diff.columns)
    (copies,) = rows(
        connection,
        f"select coalesce(sum(many), 0)::bigint from (select {compared}, sum(ours) as many, "
        f"sum(theirs) as there from (select {compared}, 1 as ours, 0 as theirs "
        f"from {KEEP}_incremental union all select {compared}, 0, 1 "
        f"from {side_of('full_refresh', model)}) group by {compared}) where many > 0 and there > 0",
    )[0]
    return int(copies)


def earlier_versions(connection: Connection, model: Model, names: Sequence[str]) -> int:
    """Count the wrong rows that stand beside another one of their key, of which there must be one."""
    if not names:
        return 0
    key = ", ".join(quote(column) for column in names)
    same = " and ".join(f"d.{quote(name)} = k.{quote(name)}" for name in names)
    often, once = (
        f"(select {key} from {side_of(side, model)} group by all having count(*) {many})"
        for side, many in (("incremental", "> 1"), ("full_refresh", "= 1"))
    )
    (count,) = rows(
        connection,
        f"select count(*) from {KEEP}_incremental as d where exists (select 1 from {often} as k "
        f"where {same}) and exists (select 1 from {once} as k where {same})",
    )[0]
    return int(count)


def attach_side(connection: Connection, file: Path, alias: str) -> None:
    try:
        attach(connection, file, alias)
    except EntityKitError:
        # DuckDB 1.x can't read what a run left in the log of a table with an index, only take it in.
        attach(connection, file, alias, read_only=False)


def holds(connection: Connection, relation: Relation, names: Collection[str]) -> bool:
    """Return whether a relation has all of these columns, of which there must be one."""
    known = {fold(name) for name, _ in columns(connection, relation)}
    return bool(names) and all(fold(name) in known for name in names)


def has_row(connection: Connection, model: Model, row: Mapping[str, Any]) -> bool:
    relation = side_of("incremental", model)
    if not holds(connection, relation, row):
        return False
    conditions = " and ".join(
        same_value(connection, model, relation, column, f"${place}")
        for place, column in enumerate(row, 1)
    )
    found = rows(
        connection, f"select count(*) from {relation} where {conditions}", list(row.values())
    )
    return bool(found[0][0])


def same_value(
    connection: Connection, model: Model, relation: Relation, column: str, parameter: str
) -> str:
    """Write that a column has a given value, which a float has but for its rounding."""
    name = quote(column)
    kind = next(k for n, k in columns(connection, relation) if fold(n) == fold(column))
    if kind not in FLOATS or fold(column) in {fold(unquoted(part)) for part in model.key}:
        return f"{name} is not distinct from {parameter}"
    tolerance = model.tolerances.of(column, kind)
    largest = rows(connection, f"select max({size(kind, name)}) from {relation}")[0][0]
    return same(kind, name, f"{parameter}::double", tolerance, tolerance.near_zero(largest or 0.0))


def side_of(side: str, model: Model) -> Relation:
    return Relation(f"{side}:{model.relation.database}", model.relation.schema, model.relation.name)


def unstable_columns(connection: Connection, model: Model) -> tuple[str, ...]:
    """Return the columns whose values, taken alone, differ between two full refreshes."""
    ignored = {fold(name) for name in model.ignore}
    known = [name for name, _ in columns(connection, side_of("full_refresh", model))]
    compared = [name for name in known if fold(name) not in ignored]
    return differing(connection, model, compared) or tuple(compared)


def differing(connection: Connection, model: Model, names: Sequence[str]) -> tuple[str, ...]:
    """Return the columns, of those that both sides have, whose values differ, taken alone."""
    if not names:
        return ()
    sides = [side_of("incremental", model), side_of("full_refresh", model)]
    known = [{fold(name) for name, _ in columns(connection, side)} for side in sides]
    shared = [name for name in names if all(fold(name) in each for each in known)]
    if not shared:
        return ()
    sums = ", ".join(f"sum(hash({quote(name)})::hugeint)" for name in shared)
    one, other = (rows(connection, f"select {sums} from {side}")[0] for side in sides)
    differing = (name for name, a, b in zip(shared, one, other, strict=True) if a != b)
    return tuple(name for name in differing if not same_but_for_rounding(connection, model, name))


def same_but_for_rounding(connection: Connection, model: Model, name: str) -> bool:
    """Return whether a column, taken alone, differs by the rounding of its floats."""
    sides = (side_of("incremental", model), side_of("full_refresh", model))
    kinds = [(each, kind) for side in sides for each, kind in columns(connection, side)]
    if not all(has_floats(kind) for each, kind in kinds if fold(each) == fold(name)):
        return False
    return compare(
        connection,
        *sides,
        key=[name] if fold(name) in {fold(unquoted(part)) for part in model.key} else (),
        ignore=[each for each, _ in kinds if fold(each) != fold(name)],
        sample=0,
        tolerances=model.tolerances,
    ).agrees
