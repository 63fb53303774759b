"""Results for GitHub: annotations at the models' lines, and Markdown for a pull request."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from entity_kit.verify.reports.text import story
from entity_kit.verify.reports.tree import dependent_lines, roots
from entity_kit.verify.reports.words import (
    bad_text,
    closing,
    counts_text,
    printable,
    untried,
    untried_text,
)
from entity_kit.verify.results import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator

    from entity_kit.causes.cause import Place
    from entity_kit.verify.reports.tree import Root
    from entity_kit.verify.results import ModelResult, ScheduleResult, VerifyResult

# A comment may have 65,536 characters. Leave a few for whoever posts it.
_LONGEST = 60_000
# Scripts find their earlier comment by this.
MARKER = "<!-- entity-kit verify -->"


def annotation_lines(result: VerifyResult, root: str = "") -> Iterator[str]:
    """Yield workflow commands: one error for each model that doesn't agree, at its file and line.

    `root` is the project's folder, relative to the repository's.
    """
    for told in roots(result):
        model = told.model
        if model is None:
            yield _command(
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
            yield _command("error", "\n".join(text), _file(model, root), line, title)
        for note in model.notes:
            yield _command("warning", f"{model.name}: {note}", _file(model, root))
        for schedule in untried(model):
            yield _command("notice", f"{model.name}: {untried_text(schedule)}", _file(model, root))
    for name, reason in result.left_out:
        yield _command("notice", f"{name}: left out, {reason}")
    for note in result.notes:
        yield _command("notice", note)
    yield printable(closing(result))


def _failed(root: Root) -> list[str]:
    """Say that a model that isn't under test failed, and what it kept from running."""
    message = root.failure[1].message if root.failure else root.name
    return [*message.splitlines(), *dependent_lines(root)]


def _command(kind: str, text: str, file: str = "", line: int | None = None, title: str = "") -> str:
    given = {"file": file, "line": "" if line is None else str(line), "title": title}
    properties = ",".join(f"{name}={_property(value)}" for name, value in given.items() if value)
    return f"::{kind}{' ' if properties else ''}{properties}::{_data(text)}"


def _data(text: str) -> str:
    """Escape the three characters that have a meaning in a command's text."""
    lines = "\n".join(printable(line) for line in text.split("\n"))
    return lines.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text.replace("\n", " ")).replace(":", "%3A").replace(",", "%2C")


def _file(model: ModelResult, root: str) -> str:
    return posixpath.normpath(posixpath.join(root, model.path)) if model.path else ""


def _bad(model: ModelResult) -> list[ScheduleResult]:
    """Return the schedules under which a model doesn't agree, the worst verdict first."""
    bad = [s for s in model.schedules if not s.verdict.agrees]
    return sorted(bad, key=lambda schedule: schedule.verdict is not model.verdict)


def _names(schedules: list[ScheduleResult]) -> str:
    return ", ".join(schedule.schedule for schedule in schedules)


def _place(schedules: list[ScheduleResult]) -> Place | None:
    places = (s.cause.place for s in schedules if s.cause is not None and s.cause.place is not None)
    return next(places, None)


def markdown_text(result: VerifyResult) -> str:
    """Return the result as a pull request comment, within GitHub's length limit."""
    agreeing = sum(1 for model in result.models if model.verdict.agrees)
    said = (
        f"{agreeing} of {len(result.models)} incremental model"
        f"{'' if len(result.models) == 1 else 's'} equal{'s' if agreeing == 1 else ''} "
        f"{'its' if agreeing == 1 else 'their'} full refresh at every step."
    )
    head = [
        MARKER,
        f"### entity-kit verify: {result.verdict.value}",
        "",
        said,
        "",
    ]
    foot = ["", _escaped(printable(closing(result))), ""]
    blocks = [*_table(result), *_details(result), *_notes(result)]
    room = _LONGEST - sum(len(line) + 1 for line in (*head, *foot))
    shown: list[str] = []
    for number, block in enumerate(blocks):
        room -= len(block) + 1
        if room < 0:
            left = len(blocks) - number
            shown.append(f"\n… and {left} more: see the command's output.")
            break
        shown.append(block)
    return "\n".join([*head, *shown, *foot])


def _table(result: VerifyResult) -> list[str]:
    """Return the table of what doesn't agree, one block per row."""
    found = [r for r in roots(result) if r.model is None or not r.model.verdict.agrees]
    if not found:
        return []
    lines = ["| model | verdict | schedules | first difference | cause |\n|---|---|---|---|---|"]
    for root in found:
        model = root.model
        if model is None:
            lines.append(_row(root.name, "failed", "", "", _first_line(root)))
            lines += _dependent_rows(root)
            continue
        schedules = _bad(model)
        step = schedules[0].divergence
        first = "" if step is None else f"step {step.number}: {counts_text(step.comparison)}"
        cause = schedules[0].cause
        named = "" if cause is None else cause.name
        place = _place(schedules)
        where = f" at {place.path}:{place.line}" if place and place.line is not None else ""
        cells = (model.name, model.verdict.value, _names(schedules), first, named + where)
        lines.append(_row(*cells))
        lines += _dependent_rows(root)
    return lines


def _row(*cells: str) -> str:
    return f"| {' | '.join(_escaped(printable(cell)) for cell in cells)} |"


def _first_line(root: Root) -> str:
    return root.failure[1].message.splitlines()[0] if root.failure else ""


def _dependent_rows(root: Root) -> list[str]:
    """Return one row for everything that inherits a difference, and one for everything skipped."""
    rows = []
    for line in dependent_lines(root):
        names, _, why = line.partition(": ")
        verdict = "skipped" if why.startswith("skipped") else "differs"
        rows.append(_row(f"↳ {names}", verdict, "", "", why))
    return rows


def _details(result: VerifyResult) -> list[str]:
    blocks = []
    for root in roots(result):
        model = root.model
        if model is None:
            continue
        told = [line for s in _bad(model) for line in story(s)]
        if told and model.verdict is not Verdict.AGREES:
            text = "\n".join(printable(line.removeprefix("    ")) for line in told)
            fence = "`" * max(3, *(len(run) + 1 for run in re.findall("`+", text) or [""]))
            summary = _escaped(printable(model.name))
            blocks.append(
                f"\n<details><summary>{summary}</summary>\n\n{fence}text\n{text}\n{fence}\n\n</details>"
            )
    return blocks


def _notes(result: VerifyResult) -> list[str]:
    notes = [f"{name}: left out, {reason}" for name, reason in result.left_out]
    notes += result.notes
    notes += [
        f"{model.name}: {note}"
        for model in result.models
        for note in (*model.notes, *map(untried_text, untried(model)))
    ]
    return ["", *(f"- {_escaped(printable(note))}" for note in notes)] if notes else []


def _escaped(text: str) -> str:
    """Escape data so that it mentions nobody, starts no column or tag, and links nothing."""
    return re.sub(
        r"[&<>|`*~\[\]()#@\\!]|(?<!\w)_|_(?!\w)", lambda found: f"&#{ord(found[0])};", text
    )
