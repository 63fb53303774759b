"""The result as one self-contained HTML page: no script, no request to any network."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader, StrictUndefined

from entity_kit.arrivals.lateness import span
from entity_kit.compare.report import render_value
from entity_kit.verify.reports.case_table import case_lines
from entity_kit.verify.reports.text import unfair_text
from entity_kit.verify.reports.tree import dependent_lines, roots
from entity_kit.verify.reports.words import counts_text
from entity_kit.verify.results import Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from entity_kit.arrivals.lateness import Bar, Lateness
    from entity_kit.compare.difference import SampleRow
    from entity_kit.replay.outcome import Step
    from entity_kit.verify.reports.tree import Root
    from entity_kit.verify.results import ScheduleResult, VerifyResult


def page_environment() -> Environment:
    """Return what renders our HTML templates: all data is escaped, and a missing name is an error."""
    return Environment(
        loader=PackageLoader("entity_kit"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def as_html(result: VerifyResult, title: str) -> str:
    """Return the page, with all data escaped."""
    environment = page_environment()
    environment.filters.update(value=render_value, counts=counts_text, span=span)
    environment.globals.update(
        square=_square,
        cells=_cells,
        told=_told,
        unfair=_unfair,
        below=dependent_lines,
        columns=_columns,
    )
    told = [r for r in roots(result) if r.model is None or not r.model.verdict.agrees]
    names = list(
        dict.fromkeys(schedule.schedule for model in result.models for schedule in model.schedules)
    )
    return environment.get_template("report.html.j2").render(
        result=result,
        title=title,
        schedules=names,
        roots=told,
        anchors=_anchors(told),
        total=len(result.models),
        agreeing=sum(1 for model in result.models if model.verdict.agrees),
    )


def _anchors(told: Sequence[Root]) -> dict[str, str]:
    """Return each model's article: its own, or that of the model to blame."""
    return {
        model.name: f"m{number}"
        for number, root in enumerate(told, 1)
        for model in (root.model, *root.heirs, *root.skipped)
        if model is not None
    }


def _square(schedule: ScheduleResult, step: Step) -> str:
    """Return the class of a step's square: agrees, declared, or differs."""
    if step.chance or schedule.verdict is Verdict.NONDETERMINISTIC:
        return "n"
    if step.declared:
        return "w"
    return "a" if step.agrees else "d"


def _unfair(schedule: ScheduleResult) -> str:
    """Say which columns are nondeterministic, in a sentence."""
    said = " ".join(unfair_text(schedule))
    return said[:1].upper() + said[1:]


def _told(schedule: ScheduleResult) -> str:
    """Return the two small tables of a case."""
    if schedule.case is None or schedule.divergence is None:
        return ""
    return "\n".join(
        line.removeprefix("      ")
        for line in case_lines(schedule.case, schedule, schedule.divergence)
    )


def _columns(found: Lateness) -> list[tuple[Bar, float, float, float]]:
    """Return the bars of the plot, each with its position, height, and width in percent.

    Heights grow with the logarithm: the few latest rows are those that matter.
    """
    most = max((bar.rows for bar in found.bars), default=0)
    width = 100 / max(len(found.bars), 8)
    return [
        (bar, number * width, 100 * math.log1p(bar.rows) / math.log1p(most), width)
        for number, bar in enumerate(found.bars)
    ]


def _cells(row: SampleRow) -> list[tuple[str, str | None, str]]:
    """Return a sample row's cells: column, the incremental value if it changed, the value."""
    return [
        (
            column,
            render_value(row.before[column]) if column in row.before else None,
            render_value(value),
        )
        for column, value in row.row.items()
    ]
