"""Remove the rows that differ only by rounding from the difference of two relations.

It begins where exact comparison ends: with the rows that each side has more often than the other.
Those whose other columns are equal are lined up by their floats, and a pair counts as equal only
where each of its floats is within its column's tolerance. So nothing is ever matched that differs
by more, and what is matched depends on the rows alone.

Along each column, values that lie within the tolerance of their neighbor form a cluster. Rows of
the same clusters are paired in order: noise in the first column must not decide which row meets
which in the second. A chain of neighbors can be longer than the tolerance, so each pair is checked.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from entity_kit.compare.tolerance import Rounding, Tolerance, added, gap, same, share
from entity_kit.warehouse import FLOATS, quote, rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from entity_kit.warehouse import Connection

_EACH = "entity_kit_each"
_PAIRS = "entity_kit_pairs"


@dataclass(frozen=True, slots=True)
class Loose:
    """A column of floats that are compared within a tolerance, by its name in our SQL."""

    alias: str
    name: str
    type: str
    tolerance: Tolerance
    near_zero: float

    def same(self, one: str, other: str) -> str:
        return same(self.type, one, other, self.tolerance, self.near_zero)


def settle(
    connection: Connection, net: str, aliases: Sequence[str], loose: Sequence[Loose]
) -> tuple[Rounding, ...]:
    """Remove what differs only by rounding from the temporary table `net`, and return what it was.

    `net` holds the compared columns under `aliases`, and a row's `surplus`: above 0 what the
    incremental side has more often, below 0 the full refresh.
    """
    both = f"select count(*) filter (surplus > 0), count(*) filter (surplus < 0) from {_temp(net)}"
    if not loose or not all(rows(connection, both)[0]):
        return ()
    try:
        rows(connection, f"create or replace temp table {_EACH} as {_placed(net, aliases, loose)}")
        rows(connection, f"create or replace temp table {_PAIRS} as {_paired(loose)}")
        found = measured(connection, _PAIRS, loose)
        if rows(connection, f"select count(*) from {_temp(_PAIRS)}")[0][0]:
            listed = ", ".join(aliases)
            rows(
                connection,
                f"""
                create or replace temp table {quote(net)} as
                select {listed}, sum(side)::bigint as surplus
                from {_temp(_EACH)}
                where id not in (select unnest([i_id, f_id]) from {_temp(_PAIRS)})
                group by all
                """,
            )
        return found
    finally:
        for name in (_EACH, _PAIRS):
            rows(connection, f"drop table if exists {_temp(name)}")


def measured(
    connection: Connection, pairs: str, loose: Sequence[Loose], where: str = "true"
) -> tuple[Rounding, ...]:
    """Return how far apart the floats of paired rows are if they are the same but not equal."""
    wanted = []
    for each in loose:
        one, other = f"i_{each.alias}", f"f_{each.alias}"
        noise = f"{one} is distinct from {other} and {each.same(one, other)}"
        wanted += [
            f"count(*) filter ({noise})",
            f"max({gap(each.type, one, other)}) filter ({noise})",
            f"max({share(each.type, one, other, each.tolerance)}) filter ({noise})",
        ]
    values: Sequence[Any] = rows(
        connection, f"select {', '.join(wanted)} from {_temp(pairs)} where {where}"
    )[0]
    return tuple(
        Rounding(
            column=each.name,
            cells=cells,
            largest=largest or 0.0,
            relative=relative,
            tolerance=each.tolerance.relative,
            near_zero=each.near_zero,
        )
        for each, cells, largest, relative in zip(
            loose, values[::3], values[1::3], values[2::3], strict=True
        )
        if cells
    )


def together(*several: Sequence[Rounding]) -> tuple[Rounding, ...]:
    """Add up what was found in several places."""
    return added(each for found in several for each in found)


def _placed(net: str, aliases: Sequence[str], loose: Sequence[Loose]) -> str:
    """Return SQL for each row's number, its class (equal except for rounding), and its position."""
    by_alias = {each.alias: each for each in loose}
    exact = [alias for alias in aliases if alias not in by_alias]
    single = [each for each in loose if each.type in FLOATS]
    listed = ", ".join(aliases)
    kin = f"dense_rank() over (order by {_order(exact)})" if exact else "1"
    carried = "".join(f", {each.alias}" for each in single)
    along = " union all ".join(_clusters(each, place) for place, each in enumerate(single))
    clustered = f"(select id, list(g order by place) as clusters from ({along}) group by id)"
    # Windows carry all columns of their rows, and a scan of a materialized query reads all of its
    # columns. With five hundred columns that took a minute, so both get only what they need.
    return f"""
        with every as (
            select {listed}, sign(surplus)::bigint as side, unnest(range(abs(surplus))) as copy
            from {_temp(net)}
        ),
        numbered as materialized (
            select
                {listed}, side,
                row_number() over (order by {_order(aliases)}, side, copy) as id,
                row_number() over (
                    order by {_order([each.alias for each in loose])}, {_order(aliases)}, side, copy
                ) as rank,
                {kin} as kin
            from every
        ),
        floats as materialized (
            select id, kin {carried} from numbered
        ),
        classed as (
            select
                id, side, rank,
                dense_rank() over (order by kin {", clusters" if single else ""}) as class
            from numbered {f"join {clustered} using (id)" if single else ""}
        ),
        counted as (
            select
                id, class, row_number() over (partition by class, side order by rank) as nth
            from classed
        )
        select {listed}, side, id, class, nth
        from numbered
        join counted using (id)
    """


def _clusters(each: Loose, place: int) -> str:
    """Return SQL for the number of each row's cluster along a column, in the column's place."""
    order = f"partition by kin order by {_order([each.alias])}, id"
    return f"""
        select id, {place} as place, sum(begins) over ({order} rows unbounded preceding) as g
        from (
            select
                id, kin, {each.alias},
                case when {each.same(each.alias, f"lag({each.alias}) over along")}
                    and lag(id) over along is not null then 0 else 1 end as begins
            from floats
            window along as ({order})
        )
    """


def _paired(loose: Sequence[Loose]) -> str:
    """Pair the rows of both sides that have the same place in their class, and are the same."""
    values = ", ".join(
        f"ours.{each.alias} as i_{each.alias}, theirs.{each.alias} as f_{each.alias}"
        for each in loose
    )
    within = " and ".join(each.same(f"i_{each.alias}", f"f_{each.alias}") for each in loose)
    return f"""
        select *
        from (
            select ours.id as i_id, theirs.id as f_id, {values}
            from {_temp(_EACH)} as ours
            join {_temp(_EACH)} as theirs
                on ours.class = theirs.class and ours.nth = theirs.nth
            where ours.side = 1 and theirs.side = -1
        )
        where {within}
    """


def _order(aliases: Sequence[str]) -> str:
    return ", ".join(f"{alias} asc nulls last" for alias in aliases)


def _temp(name: str) -> str:
    return f"temp.main.{quote(name)}"
