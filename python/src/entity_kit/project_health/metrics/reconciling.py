"""Do the tables of metrics have the numbers of their definitions? As text, JSON, and Markdown."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from entity_kit.compare.report import render_value
from entity_kit.dbt_bridge.metric_values import read_reconciled, reconciliation_query
from entity_kit.errors import DbtError, ExitCode
from entity_kit.verify.reports.comment import table_row
from entity_kit.wording import counted, verb

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from entity_kit.dbt_bridge.metric_tables import MetricTable
    from entity_kit.dbt_bridge.metric_values import Reconciled, ValueDifference

    Query = Callable[[str], Iterable[Mapping[str, Any]]]

JSON_VERSION = 1
_FRAME = re.compile(r"\w+ Error( in .*)?")
_SEVERAL = "the table has several rows"


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


def hold(manifest: Mapping[str, Any], tables: Sequence[MetricTable], query: Query) -> list[Held]:
    """Compare each table with its metric's definition. `query` has dbt run a query."""
    if not tables:
        return []
    try:
        answer = query(reconciliation_query(manifest, tables))
    except DbtError as error:
        if len(tables) == 1:
            return [Held(tables[0], None, why_refused(error))]
        # One of them is to blame; the others can be compared.
        return [held for table in tables for held in hold(manifest, [table], query)]
    return [Held(each.table, each) for each in read_reconciled(tables, answer)]


def why_refused(error: DbtError) -> str:
    """Return what dbt said, on one line, without its own frame."""
    lines = [line.strip() for line in error.message.splitlines()[1:]]
    lines = [line for line in lines if not _FRAME.fullmatch(line)]
    end = next(
        (n for n, line in enumerate(lines) if n and (not line or line[0] == ">")), len(lines)
    )
    return " ".join(line for line in lines[:end] if line)


def exit_code(held: Sequence[Held]) -> ExitCode:
    """Return 1 if a table differs, 3 if one couldn't be compared, and else 0."""
    verdicts = {each.verdict for each in held}
    if "differs" in verdicts:
        return ExitCode.DIFFERS
    return ExitCode.DBT_FAILED if "not compared" in verdicts else ExitCode.AGREES


def text_lines(held: Sequence[Held]) -> Iterator[str]:
    """Yield each table with the first rows that differ, and the counts."""
    if not held:
        yield "No metric says where its table is: set materialized_in in its config.meta.entity_kit."
        return
    for each in held:
        yield f"{_named(each.table)}: {_said(each)}"
        for row in each.found.differences if each.found else ():
            yield f"  {row_text(row)}"
    verdicts = [each.verdict for each in held]
    counts = [
        f"{count} {one if one == 'not compared' else verb(count, one)}"
        for one in dict.fromkeys(verdicts)
        if (count := verdicts.count(one))
    ]
    yield f"{counted(len(held), 'table')}: {', '.join(counts)}."


def _named(table: MetricTable) -> str:
    by = ", ".join([table.place.grain, *(name for name, _ in table.dimensions)])
    return f"{table.metric} in {table.name}.{table.place.column} by {by}"


def _said(each: Held) -> str:
    if each.found is None:
        return f"not compared. {each.obstacle}"
    if each.found.agrees:
        return f"agrees in {counted(each.found.rows, 'row')}"
    count = each.found.count
    said = f"{counted(count, 'row')} {verb(count, 'differs')}"
    if len(each.found.differences) < count:
        said += f"; the first {len(each.found.differences)}"
    unsaid = each.table.place.dimensions is None
    if unsaid and any(row.reason.startswith(_SEVERAL) for row in each.found.differences):
        said += "; if the rows have dimensions, name them in materialized_in"
    return f"{said}:"


def row_text(row: ValueDifference) -> str:
    """Return a row that differs, with both values, and why."""
    place = ", ".join([row.period, *(f"{name}={render_value(v)}" for name, v in row.dimensions)])
    values = f"table {_value(row.table_value)}, definition {_value(row.definition_value)}"
    return f"{place}: {values} ({row.reason})"


def _value(value: float | None) -> str:
    return "NULL" if value is None else str(value)


def markdown_lines(held: Sequence[Held]) -> Iterator[str]:
    """Yield the tables, and below them the rows that differ, for a comment."""
    yield table_row("metric", "table", "verdict", "rows that differ")
    yield "|---|---|---|---:|"
    for each in held:
        count = str(each.found.count) if each.found else ""
        place = f"{each.table.name}.{each.table.place.column}"
        yield table_row(each.table.metric, place, each.verdict, count)
    rows = [(each, row) for each in held if each.found for row in each.found.differences]
    if rows:
        yield ""
        yield table_row("metric", "period", "dimensions", "table", "definition", "reason")
        yield "|---|---|---|---:|---:|---|"
    for each, row in rows:
        dimensions = ", ".join(f"{name}={render_value(value)}" for name, value in row.dimensions)
        values = _value(row.table_value), _value(row.definition_value)
        yield table_row(each.table.metric, row.period, dimensions, *values, row.reason)


def as_json(held: Sequence[Held]) -> dict[str, Any]:
    """Return the comparison as plain data, version 1."""
    return {
        "version": JSON_VERSION,
        "tables": [
            {
                "metric": each.table.metric,
                "model": each.table.name,
                "column": each.table.place.column,
                "grain": each.table.place.grain,
                "dimensions": [name for name, _ in each.table.dimensions],
                "verdict": each.verdict,
                "reason": each.obstacle or None,
                "rows": each.found.rows if each.found else None,
                "differing": each.found.count if each.found else None,
                "sample": [row_json(row) for row in each.found.differences] if each.found else [],
            }
            for each in held
        ],
    }


def row_json(row: ValueDifference) -> dict[str, Any]:
    """Return a row that differs as plain data."""
    return {
        "period": row.period,
        "dimensions": dict(row.dimensions),
        "table_value": row.table_value,
        "definition_value": row.definition_value,
        "failure_reason": row.reason,
    }
