"""The sentences about a deploy that all reports share."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from entity_kit.verify.deploy.results import FULL_REFRESH, Verdict
from entity_kit.verify.reports.words import counts_text, sample_line
from entity_kit.wording import counted, verb

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from entity_kit.compare.difference import Diff
    from entity_kit.replay.outcome import Failure
    from entity_kit.verify.deploy.results import DeployedModel, DeployResult, Merge, Wrong

_SIDES = {"only_incremental": "only in the old", "only_full_refresh": "only in the new"}
_MANY = {Verdict.HEALS: "heal", Verdict.NEEDS: "need a full refresh", Verdict.FAILS: "fail"}


def summary(model: DeployedModel) -> str:
    """Return the verdict with how the change reaches the model."""
    return f"{model.verdict.value}{f': {model.why}' if model.why else ''}"


def story(model: DeployedModel, result: DeployResult) -> Iterator[str]:
    """Yield what happens to a model's table, and what mends it."""
    if model.verdict is Verdict.FAILS and model.failure is not None:
        yield from _failure_lines(*model.failure)
    elif model.verdict is Verdict.HEALS:
        yield from _healing_lines(model, result)
    elif model.wrong is not None:
        yield from _wrong_lines(model.wrong, result)
    if model.verdict in {Verdict.NEEDS, Verdict.FAILS}:
        yield f"mend: {mend_text(model)}"


def _failure_lines(merge: Merge, failure: Failure) -> Iterator[str]:
    if failure.behind:
        yield f"merged after step {merge.at}: skipped at step {failure.step}, because {failure.behind} failed"
        return
    what = "full refresh" if failure.side == "full refresh" else "run"
    yield f"merged after step {merge.at}: the {what} at step {failure.step} fails"
    yield from (f"  {line}" for line in failure.message.splitlines())


def _healing_lines(model: DeployedModel, result: DeployResult) -> Iterator[str]:
    longest = max(model.telling, key=lambda merge: (merge.wrong_runs, merge.at))
    first = next(step for step in longest.steps if step.differs)
    runs = counted(longest.wrong_runs, "run")
    yield (
        f"merged after step {longest.at} of {len(result.steps)}: wrong for {runs}, right from the "
        f"next one on"
    )
    yield f"  at step {first.number}: {counts_text(first.comparison) or 'other columns'}"
    yield from (f"  {change}" for change in first.schema_changes)


def _wrong_lines(wrong: Wrong, result: DeployResult) -> Iterator[str]:
    counts = counts_text(wrong.comparison) or "no row in the columns that both have"
    yield (
        f"merged after step {wrong.merge} of {len(result.steps)}, it stays wrong "
        f"(the full refresh has {counted(wrong.rows, 'row')}): {counts}"
    )
    yield from (f"  {change}" for change in wrong.schema_changes)
    if wrong.columns:
        yield f"  columns: {columns_text(wrong.columns)}"
    if wrong.period is not None:
        time, first, last = wrong.period
        yield f"  {time}: {first} to {last}"
    if wrong.keys:
        listed = "; ".join(wrong.keys[:_SHOWN])
        more = " …" if len(wrong.keys) > _SHOWN else ""
        yield f"  {', '.join(wrong.key)}: {listed}{more}"
    yield from (f"  {sample_line(row)}" for row in wrong.sample)


_SHOWN = 5


def mend_text(model: DeployedModel) -> str:
    """Say which command mends a model's table, and how much of it that rebuilds."""
    mend = model.mend
    if mend is None:
        return (
            "no command that was tried makes the table equal its full refresh, not even "
            "`dbt run --full-refresh`."
        )
    command = shlex.join(mend.command)
    if not mend.share:
        return f"its next run does, once `{command}` has run for what it is built from."
    return f"`{command}` (tried; it rebuilds {_percent(mend.share)} of the rows)"


def _percent(share: float) -> str:
    if share >= 1:
        return "all"
    return "less than 1%" if share < 0.01 else f"{share:.0%}"


def commands(result: DeployResult) -> list[str]:
    """Return the commands that mend everything: one for all full refreshes, and the backfills."""
    found = dict.fromkeys(model.mend.command for model in result.models if model.mend is not None)
    prefix = len(FULL_REFRESH)
    whole = dict.fromkeys(
        name for each in found if each[:prefix] == FULL_REFRESH for name in each[prefix:]
    )
    together = [(*FULL_REFRESH, *whole)] if whole else []
    small = [each for each in found if each[:prefix] != FULL_REFRESH]
    return [shlex.join(command) for command in (*together, *small)]


def numbers_lines(model: DeployedModel) -> Iterator[str]:
    """Yield what the change does to a model's rows, full refresh against full refresh."""
    found = model.numbers
    if found is None or found.agrees:
        return
    yield f"numbers: {numbers_text(found)}"
    yield from (f"  {_turned(change)}" for change in found.schema_changes)
    if found.changed_columns:
        yield f"  columns: {columns_text(found.changed_columns)}"
    for row in found.sample:
        line = sample_line(row)
        for kind, name in _SIDES.items():
            line = line.replace(f"{kind}: ", f"{name}: ", 1) if row.kind == kind else line
        yield f"  {line}"


def numbers_text(found: Diff) -> str:
    """Say in one line how the full refreshes of both versions differ."""
    counts = found.comparison
    parts = [
        (counts.changed, "changed"),
        (counts.only_full_refresh, "only in the new"),
        (counts.only_incremental, "only in the old"),
    ]
    said = ", ".join(f"{counted(count, 'row')} {what}" for count, what in parts if count)
    return (
        f"full refresh old → new: {found.rows_incremental:,} → "
        f"{counted(found.rows_full_refresh, 'row')}; {said or 'only the columns differ'}"
    )


def _turned(change: str) -> str:
    """Say of which version a column is."""
    for side, version in (("in full_refresh", "in the new"), ("in incremental", "in the old")):
        if change.endswith(f"is only {side}"):
            return change.removesuffix(side) + version
    return change


def columns_text(columns: Mapping[str, int]) -> str:
    """List columns with the number of cells that changed, the most first."""
    ordered = sorted(columns.items(), key=lambda item: -item[1])
    return ", ".join(f"{name} ({counted(count, 'cell')})" for name, count in ordered)


def closing(result: DeployResult) -> str:
    """Summarize a result in one line."""
    counts = {
        verdict: sum(1 for model in result.models if model.verdict is verdict)
        for verdict in reversed(Verdict)
    }
    said = ", ".join(
        f"{count} {verdict.value if count == 1 else _MANY.get(verdict, verdict.value)}"
        for verdict, count in counts.items()
        if count
    )
    merges = f"Merged after step {_span(result.merges)} of " if result.merges else ""
    return (
        f"{counted(len(result.models), 'model')} from {result.revision} ({result.commit[:12]}): "
        f"{said or 'none'}. {merges}{counted(len(result.steps), 'step')}, "
        f"{result.timing.total_s:.1f} s (dbt {result.timing.dbt_s:.1f} s, "
        f"comparing {result.timing.compare_s:.1f} s)."
    )


def _span(merges: Sequence[int]) -> str:
    return str(merges[0]) if len(merges) == 1 else f"{merges[0]} to {merges[-1]}"


def headline(result: DeployResult) -> str:
    """Say in a sentence what a reviewer must know."""
    needing = sum(m.verdict in {Verdict.NEEDS, Verdict.FAILS} for m in result.models)
    if needing:
        return (
            f"{counted(needing, 'model')} {verb(needing, 'needs')} work after this merge. The "
            "commands below were tried on a copy of the data."
        )
    if result.verdict is Verdict.HEALS:
        return "Some tables are wrong for a while after this merge, and heal by themselves."
    return "No table needs a full refresh after this merge."
