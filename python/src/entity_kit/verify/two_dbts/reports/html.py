"""The comparison of two dbts as one self-contained HTML page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from entity_kit.verify.reports.html import page_environment
from entity_kit.verify.two_dbts.reports.words import (
    closing,
    labels_of,
    story,
    summary,
    verified_lines,
)

if TYPE_CHECKING:
    from entity_kit.replay.outcome import Step
    from entity_kit.verify.two_dbts.results import (
        PairedModel,
        PairedSchedule,
        TwoDbts,
    )


def as_html(result: TwoDbts, title: str) -> str:
    """Return the page, with all data escaped."""
    labels = labels_of(result)
    environment = page_environment()

    def told(schedule: PairedSchedule) -> str:
        return "\n".join(line.removeprefix("    ") for line in story(schedule, labels))

    def verified(model: PairedModel) -> list[tuple[str, str]]:
        return [(line, "\n".join(more)) for line, more in verified_lines(result, model)]

    environment.globals.update(square=_square, told=told, verified=verified, summary=summary)
    names = dict.fromkeys(each.schedule for model in result.models for each in model.schedules)
    return environment.get_template("two_dbts.html.j2").render(
        result=result, title=title, labels=labels, schedules=list(names), closing=closing(result)
    )


def _square(step: Step) -> str:
    """Return the class of a step's square: nondeterministic, agrees, or differs."""
    if step.chance:
        return "n"
    return "a" if step.agrees else "d"
