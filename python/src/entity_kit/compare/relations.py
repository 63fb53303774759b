"""Compares two relations as multisets: all rows, all columns, any type.

Equal relations are recognised by one pass over each with constant memory: every row becomes a
64-bit fingerprint, every fingerprint is added to one of `BUCKETS` sums, and the sums of the two
sides are held against each other. Only rows of buckets that differ are looked at again, and those
by their content: whether two rows are equal is for `group by` to say, never for a hash.

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

import contextlib
import re
import tempfile
from dataclasses import dataclass
from functools import cached_property
from itertools import islice, zip_longest
from typing import TYPE_CHECKING, Any, Literal, get_args

from entity_kit import warehouse as duck
from entity_kit.compare import tolerance as tolerating
from entity_kit.compare.rounding import Loose, measured, settle, together
from entity_kit.compare.telling_text import telling_text
from entity_kit.errors import EntityKitError
from entity_kit.warehouse import FLOATS, QueryError, quote

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from entity_kit.compare.tolerance import Rounding, Tolerance, Tolerances
    from entity_kit.warehouse import Connection, Relation

Kind = Literal["changed", "only_incremental", "only_full_refresh"]

# A power of two. More buckets leave fewer rows to look at again; from about this many on, keeping
# the sums costs more than that saves.
BUCKETS = 4096

# With more rows than this in unequal buckets, fingerprints are netted before content is: that
# reads both sides once more, but sorts 8 bytes a row instead of all columns.
NARROW_ABOVE = 1_000_000

# From this many bytes on, two blocks of a text's hash can undo each other.
LONG_TEXT = 16

_NET = "entity_kit_net"
_SUSPECTS = "entity_kit_suspects"
_DIFFERENCES = "entity_kit_differences"

_KINDS: tuple[Kind, ...] = get_args(Kind)

_SIGNED = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT")
_NUMBERS = frozenset({*_SIGNED, *(f"U{name}" for name in _SIGNED), *FLOATS})
# Of more than 18 digits, so that it takes 128 bits.
_WIDE_DECIMAL = re.compile(r"DECIMAL\((?:19|2\d|3\d),\d+\)")
_INSTANTS = frozenset(
    {
        "DATE",
        "TIME",
        "TIME_NS",
        "TIME WITH TIME ZONE",
        "TIMESTAMP",
        "TIMESTAMP_S",
        "TIMESTAMP_MS",
        "TIMESTAMP_NS",
        "TIMESTAMP WITH TIME ZONE",
    }
)


@dataclass(frozen=True, slots=True)
class Comparison:
    """How many rows differ. With a key, two rows of the same key are one `changed` row."""

    only_incremental: int
    only_full_refresh: int
    changed: int

    @property
    def agrees(self) -> bool:
        return not (self.only_incremental or self.only_full_refresh or self.changed)


@dataclass(frozen=True, slots=True)
class Column:
    """A column and its type on each side; None where the side doesn't have it."""

    name: str
    incremental: str | None
    full_refresh: str | None

    @property
    def agrees(self) -> bool:
        return self.incremental == self.full_refresh

    def __str__(self) -> str:
        if self.incremental is None:
            return f"{self.name} ({self.full_refresh}) is only in full_refresh"
        if self.full_refresh is None:
            return f"{self.name} ({self.incremental}) is only in incremental"
        return f"{self.name}: {self.incremental} → {self.full_refresh}"


@dataclass(frozen=True, slots=True)
class SampleRow:
    """A row that differs.

    `row` holds the compared columns of the full refresh, or of the only side that has the row.
    `before` holds, for a `changed` row, what the incremental side has in the cells that changed.
    Values are None, bool, int, float, Decimal, str or bytes; any other type is given as DuckDB
    prints it, which loses nothing, where Python's types would.
    """

    kind: Kind
    row: dict[str, Any]
    before: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Diff:
    """What a comparison found.

    `changed_columns` says for each column in how many `changed` rows it differs; columns that
    never do are left out. `rounding` says of each column of floats where it differs by rounding
    alone, which is no difference.
    """

    columns: tuple[Column, ...]
    key: tuple[str, ...]
    rows_incremental: int
    rows_full_refresh: int
    comparison: Comparison
    changed_columns: dict[str, int]
    sample: tuple[SampleRow, ...]
    rounding: tuple[Rounding, ...] = ()

    @property
    def schema_changes(self) -> tuple[str, ...]:
        """Say which columns are on one side only, or of another type there."""
        return tuple(str(column) for column in self.columns if not column.agrees)

    @property
    def agrees(self) -> bool:
        return self.comparison.agrees and not self.schema_changes


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
        copies and the compared columns. Both are empty where the rows agree, and replace what has
        their name. Without any compared column, they hold each side's whole rows.

    Raises EntityKitError for a relation or key column that doesn't exist, and where `ignore`
    leaves nothing to compare; QueryError where DuckDB can't read a relation.
    """
    tolerances = tolerances or tolerating.Tolerances()
    columns = _columns(connection, incremental, full_refresh, ignore, tolerances)
    key = _key(key, columns)
    cells = [
        _Cell.of(f"c{position}", column)
        for position, column in enumerate(columns)
        if column.incremental is not None and column.full_refresh is not None
    ]
    if not cells:
        return _incomparable(connection, incremental, full_refresh, columns, key, keep)
    # A key that one side has only a part of pairs nothing.
    by_name = {cell.name: cell for cell in cells}
    key_cells = [by_name[name] for name in key] if by_name.keys() >= set(key) else []
    sides = _Sides(connection, incremental, full_refresh, cells)
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
        files = duck.Files(connection)
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
    """Bring the two sides' columns together by name, without the ignored ones."""
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
    """Give the key's columns as the relations spell them."""
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


@dataclass(frozen=True, slots=True)
class _Cell:
    """A compared column: what it is called in our SQL, and how each side gives its values."""

    alias: str
    name: str
    type: str
    incremental: str
    full_refresh: str

    @classmethod
    def of(cls, alias: str, column: Column) -> _Cell:
        name, types = quote(column.name), (column.incremental or "", column.full_refresh or "")
        if column.agrees:
            # Under a collation of its own, a column's different texts could be equal.
            plain = f'{name} collate "binary"' if types[0] == "VARCHAR" else name
            return cls(alias, column.name, types[0], plain, plain)
        if not all(map(_is_number, types)):
            return cls(alias, column.name, "VARCHAR", f"{name}::varchar", f"{name}::varchar")
        if FLOATS & set(types):
            return cls(alias, column.name, "DOUBLE", f"{name}::double", f"{name}::double")
        # Only text holds every whole number and every decimal.
        return cls(alias, column.name, "VARCHAR", *(_shortest(name, kind) for kind in types))

    @property
    def cheap(self) -> bool:
        """Whether values are of fixed width, and so quick to read a second time."""
        simple = self.type in _INSTANTS | {"BOOLEAN", "INTERVAL", "UUID"} or _is_number(self.type)
        return simple or bool(re.fullmatch(r"ENUM\(.*\)", self.type, re.DOTALL))

    @property
    def text(self) -> bool:
        return self.type in {"VARCHAR", "JSON"}

    @property
    def traces(self) -> tuple[str, ...]:
        """Say what a fingerprint needs of a value beside its hash; the module says why.

        What text needs is in `_long_texts`.
        """
        value = self.alias
        if self.type in {"HUGEINT", "UHUGEINT"} or _WIDE_DECIMAL.fullmatch(self.type):
            return (f"{value}::double",)
        if self.type in {"INTERVAL", "UUID"}:
            return (f"{value}::varchar",)
        if self.cheap or self.text:
            return ()
        return (f"{value}::varchar", f"'1234' || {value}::varchar")

    def readable(self, value: str) -> str:
        """Give the SQL that hands a value of this column to Python without loss."""
        kept = _is_number(self.type) or self.type in {"BOOLEAN", "VARCHAR", "BLOB"}
        return value if kept else telling_text(value, self.type)


def _long_texts(texts: Sequence[str]) -> list[str]:
    """Give the second hash of the texts that are long.

    One condition for all of a row's texts comes first: most rows have only short ones, and a
    condition for each would cost more than their hashes.
    """
    again = [
        f"case when strlen({text}) >= {LONG_TEXT} then hash('1234' || {text}) else 0 end"
        for text in texts
    ]
    if len(texts) <= 1:
        return again
    longest = f"greatest({', '.join(f'strlen({text})' for text in texts)})"
    return [f"case when {longest} >= {LONG_TEXT} then hash({', '.join(again)}) else 0 end"]


def _is_number(kind: str) -> bool:
    return kind in _NUMBERS or bool(re.fullmatch(r"DECIMAL\(\d+,\d+\)", kind))


def _shortest(name: str, kind: str) -> str:
    """Give a whole number or a decimal as text without zeros behind its point."""
    text = f"{name}::varchar"
    scale = re.search(r",(\d+)\)", kind)
    return f"rtrim(rtrim({text}, '0'), '.')" if scale and int(scale[1]) else text


class _Sides:
    """The two relations under comparison, and the temporary tables that this takes."""

    def __init__(
        self,
        connection: Connection,
        incremental: Relation,
        full_refresh: Relation,
        cells: Sequence[_Cell],
    ) -> None:
        self._connection = connection
        self._relations = {"incremental": incremental, "full_refresh": full_refresh}
        self._cells = cells
        self._aliases = [cell.alias for cell in cells]
        self._loose: list[Loose] = []
        self._made: list[str] = []

    def sums(self) -> tuple[int, int, list[int], int]:
        """Read both sides once: each one's rows, the unequal buckets, and the rows in those."""
        found = self._run(f"""
            select
                coalesce(sum(incremental), 0)::bigint,
                coalesce(sum(full_refresh), 0)::bigint,
                list(bucket order by bucket) filter (where unequal),
                coalesce(sum(incremental + full_refresh) filter (where unequal), 0)::bigint
            from (
                select
                    bucket,
                    sum(incremental) as incremental,
                    sum(full_refresh) as full_refresh,
                    sum(incremental) <> sum(full_refresh) or sum(surplus) <> 0 as unequal
                from (
                    select
                        bucket,
                        count(*) as incremental,
                        0 as full_refresh,
                        sum(fingerprint) as surplus
                    from ({self._fingerprints("incremental")})
                    group by bucket
                    union all
                    select bucket, 0, count(*), -sum(fingerprint)
                    from ({self._fingerprints("full_refresh")})
                    group by bucket
                )
                group by bucket
            )
        """)[0]
        return found[0], found[1], found[2] or [], found[3]

    def net(self, buckets: Sequence[int], suspects: int) -> None:
        """Keep what a side has more often than the other: each such row once, with its surplus."""
        condition = f"{_bucket()} in ({', '.join(map(str, buckets))})" if buckets else "false"
        if suspects > NARROW_ABOVE:
            fingerprints = self._netted(f"{self._fingerprint} as fingerprint", condition)
            self._make(_SUSPECTS, fingerprints)
            condition = f"{self._fingerprint} in (select fingerprint from temp.main.{_SUSPECTS})"
        self._make(_NET, self._netted(", ".join(self._aliases), condition))

    def settle(self, floats: Sequence[tuple[_Cell, Tolerance]]) -> tuple[Rounding, ...]:
        """Take out of what was netted the rows that differ by rounding alone."""
        within = [(cell, tolerance) for cell, tolerance in floats if not tolerance.exact]
        if not within:
            return ()
        largest = [0.0 for _ in within]
        for side, relation in self._relations.items():
            sizes = ", ".join(
                f"max({tolerating.size(cell.type, getattr(cell, side))})" for cell, _ in within
            )
            found = self._run(f"select {sizes} from {relation}")[0]
            largest = [max(old, new or 0.0) for old, new in zip(largest, found, strict=True)]
        self._loose = [
            Loose(cell.alias, cell.name, cell.type, tolerance, tolerance.near_zero(size))
            for (cell, tolerance), size in zip(within, largest, strict=True)
        ]
        return settle(self._connection, _NET, self._aliases, self._loose)

    def rounding(self) -> tuple[Rounding, ...]:
        """Say where rows that changed elsewhere differ by rounding, too."""
        if not self._loose:
            return ()
        return measured(self._connection, _DIFFERENCES, self._loose, "kind = 'changed'")

    def keep(self, name: str) -> None:
        """Leave each side's surplus in tables of this name, under the columns' own names."""
        named = ", ".join(f"{cell.alias} as {quote(cell.name)}" for cell in self._cells)
        for side in self._relations:
            self._create(f"{name}_{side}", f"select {named} from ({self._surplus(side)})")

    def pair(self, key: Sequence[_Cell]) -> None:
        """Line up the surplus of both sides; rows of the same key stand together.

        `i_` marks the incremental side's values, `f_` the full refresh's.
        """
        incremental, full_refresh = (self._surplus(side) for side in self._relations)
        if key:
            keys = ", ".join(cell.alias for cell in key)
            nth = f"row_number() over (partition by {keys} order by {_order(self._aliases)})"
            same = [f"i_{cell.alias} is not distinct from f_{cell.alias}" for cell in key]
            lined_up = f"""
                select
                    case
                        when f_nth is null then 'only_incremental'
                        when i_nth is null then 'only_full_refresh'
                        else 'changed'
                    end as kind,
                    *
                from (select {self._listed("{0} as i_{0}")}, {nth} as i_nth from ({incremental}))
                full join (select {self._listed("{0} as f_{0}")}, {nth} as f_nth from ({full_refresh}))
                    on {" and ".join(same)} and i_nth = f_nth
            """
        else:
            lined_up = f"""
                select
                    'only_incremental' as kind,
                    {self._listed("{0} as i_{0}")},
                    {self._listed("null as f_{0}")}
                from ({incremental})
                union all
                select 'only_full_refresh', {self._listed("null")}, {self._listed("{0}")}
                from ({full_refresh})
            """
        self._make(_DIFFERENCES, lined_up)

    def count(self) -> tuple[Comparison, dict[str, int]]:
        """Count the lined-up rows of each kind, and for each column the rows that changed in it."""
        changed = ", ".join(f"count(*) filter (where {each})" for each in self._distinct())
        found = self._run(f"""
            select kind, count(*), {changed} from temp.main.{_DIFFERENCES} group by kind
        """)
        counts: dict[Kind, list[int]] = {kind: list(rest) for kind, *rest in found}
        comparison = Comparison(
            only_incremental=counts.get("only_incremental", [0])[0],
            only_full_refresh=counts.get("only_full_refresh", [0])[0],
            changed=counts.get("changed", [0])[0],
        )
        by_column = zip(self._cells, counts.get("changed", [0])[1:], strict=False)
        return comparison, {cell.name: count for cell, count in by_column if count}

    def sample(self, key: Sequence[_Cell], limit: int) -> list[SampleRow]:
        """Give the first rows of each kind, by key and then by content."""
        by_kind = {kind: self._first(kind, key, limit) for kind in _KINDS}
        fair = (row for nth in zip_longest(*by_kind.values()) for row in nth if row is not None)
        chosen = list(islice(fair, limit))
        return [row for kind in _KINDS for row in chosen if row.kind == kind]

    def clean(self) -> None:
        """Drop what is no longer needed."""
        for name in self._made:
            # Where the connection can't any more, the reason why is already on its way.
            with contextlib.suppress(QueryError):
                self._run(f"drop table if exists temp.main.{name}")

    def _first(self, kind: Kind, key: Sequence[_Cell], limit: int) -> list[SampleRow]:
        own = "i_" if kind == "only_incremental" else "f_"
        aliases = [cell.alias for cell in key] + self._aliases
        order = [f"{own}{alias}" for alias in aliases]
        wanted = [cell.readable(f"{own}{cell.alias}") for cell in self._cells]
        if kind == "changed":
            order += [f"i_{alias}" for alias in self._aliases]
            wanted += [cell.readable(f"i_{cell.alias}") for cell in self._cells]
            wanted += self._distinct()
        found = self._run(f"""
            select {", ".join(wanted)}
            from temp.main.{_DIFFERENCES}
            where kind = '{kind}'
            order by {_order(order)}
            limit {limit}
        """)
        names, width = [cell.name for cell in self._cells], len(self._cells)
        return [
            SampleRow(
                kind,
                dict(zip(names, values[:width], strict=True)),
                {
                    name: value
                    for name, value, differs in zip(
                        names, values[width : 2 * width], values[2 * width :], strict=False
                    )
                    if differs
                },
            )
            for values in found
        ]

    def _distinct(self) -> list[str]:
        """Say for each column when a changed row differs in it."""
        loose = {each.alias: each for each in self._loose}
        return [
            f"not {loose[alias].same(f'i_{alias}', f'f_{alias}')}"
            if alias in loose
            else f"i_{alias} is distinct from f_{alias}"
            for alias in self._aliases
        ]

    @cached_property
    def _fingerprint(self) -> str:
        """Give a row's fingerprint, from `spread` and what that leaves out.

        `hash` joins the values of several columns by xor, so that sums of it could cancel out
        where rows swap a value; hashed once more, they can't.
        """
        return f"hash(hash({', '.join(['spread', *self._traces[1]])}))"

    @cached_property
    def _traces(self) -> tuple[list[str], list[str]]:
        """Give what `spread` hashes, and what beside it the fingerprint does.

        Where all columns are text, there is nothing cheap to spread the rows by.
        """
        cheap = [cell.alias for cell in self._cells if cell.cheap]
        rest = [cell.alias for cell in self._cells if not cell.cheap]
        rest += [trace for cell in self._cells for trace in cell.traces]
        rest += _long_texts([cell.alias for cell in self._cells if cell.text])
        return (cheap, rest) if cheap else (rest, [])

    def _spread(self, side: str) -> str:
        """Give a side's rows under our names, with the hash that spreads them over the buckets."""
        values = (f"{getattr(cell, side)} as {cell.alias}" for cell in self._cells)
        return f"""
            select *, hash({", ".join(self._traces[0])}) as spread
            from (select {", ".join(values)} from {self._relations[side]})
        """

    def _fingerprints(self, side: str) -> str:
        return f"""
            select {_bucket()} as bucket, {self._fingerprint} as fingerprint
            from ({self._spread(side)})
        """

    def _netted(self, what: str, condition: str) -> str:
        """Count something of the incremental side's rows against the same of the full refresh's.

        Its columns are grouped by name: under `group by all`, DuckDB compares variants by their
        bytes, and not as `=` does.
        """
        return f"""
            select * exclude (side), sum(side)::bigint as surplus
            from (
                select {what}, 1 as side from ({self._spread("incremental")}) where {condition}
                union all
                select {what}, -1 from ({self._spread("full_refresh")}) where {condition}
            )
            group by {what.rpartition(" as ")[2]}
            having sum(side) <> 0
        """

    def _surplus(self, side: str) -> str:
        """Give what this side has more often than the other, in full."""
        sign = "" if side == "incremental" else "-"
        return f"""
            select {self._listed("{0}")}
            from (select *, unnest(range({sign}surplus)) from temp.main.{_NET})
        """

    def _listed(self, template: str) -> str:
        return ", ".join(template.format(alias) for alias in self._aliases)

    def _make(self, name: str, query: str) -> None:
        self._made.append(name)
        self._create(name, query)

    def _create(self, name: str, query: str) -> None:
        self._run(f"create or replace temp table {quote(name)} as {query}")

    def _run(self, sql: str) -> list[tuple[Any, ...]]:
        return duck.rows(self._connection, sql)


def _bucket() -> str:
    return f"(spread & {BUCKETS - 1})::usmallint"


def _order(columns: Iterable[str]) -> str:
    """Give a total order that no setting of the session turns round."""
    return ", ".join(f"{column} asc nulls last" for column in columns)


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
