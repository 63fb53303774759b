"""Compare two relations as multisets: all rows, all columns, any type.

Equal relations are recognised by one pass over each with constant memory: every row becomes a
64-bit fingerprint, every fingerprint is added to one of `BUCKETS` sums, and the sums of the two
sides are held against each other; of few rows, the sum of all of them first. Only rows of buckets
that differ are looked at again, and those by their content: whether two rows are equal is for
`group by` to say, never for a hash.

So a fingerprint may be finer than equality (then rows are looked at for nothing), but never
coarser (then a difference would be missed). DuckDB's `hash` alone is coarser, by construction:

- It adds nested values up as if they were flat: [[1], [2]] and [[1, 2]] are one, so are NULL, []
  and [NULL], and a NULL struct and a struct of NULLs.
- It xors the parts of intervals and of 128-bit values: one month is one day, and two UUIDs whose
  halves are equal are one.
- It multiplies text in blocks of eight bytes, so that two changes in the last byte of a block
  undo each other once in 256 times. From 16 bytes on, text is therefore hashed a second time, in
  another alignment.

What a fingerprint leaves to chance is then about 2^-64 for each row that differs.

Floats come last: rows that differ in nothing else, and there by rounding alone, are taken out of
the difference. `tolerance` says what rounding is, `rounding` how such rows find each other.
"""

from __future__ import annotations

import tempfile
from typing import TYPE_CHECKING, Any

from entity_kit import warehouse as duck
from entity_kit.compare import tolerance as tolerating
from entity_kit.compare.cells import Cell
from entity_kit.compare.difference import Column, Comparison, Diff, SampleRow
from entity_kit.compare.files import Files
from entity_kit.compare.rounding import together
from entity_kit.compare.sides import Sides
from entity_kit.errors import EntityKitError
from entity_kit.warehouse import quote

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from entity_kit.compare.tolerance import Rounding, Tolerances
    from entity_kit.warehouse import Connection, Relation


def compare(
    connection: Connection,
    incremental: Relation,
    full_refresh: Relation,
    *,
    key: Sequence[str] = (),
    ignore: Sequence[str] = (),
    sample: int = 5,
    keep: str | None = None,
    tolerances: Tolerances | None = None,
) -> Diff:
    """Compare two relations as multisets over all columns that both have, whatever their order.

    Values are equal where DuckDB says so: NULL equals NULL, NaN equals NaN, 0.0 equals -0.0, one
    month equals thirty days; only collations are left aside, so that 'a' never equals 'A'. Floats
    are also equal within their tolerance, except in the key.
    A column that only one side has, or that has another type there, is a difference; such a type's
    values are still compared, as numbers where both are, and otherwise as text.

    `key`: columns that identify a row. Rows of the same key (NULL equals NULL), one on each side,
        count as one `changed` row; of a key's duplicates, those without a partner count for
        themselves. Without a key nothing is paired: which row became which would be a guess.
    `ignore`: columns to leave out, where they exist.
    `sample`: at most so many of the differing rows, every kind among them that fits; which ones
        depends on the rows alone, never on how they are stored.
    `keep`: leaves two temporary tables in the connection, `{keep}_incremental` and
        `{keep}_full_refresh`, that hold the rows of each side that the other lacks, with their
        copies and the compared columns. Both are empty if the rows agree, and replace what has
        their name. Without any compared column, they hold each side's whole rows.

    Raises EntityKitError for a relation or key column that doesn't exist, and where `ignore`
    leaves nothing to compare; QueryError where DuckDB can't read a relation.
    """
    tolerances = tolerances or tolerating.Tolerances()
    columns = _columns(connection, incremental, full_refresh, ignore, tolerances)
    key = _key(key, columns)
    cells = [
        Cell.of(f"c{position}", column)
        for position, column in enumerate(columns)
        if column.incremental is not None and column.full_refresh is not None
    ]
    if not cells:
        return _incomparable(connection, incremental, full_refresh, columns, key, keep)
    # A key that one side has only in part can't pair rows.
    by_name = {cell.name: cell for cell in cells}
    key_cells = [by_name[name] for name in key] if by_name.keys() >= set(key) else []
    sides = Sides(connection, incremental, full_refresh, cells)
    floats = [
        (cell, tolerances.of(cell.name, cell.type))
        for cell in cells
        if cell not in key_cells and tolerating.has_floats(cell.type)
    ]
    rows_incremental, rows_full_refresh, buckets, suspects = sides.sums()
    comparison = Comparison(only_incremental=0, only_full_refresh=0, changed=0)
    changed_columns: dict[str, int] = {}
    chosen: list[SampleRow] = []
    rounding: tuple[Rounding, ...] = ()
    try:
        if buckets or keep is not None:
            sides.net(buckets, suspects)
        if buckets:
            rounding = sides.settle(floats)
        if keep is not None:
            sides.keep(keep)
        if buckets:
            sides.pair(key_cells)
            comparison, changed_columns = sides.count()
            rounding = together(rounding, sides.rounding())
            chosen = sides.sample(key_cells, sample)
    finally:
        sides.clean()
    return Diff(
        columns=columns,
        key=key,
        rows_incremental=rows_incremental,
        rows_full_refresh=rows_full_refresh,
        comparison=comparison,
        changed_columns=changed_columns,
        sample=tuple(chosen),
        rounding=rounding,
    )


def diff(
    warehouse: str | Path,
    incremental: str,
    full_refresh: str,
    *,
    key: Sequence[str] = (),
    limit: int = 5,
    float_tolerance: Any = None,
) -> Diff:
    """Compare two relations of DuckDB files, which are only read; see `compare`.

    `float_tolerance` is what a model's `float_tolerance` may be: a number, or one for each column.

    A relation is `table`, `schema.table` or `other.duckdb:schema.table`; a name that holds a dot,
    a colon or a quote stands in double quotes: `"my.schema"."my table"`. A table without a schema
    is looked for in `main`, then in the file's other schemas.

    Raises EntityKitError for a file that is missing, locked or not DuckDB's, for a name that
    no relation has or several have, and for an unknown key column.
    """
    tolerances = tolerating.parse("diff", float_tolerance)
    if limit < 0:
        raise EntityKitError(
            f"The limit of sample rows must be 0 or more; got {limit}.", fix="Use a number."
        )
    with duck.connect() as connection, tempfile.TemporaryDirectory() as spill:
        # What doesn't fit into memory must not spill next to the caller's files, nor stay behind.
        duck.rows(connection, f"set temp_directory = {duck.literal(spill)}")
        duck.rows(connection, "set preserve_insertion_order = false")
        duck.rows(connection, "set timezone = 'UTC'")
        files = Files(connection)
        sides = [files.relation(name, default=warehouse) for name in (incremental, full_refresh)]
        with duck.answered(f"compare {incremental} with {full_refresh}"):
            return compare(connection, *sides, key=key, sample=limit, tolerances=tolerances)


def _columns(
    connection: Connection,
    incremental: Relation,
    full_refresh: Relation,
    ignore: Sequence[str],
    tolerances: Tolerances,
) -> tuple[Column, ...]:
    """Match the two sides' columns by name, without the ignored ones."""
    ours = {duck.fold(name): (name, kind) for name, kind in duck.columns(connection, incremental)}
    theirs = {
        duck.fold(name): (name, kind) for name, kind in duck.columns(connection, full_refresh)
    }
    tolerances.require([*theirs.values(), *ours.values()])
    left_out = {duck.fold(name) for name in ignore}
    columns = tuple(
        Column(
            (theirs.get(name) or ours[name])[0],
            ours[name][1] if name in ours else None,
            theirs[name][1] if name in theirs else None,
        )
        for name in {**theirs, **ours}
        if name not in left_out
    )
    if not columns:
        raise EntityKitError(
            "Every column is ignored, so nothing is left to compare.",
            fix="Ignore fewer columns.",
        )
    return columns


def _key(key: Sequence[str], columns: Iterable[Column]) -> tuple[str, ...]:
    """Return the key's columns as the relations spell them."""
    known = {duck.fold(column.name): column.name for column in columns}
    named = []
    for name in [key] if isinstance(key, str) else key:
        if duck.fold(name) not in known:
            raise EntityKitError(
                f"There is no column {name} to use as a key.",
                fix=duck.closest(name, list(known.values())),
            )
        named.append(known[duck.fold(name)])
    return tuple(named)


def _incomparable(
    connection: Connection,
    incremental: Relation,
    full_refresh: Relation,
    columns: tuple[Column, ...],
    key: tuple[str, ...],
    keep: str | None,
) -> Diff:
    """Compare relations that have no column in common: every row is on one side only."""
    counts = []
    for side, relation in (("incremental", incremental), ("full_refresh", full_refresh)):
        counts.append(duck.rows(connection, f"select count(*) from {relation}")[0][0])
        if keep is not None:
            table = quote(f"{keep}_{side}")
            duck.rows(connection, f"create or replace temp table {table} as from {relation}")
    return Diff(
        columns=columns,
        key=key,
        rows_incremental=counts[0],
        rows_full_refresh=counts[1],
        comparison=Comparison(only_incremental=counts[0], only_full_refresh=counts[1], changed=0),
        changed_columns={},
        sample=(),
    )
