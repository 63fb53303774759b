"""Results as text, JSON and JUnit XML: pure functions that yield lines or give plain data."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

from entity_kit.arrivals import cases
from entity_kit.arrivals.pace import written
from entity_kit.compare import tolerance
from entity_kit.compare.report import CELLS, json_value, render_change, render_value
from entity_kit.verify.reports.tree import dependent_lines, inherited_text, is_skipped, roots
from entity_kit.verify.results import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from entity_kit.arrivals.cases import Case
    from entity_kit.compare.relations import Comparison, SampleRow
    from entity_kit.replay.outcome import Failure, Step
    from entity_kit.verify.reports.tree import Root
    from entity_kit.verify.results import ModelResult, ScheduleResult, VerifyResult

_MARKS = {
    Verdict.AGREES: "✓",
    Verdict.DECLARED: "≈",
    Verdict.NONDETERMINISTIC: "?",
    Verdict.SKIPPED: "!",
    Verdict.FAILED: "!",
    Verdict.DIFFERS: "✗",
}


def text_lines(
    result: VerifyResult,
    command: Sequence[str] = ("entity-kit", "verify"),
    *,
    cases_in: str | None = None,
) -> Iterator[str]:
    """Yield the result for a terminal: one line a model where all is well.

    `cases_in` is the folder in which the cases that were found are saved.
    """
    for line in _lines(result, command, cases_in):
        yield printable(line)


def printable(text: str) -> str:
    """Escape what would command a terminal or break a line: names and values may hold anything."""
    return "".join(map(_shown, text))


def _shown(character: str) -> str:
    if character.isprintable():
        return character
    return "    " if character == "\t" else character.encode("unicode_escape").decode()


def _lines(result: VerifyResult, command: Sequence[str], cases_in: str | None) -> Iterator[str]:
    width = max((len(model.name) for model in result.models), default=0)
    for root in roots(result):
        if root.model is not None:
            yield from _model_lines(root, root.model, width, command, result.steps, cases_in)
        else:
            yield from _failed_lines(root, width)
    for name, reason in result.left_out:
        yield f"- {name}: left out, {reason}"
    for note in result.notes:
        yield f"note: {note}"
    yield closing(result)


def _failed_lines(root: Root, width: int) -> Iterator[str]:
    """Yield what became of a model that isn't under test, but kept others from running."""
    schedules = {s.schedule: None for m in root.skipped for s in m.schedules if is_skipped(s)}
    yield f"{_MARKS[Verdict.FAILED]} {root.name.ljust(width)}  failed under {', '.join(schedules)}"
    if root.failure is not None:
        yield from _failure_lines(*root.failure)
    for line in dependent_lines(root):
        yield f"    {line}"
    yield ""


def _failure_lines(schedule: ScheduleResult, failure: Failure) -> Iterator[str]:
    yield f"    {schedule.schedule}, step {failure.step}, {failure.side}: dbt failed"
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
    yield f"{_MARKS[model.verdict]} {model.name.ljust(width)}  {_summary(model)}"
    yield from _schedule_lines(model, command, cases_in)
    if not model.verdict.agrees:
        bad = [s.schedule for s in model.schedules if not s.verdict.agrees and not s.case]
        if bad:
            # The instants, since fewer models would have other sources and so other steps.
            chosen = ["--select", model.name, "--schedules", ",".join(bad), "--at", written(steps)]
            yield f"    reproduce: {shlex.join([*command, *chosen])}"
    for line in dependent_lines(root):
        yield f"    {line}"
    if not model.verdict.agrees:
        yield ""
    for note in (*model.notes, *map(untried_text, untried(model))):
        yield f"    note: {note}"


def _schedule_lines(
    model: ModelResult, command: Sequence[str], cases_in: str | None
) -> Iterator[str]:
    """Yield the story of each schedule that doesn't agree, once where several have the same."""
    told: dict[tuple[object, ...], str] = {}
    for schedule in model.schedules:
        if schedule.verdict.agrees:
            continue
        gist = _gist(schedule)
        if schedule.case is not None:
            said = any(s.cause == schedule.cause for s in model.schedules if s is not schedule)
            yield from story(schedule, with_cause=not said)
            if cases_in is not None:
                file = f"{cases_in}/{schedule.case.file_name}"
                again = shlex.join([*command, "--replay", file])
                yield f"    saved: {file}"
                yield f"    replay: {again}"
        elif gist in told:
            yield f"    {schedule.schedule}: as under {told[gist]}{_since(schedule)}"
        else:
            told[gist] = schedule.schedule
            yield from story(schedule)


def untried(model: ModelResult) -> list[ScheduleResult]:
    """Return the schedules that put nothing to the test, and so say nothing by agreeing."""
    return [s for s in model.schedules if s.untried and s.verdict.agrees]


def untried_text(schedule: ScheduleResult) -> str:
    """Say why a schedule put nothing to the test."""
    return f"{schedule.schedule} tries nothing: {schedule.untried}."


def _summary(model: ModelResult) -> str:
    names = ", ".join(s.schedule for s in model.schedules if not s.examples and not s.untried)
    if model.verdict is Verdict.AGREES:
        steps = max(len(schedule.steps) for schedule in model.schedules)
        tried = sum(schedule.examples for schedule in model.schedules)
        more = f", and in {tried} example{'' if tried == 1 else 's'}" if tried else ""
        told = names or "as recorded"
        idle = "".join(f"; nothing to try under {s.schedule}" for s in untried(model))
        return f"agrees at each of {steps} step{'' if steps == 1 else 's'} ({told}){more}{idle}"
    if model.verdict is Verdict.DECLARED:
        return f"differs only where it declares to ({names})"
    return bad_text(model)


def bad_text(model: ModelResult) -> str:
    """Say under which schedules a model doesn't agree, each verdict with its own."""
    found: dict[Verdict, list[str]] = {}
    for schedule in model.schedules:
        if not schedule.verdict.agrees:
            found.setdefault(schedule.verdict, []).append(schedule.schedule)
    return "; ".join(
        f"{verdict.value} under {', '.join(names)}" for verdict, names in found.items()
    )


def story(schedule: ScheduleResult, *, with_cause: bool = True) -> Iterator[str]:
    """Yield what happened to a model under a schedule: step, counts, rows and cause."""
    if schedule.verdict is Verdict.NONDETERMINISTIC:
        yield from _unfair_lines(schedule, schedule.schedule)
        yield from _cause_lines(schedule)
        return
    if schedule.failure is not None and schedule.failure.behind:
        failure = schedule.failure
        yield (
            f"    {schedule.schedule}, step {failure.step}: skipped, because {failure.behind} failed"
        )
    elif schedule.failure is not None:
        yield from _failure_lines(schedule, schedule.failure)
    step = schedule.divergence
    if step is not None:
        yield from _difference_lines(schedule, step, with_cause=with_cause)


def _difference_lines(schedule: ScheduleResult, step: Step, *, with_cause: bool) -> Iterator[str]:
    healing = "heals later" if schedule.heals else "never heals"
    yield (
        f"    {schedule.schedule}: differs from step {step.number} of {schedule.steps[-1].number} "
        f"on ({step.at:%Y-%m-%d %H:%M} UTC), {healing}: {counts_text(step.comparison)}"
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
    if schedule.nondeterministic:
        yield from _unfair_lines(schedule, "besides")
    if with_cause:
        yield from _cause_lines(schedule)


def unfair_text(schedule: ScheduleResult) -> Iterator[str]:
    """Yield in what a model's columns are chance, and what to do about it."""
    reordered = schedule.reordered
    others = [name for name in schedule.nondeterministic if name not in reordered]
    if reordered:
        yield f"nothing but the order of the values in {', '.join(reordered)} differs: no `order by`"
        yield "says which comes first. Order the list, or list the columns in ignore_columns."
    if others:
        yield f"two full refreshes of the same rows differ in {', '.join(others)},"
        yield "so no comparison is fair. Order it totally, or list the columns in ignore_columns."


def _unfair_lines(schedule: ScheduleResult, opening: str) -> Iterator[str]:
    first, *rest = unfair_text(schedule)
    yield f"    {opening}: {first}"
    for line in rest:
        yield f"    {line}"


def _cause_lines(schedule: ScheduleResult) -> Iterator[str]:
    cause = schedule.cause
    if cause is None:
        return
    yield f"    cause: {cause.name}. {cause.explanation}"
    if cause.place is not None and cause.place.line is not None:
        yield f"    line: {cause.place}"
    for number, line in enumerate(cause.fix.splitlines()):
        yield f"    {'  ' if number else 'fix: '}{line}"


def case_lines(case: Case, schedule: ScheduleResult, step: Step) -> Iterator[str]:
    """Yield two small tables: what arrived when, and what came out."""
    runs = sum(case.runs.values())
    if case.found_by:
        yield (
            f"      the fewest rows and runs that still differ ({case.rows} row"
            f"{'' if case.rows == 1 else 's'}, {runs} run{'' if runs == 1 else 's'}; found under "
            f"{case.found_by}, with {case.tried} dbt runs)"
        )
    yield "      what arrived when:"
    if 0 in case.runs:
        yield f"        a first run before anything arrived ({case.first:%Y-%m-%d %H:%M:%S})"
    for table in case.tables:
        if not table.versions:
            yield f"        {table.name}: nothing"
            continue
        header = (table.name, "until", *(name for name, _ in table.columns))
        listed = sorted(table.versions, key=lambda version: version.since)
        cells = [
            (
                f"step {version.since}, {case.clocks[version.since - 1]:%Y-%m-%d %H:%M}",
                "" if version.until is None else f"step {version.until}",
                *("NULL" if value is None else value for value in version.values),
            )
            for version in listed[:_MOST_ROWS]
        ]
        yield from _as_table(header, cells, len(listed) - _MOST_ROWS)
    yield f"      what came out at step {step.number}:"
    out = []
    names = tuple(schedule.sample[0].row) if schedule.sample else ()
    for row in schedule.sample:
        sides = {
            "only_incremental": ("incremental",),
            "only_full_refresh": ("full refresh",),
        }.get(row.kind, ("incremental", "full refresh"))
        for side in sides:
            values = {**row.row, **row.before} if side == "incremental" else row.row
            out.append((side, *(render_value(values.get(name)) for name in names)))
    if out:
        yield from _as_table(("table", *names), out, 0)


_MOST_ROWS, _WIDEST = 20, 32


def _as_table(header: Sequence[str], lines: Sequence[Sequence[str]], more: int) -> Iterator[str]:
    def short(cell: str) -> str:
        shown = printable(cell)
        return shown if len(shown) <= _WIDEST else f"{shown[: _WIDEST - 1]}…"

    # A column that says nothing anywhere, such as `until`, is left out.
    kept = [n for n, name in enumerate(header) if name != "until" or any(x[n] for x in lines)]
    table = [[short(line[n]) for n in kept] for line in (header, *lines)]
    widths = [max(len(line[n]) for line in table) for n in range(len(kept))]
    for line in table:
        cells = (cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        yield f"        {'  '.join(cells).rstrip()}"
    if more > 0:
        yield f"        … and {more:,} more"


def _gist(schedule: ScheduleResult) -> tuple[object, ...]:
    """Give what makes two schedules tell the same story."""
    return (
        schedule.verdict,
        schedule.cause.name if schedule.cause else None,
        schedule.nondeterministic,
        schedule.failure.message if schedule.failure else None,
    )


def _since(schedule: ScheduleResult) -> str:
    step = schedule.divergence
    if step is None:
        return ""
    return f", from step {step.number} on: {counts_text(step.comparison)}"


def counts_text(comparison: Comparison) -> str:
    """Say how many rows differ, and how."""
    parts = [
        (comparison.changed, "changed"),
        (comparison.only_full_refresh, "only in the full refresh"),
        (comparison.only_incremental, "only in the incremental table"),
    ]
    return ", ".join(
        f"{count:,} row{'' if count == 1 else 's'} {what}" for count, what in parts if count
    )


def sample_line(row: SampleRow) -> str:
    """Show one differing row; changed cells as `incremental → full refresh`.

    Of a wide row: what changed, and the first other cells.
    """
    changed = [column for column in row.row if column in row.before][:CELLS]
    others = [column for column in row.row if column not in row.before]
    shown = {*changed, *others[: max(CELLS - len(changed), 1)]}
    cells = [
        f"{column}={render_change(row.before[column], value)}"
        if column in row.before
        else f"{column}={render_value(value)}"
        for column, value in row.row.items()
        if column in shown
    ]
    left = len(row.row) - len(cells)
    return f"{row.kind}: {', '.join(cells)}{f', … {left} more' if left else ''}"


def closing(result: VerifyResult) -> str:
    """Sum a result up in one line."""
    counts = {
        verdict: sum(1 for model in result.models if model.verdict is verdict)
        for verdict in Verdict
    }
    plural = {Verdict.AGREES: "agree", Verdict.DIFFERS: "differ"}
    said = ", ".join(
        f"{count} {verdict.value if count == 1 else plural.get(verdict, verdict.value)}"
        for verdict, count in counts.items()
        if count
    )
    return (
        f"{len(result.models)} incremental model{'' if len(result.models) == 1 else 's'}: "
        f"{said or 'none'}. {len(result.steps)} step{'' if len(result.steps) == 1 else 's'}, "
        f"seed {result.seed}, "
        f"{result.timing.total_s:.1f} s (dbt {result.timing.dbt_s:.1f} s, "
        f"comparing {result.timing.compare_s:.1f} s)."
    )


def as_json(result: VerifyResult) -> dict[str, Any]:
    """Give the result as plain data, version 1 of the contract (DESIGN §5)."""
    return {
        "version": 1,
        "verdict": result.verdict.value,
        "seed": result.seed,
        "steps": [instant.isoformat() for instant in result.steps],
        "models": [
            {
                "name": model.name,
                "unique_id": model.unique_id,
                "verdict": model.verdict.value,
                "path": model.path,
                "notes": list(model.notes),
                "inherited_from": list(model.inherited_from),
                "through": list(model.through),
                "skipped_behind": model.skipped_behind or None,
                "schedules": [_schedule_json(schedule) for schedule in model.schedules],
                "rounding": tolerance.as_json(model.rounding),
            }
            for model in result.models
        ],
        "left_out": [{"name": name, "reason": reason} for name, reason in result.left_out],
        "notes": list(result.notes),
        "timing": {
            "total_s": round(result.timing.total_s, 3),
            "dbt_s": round(result.timing.dbt_s, 3),
            "compare_s": round(result.timing.compare_s, 3),
        },
    }


def _schedule_json(schedule: ScheduleResult) -> dict[str, Any]:
    divergence = schedule.divergence
    failure = schedule.failure
    place = schedule.cause.place if schedule.cause else None
    return {
        "schedule": schedule.schedule,
        "verdict": schedule.verdict.value,
        "first_divergence": divergence.number if divergence else None,
        "heals": schedule.heals,
        "steps": [
            {
                "step": step.number,
                "at": step.at.isoformat(),
                "only_incremental": step.comparison.only_incremental,
                "only_full_refresh": step.comparison.only_full_refresh,
                "changed": step.comparison.changed,
            }
            for step in schedule.steps
        ],
        "nondeterministic_columns": list(schedule.nondeterministic),
        "failure": (
            {
                "step": failure.step,
                "side": failure.side,
                "message": failure.message,
                "skipped_behind": failure.behind or None,
            }
            if failure
            else None
        ),
        "examples": schedule.examples,
        "altered": schedule.altered,
        "untried": schedule.untried or None,
        "case": cases.as_json(schedule.case) if schedule.case else None,
        "cause": schedule.cause.name if schedule.cause else None,
        "explanation": schedule.cause.explanation if schedule.cause else None,
        "inherited_from": list(schedule.cause.inherited_from) if schedule.cause else [],
        "line": place.line if place else None,
        "fix": schedule.cause.fix or None if schedule.cause else None,
        "sample": [
            {
                "kind": row.kind,
                "row": {column: json_value(value) for column, value in row.row.items()},
                "before": {column: json_value(value) for column, value in row.before.items()},
            }
            for row in schedule.sample
        ],
    }


def as_junit(result: VerifyResult) -> str:
    """Give the result as JUnit XML: one case per model and schedule."""
    names = {model.name for model in result.models}
    suites = ET.Element("testsuites", name="entity-kit verify")
    for model in result.models:
        suite = ET.SubElement(suites, "testsuite", name=_clean(model.name))
        counts = {"failure": 0, "error": 0, "skipped": 0}
        for schedule in model.schedules:
            case = ET.SubElement(
                suite, "testcase", classname=_clean(model.unique_id), name=schedule.schedule
            )
            child = _junit_child(model, schedule, names)
            if child is not None:
                case.append(child)
                counts[child.tag] += 1
        suite.set("tests", str(len(model.schedules)))
        suite.set("failures", str(counts["failure"]))
        suite.set("errors", str(counts["error"]))
        if counts["skipped"]:
            suite.set("skipped", str(counts["skipped"]))
    ET.indent(suites)
    return ET.tostring(suites, encoding="unicode", xml_declaration=True) + "\n"


def _junit_child(
    model: ModelResult, schedule: ScheduleResult, names: set[str]
) -> ET.Element | None:
    """Return what a test case holds: a failure, an error or why it was skipped; None if it passed."""
    if schedule.verdict.agrees:
        if not schedule.untried:
            return None
        return ET.Element("skipped", message=_clean(untried_text(schedule)))
    failure = schedule.failure
    # Where the model that failed has no test case of its own, this one says that the build is broken.
    if is_skipped(schedule) and failure is not None and failure.behind in names:
        return ET.Element("skipped", message=_clean(f"{failure.behind} failed"))
    tag = "failure" if schedule.verdict is Verdict.DIFFERS else "error"
    cause = schedule.cause.name if schedule.cause else schedule.verdict.value
    said = inherited_text(schedule) or cause
    child = ET.Element(tag, type=cause, message=_clean(f"{model.name}: {said}"))
    child.text = _clean("\n".join(story(schedule)))
    return child


def _clean(text: str) -> str:
    """Leave out the control characters that XML can't hold."""
    return "".join(c for c in text if c in "\n\t" or (c >= " " and c not in "\ufffe\uffff"))
