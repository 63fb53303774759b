"""Ask dbt where two metrics part: the first periods, with both values."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from entity_kit.compare.tolerance import RELATIVE
from entity_kit.dbt_bridge.metric_values import (
    NUMBER,
    SHOWN,
    TEXT,
    as_number,
    by_place,
    dimension_columns,
    dimensions_of,
    each_or_all,
    first_rows,
    literal,
    shown,
    shown_period,
    shown_place,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence


@dataclass(frozen=True, slots=True)
class Pair:
    """Two metrics that are compared by a grain and dimensions."""

    first: str
    second: str
    grain: str
    dimensions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PartingRow:
    """A period and its dimensions in which two metrics have different values."""

    period: str
    dimensions: tuple[tuple[str, str | None], ...]
    first_value: float | None
    second_value: float | None

    @property
    def place(self) -> str:
        """Return the period and the dimensions."""
        return shown_place(self.period, self.dimensions)

    def text(self, pair: Pair) -> str:
        """Return the row with both values, by the names of the metrics."""
        values = f"{pair.first} {shown(self.first_value)}, {pair.second} {shown(self.second_value)}"
        return f"{self.place}: {values}"

    def as_json(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {
            "period": self.period,
            "dimensions": dict(self.dimensions),
            "first_value": self.first_value,
            "second_value": self.second_value,
        }


@dataclass(frozen=True, slots=True)
class Parting:
    """Two metrics that were compared: in how many rows they part, and the first of them.

    `obstacle` says why they couldn't be compared.
    """

    pair: Pair
    count: int = 0
    rows: tuple[PartingRow, ...] = ()
    obstacle: str = ""


def compare_pairs(
    references: str,
    pairs: Sequence[Pair],
    query: Callable[[str], Iterable[Mapping[str, Any]]],
) -> list[Parting]:
    """Compare the metrics of each pair. `query` has dbt run a query that begins with `references`."""

    def answer(some: Sequence[Pair]) -> list[Parting]:
        found = by_place(query(_parting_query(references, some)), "place")
        return [_parting(pair, found.get(place, ())) for place, pair in enumerate(some)]

    def refused(pair: Pair, obstacle: str) -> Parting:
        if not pair.dimensions:
            return Parting(pair, obstacle=obstacle)
        # One of them may be measured where there is no such dimension.
        alone = replace(pair, dimensions=())
        return each_or_all([alone], answer, refused)[0]

    return each_or_all(pairs, answer, refused)


def _parting_query(references: str, pairs: Sequence[Pair]) -> str:
    most = max(len(each.dimensions) for each in pairs)
    parts = [_parting_rows(number, each, most) for number, each in enumerate(pairs)]
    return f"""{references}
with {first_rows(parts, most)}
select *
from numbered
where number_of_row <= {SHOWN}
order by place, number_of_row"""


def _parting_rows(number: int, pair: Pair, most: int) -> str:
    named = f"{literal(pair.first)}, {literal(pair.second)}, {literal(pair.grain)}"
    call = f"entity_kit.metric_conflicts({named}, {literal(list(pair.dimensions))})"
    first, second = (f"cast({side}_value as {NUMBER})" for side in ("first", "second"))
    columns = [
        f"{number} as place",
        f"cast(period_start as {TEXT}) as period",
        *dimension_columns(pair.dimensions, most),
        f"{first} as first_value",
        f"{second} as second_value",
    ]
    more_than_rounding = (
        "first_value is null or second_value is null "
        f"or abs(first_value - second_value) > {RELATIVE['DOUBLE']} * abs(second_value)"
    )
    return (
        f"select {', '.join(columns)} from (\n{{{{ {call} }}}}\n) as compared_{number} "
        f"where {more_than_rounding}"
    )


def _parting(pair: Pair, rows: Sequence[Mapping[str, Any]]) -> Parting:
    return Parting(
        pair,
        int(rows[0]["differences"]) if rows else 0,
        tuple(
            PartingRow(
                shown_period(row["period"]),
                dimensions_of(row, pair.dimensions),
                as_number(row["first_value"]),
                as_number(row["second_value"]),
            )
            for row in rows
        ),
    )
