"""Ask dbt for values of metrics: a query of the package's own macros, and what it answers.

One query is about many tables. So all their columns get the same names and types.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from entity_kit.compare.report import render_value
from entity_kit.errors import DbtError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from entity_kit.dbt_bridge.metric_tables import MetricTable

Asked = TypeVar("Asked")
Answer = TypeVar("Answer")

# Of a longer query, some systems refuse the command line.
_AT_ONCE = 40
# How many differing rows of each table are returned.
SHOWN = 5
_FRAME = re.compile(r"\w+ Error( in .*)?")
TEXT = "{{ dbt.type_string() }}"
NUMBER = "double precision"


@dataclass(frozen=True, slots=True)
class ValueDifference:
    """A period and its dimensions in which a table's value isn't the one by the definition."""

    period: str
    dimensions: tuple[tuple[str, str | None], ...]
    table_value: float | None
    definition_value: float | None
    reason: str

    @property
    def place(self) -> str:
        """Return the period and the dimensions."""
        return shown_place(self.period, self.dimensions)

    def __str__(self) -> str:
        values = f"table {shown(self.table_value)}, definition {shown(self.definition_value)}"
        return f"{self.place}: {values} ({self.reason})"

    def as_json(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {
            "period": self.period,
            "dimensions": dict(self.dimensions),
            "table_value": self.table_value,
            "definition_value": self.definition_value,
            "failure_reason": self.reason,
        }


@dataclass(frozen=True, slots=True)
class Reconciled:
    """A metric's table that was compared: how many rows it has, how many differ, and the first."""

    table: MetricTable
    rows: int
    count: int
    differences: tuple[ValueDifference, ...]

    @property
    def agrees(self) -> bool:
        return not self.count


@dataclass(frozen=True, slots=True)
class Held:
    """A metric's table that was held to the definition; `obstacle` says why it couldn't be."""

    table: MetricTable
    found: Reconciled | None
    obstacle: str = ""

    @property
    def verdict(self) -> str:
        if self.found is None:
            return "not compared"
        return "agrees" if self.found.agrees else "differs"


def hold(
    references: str,
    tables: Sequence[MetricTable],
    query: Callable[[str], Iterable[Mapping[str, Any]]],
) -> list[Held]:
    """Compare each table with its metric's definition. `query` has dbt run a query."""
    return each_or_all(
        tables,
        lambda some: [
            Held(each.table, each)
            for each in read_reconciled(some, query(reconciliation_query(references, some)))
        ],
        lambda table, obstacle: Held(table, None, obstacle),
    )


def each_or_all(
    asked: Sequence[Asked],
    answer: Callable[[Sequence[Asked]], list[Answer]],
    refused: Callable[[Asked, str], Answer],
) -> list[Answer]:
    """Return the answers to many questions, which are asked together if dbt refuses none of them."""
    found: list[Answer] = []
    for start in range(0, len(asked), _AT_ONCE):
        some = asked[start : start + _AT_ONCE]
        try:
            found += answer(some)
        except DbtError as error:
            if len(some) == 1:
                found.append(refused(some[0], why_refused(error)))
            else:  # one of them is to blame; the others have an answer
                found += [got for each in some for got in each_or_all([each], answer, refused)]
    return found


def why_refused(error: DbtError) -> str:
    """Return what dbt said, on one line, without its own frame."""
    lines = [line.strip() for line in error.message.splitlines()[1:]]
    lines = [line for line in lines if not _FRAME.fullmatch(line)]
    end = next((n for n, line in enumerate(lines) if n and (not line or line[0] == ">")), None)
    return " ".join(line for line in lines[:end] if line)


def reconciliation_query(references: str, tables: Sequence[MetricTable]) -> str:
    """Return the query for dbt that compares these tables with their metrics' definitions.

    It begins with `references`.
    """
    most = max(len(each.dimensions) for each in tables)
    parts = [_compared(number, each, most) for number, each in enumerate(tables)]
    counts = " union all ".join(
        f"select {number} as place, count(*) as table_rows from {{{{ {each.reference} }}}}"
        for number, each in enumerate(tables)
    )
    return f"""{references}
with {first_rows(parts, most)},
counted as (
{counts}
)
select counted.table_rows, counted.place as table_place, numbered.*
from counted
left join numbered on counted.place = numbered.place and numbered.number_of_row <= {SHOWN}
order by counted.place, numbered.number_of_row"""


def first_rows(parts: Sequence[str], most: int) -> str:
    """Return the CTE `numbered` with the rows of these queries, in the order of their periods.

    Each has its `number_of_row` and how many there are in its `place`.
    """
    order = ", ".join(["period", *(f"dimension_{place}" for place in range(most))])
    return f"""differing as (
{" union all ".join(parts)}
),
numbered as (
    select
        differing.*,
        count(*) over (partition by place) as differences,
        row_number() over (partition by place order by {order}) as number_of_row
    from differing
)"""


def read_reconciled(
    tables: Sequence[MetricTable], rows: Iterable[Mapping[str, Any]]
) -> list[Reconciled]:
    """Read the answer to `reconciliation_query`."""
    found = by_place(rows, "table_place")
    return [
        Reconciled(
            table,
            int(found[place][0]["table_rows"]),
            int(found[place][0]["differences"] or 0),
            tuple(_difference(table, row) for row in found[place] if row["place"] is not None),
        )
        for place, table in enumerate(tables)
    ]


def by_place(rows: Iterable[Mapping[str, Any]], column: str) -> dict[int, list[dict[str, Any]]]:
    """Return an answer's rows by their place; some engines write names in upper case."""
    found: dict[int, list[dict[str, Any]]] = {}
    for row in ({name.lower(): value for name, value in each.items()} for each in rows):
        found.setdefault(int(row[column]), []).append(row)
    return found


def dimensions_of(row: Mapping[str, Any], names: Iterable[str]) -> tuple[tuple[str, Any], ...]:
    """Return the dimensions of an answer's row by name."""
    return tuple((name, row[f"dimension_{place}"]) for place, name in enumerate(names))


def _difference(table: MetricTable, row: Mapping[str, Any]) -> ValueDifference:
    return ValueDifference(
        shown_period(row["period"]),
        dimensions_of(row, (name for name, _ in table.dimensions)),
        as_number(row["table_value"]),
        as_number(row["definition_value"]),
        row["failure_reason"],
    )


def as_number(value: Any) -> float | None:
    """Return a number as it is written: 10 instead of 10.0."""
    if value is None:
        return None
    found = float(value)
    return int(found) if found.is_integer() else found


def shown(value: float | None) -> str:
    """Return a value as text."""
    return "NULL" if value is None else str(value)


def shown_period(value: str) -> str:
    """Return a period without the time of day, unless it has one."""
    return value.removesuffix(" 00:00:00")


def shown_place(period: str, dimensions: Iterable[tuple[str, str | None]]) -> str:
    """Return a period and its dimensions."""
    return ", ".join([period, *shown_dimensions(dimensions)])


def shown_dimensions(dimensions: Iterable[tuple[str, str | None]]) -> list[str]:
    """Return each dimension with its name."""
    return [f"{name}={render_value(value)}" for name, value in dimensions]


def _compared(number: int, table: MetricTable, most: int) -> str:
    place = table.place
    given = {
        "column": place.column,
        "dimensions": dict(table.dimensions),
        "period": place.period,
        "timezone": place.timezone or "UTC",
        "tolerance": place.tolerance,
        "relative_tolerance": place.relative_tolerance,
    }
    arguments = ", ".join(f"{key}={literal(value)}" for key, value in given.items())
    call = (
        f"entity_kit.metric_differences({table.reference}, {literal(table.metric)}, "
        f"{literal(place.grain)}, {arguments})"
    )
    columns = [
        f"{number} as place",
        f"cast(period_start as {TEXT}) as period",
        *dimension_columns([name for name, _ in table.dimensions], most),
        f"cast(table_value as {NUMBER}) as table_value",
        f"cast(definition_value as {NUMBER}) as definition_value",
        f"cast(failure_reason as {TEXT}) as failure_reason",
    ]
    return f"select {', '.join(columns)} from (\n{{{{ {call} }}}}\n) as compared_{number}"


def dimension_columns(names: Sequence[str], most: int) -> Iterator[str]:
    """Yield columns of text for `most` dimensions, of which these have names."""
    for place in range(most):
        value = names[place] if place < len(names) else "null"
        yield f"cast({value} as {TEXT}) as dimension_{place}"


def literal(value: object) -> str:
    """Return a value as Jinja reads it: as Python writes it, which for texts is as in JSON."""
    return json.dumps(value)


def references(manifest: Mapping[str, Any]) -> str:
    """Return Jinja that reads all models of the semantic layer, so that the macros may join them."""
    nodes = manifest["nodes"]
    read = {
        parent
        for model in (manifest.get("semantic_models") or {}).values()
        for parent in (model.get("depends_on") or {}).get("nodes") or ()
        if parent in nodes and nodes[parent]["config"].get("materialized") != "ephemeral"
    }
    read |= {unique_id for unique_id, node in nodes.items() if node.get("time_spine")}
    names = sorted((nodes[each]["package_name"], nodes[each]["name"]) for each in read)
    return "".join(f"{{%- do ref({literal(p)}, {literal(n)}) -%}}" for p, n in names)
