"""The sentences about two dbts that all reports share."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from entity_kit.verify.reports.text import MARKS, cause_lines, failure_lines, schedule_lines
from entity_kit.verify.reports.words import bad_text, counts_text, run_text, sample_line
from entity_kit.verify.results import Verdict
from entity_kit.verify.sql_text import diff_lines
from entity_kit.verify.two_dbts.results import EMPTY_RUN, Pairing
from entity_kit.wording import counted, verb

if TYPE_CHECKING:
    from collections.abc import Iterator

    from entity_kit.compare.difference import SampleRow
    from entity_kit.verify.results import ModelResult
    from entity_kit.verify.two_dbts.results import (
        PairedModel,
        PairedSchedule,
        PairedSide,
        TwoDbts,
    )

# A diff is cut after so many lines; JSON has it whole.
_MOST_LINES = 40
_ONLY = {"only_incremental": 0, "only_full_refresh": 1}


def labels_of(result: TwoDbts) -> tuple[str, str]:
    return result.dbts[0].label, result.dbts[1].label


def mark(model: PairedModel) -> str:
    """Return the mark of a model, by the worst of what is said of it."""
    if model.agrees:
        return MARKS[Verdict.AGREES]
    if model.verdict is Pairing.PARTS:
        return MARKS[Verdict.DIFFERS]
    if model.verdict is not Pairing.SAME:
        return MARKS[Verdict(model.verdict.value)]
    return next(MARKS[each.verdict] for each in model.verified if not each.verdict.agrees)


def summary(model: PairedModel) -> str:
    """Say in a line what two dbts make of a model."""
    names = ", ".join(schedule.schedule for schedule in model.schedules)
    if model.verdict is Pairing.SAME:
        steps = max((len(s.steps) for each in model.schedules for s in each.sides), default=0)
        return f"same at each of {counted(steps, 'step')} ({names})"
    found: dict[Pairing, list[str]] = {}
    for schedule in model.schedules:
        if schedule.verdict is not Pairing.SAME:
            found.setdefault(schedule.verdict, []).append(schedule.schedule)
    return "; ".join(f"{verdict.value} under {', '.join(s)}" for verdict, s in found.items())


def verified_lines(result: TwoDbts, model: PairedModel) -> list[tuple[str, tuple[str, ...]]]:
    """Return what to say of verify's verdicts, each with its story, unless that was told already."""
    ours, theirs = model.verified
    if ours.verdict.agrees and theirs.verdict.agrees:
        return []
    if ours == theirs:
        return [(f"under both, verify says: {bad_text(ours)}", _told(ours))]
    return [
        (f"under {label}, verify says: {bad_text(own) or own.verdict.value}", _told(own))
        for label, own in zip(labels_of(result), model.verified, strict=True)
    ]


def _told(own: ModelResult) -> tuple[str, ...]:
    """Return the stories of verify; of a failure, the comparison has told."""
    if own.verdict in {Verdict.FAILED, Verdict.SKIPPED}:
        return ()
    return tuple(line.removeprefix("    ") for line in schedule_lines(own, (), None))


def gist(schedule: PairedSchedule) -> tuple[object, ...]:
    """Return a key that is equal for schedules with the same story."""
    side = schedule.parting
    if side is None:
        return (schedule.verdict, *(s.nondeterministic for s in schedule.sides))
    messages = tuple(failure.message if failure else None for failure in side.failures)
    return (side.side, side.cause and (side.cause.name, side.cause.explanation), messages)


def parting_text(side: PairedSide, labels: tuple[str, str]) -> str:
    """Say at which step and on which side two dbts part, and in how many rows."""
    step = side.divergence
    if step is None:
        return f"part at step {side.parts_at}, {side.side}"
    healing = "the same later" if side.heals else "never the same again"
    parts = [counts_text(step.comparison, labels)] if not step.comparison.agrees else []
    if step.schema_changes:
        count = len(step.schema_changes)
        parts.append(f"{counted(count, 'column')} {verb(count, 'differs')}")
    if side.side == EMPTY_RUN:
        return f"part after a run of step {step.number} that reads no rows: {', '.join(parts)}"
    return (
        f"part from step {step.number} of {side.steps[-1].number} on "
        f"({step.at:%Y-%m-%d %H:%M} UTC), {side.side}, {healing}: {', '.join(parts)}"
    )


def story(schedule: PairedSchedule, labels: tuple[str, str]) -> Iterator[str]:
    """Yield what two dbts did with a model under a schedule: step, side, rows, cause, and SQL."""
    side = schedule.parting
    if side is None:
        yield from _failed_lines(schedule, labels)
        return
    yield f"    {schedule.schedule}: {parting_text(side, labels)}"
    if side.divergence is not None:
        for change in side.divergence.schema_changes:
            yield f"      {_column(change, labels)}"
        for row in side.sample:
            yield f"      {sample_line(row, _kind(row, labels))}"
        if side.nondeterministic:
            yield f"    also: {unfair_text(side)}"
    else:
        yield from _failures(schedule.schedule, side, labels)
    if side.kept is not None:
        yield f"      kept: {side.kept.folder}"
        yield f"      compare: {shlex.join(side.kept.command)}"
    yield from cause_lines(side.cause)
    if side.cause is not None and not side.cause.inherited_from:
        yield from (f"      {line}" for line in sql_lines(side, labels))


def _failed_lines(schedule: PairedSchedule, labels: tuple[str, str]) -> Iterator[str]:
    """Yield why two dbts that don't part have no common answer either."""
    for side in schedule.sides:
        if side.verdict in {Pairing.FAILED, Pairing.SKIPPED}:
            yield from _failures(schedule.schedule, side, labels)
            return
        if side.verdict is Pairing.NONDETERMINISTIC:
            yield f"    {schedule.schedule}: {unfair_text(side)}"
            return


def _failures(schedule: str, side: PairedSide, labels: tuple[str, str]) -> Iterator[str]:
    for label, failure in zip(labels, side.failures, strict=True):
        if failure is not None and failure.behind:
            yield (
                f"    {schedule}, step {failure.step}, {label}: skipped, because "
                f"{failure.behind} failed"
            )
        elif failure is not None:
            yield from failure_lines(f"{schedule}, {label}", failure)


def unfair_text(side: PairedSide) -> str:
    """Say which columns one dbt builds in two ways from the same rows."""
    return (
        f"two full refreshes by one dbt differ in {', '.join(side.nondeterministic)}, so these "
        "columns aren't compared."
    )


def sql_lines(side: PairedSide, labels: tuple[str, str], most: int = _MOST_LINES) -> list[str]:
    """Return the compiled SQL of both as a diff, of the model or of the first one that it reads."""
    if not side.sql:
        return []
    found = side.sql[0]
    lines = list(diff_lines(found.dbt, found.against, labels))
    if len(lines) > most:
        lines[most:] = [f"… {len(lines) - most} more lines"]
    return [f"compiled SQL of {found.model}:", *lines]


def closing(result: TwoDbts) -> str:
    """Summarize a comparison in one line."""
    counts = {
        verdict: sum(1 for model in result.models if model.verdict is verdict)
        for verdict in Pairing
    }
    said = ", ".join(
        f"{count} {'part' if verdict is Pairing.PARTS and count > 1 else verdict.value}"
        for verdict, count in counts.items()
        if count
    )
    labels = labels_of(result)
    wrong = [sum(1 for m in result.models if not m.verified[n].verdict.agrees) for n in (0, 1)]
    found = " and ".join(
        f"{count} under {label}" for count, label in zip(wrong, labels, strict=True) if count
    )
    itself = f" Verify finds fault with {found}." if found else ""
    return (
        f"{counted(len(result.models), 'incremental model')} under {' and '.join(labels)}: "
        f"{said or 'none'}.{itself} {run_text(result.steps, result.seed, result.timing)}"
    )


def _kind(row: SampleRow, labels: tuple[str, str]) -> str:
    return f"only in {labels[_ONLY[row.kind]]}" if row.kind in _ONLY else row.kind


def _column(change: str, labels: tuple[str, str]) -> str:
    """Say of a column that one dbt's table alone has it by the name of that dbt."""
    for name, label in zip((" incremental", " full_refresh"), labels, strict=True):
        if change.endswith(f" is only in{name}"):
            return change.removesuffix(name) + f" {label}"
    return change
