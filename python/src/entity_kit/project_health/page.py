"""A project's report as one self-contained HTML page. Its script adds no content."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jinja2 import PackageLoader

from entity_kit.project_health.picture import draw
from entity_kit.verify.reports.html import page_environment
from entity_kit.wording import duration

if TYPE_CHECKING:
    from collections.abc import Iterator

    from entity_kit.project_health.performance import Performance
    from entity_kit.project_health.report import ProjectReport

# A sparkline's dimensions.
_STEP, _TALL = 5, 22


@dataclass(frozen=True, slots=True)
class _Point:
    """One run in a sparkline."""

    x: float
    y: float
    failed: bool


def as_html(report: ProjectReport) -> str:
    """Return the page, with all data escaped and a policy that allows only its own script."""
    environment = page_environment()
    environment.globals.update(
        sparkline=lambda each: list(_sparkline(each)), steps=_STEP, tall=_TALL
    )
    environment.filters["seconds"] = _seconds
    source, _, _ = PackageLoader("entity_kit").get_source(environment, "project.js")
    script = source.strip()
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return environment.get_template("project.html.j2").render(
        report=report,
        nodes=report.nodes,
        picture=draw(report.nodes),
        script=script,
        digest=digest,
        overdue=sum(each.overdue(report.today) for each in report.deprecations),
        covered=sum(layer.covered for layer in report.layers if layer.layer is not None),
        layered=sum(layer.models for layer in report.layers if layer.layer is not None),
    )


def _sparkline(each: Performance) -> Iterator[_Point]:
    """Yield one point per run, scaled from zero at the bottom to the longest time at the top."""
    worst = each.worst_s or 1
    for place, run in enumerate(each.runs):
        failed = run.status == "error" or run.seconds is None
        share = 0.0 if run.seconds is None else run.seconds / worst
        height = 0.5 if failed else share
        yield _Point(2 + place * _STEP, round(2 + (1 - height) * (_TALL - 4), 1), failed)


def _seconds(value: float | None) -> str:
    return "-" if value is None else duration(value)
