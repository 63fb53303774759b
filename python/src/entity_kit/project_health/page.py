"""A project's report as one self-contained HTML page. Its script adds no content."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jinja2 import PackageLoader

from entity_kit.verify.reports.html import page_environment

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from entity_kit.project_health.performance import Performance
    from entity_kit.project_health.report import Node, ProjectReport

# The graph's dimensions, in pixels.
_COLUMN, _ROW, _WIDTH, _HEIGHT, _EDGE = 230, 30, 184, 22, 12
# This many characters always fit into a node.
_LETTERS = 24
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
        node_x=lambda node: _EDGE + node.place.column * _COLUMN,
        node_y=lambda node: round(_EDGE + node.place.row * _ROW, 1),
        node_width=_WIDTH,
        node_height=_HEIGHT,
        shortened=lambda text: text if len(text) <= _LETTERS else text[: _LETTERS - 1] + "…",
        sparkline=lambda each: list(_sparkline(each)),
        steps=_STEP,
        tall=_TALL,
    )
    environment.filters["seconds"] = _seconds
    source, _, _ = PackageLoader("entity_kit").get_source(environment, "project.js")
    script = source.strip()
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    nodes = report.nodes
    return environment.get_template("project.html.j2").render(
        report=report,
        nodes=nodes,
        edges=list(_edges(nodes)),
        width=max((node.place.column for node in nodes), default=0) * _COLUMN + _WIDTH + 2 * _EDGE,
        height=round(max((node.place.row for node in nodes), default=0) * _ROW)
        + _HEIGHT
        + 2 * _EDGE,
        script=script,
        digest=digest,
        overdue=sum(each.overdue(report.today) for each in report.deprecations),
        covered=sum(layer.covered for layer in report.layers if layer.layer is not None),
        layered=sum(layer.models for layer in report.layers if layer.layer is not None),
    )


def _edges(nodes: Sequence[Node]) -> Iterator[tuple[int, int, str]]:
    """Yield each edge of the graph: parent, child, and the path of the line."""
    for child in nodes:
        for number in child.parents:
            parent = nodes[number - 1]
            x1 = _EDGE + parent.place.column * _COLUMN + _WIDTH
            y1 = _EDGE + parent.place.row * _ROW + _HEIGHT / 2
            x2 = _EDGE + child.place.column * _COLUMN
            y2 = _EDGE + child.place.row * _ROW + _HEIGHT / 2
            bend = (_COLUMN - _WIDTH) * 0.6
            yield (
                number,
                child.number,
                f"M{x1} {y1:.1f}C{x1 + bend:.0f} {y1:.1f} {x2 - bend:.0f} {y2:.1f} {x2} {y2:.1f}",
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
    if value is None:
        return "-"
    if value < 60:
        return f"{value:.1f} s"
    minutes, seconds = divmod(round(value), 60)
    return f"{minutes} min {seconds:02d} s"
