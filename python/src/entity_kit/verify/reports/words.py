"""The sentences about a result that all reports share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from entity_kit.compare.report import CELLS, render_change, render_value
from entity_kit.verify.results import Verdict
from entity_kit.wording import counted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from entity_kit.compare.difference import Comparison, SampleRow
    from entity_kit.replay.outcome import Step
    from entity_kit.verify.results import ModelResult, ScheduleResult, Timing, VerifyResult


class _Result(Protocol):
    """A result of any kind: which models aren't in it and why, and its notes."""

    @property
    def left_out(self) -> Sequence[tuple[str, str]]: ...

    @property
    def notes(self) -> Sequence[str]: ...


def aside_lines(result: _Result) -> Iterator[str]:
    """Yield what a terminal shows below the models: those that were left out, and the notes."""
    yield from (f"- {each}" for each in _left_out(result))
    yield from (f"note: {note}" for note in result.notes)


def asides(result: _Result) -> list[str]:
    """Return the models that were left out, and the notes, for a list."""
    return [*_left_out(result), *result.notes]


def _left_out(result: _Result) -> list[str]:
    return [f"{name}: left out, {reason}" for name, reason in result.left_out]


def printable(text: str) -> str:
    """Escape control characters and line breaks, because names and values may contain anything."""
    return "".join(map(_shown, text))


def _shown(character: str) -> str:
    if character.isprintable():
        return character
    return "    " if character == "\t" else character.encode("unicode_escape").decode()


def untried(model: ModelResult) -> list[ScheduleResult]:
    """Return the schedules that agree but tested nothing."""
    return [s for s in model.schedules if s.untried and s.verdict.agrees]


def untried_text(schedule: ScheduleResult) -> str:
    """Return why a schedule tested nothing."""
    return f"{schedule.schedule} tests nothing: {schedule.untried}."


def summary(model: ModelResult) -> str:
    names = ", ".join(s.schedule for s in model.schedules if not s.examples and not s.untried)
    if model.verdict is Verdict.AGREES:
        steps = max(len(schedule.steps) for schedule in model.schedules)
        tried = sum(schedule.examples for schedule in model.schedules)
        more = f", and in {tried} example{'' if tried == 1 else 's'}" if tried else ""
        told = names or "as recorded"
        idle = "".join(f"; nothing to test under {s.schedule}" for s in untried(model))
        return f"agrees at each of {steps} step{'' if steps == 1 else 's'} ({told}){more}{idle}"
    if model.verdict is Verdict.DECLARED:
        return f"differs only in declared columns ({names})"
    return bad_text(model)


def bad_text(model: ModelResult) -> str:
    """Say under which schedules a model doesn't agree, by verdict."""
    found: dict[Verdict, list[str]] = {}
    for schedule in model.schedules:
        if not schedule.verdict.agrees:
            found.setdefault(schedule.verdict, []).append(schedule.schedule)
    return "; ".join(
        f"{verdict.value} under {', '.join(names)}" for verdict, names in found.items()
    )


def gist(schedule: ScheduleResult) -> tuple[object, ...]:
    """Return a key that is equal for schedules with the same story."""
    return (
        schedule.verdict,
        schedule.cause.name if schedule.cause else None,
        schedule.nondeterministic,
        schedule.failure.message if schedule.failure else None,
    )


def since(schedule: ScheduleResult) -> str:
    step = schedule.divergence
    if step is None:
        return ""
    return f", from step {step.number} on: {step_text(step)}"


SIDES = ("the incremental table", "the full refresh")


def counts_text(comparison: Comparison, sides: tuple[str, str] = SIDES) -> str:
    """Say how many rows differ, and how; `sides` is what to call them."""
    parts = [
        (comparison.changed, "changed"),
        (comparison.only_full_refresh, f"only in {sides[1]}"),
        (comparison.only_incremental, f"only in {sides[0]}"),
    ]
    return ", ".join(f"{counted(count, 'row')} {what}" for count, what in parts if count)


def step_text(step: Step) -> str:
    """Say how a step differs: from the full refresh, and from metrics."""
    metrics = [
        f"{counted(each.count, 'row')} not as metric {each.table.metric} is defined"
        for each in step.metrics
    ]
    return ", ".join(each for each in (counts_text(step.comparison), *metrics) if each)


def sample_line(row: SampleRow, kind: str | None = None) -> str:
    """Show one differing row, with changed cells as `incremental → full refresh`.

    Of a wide row, show the changed cells and the first others. `kind` is what to call the row's.
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
    return f"{kind or row.kind}: {', '.join(cells)}{f', … {left} more' if left else ''}"


def closing(result: VerifyResult) -> str:
    """Summarize a result in one line."""
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
    where = " on synthetic data" if result.synthetic else ""
    return (
        f"{counted(len(result.models), 'incremental model')}{where}: {said or 'none'}. "
        f"{run_text(result.steps, result.seed, result.timing)}"
    )


def run_text(steps: Sequence[datetime], seed: int, timing: Timing) -> str:
    """Say what a replay took."""
    return (
        f"{counted(len(steps), 'step')}, seed {seed}, {timing.total_s:.1f} s "
        f"(dbt {timing.dbt_s:.1f} s, comparing {timing.compare_s:.1f} s)."
    )
