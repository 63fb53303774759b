"""The rows of a case, in our own tables: written from a world, reduced, and read back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from entity_kit.arrivals.cases import Case, Table, Version
from entity_kit.errors import EntityKitError
from entity_kit.warehouse import QueryError, literal, quote, rows

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from entity_kit.arrivals.schedules import RecordedWorld
    from entity_kit.arrivals.sources import Source
    from entity_kit.warehouse import Connection

_OURS = ("entity_kit_unit", "entity_kit_row", "entity_kit_from", "entity_kit_until")

Ranges = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class DrawnWorld:
    """A world in our own tables, with the rows of the units that are `kept`.

    A unit is everything that happens to one row. Sources without a table come from the warehouse.
    """

    instants: tuple[datetime, ...]
    first: datetime
    tables: Mapping[str, str]
    kept: Mapping[str, Ranges]

    def clock(self, state: int) -> datetime:
        return self.instants[state - 1] if state else self.first

    def view(self, source: Source, state: int) -> str:
        table = self.tables.get(source.unique_id)
        if table is None:
            return f"select * from {source.origin}"
        return (
            f"select * exclude ({', '.join(_OURS)}) from {table} where entity_kit_from <= {state} "
            f"and coalesce(entity_kit_until > {state}, true) and {self.condition(source.unique_id)}"
        )

    def condition(self, unique_id: str) -> str:
        """Return the condition under which a unit of a source is kept."""
        if unique_id not in self.kept:
            return "true"
        parts = [f"entity_kit_unit between {a} and {b}" for a, b in self.kept[unique_id]]
        return f"({' or '.join(parts)})" if parts else "false"


def ranges(units: Sequence[int]) -> Ranges:
    """Return sorted numbers as ranges with inclusive ends."""
    found: list[tuple[int, int]] = []
    for unit in sorted(units):
        if found and unit == found[-1][1] + 1:
            found[-1] = (found[-1][0], unit)
        else:
            found.append((unit, unit))
    return tuple(found)


def write_out(
    connection: Connection,
    world: RecordedWorld,
    source: Source,
    table: str,
    last: int,
    most: int | None = None,
) -> int:
    """Write what a source delivers up to state `last` into a table, and return its number of units.

    Units are numbered in the order in which they arrive. Where there would be more than `most`,
    neighbours share one, and `refine` takes them apart again.
    """
    # All versions of a row are kept or removed together; without one, the case shows something else.
    unit = (
        f"row({', '.join(quote(name) for name in source.row_key)})"
        if source.row_key
        else "row_number() over ()"
    )
    rows(
        connection,
        f"""
        create or replace table {table} as
        select * exclude (entity_kit_key, entity_kit_arrived),
            dense_rank() over (order by entity_kit_arrived, entity_kit_key) as entity_kit_row
        from (
            select *, min(entity_kit_from) over (partition by entity_kit_key) as entity_kit_arrived
            from (
                select *, {unit} as entity_kit_key from ({delivered(world, source, last)})
                where entity_kit_from <= {last}
            )
        )
        """,
    )
    count = int(rows(connection, f"select coalesce(max(entity_kit_row), 0) from {table}")[0][0])
    size = -(-count // most) if most else 1
    rows(connection, f"alter table {table} add column entity_kit_unit bigint")
    rows(connection, f"update {table} set entity_kit_unit = 1 + (entity_kit_row - 1) // {size}")
    return -(-count // size) if size else 0


def delivered(world: RecordedWorld, source: Source, last: int) -> str:
    """Return the select of what a source delivers up to state `last`, with the states of each row."""
    shown = " ".join(f"when {world.shown(source, s)} then {s}" for s in range(1, last + 1))
    recorded = (
        f"select *, case {shown} end as entity_kit_from, null::integer as entity_kit_until "
        f"from {source.origin}"
    )
    overlay = world.altered.get(source.unique_id)
    if overlay is None:
        return recorded
    return (
        f"{recorded} where {overlay.identity} not in (select id from {overlay.hidden}) "
        f"union all by name select * from {overlay.extra}"
    )


def refine(connection: Connection, world: DrawnWorld, unique_id: str) -> int:
    """Keep only the kept rows of a source, each as a unit again, and return their number."""
    table = world.tables[unique_id]
    rows(connection, f"delete from {table} where not {world.condition(unique_id)}")
    rows(
        connection,
        f"""
        update {table} set entity_kit_unit = numbered.unit
        from (
            select entity_kit_row as row_number, dense_rank() over (order by entity_kit_row) as unit
            from (select distinct entity_kit_row from {table})
        ) as numbered
        where entity_kit_row = numbered.row_number
        """,
    )
    return int(rows(connection, f"select count(distinct entity_kit_row) from {table}")[0][0])


def read_back(
    connection: Connection, world: DrawnWorld, source: Source, runs: Mapping[int, int]
) -> Table:
    """Read what a source delivers in a world, in terms of the steps at which the project runs."""
    table = world.tables[source.unique_id]
    columns = [
        (str(row[0]), str(row[1]))
        for row in rows(connection, f"describe {table}")
        if str(row[0]) not in _OURS
    ]
    texts = ", ".join(f"cast({quote(name)} as varchar)" for name, _ in columns)
    found = rows(
        connection,
        f"select entity_kit_from, entity_kit_until, {texts} from {table} "
        f"where {world.condition(source.unique_id)} order by entity_kit_row, entity_kit_from",
    )
    steps = [state for state in sorted(runs) if state]
    versions = []
    for since, until, *values in found:
        start = next((n for n, state in enumerate(steps, 1) if state >= since), None)
        end = next((n for n, state in enumerate(steps, 1) if until and state >= until), None)
        if start is not None and start != end:
            versions.append(Version(start, end, tuple(values)))
    return Table(source.unique_id, source.name, tuple(columns), tuple(versions))


def write_case(connection: Connection, case: Case, schema: str) -> DrawnWorld:
    """Write a case's rows into our own tables, and return their world."""
    rows(connection, f"create schema if not exists {schema}")
    tables = {}
    for number, table in enumerate(case.tables):
        name = f"{schema}.rows_{number}"
        columns = ", ".join(f"{quote(column)} {kind}" for column, kind in table.columns)
        try:
            rows(
                connection,
                f"create or replace table {name} ({columns}, entity_kit_unit bigint, "
                "entity_kit_row bigint, entity_kit_from integer, entity_kit_until integer)",
            )
            for unit, version in enumerate(table.versions):
                # A NULL literal takes any type; text is cast to the column's.
                values = ["null" if v is None else literal(v) for v in version.values]
                values += [str(unit), str(unit), str(version.since)]
                values.append("null" if version.until is None else str(version.until))
                rows(connection, f"insert into {name} values ({', '.join(values)})")
        except QueryError as error:
            raise EntityKitError(
                f"The case's rows of {table.name} can't be read.\n{error}",
                fix="Create the case again with --examples.",
            ) from error
        tables[table.unique_id] = name
    return DrawnWorld(case.clocks, case.first, tables, {})
