"""The comparison of two dbts for GitHub: annotations, and Markdown for a pull request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from entity_kit.verify.reports.comment import (
    escaped,
    file_in,
    fitted,
    folded,
    listed,
    table_row,
    workflow_command,
)
from entity_kit.verify.reports.words import asides, printable
from entity_kit.verify.two_dbts.reports.words import (
    closing,
    labels_of,
    parting_text,
    story,
    summary,
    verified_lines,
)
from entity_kit.verify.two_dbts.results import Pairing
from entity_kit.wording import counted, verb

if TYPE_CHECKING:
    from collections.abc import Iterator

    from entity_kit.verify.two_dbts.results import PairedModel, PairedSchedule, TwoDbts

# Scripts find their earlier comment by this.
MARKER = "<!-- entity-kit verify --against-dbt -->"


def annotation_lines(result: TwoDbts, root: str = "") -> Iterator[str]:
    """Yield workflow commands: one error for each model that isn't the same and right under both.

    `root` is the project's folder, relative to the repository's.
    """
    for model in result.models:
        if not model.agrees:
            worst = _worst(model)
            cause = worst.parting.cause if worst and worst.parting else None
            place = cause.place if cause else None
            text = [f"{model.name}: {summary(model)}", "", *_told(result, model, most=1)]
            title = f"entity-kit: {model.name} {model.verdict.value}"
            if cause is not None:
                title += f" ({cause.name})"
            line = place.line if place else None
            file = file_in(root, model.path)
            yield workflow_command("error", "\n".join(text), file, line, title)
    for note in asides(result):
        yield workflow_command("notice", note)
    yield printable(closing(result))


def markdown_text(result: TwoDbts) -> str:
    """Return the result as a pull request comment, within GitHub's length limit."""
    same = sum(1 for model in result.models if model.verdict is Pairing.SAME)
    labels = labels_of(result)
    said = (
        f"{same} of {counted(len(result.models), 'incremental model')} {verb(same, 'is')} the same "
        f"under {labels[0]} and {labels[1]} at every step."
    )
    told = [model for model in result.models if not model.agrees]
    header = "| model | verdict | first parting | cause | under each dbt, verify says |\n|---|---|---|---|---|"
    blocks = [header, *(_row(result, model) for model in told)] if told else []
    blocks += [folded(model.name, _told(result, model)) for model in told]
    head = [MARKER, f"### entity-kit verify: {result.verdict.value}", "", escaped(said), ""]
    foot = ["", escaped(printable(closing(result))), ""]
    return fitted(head, [*blocks, *listed(asides(result))], foot)


def _row(result: TwoDbts, model: PairedModel) -> str:
    worst = _worst(model)
    side = worst.parting if worst else None
    first = parting_text(side, labels_of(result)) if side else ""
    cause = side.cause.name if side and side.cause else ""
    verdicts = [own.verdict.value for own in model.verified]
    verified = verdicts[0] if verdicts[0] == verdicts[1] else ", ".join(verdicts)
    named = f"{worst.schedule}: {first}" if worst and first else ""
    return table_row(model.name, model.verdict.value, named, cause, verified)


def _worst(model: PairedModel) -> PairedSchedule | None:
    """Return the first schedule under which two dbts part, or else have no common answer."""
    bad = [s for s in model.schedules if s.verdict is not Pairing.SAME]
    return min(bad, key=lambda each: each.verdict is not model.verdict, default=None)


def _told(result: TwoDbts, model: PairedModel, most: int | None = None) -> list[str]:
    """Return the stories of a model's schedules, at most so many, and of what verify says."""
    labels = labels_of(result)
    bad = [s for s in model.schedules if s.verdict is not Pairing.SAME]
    lines = [line for schedule in bad[:most] for line in story(schedule, labels)]
    lines = [line.removeprefix("    ") for line in lines]
    for line, told_more in verified_lines(result, model):
        lines += [line, *(f"  {each}" for each in told_more)]
    return lines
