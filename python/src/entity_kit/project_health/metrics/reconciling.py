"""Do the tables of metrics have the numbers of their definitions? As text, JSON, and Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from entity_kit.dbt_bridge.metric_values import shown, shown_dimensions
from entity_kit.errors import ExitCode
from entity_kit.verify.reports.comment import table_row
from entity_kit.wording import counted, verb

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from entity_kit.dbt_bridge.metric_tables import MetricTable
    from entity_kit.dbt_bridge.metric_values import Held

JSON_VERSION = 1
_SEVERAL = "the table has several rows"


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
            yield f"  {row}"
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
        dimensions = ", ".join(shown_dimensions(row.dimensions))
        values = shown(row.table_value), shown(row.definition_value)
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
                "sample": [row.as_json() for row in each.found.differences] if each.found else [],
            }
            for each in held
        ],
    }
