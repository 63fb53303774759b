"""Results for GitHub: annotations at the models' lines, and Markdown for a pull request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from entity_kit.causes.cause import Place
from entity_kit.verify.reports.comment import (
    escaped,
    file_in,
    fitted,
    folded,
    listed,
    table_row,
    workflow_command,
)
from entity_kit.verify.reports.text import story
from entity_kit.verify.reports.tree import dependent_lines, roots
from entity_kit.verify.reports.words import (
    asides,
    bad_text,
    closing,
    printable,
    step_text,
    untried,
    untried_text,
)
from entity_kit.verify.results import Verdict
from entity_kit.wording import counted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from entity_kit.verify.reports.tree import Root
    from entity_kit.verify.results import ModelResult, ScheduleResult, VerifyResult

# Scripts find their earlier comment by this.
MARKER = "<!-- entity-kit verify -->"


def annotation_lines(result: VerifyResult, root: str = "") -> Iterator[str]:
    """Yield workflow commands: one error for each model that doesn't agree, at its file and line.

    `root` is the project's folder, relative to the repository's.
    """
    for told in roots(result):
        model = told.model
        if model is None:
            yield workflow_command(
                "error", "\n".join(_failed(told)), title=f"entity-kit: {told.name} failed"
            )
            continue
        if not model.verdict.agrees:
            bad = _bad(model)
            place = _place(bad)
            text = [f"{model.name} {bad_text(model)}", ""]
            for schedule in bad[:1]:
                text += [line.removeprefix("    ") for line in story(schedule)]
            text += dependent_lines(told)
            title = f"entity-kit: {model.name} {model.verdict.value}"
            if bad[0].cause is not None:
                title += f" ({bad[0].cause.name})"
            line = place.line if place else None
            yield workflow_command("error", "\n".join(text), file_in(root, model.path), line, title)
        for note in model.notes:
            yield workflow_command("warning", f"{model.name}: {note}", file_in(root, model.path))
        for schedule in untried(model):
            yield workflow_command(
                "notice", f"{model.name}: {untried_text(schedule)}", file_in(root, model.path)
            )
    for each in asides(result):
        yield workflow_command("notice", each)
    yield printable(closing(result))


def _failed(root: Root) -> list[str]:
    """Say that a model that isn't under test failed, and what it kept from running."""
    message = root.failure[1].message if root.failure else root.name
    return [*message.splitlines(), *dependent_lines(root)]


def _bad(model: ModelResult) -> list[ScheduleResult]:
    """Return the schedules under which a model doesn't agree, the worst verdict first."""
    bad = [s for s in model.schedules if not s.verdict.agrees]
    return sorted(bad, key=lambda schedule: schedule.verdict is not model.verdict)


def _names(schedules: list[ScheduleResult]) -> str:
    return ", ".join(schedule.schedule for schedule in schedules)


def _place(schedules: list[ScheduleResult]) -> Place | None:
    places = (s.cause.place for s in schedules if s.cause is not None and s.cause.place is not None)
    untranslated = (
        Place(s.failure.unsupported.path, s.failure.unsupported.file_line)
        for s in schedules
        if s.failure is not None and s.failure.unsupported is not None and not s.failure.behind
    )
    return next(iter((*places, *untranslated)), None)


def markdown_text(result: VerifyResult) -> str:
    """Return the result as a pull request comment, within GitHub's length limit."""
    agreeing = sum(1 for model in result.models if model.verdict.agrees)
    total = len(result.models)
    said = (
        f"{agreeing} of {counted(total, 'incremental model')} "
        f"{'equals its' if 1 in (agreeing, total) else 'equal their'} full refresh at every step."
    )
    head = [
        MARKER,
        f"### entity-kit verify: {result.verdict.value}",
        "",
        said,
        "",
    ]
    foot = ["", escaped(printable(closing(result))), ""]
    blocks = [*_table(result), *_details(result), *_notes(result)]
    return fitted(head, blocks, foot)


def _table(result: VerifyResult) -> list[str]:
    """Return the table of what doesn't agree, one block per row."""
    found = [r for r in roots(result) if r.model is None or not r.model.verdict.agrees]
    if not found:
        return []
    lines = ["| model | verdict | schedules | first difference | cause |\n|---|---|---|---|---|"]
    for root in found:
        model = root.model
        if model is None:
            lines.append(
                table_row(root.name, root.word.removeprefix("is "), "", "", _first_line(root))
            )
            lines += _dependent_rows(root)
            continue
        schedules = _bad(model)
        step = schedules[0].divergence
        first = "" if step is None else f"step {step.number}: {step_text(step)}"
        cause = schedules[0].cause
        named = "" if cause is None else cause.name
        place = _place(schedules)
        where = f" at {place.path}:{place.line}" if place and place.line is not None else ""
        cells = (model.name, model.verdict.value, _names(schedules), first, named + where)
        lines.append(table_row(*cells))
        lines += _dependent_rows(root)
    return lines


def _first_line(root: Root) -> str:
    return root.failure[1].message.splitlines()[0] if root.failure else ""


def _dependent_rows(root: Root) -> list[str]:
    """Return one row for everything that inherits a difference, and one for everything skipped."""
    rows = []
    for line in dependent_lines(root):
        names, _, why = line.partition(": ")
        verdict = "skipped" if why.startswith("skipped") else "differs"
        rows.append(table_row(f"↳ {names}", verdict, "", "", why))
    return rows


def _details(result: VerifyResult) -> list[str]:
    blocks = []
    for root in roots(result):
        model = root.model
        if model is None:
            continue
        told = [line for s in _bad(model) for line in story(s)]
        if told and model.verdict is not Verdict.AGREES:
            blocks.append(folded(model.name, (line.removeprefix("    ") for line in told)))
    return blocks


def _notes(result: VerifyResult) -> list[str]:
    notes = asides(result)
    notes += [
        f"{model.name}: {note}"
        for model in result.models
        for note in (*model.notes, *map(untried_text, untried(model)))
    ]
    return listed(notes)
