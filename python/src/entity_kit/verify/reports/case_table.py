"""A case as a table: what arrived when, and the result."""

from __future__ import annotations

from typing import TYPE_CHECKING

from entity_kit.compare.report import render_value
from entity_kit.verify.reports.words import (
    printable,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from entity_kit.arrivals.cases import Case
    from entity_kit.replay.outcome import Step
    from entity_kit.verify.results import ScheduleResult


def case_lines(case: Case, schedule: ScheduleResult, step: Step) -> Iterator[str]:
    """Yield two small tables: what arrived when, and the result."""
    runs = sum(case.runs.values())
    if case.found_by:
        yield (
            f"      the smallest case that still differs ({case.rows} row"
            f"{'' if case.rows == 1 else 's'}, {runs} run{'' if runs == 1 else 's'}; found under "
            f"{case.found_by}, with {case.tried} dbt runs)"
        )
    yield "      what arrived when:"
    if 0 in case.runs:
        yield f"        a first run before anything arrived ({case.first:%Y-%m-%d %H:%M:%S})"
    for table in case.tables:
        if not table.versions:
            yield f"        {table.name}: nothing"
            continue
        header = (table.name, "until", *(name for name, _ in table.columns))
        listed = sorted(table.versions, key=lambda version: version.since)
        cells = [
            (
                f"step {version.since}, {case.clocks[version.since - 1]:%Y-%m-%d %H:%M}",
                "" if version.until is None else f"step {version.until}",
                *("NULL" if value is None else value for value in version.values),
            )
            for version in listed[:_MOST_ROWS]
        ]
        yield from _aligned(header, cells, len(listed) - _MOST_ROWS)
    yield f"      the result at step {step.number}:"
    out = []
    names = tuple(schedule.sample[0].row) if schedule.sample else ()
    for row in schedule.sample:
        sides = {
            "only_incremental": ("incremental",),
            "only_full_refresh": ("full refresh",),
        }.get(row.kind, ("incremental", "full refresh"))
        for side in sides:
            values = {**row.row, **row.before} if side == "incremental" else row.row
            out.append((side, *(render_value(values.get(name)) for name in names)))
    if out:
        yield from _aligned(("table", *names), out, 0)


_MOST_ROWS = 20


_WIDEST = 32


def _aligned(header: Sequence[str], lines: Sequence[Sequence[str]], more: int) -> Iterator[str]:
    def short(cell: str) -> str:
        shown = printable(cell)
        return shown if len(shown) <= _WIDEST else f"{shown[: _WIDEST - 1]}…"

    # A column that is empty everywhere, such as `until`, is left out.
    kept = [n for n, name in enumerate(header) if name != "until" or any(x[n] for x in lines)]
    table = [[short(line[n]) for n in kept] for line in (header, *lines)]
    widths = [max(len(line[n]) for line in table) for n in range(len(kept))]
    for line in table:
        cells = (cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        yield f"        {'  '.join(cells).rstrip()}"
    if more > 0:
        yield f"        … and {more:,} more"
