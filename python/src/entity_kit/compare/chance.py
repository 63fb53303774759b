"""Find columns whose values depend on chance or on the run: list orders, and constants.

Such columns are told apart while both tables are at hand, so that the others can still be compared.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import sqlglot
from sqlglot import expressions as exp
from sqlglot.errors import SqlglotError

from entity_kit.compare.sql_columns import columns_made_by
from entity_kit.warehouse import QueryError, fold, quote, rows

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from entity_kit.compare.difference import Diff
    from entity_kit.warehouse import Connection, Relation

_LISTS = (exp.ArrayAgg, exp.GroupConcat)


def unordered_lists(statements: Iterable[str], dialect: str = "duckdb") -> frozenset[str]:
    """Return the columns made from a list, or a text of one, without an `order by`."""
    found: frozenset[str] = frozenset()
    for sql in statements:
        with suppress(SqlglotError):
            found |= columns_made_by(sqlglot.parse_one(sql, dialect=dialect), _is_unordered)
    return found


def _is_unordered(node: exp.Expr) -> bool:
    return isinstance(node, _LISTS) and node.find(exp.Order) is None


def reordered(
    connection: Connection, diff: Diff, kept: str, unordered: frozenset[str]
) -> tuple[str, ...]:
    """Return the columns whose values differ only in the order of their parts.

    `kept` names the two tables of what differs, as `compare` left them; `unordered` the columns of
    which the SQL leaves the order open. Of text, the characters are compared without their order.
    """
    listed = [
        column
        for column in diff.columns
        if fold(column.name) in unordered
        and column.agrees
        and ((column.full_refresh or "").endswith("[]") or column.full_refresh == "VARCHAR")
        and (column.name in diff.changed_columns or not diff.key)
    ]
    return tuple(
        column.name
        for column in listed
        if _same_parts(connection, diff, kept, column.name, column.full_refresh or "")
    )


def _same_parts(connection: Connection, diff: Diff, kept: str, name: str, kind: str) -> bool:
    column = quote(name)
    parts = column if kind.endswith("[]") else f"string_split({column}, '')"
    key = ", ".join(f"{quote(part)} as k{n}" for n, part in enumerate(diff.key)) or "1 as k0"
    keys = ", ".join(f"k{n}" for n in range(max(len(diff.key), 1)))
    sides = " union all ".join(
        f"select {key}, {column} as value, list_sort({parts}) as parts, {sign} as side, "
        f"count(*) over (partition by {keys}) as n from (select *, {key} from {kept}_{side})"
        for side, sign in (("incremental", 1), ("full_refresh", -1))
    )
    # Rows that only one side has say nothing about a value.
    both = f"select {keys} from ({sides}) group by all having count(distinct side) = 2"
    same = " and ".join(f"s.k{n} is not distinct from b.k{n}" for n in range(max(len(diff.key), 1)))
    paired = f"select s.* from ({sides}) as s join ({both}) as b on {same}"
    unequal, different = (
        rows(
            connection,
            f"select count(*) from (select {keys}, {what} from ({paired}) "
            "group by all having sum(side) <> 0)",
        )[0][0]
        for what in ("parts", "value")
    )
    return bool(different) and not unequal


def constants(
    connection: Connection, relation: Relation, names: Sequence[str]
) -> tuple[int, tuple[str, ...]]:
    """Return a relation's row count, and which of the named columns have one value in all rows."""
    sums = "".join(f", count(distinct {quote(n)}), count({quote(n)})" for n in names)
    try:
        count, *found = rows(connection, f"select count(*){sums} from {relation}")[0]
    except QueryError:  # a column isn't there
        return 0, ()
    pairs = zip(names, found[::2], found[1::2], strict=True)
    return count, tuple(name for name, values, there in pairs if values == 1 and there == count)


def other_values(
    connection: Connection, relation: Relation, constant: Relation, names: Sequence[str]
) -> tuple[str, ...]:
    """Return the columns in which a relation has another value than the one of all rows of `constant`."""
    if not names:
        return ()
    differ = ", ".join(
        f"count(*) filter (r.{quote(name)} is distinct from c.{quote(name)})" for name in names
    )
    one = f"(select {', '.join(map(quote, names))} from {constant} limit 1)"
    counts = rows(connection, f"select {differ} from {relation} as r cross join {one} as c")[0]
    return tuple(name for name, count in zip(names, counts, strict=True) if count)
