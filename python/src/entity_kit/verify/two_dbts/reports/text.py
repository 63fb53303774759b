"""The comparison of two dbts as text for a terminal."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from entity_kit.arrivals.pace import written
from entity_kit.verify.reports.words import aside_lines, printable
from entity_kit.verify.two_dbts.reports.words import (
    closing,
    gist,
    labels_of,
    mark,
    story,
    summary,
    verified_lines,
)
from entity_kit.verify.two_dbts.results import EMPTY, Pairing

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from entity_kit.verify.two_dbts.results import PairedModel, TwoDbts


def text_lines(
    result: TwoDbts, command: Sequence[str] = ("entity-kit", "verify"), *, quiet: bool = False
) -> Iterator[str]:
    """Yield the result for a terminal, with one line for each model that is the same and right.

    `quiet` omits these, and all notes.
    """
    for line in _lines(result, command, quiet=quiet):
        yield printable(line)


def _lines(result: TwoDbts, command: Sequence[str], *, quiet: bool) -> Iterator[str]:
    width = max((len(model.name) for model in result.models), default=0)
    for model in result.models:
        if quiet and model.agrees:
            continue
        yield f"{mark(model)} {model.name.ljust(width)}  {summary(model)}"
        if not model.agrees:
            yield from _model_lines(result, model, command)
            yield ""
    if not quiet:
        yield from aside_lines(result)
    yield closing(result)


def _model_lines(result: TwoDbts, model: PairedModel, command: Sequence[str]) -> Iterator[str]:
    told: dict[tuple[object, ...], str] = {}
    for schedule in model.schedules:
        if schedule.verdict is Pairing.SAME:
            continue
        short = gist(schedule)
        if short in told:
            yield f"    {schedule.schedule}: as under {told[short]}"
        else:
            told[short] = schedule.schedule
            yield from story(schedule, labels_of(result))
    for line, told_more in verified_lines(result, model):
        yield f"    {line}"
        yield from (f"      {each}" for each in told_more)
    bad = [s.schedule for s in model.schedules if s.verdict is not Pairing.SAME] or [
        s.schedule for own in model.verified for s in own.schedules if not s.verdict.agrees
    ]
    # The run with --empty is part of every comparison.
    names = [n for n in dict.fromkeys(bad) if n != EMPTY] or [model.schedules[0].schedule]
    chosen = ["--select", model.name, "--schedules", ",".join(names)]
    again = [*command, *chosen, "--at", written(result.steps)]
    yield f"    reproduce: {shlex.join(again)}"
