"""The result as one self-contained HTML page: no script, no request to any network."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader, StrictUndefined

from entity_kit.report import counts_text
from entity_kit.report_diff import render_value

if TYPE_CHECKING:
    from entity_kit.compare import SampleRow
    from entity_kit.results import ScheduleResult, Step, VerifyResult


def as_html(result: VerifyResult, title: str) -> str:
    """Give the page; all data in it is escaped."""
    environment = Environment(
        loader=PackageLoader("entity_kit"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(value=render_value, counts=counts_text)
    environment.globals.update(square=_square, cells=_cells)
    names = list(
        dict.fromkeys(schedule.schedule for model in result.models for schedule in model.schedules)
    )
    return environment.get_template("report.html.j2").render(
        result=result,
        title=title,
        schedules=names,
        total=len(result.models),
        agreeing=sum(1 for model in result.models if model.verdict.agrees),
    )


def _square(schedule: ScheduleResult, step: Step) -> str:
    """Name the class of a step's square: agrees, declared or differs."""
    if schedule.nondeterministic:
        return "n"
    if step.declared:
        return "w"
    return "a" if step.agrees else "d"


def _cells(row: SampleRow) -> list[tuple[str, str | None, str]]:
    """Give a sample row's cells: column, the incremental value where it changed, the value."""
    return [
        (
            column,
            render_value(row.before[column]) if column in row.before else None,
            render_value(value),
        )
        for column, value in row.row.items()
    ]
