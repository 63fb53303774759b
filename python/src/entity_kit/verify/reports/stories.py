"""What the HTML page tells of a model under a schedule: the code, the rows, and when they arrived."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from entity_kit.compare.report import CELLS, render_value
from entity_kit.verify.reports.case_table import Arrived, arrived_tables, found_by_text
from entity_kit.verify.reports.marks import Parts, mark_change
from entity_kit.verify.reports.times import TimeLine, time_line
from entity_kit.verify.reports.words import gist, step_text
from entity_kit.wording import counted, verb

if TYPE_CHECKING:
    from entity_kit.arrivals.behind import RowsBehind
    from entity_kit.compare.difference import SampleRow
    from entity_kit.replay.outcome import Step
    from entity_kit.verify.results import ModelResult, ScheduleResult

# Lines of the model's file around the one that a cause names. A file of so many lines is whole.
_ABOVE, _BELOW, _WHOLE = 6, 8, 24
# Of so many steps at most each is told, of which so many before the first that differs.
_MOST_STEPS, _STEPS_BEFORE = 12, 3
# A cell with more characters than this may take several lines.
_LONG = 40
_KINDS = {
    "changed": "changed",
    "only_full_refresh": "only in the full refresh",
    "only_incremental": "only in the incremental table",
}


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the model's file; `hit` if it is the one that the cause names."""

    number: int
    text: str
    hit: bool


@dataclass(frozen=True, slots=True)
class ShownCell:
    """A cell of a differing row: a text, or the values of both sides."""

    text: str
    change: tuple[Parts, Parts] | None
    is_key: bool

    @property
    def is_long(self) -> bool:
        """Whether it may take several lines; a short value, such as a date, must not."""
        return max(map(len, [self.text, *map(str, self.change or ())])) > _LONG


@dataclass(frozen=True, slots=True)
class ShownRow:
    """A differing row: what differs about it, and its cells."""

    kind: str
    cells: tuple[ShownCell, ...]


@dataclass(frozen=True, slots=True)
class RowsTable:
    """The differing rows of a sample, without the columns that are NULL in all of them."""

    caption: str
    columns: tuple[str, ...]
    rows: tuple[ShownRow, ...]
    hidden: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Story:
    """One schedule. `as_under` names an earlier one with the same cause, which isn't told again."""

    schedule: ScheduleResult
    as_under: str
    excerpt: tuple[Line, ...]
    rows: RowsTable | None
    lines: tuple[TimeLine, ...]
    # The steps around the first that differs, and how many there are before and after them.
    steps: tuple[Step, ...] = ()
    earlier: int = 0
    later: int = 0
    found_by: str = ""
    arrived: tuple[Arrived, ...] = ()


def stories(model: ModelResult) -> list[Story]:
    """Return the story of each schedule that doesn't agree."""
    told: dict[tuple[object, ...], str] = {}
    found = []
    for schedule in model.schedules:
        if schedule.verdict.agrees:
            continue
        as_under = told.setdefault(gist(schedule), schedule.schedule)
        case = schedule.case
        found.append(
            Story(
                schedule,
                # Nor is the message of a failure told only once: it belongs to its step.
                as_under if as_under != schedule.schedule and schedule.cause else "",
                excerpt(model.text, schedule),
                rows_table(schedule),
                tuple(_time_lines(schedule)),
                *_shown_steps(schedule),
                found_by_text(case) if case else "",
                tuple(arrived_tables(case)) if case else (),
            )
        )
    return found


def _shown_steps(schedule: ScheduleResult) -> tuple[tuple[Step, ...], int, int]:
    """Return the steps around the first that differs, and how many are left out on both sides."""
    steps, at = schedule.steps, schedule.divergence
    first = steps.index(at) if at is not None else len(steps) if schedule.failure else 0
    start = max(0, min(first - _STEPS_BEFORE, len(steps) - _MOST_STEPS))
    shown = steps[start : start + _MOST_STEPS]
    return shown, start, len(steps) - start - len(shown)


def excerpt(text: str, schedule: ScheduleResult) -> tuple[Line, ...]:
    """Return the lines of a model's file around the one that the cause names, if it names one."""
    place = schedule.cause.place if schedule.cause else None
    lines = text.splitlines()
    if place is None or place.line is None or not 0 < place.line <= len(lines):
        return ()
    first, last = max(1, place.line - _ABOVE), min(len(lines), place.line + _BELOW)
    if len(lines) <= _WHOLE:
        first, last = 1, len(lines)
    return tuple(
        Line(number, lines[number - 1].expandtabs(4), number == place.line)
        for number in range(first, last + 1)
    )


def rows_table(schedule: ScheduleResult) -> RowsTable | None:
    """Return the differing rows, the key's columns first; of many columns, then the changed ones."""
    sample = schedule.sample
    if not sample:
        return None
    names = list(dict.fromkeys(name for row in sample for name in row.row))
    changed = {name for row in sample for name in row.before}
    # Of a wide table, what changed must be seen without scrolling.
    early = changed if len(names) > CELLS else set()
    names.sort(key=lambda name: (name not in schedule.key, name not in early))
    shown = [n for n in names if any(_holds(row, n) for row in sample)] or names
    return RowsTable(
        _caption(schedule, compared=bool(changed)),
        tuple(shown),
        tuple(
            ShownRow(_KINDS[row.kind], tuple(_cell(schedule, row, name) for name in shown))
            for row in sample
        ),
        tuple(name for name in names if name not in shown),
    )


def _holds(row: SampleRow, name: str) -> bool:
    return row.row.get(name) is not None or name in row.before


def _caption(schedule: ScheduleResult, *, compared: bool) -> str:
    shown = len(schedule.sample)
    step, said = schedule.divergence, f"{counted(shown, 'row')} that {verb(shown, 'differs')}"
    if step is not None:
        found = step.comparison
        count = found.changed + found.only_full_refresh + found.only_incremental
        if count > shown:
            said = f"{shown} of {counted(count, 'row')} that differ"
        said += f" at step {step.number}"
    return f"{said}. In changed cells: incremental → full refresh." if compared else f"{said}."


def _cell(schedule: ScheduleResult, row: SampleRow, name: str) -> ShownCell:
    change = mark_change(row.before[name], row.row.get(name)) if name in row.before else None
    text = render_value(row.row[name]) if name in row.row else ""
    return ShownCell(text, change, name in schedule.key)


def _time_lines(schedule: ScheduleResult) -> list[TimeLine]:
    if schedule.divergence is None:
        return []
    last = schedule.divergence.number
    by_source: dict[str, list[RowsBehind]] = {}
    for each in schedule.behind:
        by_source.setdefault(each.source, []).append(each)
    lines = (time_line(behind, schedule.steps, last) for behind in by_source.values())
    return [line for line in lines if line is not None]


def short_counts(schedule: ScheduleResult, number: int) -> str:
    """Say in few words how a step ended."""
    step = next(step for step in schedule.steps if step.number == number)
    if step.agrees:
        return "agrees"
    return step_text(step) or "; ".join(step.schema_changes)
