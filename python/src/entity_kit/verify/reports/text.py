"""Results as text, JSON and JUnit XML: pure functions that yield lines or return plain data."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from entity_kit.arrivals.pace import written
from entity_kit.verify.reports.case_table import case_lines
from entity_kit.verify.reports.tree import dependent_lines, inherited_text, is_skipped, roots
from entity_kit.verify.reports.words import (
    aside_lines,
    closing,
    gist,
    printable,
    sample_line,
    since,
    step_text,
    summary,
    untried,
    untried_text,
)
from entity_kit.verify.results import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from entity_kit.causes.cause import Cause
    from entity_kit.replay.outcome import Failure, Step
    from entity_kit.verify.reports.tree import Root
    from entity_kit.verify.results import ModelResult, ScheduleResult, VerifyResult

MARKS = {
    Verdict.AGREES: "✓",
    Verdict.DECLARED: "≈",
    Verdict.NONDETERMINISTIC: "?",
    Verdict.SKIPPED: "!",
    Verdict.UNSUPPORTED: "!",
    Verdict.FAILED: "!",
    Verdict.DIFFERS: "✗",
}


def text_lines(
    result: VerifyResult,
    command: Sequence[str] = ("entity-kit", "verify"),
    *,
    cases_in: str | None = None,
    quiet: bool = False,
) -> Iterator[str]:
    """Yield the result for a terminal, with one line for each model that agrees.

    `cases_in` is the folder in which the cases found are saved. `quiet` omits models that agree,
    and all notes.
    """
    for line in _lines(result, command, cases_in, quiet=quiet):
        yield printable(line)


def _lines(
    result: VerifyResult, command: Sequence[str], cases_in: str | None, *, quiet: bool
) -> Iterator[str]:
    width = max((len(model.name) for model in result.models), default=0)
    for root in roots(result):
        if quiet and root.model is not None and root.model.verdict.agrees:
            continue
        if root.model is not None:
            yield from _model_lines(root, root.model, width, command, result.steps, cases_in)
        else:
            yield from _failed_lines(root, width)
    if not quiet:
        yield from aside_lines(result)
    yield closing(result)


def _failed_lines(root: Root, width: int) -> Iterator[str]:
    """Yield what happened to a model that isn't under test but kept others from running."""
    schedules = {s.schedule: None for m in root.skipped for s in m.schedules if is_skipped(s)}
    told = root.word.removeprefix("is ")
    yield f"{MARKS[Verdict.FAILED]} {root.name.ljust(width)}  {told} under {', '.join(schedules)}"
    if root.failure is not None:
        schedule, failure = root.failure
        yield from failure_lines(schedule.schedule, failure)
    for line in dependent_lines(root):
        yield f"    {line}"
    yield ""


def failure_lines(schedule: str, failure: Failure) -> Iterator[str]:
    """Yield on which side of a schedule dbt failed, with its message."""
    if failure.unsupported is not None:
        yield f"    {failure.message}"
        return
    yield f"    {schedule}, step {failure.step}, {failure.side}: dbt failed"
    for line in failure.message.splitlines():
        yield f"      {line}"


def _model_lines(
    root: Root,
    model: ModelResult,
    width: int,
    command: Sequence[str],
    steps: Sequence[datetime],
    cases_in: str | None,
) -> Iterator[str]:
    yield f"{MARKS[model.verdict]} {model.name.ljust(width)}  {summary(model)}"
    yield from schedule_lines(model, command, cases_in)
    if not model.verdict.agrees:
        bad = [s.schedule for s in model.schedules if not s.verdict.agrees and not s.case]
        if bad:
            # The instants, because fewer models may have other sources and so other steps.
            chosen = ["--select", model.name, "--schedules", ",".join(bad), "--at", written(steps)]
            yield f"    reproduce: {shlex.join([*command, *chosen])}"
    for line in dependent_lines(root):
        yield f"    {line}"
    if not model.verdict.agrees:
        yield ""
    for note in (*model.notes, *map(untried_text, untried(model))):
        yield f"    note: {note}"


def schedule_lines(
    model: ModelResult, command: Sequence[str], cases_in: str | None
) -> Iterator[str]:
    """Yield the story of each schedule that doesn't agree, once if several have the same story."""
    told: dict[tuple[object, ...], str] = {}
    for schedule in model.schedules:
        if schedule.verdict.agrees:
            continue
        short = gist(schedule)
        if schedule.case is not None:
            said = any(s.cause == schedule.cause for s in model.schedules if s is not schedule)
            yield from story(schedule, with_cause=not said)
            if cases_in is not None:
                file = f"{cases_in}/{schedule.case.file_name}"
                again = shlex.join([*command, "--replay", file])
                yield f"    saved: {file}"
                yield f"    replay: {again}"
        elif short in told:
            yield f"    {schedule.schedule}: as under {told[short]}{since(schedule)}"
        else:
            told[short] = schedule.schedule
            yield from story(schedule)
        if schedule.kept is not None:
            yield f"      kept: {schedule.kept.folder}"
            yield f"      compare: {shlex.join(schedule.kept.command)}"


def story(schedule: ScheduleResult, *, with_cause: bool = True) -> Iterator[str]:
    """Yield what happened to a model under a schedule: step, counts, rows, and cause."""
    if schedule.verdict is Verdict.NONDETERMINISTIC:
        yield from _unfair_lines(schedule, schedule.schedule)
        yield from cause_lines(schedule.cause)
        return
    if schedule.failure is not None and schedule.failure.behind:
        failure = schedule.failure
        yield (
            f"    {schedule.schedule}, step {failure.step}: skipped, because {failure.behind} "
            f"{failure.word}"
        )
    elif schedule.failure is not None:
        yield from failure_lines(schedule.schedule, schedule.failure)
    step = schedule.divergence
    if step is not None:
        yield from _difference_lines(schedule, step, with_cause=with_cause)


def _difference_lines(schedule: ScheduleResult, step: Step, *, with_cause: bool) -> Iterator[str]:
    healing = "heals later" if schedule.heals else "never heals"
    yield (
        f"    {schedule.schedule}: differs from step {step.number} of {schedule.steps[-1].number} "
        f"on ({step.at:%Y-%m-%d %H:%M} UTC), {healing}: {step_text(step)}"
    )
    for change in step.schema_changes:
        yield f"      {change}"
    if schedule.case is not None:
        yield from case_lines(schedule.case, schedule, step)
    inherited = inherited_text(schedule)
    if inherited:
        yield f"    {inherited}"
        return
    for row in schedule.sample if schedule.case is None else ():
        yield f"      {sample_line(row)}"
    for found in step.metrics:
        for each in found.differences:
            yield f"      {found.table.metric}: {each}"
    if schedule.nondeterministic:
        yield from _unfair_lines(schedule, "also")
    if with_cause:
        yield from cause_lines(schedule.cause)


def unfair_text(schedule: ScheduleResult) -> Iterator[str]:
    """Yield which columns are nondeterministic, and what to do about it."""
    reordered = schedule.reordered
    others = [name for name in schedule.nondeterministic if name not in reordered]
    if reordered:
        yield f"only the order of the values in {', '.join(reordered)} differs: there is no `order by`."
        yield "Sort the list, or add the columns to ignore_columns."
    if others:
        yield f"two full refreshes of the same rows differ in {', '.join(others)},"
        yield "so they can't be compared. Make the order total, or add the columns to ignore_columns."


def _unfair_lines(schedule: ScheduleResult, opening: str) -> Iterator[str]:
    first, *rest = unfair_text(schedule)
    yield f"    {opening}: {first}"
    for line in rest:
        yield f"    {line}"


def cause_lines(cause: Cause | None) -> Iterator[str]:
    """Yield a cause, the line that it points to, and what to write into the project."""
    if cause is None:
        return
    yield f"    cause: {cause.name}. {cause.explanation}"
    if cause.place is not None and cause.place.line is not None:
        yield f"    line: {cause.place}"
    for number, line in enumerate(cause.fix.splitlines()):
        yield f"    {'  ' if number else 'fix: '}{line}"
