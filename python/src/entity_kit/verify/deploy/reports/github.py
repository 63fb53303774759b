"""A deploy's result for GitHub: annotations, and one comment for a pull request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from entity_kit.verify.deploy.reports.words import (
    closing,
    commands,
    headline,
    mend_text,
    numbers_lines,
    numbers_text,
    story,
    summary,
)
from entity_kit.verify.deploy.results import Verdict
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

if TYPE_CHECKING:
    from collections.abc import Iterator

    from entity_kit.verify.deploy.results import DeployedModel, DeployResult

# Scripts find their earlier comment by this.
MARKER = "<!-- entity-kit deploy -->"
_KINDS = {Verdict.HEALS: "warning", Verdict.NEEDS: "error", Verdict.FAILS: "error"}


def annotation_lines(result: DeployResult, root: str = "") -> Iterator[str]:
    """Yield workflow commands: one for each model that needs something, at its file.

    `root` is the project's folder, relative to the repository's.
    """
    for model in result.models:
        file = file_in(root, model.path)
        kind = _KINDS.get(model.verdict)
        if kind is not None:
            text = "\n".join([f"{model.name} {summary(model)}", "", *story(model, result)])
            title = f"entity-kit: {model.name} {model.verdict.value}"
            yield workflow_command(kind, text, file, title=title)
        for note in model.notes:
            yield workflow_command("notice", f"{model.name}: {note}", file)
    for each in asides(result):
        yield workflow_command("notice", each)
    yield printable(closing(result))


def markdown_text(result: DeployResult) -> str:
    """Return the result as a pull request comment, within GitHub's length limit."""
    head = [MARKER, f"### entity-kit deploy: {result.verdict.value}", "", headline(result), ""]
    found = commands(result)
    if found:
        head += ["```sh", *map(printable, found), "```", ""]
    foot = ["", escaped(printable(closing(result))), ""]
    return fitted(head, [*_table(result), *_details(result), *_notes(result)], foot)


def _table(result: DeployResult) -> list[str]:
    told = [model for model in result.models if model.verdict is not Verdict.UNCHANGED]
    if not told:
        return []
    rows = ["| model | verdict | the change in numbers | what to do |\n|---|---|---|---|"]
    for model in told:
        numbers = ""
        if model.numbers is not None:
            numbers = "no row changes" if model.numbers.agrees else numbers_text(model.numbers)
        rows.append(table_row(model.name, model.verdict.value, numbers, _to_do(model)))
    return rows


def _to_do(model: DeployedModel) -> str:
    if model.verdict in {Verdict.NEEDS, Verdict.FAILS}:
        return mend_text(model)
    if model.verdict is Verdict.HEALS:
        return f"nothing: it is right from run {model.heals_after} on"
    return "nothing"


def _details(result: DeployResult) -> list[str]:
    blocks = []
    for model in result.models:
        lines = [*story(model, result), *numbers_lines(model)]
        if lines:
            blocks.append(folded(f"{model.name}: {model.why}", lines))
    return blocks


def _notes(result: DeployResult) -> list[str]:
    unchanged = [m.name for m in result.models if m.verdict is Verdict.UNCHANGED]
    notes = [f"unchanged: {', '.join(unchanged)}"] if unchanged else []
    notes += asides(result)
    notes += [f"{model.name}: {note}" for model in result.models for note in model.notes]
    return listed(notes)
