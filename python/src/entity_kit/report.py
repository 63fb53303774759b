"""Results as text, JSON and JUnit XML: pure functions that yield lines or give plain data."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

from entity_kit.report_diff import json_value, render_change, render_value
from entity_kit.results import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from entity_kit.compare import Comparison, SampleRow
    from entity_kit.results import ModelResult, ScheduleResult, VerifyResult

_MARKS = {
    Verdict.AGREES: "✓",
    Verdict.DECLARED: "≈",
    Verdict.NONDETERMINISTIC: "?",
    Verdict.FAILED: "!",
    Verdict.DIFFERS: "✗",
}


def text_lines(
    result: VerifyResult, command: Sequence[str] = ("entity-kit", "verify")
) -> Iterator[str]:
    """Yield the result for a terminal: one line a model where all is well."""
    for line in _lines(result, command):
        yield printable(line)


def printable(text: str) -> str:
    """Escape what would command a terminal or break a line: names and values may hold anything."""
    return "".join(map(_shown, text))


def _shown(character: str) -> str:
    if character.isprintable():
        return character
    return "    " if character == "\t" else character.encode("unicode_escape").decode()


def _lines(result: VerifyResult, command: Sequence[str]) -> Iterator[str]:
    width = max((len(model.name) for model in result.models), default=0)
    for model in result.models:
        yield f"{_MARKS[model.verdict]} {model.name.ljust(width)}  {_summary(model)}"
        told: dict[tuple[object, ...], str] = {}
        for schedule in model.schedules:
            if schedule.verdict.agrees:
                continue
            gist = _gist(schedule)
            if gist in told:
                yield f"    {schedule.schedule}: as under {told[gist]}{_since(schedule)}"
            else:
                told[gist] = schedule.schedule
                yield from story(schedule)
        if not model.verdict.agrees:
            bad = [s.schedule for s in model.schedules if not s.verdict.agrees]
            yield "    reproduce: " + shlex.join(
                [*command, "--select", model.name, "--schedules", ",".join(bad)]
            )
            yield ""
        for note in model.notes:
            yield f"    note: {note}"
    for name, reason in result.left_out:
        yield f"- {name}: left out, {reason}"
    for note in result.notes:
        yield f"note: {note}"
    yield closing(result)


def _summary(model: ModelResult) -> str:
    names = ", ".join(schedule.schedule for schedule in model.schedules)
    if model.verdict is Verdict.AGREES:
        steps = max(len(schedule.steps) for schedule in model.schedules)
        return f"agrees at each of {steps} step{'' if steps == 1 else 's'} ({names})"
    if model.verdict is Verdict.DECLARED:
        return f"differs only where it declares to ({names})"
    bad = ", ".join(s.schedule for s in model.schedules if s.verdict is model.verdict)
    return f"{model.verdict.value} under {bad}"


def story(schedule: ScheduleResult) -> Iterator[str]:
    """Yield what happened to a model under a schedule: step, counts, rows and cause."""
    if schedule.nondeterministic:
        columns = ", ".join(schedule.nondeterministic)
        yield f"    {schedule.schedule}: two full refreshes of the same rows differ in {columns},"
        yield "    so no comparison is fair. Order it totally, or list the columns in ignore_columns."
        return
    if schedule.failure is not None:
        failure = schedule.failure
        yield f"    {schedule.schedule}, step {failure.step}, {failure.side}: dbt failed"
        for line in failure.message.splitlines():
            yield f"      {line}"
    step = schedule.divergence
    if step is None:
        return
    healing = "heals later" if schedule.heals else "never heals"
    yield (
        f"    {schedule.schedule}: differs from step {step.number} of {schedule.steps[-1].number} "
        f"on ({step.at:%Y-%m-%d %H:%M} UTC), {healing}: {counts_text(step.comparison)}"
    )
    for change in step.schema_changes:
        yield f"      {change}"
    for row in schedule.sample:
        yield f"      {sample_line(row)}"
    if schedule.cause is not None:
        yield f"    cause: {schedule.cause.name}. {schedule.cause.explanation}"
        if schedule.cause.place is not None and schedule.cause.place.line is not None:
            yield f"    line: {schedule.cause.place}"


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
    """Show one differing row; changed cells as `incremental → full refresh`."""
    cells = [
        f"{column}={render_change(row.before[column], value)}"
        if column in row.before
        else f"{column}={render_value(value)}"
        for column, value in row.row.items()
    ]
    return f"{row.kind}: {', '.join(cells)}"


def closing(result: VerifyResult) -> str:
    """Sum a result up in one line."""
    counts = {
        verdict: sum(1 for model in result.models if model.verdict is verdict)
        for verdict in Verdict
    }
    said = ", ".join(f"{count} {verdict.value}" for verdict, count in counts.items() if count)
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
                "schedules": [_schedule_json(schedule) for schedule in model.schedules],
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
            {"step": failure.step, "side": failure.side, "message": failure.message}
            if failure
            else None
        ),
        "cause": schedule.cause.name if schedule.cause else None,
        "explanation": schedule.cause.explanation if schedule.cause else None,
        "line": place.line if place else None,
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
    suites = ET.Element("testsuites", name="entity-kit verify")
    for model in result.models:
        bad = [s for s in model.schedules if s.verdict is Verdict.DIFFERS]
        broken = [
            s for s in model.schedules if s.verdict in {Verdict.FAILED, Verdict.NONDETERMINISTIC}
        ]
        suite = ET.SubElement(
            suites,
            "testsuite",
            name=_clean(model.name),
            tests=str(len(model.schedules)),
            failures=str(len(bad)),
            errors=str(len(broken)),
        )
        for schedule in model.schedules:
            case = ET.SubElement(
                suite, "testcase", classname=_clean(model.unique_id), name=schedule.schedule
            )
            if schedule.verdict.agrees:
                continue
            tag = "failure" if schedule.verdict is Verdict.DIFFERS else "error"
            cause = schedule.cause.name if schedule.cause else schedule.verdict.value
            child = ET.SubElement(case, tag, type=cause, message=_clean(f"{model.name}: {cause}"))
            child.text = _clean("\n".join(story(schedule)))
    ET.indent(suites)
    return ET.tostring(suites, encoding="unicode", xml_declaration=True) + "\n"


def _clean(text: str) -> str:
    """Leave out the control characters that XML can't hold."""
    return "".join(c for c in text if c in "\n\t" or (c >= " " and c not in "\ufffe\uffff"))
