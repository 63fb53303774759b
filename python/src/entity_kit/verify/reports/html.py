"""The result as one self-contained HTML page: no script, no request to any network."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from entity_kit.arrivals import deliveries, schedules
from entity_kit.arrivals.lateness import as_interval, span
from entity_kit.verify.reports.lateness_plot import plot
from entity_kit.verify.reports.stories import short_counts, stories
from entity_kit.verify.reports.text import unfair_text
from entity_kit.verify.reports.tree import dependent_lines, roots
from entity_kit.verify.reports.words import step_text
from entity_kit.verify.results import Verdict
from entity_kit.wording import counted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from entity_kit.arrivals.lateness import Lateness
    from entity_kit.replay.outcome import Failure, Step
    from entity_kit.verify.reports.tree import Root
    from entity_kit.verify.results import ModelResult, ScheduleResult, VerifyResult

# In the sentence at the top; the table below it has them all.
_NAMED = 3
_ORDER = (*schedules.RECORDED, schedules.CRASH, *deliveries.NAMES)


def page_environment() -> Environment:
    """Return what renders our HTML templates: all data is escaped, and a missing name is an error."""
    environment = Environment(
        loader=PackageLoader("entity_kit"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        name=_breakable, minute=_minute, counted=counted, span=span, interval=as_interval
    )
    environment.globals["plot"] = plot
    return environment


def as_html(result: VerifyResult, title: str) -> str:
    """Return the page, with all data escaped."""
    environment = page_environment()
    environment.filters["step_text"] = step_text
    environment.globals.update(
        square=_square,
        stories=stories,
        short_counts=short_counts,
        unfair=_unfair,
        below=dependent_lines,
        hint=_hint,
        failed=_failed,
    )
    told = [r for r in roots(result) if r.model is None or not r.model.verdict.agrees]
    return environment.get_template("report.html.j2").render(
        result=result,
        title=title,
        models=list(_ordered(result, told)),
        schedules=_schedule_names(result),
        roots=told,
        anchors=_anchors(told),
        links=_links(told),
        above={m.name: root.name for root in told for m in (*root.heirs, *root.skipped)},
        why=_why,
        named=told[:_NAMED],
        noted=any(model.notes for model in result.models),
        total=len(result.models),
        agreeing=sum(1 for model in result.models if model.verdict.agrees),
    )


def lookback_html(model: str, measured: Sequence[Lateness]) -> str:
    """Return how late the rows of a model's sources arrive as a page, with all data escaped."""
    template = page_environment().get_template("lookback.html.j2")
    return template.render(model=model, measured=measured)


def _ordered(result: VerifyResult, told: Sequence[Root]) -> Iterator[ModelResult]:
    """Yield what to blame first, each with what is wrong because of it, then what agrees."""
    for root in told:
        if root.model is not None:
            yield root.model
        yield from (*root.heirs, *root.skipped)
    yield from (model for model in result.models if model.verdict.agrees)


def _schedule_names(result: VerifyResult) -> list[str]:
    names = dict.fromkeys(s.schedule for model in result.models for s in model.schedules)
    return sorted(names, key=lambda name: _ORDER.index(name) if name in _ORDER else len(_ORDER))


def _anchors(told: Sequence[Root]) -> dict[str, str]:
    """Return each model's article: its own, or that of the model to blame."""
    return {
        model.name: f"m{number}"
        for number, root in enumerate(told, 1)
        for model in (root.model, *root.heirs, *root.skipped)
        if model is not None
    }


def _links(told: Sequence[Root]) -> dict[tuple[str, str], str]:
    """Return where the rows of a model under a schedule are, or those of the model to blame."""
    found = {}
    for number, root in enumerate(told, 1):
        places = {
            schedule.schedule: f"m{number}-{place}"
            for place, schedule in enumerate(root.model.schedules if root.model else (), 1)
            if not schedule.verdict.agrees
        }
        for model in (root.model, *root.heirs):
            if model is not None:
                found.update(
                    {
                        (model.name, schedule.schedule): places[schedule.schedule]
                        for schedule in model.schedules
                        if schedule.schedule in places and not schedule.verdict.agrees
                    }
                )
    return found


def _why(model: ModelResult) -> list[str]:
    """Return the causes of what a model's schedules show, each once, in few words."""
    causes = dict.fromkeys(
        schedule.cause.name if schedule.cause else _without_cause(schedule)
        for schedule in model.schedules
        if not schedule.verdict.agrees
    )
    return [cause for cause in causes if cause]


def _without_cause(schedule: ScheduleResult) -> str:
    if schedule.verdict is Verdict.NONDETERMINISTIC:
        return f"chance in {', '.join(schedule.nondeterministic)}"
    return "" if schedule.failure is None else _failed(schedule.failure)


def _failed(failure: Failure) -> str:
    return "can't be translated" if failure.unsupported is not None else "dbt failed"


def _square(schedule: ScheduleResult, step: Step) -> str:
    """Return the class of a step's square: agrees, chance, declared, or differs."""
    if step.agrees:
        return "a"
    if step.metrics:
        return "d"
    if step.chance or schedule.verdict is Verdict.NONDETERMINISTIC:
        return "n"
    return "w" if step.declared else "d"


def _hint(schedule: ScheduleResult) -> str:
    """Return what a row of squares says when pointed at: each step's time and how it ended."""
    lines = [
        f"step {step.number}, {_minute(step.at)}: {short_counts(schedule, step.number)}"
        for step in schedule.steps
    ]
    if schedule.failure is not None:
        lines.append(f"step {schedule.failure.step}: {_failed(schedule.failure)}")
    return "\n".join(lines)


def _unfair(schedule: ScheduleResult) -> str:
    """Say which columns are nondeterministic, in a sentence."""
    said = " ".join(unfair_text(schedule))
    return said[:1].upper() + said[1:]


def _minute(at: datetime) -> str:
    """Return a time to the minute, which is what a reader compares."""
    return f"{at:%Y-%m-%d %H:%M}"


def _breakable(name: str) -> Markup:
    """Return a name or path that may break after its underscores, dots, and slashes."""
    # These are characters that escaping neither adds nor changes.
    return Markup(re.sub(r"(?<=[_./])(?=\w)", "<wbr>", str(escape(name))))  # noqa: S704
