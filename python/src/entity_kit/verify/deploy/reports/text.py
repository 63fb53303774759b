"""A deploy's result for a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from entity_kit.verify.deploy.reports.words import closing, commands, numbers_lines, story, summary
from entity_kit.verify.deploy.results import Verdict
from entity_kit.verify.reports.words import aside_lines, printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from entity_kit.verify.deploy.results import DeployResult

_MARKS = {
    Verdict.UNCHANGED: "✓",
    Verdict.SAFE: "✓",
    Verdict.HEALS: "≈",
    Verdict.NEEDS: "✗",
    Verdict.FAILS: "!",
}


def text_lines(
    result: DeployResult,
    command: Sequence[str] = (),  # noqa: ARG001  (as the reports of other results)
    *,
    quiet: bool = False,
) -> Iterator[str]:
    """Yield the result; `quiet` omits models that need nothing, and all notes."""
    for line in _lines(result, quiet=quiet):
        yield printable(line)


def _lines(result: DeployResult, *, quiet: bool) -> Iterator[str]:
    width = max((len(model.name) for model in result.models), default=0)
    for model in result.models:
        needs_nothing = model.verdict in {Verdict.UNCHANGED, Verdict.SAFE}
        if quiet and needs_nothing:
            continue
        yield f"{_MARKS[model.verdict]} {model.name.ljust(width)}  {summary(model)}"
        yield from (f"    {line}" for line in story(model, result))
        yield from (f"    {line}" for line in numbers_lines(model))
        yield from (f"    note: {note}" for note in model.notes)
        if not needs_nothing:
            yield ""
    found = commands(result)
    if found:
        yield "after the merge, run:"
        yield from (f"    {command}" for command in found)
    if not quiet:
        yield from aside_lines(result)
    yield closing(result)
