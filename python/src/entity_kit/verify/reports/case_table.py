"""A case as a table: what arrived when, and the result."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from entity_kit.compare.report import render_value
from entity_kit.verify.reports.words import printable
from entity_kit.wording import counted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from entity_kit.arrivals.cases import Case, Table
    from entity_kit.replay.outcome import Step
    from entity_kit.verify.results import ScheduleResult

_MOST_ROWS = 20
_WIDEST = 32


@dataclass(frozen=True, slots=True)
class Arrived:
    """What one source delivered in a case, without columns that are empty throughout.

    `more` counts the rows that are left out.
    """

    name: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    more: int = 0


def arrived_tables(case: Case) -> list[Arrived]:
    """Return what each source delivered at which step."""
    return [_arrived(case, table) for table in case.tables]


def _arrived(case: Case, table: Table) -> Arrived:
    header = (table.name, "until", *(name for name, _ in table.columns))
    listed = sorted(table.versions, key=lambda version: version.since)
    rows = [
        (
            f"step {version.since}, {case.clocks[version.since - 1]:%Y-%m-%d %H:%M}",
            "" if version.until is None else f"step {version.until}",
            *("NULL" if value is None else value for value in version.values),
        )
        for version in listed[:_MOST_ROWS]
    ]
    # A column that is empty everywhere, such as `until`, is left out.
    kept = [n for n, name in enumerate(header) if name != "until" or any(x[n] for x in rows)]
    return Arrived(
        table.name,
        tuple(header[n] for n in kept),
        tuple(tuple(row[n] for n in kept) for row in rows),
        max(0, len(listed) - _MOST_ROWS),
    )


def found_by_text(case: Case) -> str:
    """Say how small a case is and how it was found; '' if it was read from a file."""
    if not case.found_by:
        return ""
    return (
        f"the smallest case that still differs ({counted(case.rows, 'row')}, "
        f"{counted(sum(case.runs.values()), 'run')}; found under "
        f"{case.found_by}, with {case.tried} dbt runs)"
    )


def empty_run_text(case: Case) -> str:
    """Say that a case begins with a run before anything arrived, or return ''."""
    at = f"{case.first:%Y-%m-%d %H:%M:%S}"
    return f"a first run before anything arrived ({at})" if 0 in case.runs else ""


def case_lines(case: Case, schedule: ScheduleResult, step: Step) -> Iterator[str]:
    """Yield two small tables: what arrived when, and the result."""
    found_by = found_by_text(case)
    if found_by:
        yield f"      {found_by}"
    yield "      what arrived when:"
    empty = empty_run_text(case)
    if empty:
        yield f"        {empty}"
    for table in arrived_tables(case):
        if table.rows:
            yield from _aligned(table.columns, table.rows, table.more)
        else:
            yield f"        {table.name}: nothing"
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


def _aligned(header: Sequence[str], lines: Sequence[Sequence[str]], more: int) -> Iterator[str]:
    def short(cell: str) -> str:
        shown = printable(cell)
        return shown if len(shown) <= _WIDEST else f"{shown[: _WIDEST - 1]}…"

    table = [[short(cell) for cell in line] for line in (header, *lines)]
    widths = [max(len(line[n]) for line in table) for n in range(len(header))]
    for line in table:
        cells = (cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        yield f"        {'  '.join(cells).rstrip()}"
    if more > 0:
        yield f"        … and {more:,} more"
