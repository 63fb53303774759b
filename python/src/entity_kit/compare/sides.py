"""Both sides of a comparison in DuckDB: sums of fingerprints first, then the differing rows."""

from __future__ import annotations

import contextlib
from functools import cached_property
from itertools import islice, zip_longest
from typing import TYPE_CHECKING, Any

from entity_kit import warehouse as duck
from entity_kit.compare import tolerance as tolerating
from entity_kit.compare.cells import Cell, long_texts
from entity_kit.compare.difference import KINDS, Comparison, Kind, SampleRow
from entity_kit.compare.rounding import Loose, measured, settle
from entity_kit.warehouse import QueryError, quote

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from entity_kit.compare.tolerance import Rounding, Tolerance
    from entity_kit.warehouse import Connection, Relation


# A power of two. More buckets leave fewer rows to look at again; from about this many on, keeping
# the sums costs more than that saves.
BUCKETS = 4096


# With more rows than this in unequal buckets, fingerprints are netted before content is: that
# reads both sides once more, but sorts 8 bytes a row instead of all columns.
NARROW_ABOVE = 1_000_000


# The first so many rows of each side have one sum, before there is one for each bucket: if the sides
# have no more and are equal, as most are, that is half of the work. Of more, it reads these rows twice.
FEW = 10_000


_NET = "entity_kit_net"


_SUSPECTS = "entity_kit_suspects"


_DIFFERENCES = "entity_kit_differences"


class Sides:
    """The two compared relations, and the temporary tables that the comparison needs."""

    def __init__(
        self,
        connection: Connection,
        incremental: Relation,
        full_refresh: Relation,
        cells: Sequence[Cell],
    ) -> None:
        self._connection = connection
        self._relations = {"incremental": incremental, "full_refresh": full_refresh}
        self._cells = cells
        self._aliases = [cell.alias for cell in cells]
        self._loose: list[Loose] = []
        self._made: list[str] = []

    def sums(self) -> tuple[int, int, list[int], int]:
        """Read both sides: each one's rows, the unequal buckets, and the rows in those."""
        one, other = self._run(
            " union all ".join(
                "select count(*), sum(fingerprint) "
                f"from (from ({self._fingerprints(side)}) limit {FEW + 1})"
                for side in self._relations
            )
        )
        if one == other and one[0] <= FEW:
            return one[0], other[0], [], 0
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
        """Store what one side has more often than the other: each row once, with its surplus."""
        condition = f"{bucket()} in ({', '.join(map(str, buckets))})" if buckets else "false"
        if suspects > NARROW_ABOVE:
            fingerprints = self._netted(f"{self._fingerprint} as fingerprint", condition)
            self._make(_SUSPECTS, fingerprints)
            condition = f"{self._fingerprint} in (select fingerprint from temp.main.{_SUSPECTS})"
        self._make(_NET, self._netted(", ".join(self._aliases), condition))

    def settle(self, floats: Sequence[tuple[Cell, Tolerance]]) -> tuple[Rounding, ...]:
        """Remove the rows that differ only by rounding."""
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
        """Return where changed rows also differ by rounding."""
        if not self._loose:
            return ()
        return measured(self._connection, _DIFFERENCES, self._loose, "kind = 'changed'")

    def keep(self, name: str) -> None:
        """Leave each side's surplus in tables of this name, under the columns' own names."""
        named = ", ".join(f"{cell.alias} as {quote(cell.name)}" for cell in self._cells)
        for side in self._relations:
            self._create(f"{name}_{side}", f"select {named} from ({self._surplus(side)})")

    def pair(self, key: Sequence[Cell]) -> None:
        """Pair the surplus of both sides by key.

        `i_` marks the incremental side's values, `f_` the full refresh's.
        """
        incremental, full_refresh = (self._surplus(side) for side in self._relations)
        if key:
            keys = ", ".join(cell.alias for cell in key)
            nth = f"row_number() over (partition by {keys} order by {order(self._aliases)})"
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

    def sample(self, key: Sequence[Cell], limit: int) -> list[SampleRow]:
        """Return the first rows of each kind, by key and then by content."""
        by_kind = {kind: self._first(kind, key, limit) for kind in KINDS}
        fair = (row for nth in zip_longest(*by_kind.values()) for row in nth if row is not None)
        chosen = list(islice(fair, limit))
        return [row for kind in KINDS for row in chosen if row.kind == kind]

    def clean(self) -> None:
        """Drop what is no longer needed."""
        for name in self._made:
            # If the connection no longer works, the reason is already being raised.
            with contextlib.suppress(QueryError):
                self._run(f"drop table if exists temp.main.{name}")

    def _first(self, kind: Kind, key: Sequence[Cell], limit: int) -> list[SampleRow]:
        own = "i_" if kind == "only_incremental" else "f_"
        aliases = [cell.alias for cell in key] + self._aliases
        by = [f"{own}{alias}" for alias in aliases]
        wanted = [cell.readable(f"{own}{cell.alias}") for cell in self._cells]
        if kind == "changed":
            by += [f"i_{alias}" for alias in self._aliases]
            wanted += [cell.readable(f"i_{cell.alias}") for cell in self._cells]
            wanted += self._distinct()
        found = self._run(f"""
            select {", ".join(wanted)}
            from temp.main.{_DIFFERENCES}
            where kind = '{kind}'
            order by {order(by)}
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
        """Return for each column the condition under which a changed row differs in it."""
        loose = {each.alias: each for each in self._loose}
        return [
            f"not {loose[alias].same(f'i_{alias}', f'f_{alias}')}"
            if alias in loose
            else f"i_{alias} is distinct from f_{alias}"
            for alias in self._aliases
        ]

    @cached_property
    def _fingerprint(self) -> str:
        """Return a row's fingerprint, from `spread` and what that leaves out.

        `hash` joins the values of several columns by xor, so that sums of it could cancel out
        where rows swap a value; hashed once more, they can't.
        """
        return f"hash(hash({', '.join(['spread', *self._traces[1]])}))"

    @cached_property
    def _traces(self) -> tuple[list[str], list[str]]:
        """Return what `spread` hashes, and what the fingerprint hashes in addition.

        Where all columns are text, there is nothing cheap to spread the rows by.
        """
        cheap = [cell.alias for cell in self._cells if cell.cheap]
        rest = [cell.alias for cell in self._cells if not cell.cheap]
        rest += [trace for cell in self._cells for trace in cell.traces]
        rest += long_texts([cell.alias for cell in self._cells if cell.text])
        return (cheap, rest) if cheap else (rest, [])

    def _spread(self, side: str) -> str:
        """Return a side's rows under our names, with the hash that spreads them over the buckets."""
        values = (f"{getattr(cell, side)} as {cell.alias}" for cell in self._cells)
        return f"""
            select *, hash({", ".join(self._traces[0])}) as spread
            from (select {", ".join(values)} from {self._relations[side]})
        """

    def _fingerprints(self, side: str) -> str:
        return f"""
            select {bucket()} as bucket, {self._fingerprint} as fingerprint
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
        """Return what this side has more often than the other, in full."""
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


def bucket() -> str:
    return f"(spread & {BUCKETS - 1})::usmallint"


def order(columns: Iterable[str]) -> str:
    """Return a total order that doesn't depend on the session's settings."""
    return ", ".join(f"{column} asc nulls last" for column in columns)
