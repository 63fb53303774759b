"""Changes of contracts as a table, as GitHub's annotations, and as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.table import Table

from entity_kit.verify.reports.comment import file_in, workflow_command
from entity_kit.wording import counted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from entity_kit.project_health.contracts.changes import Change, ModelChanges

JSON_VERSION = 1
_COLUMNS = ("model", "verdict", "what", "before", "now", "breaks")


def as_table(found: Sequence[ModelChanges]) -> Table:
    """Return the changes for a terminal, one line each."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in _COLUMNS:
        table.add_column(name, overflow="fold")
    for model in found:
        name = model.model
        for change in model.changes:
            cells = (
                name,
                "breaking" if change.is_breaking else "additive",
                _what(change),
                _shown(change.before),
                _shown(change.now),
                ", ".join(f"{each.kind} {each.name}" for each in change.breaks),
            )
            # Names are text, not rich's markup.
            table.add_row(*(cell.replace("[", r"\[") for cell in cells))
            name = ""
    return table


def note_lines(found: Sequence[ModelChanges]) -> Iterator[str]:
    """Yield how to fix what breaks, what can't be known, and the counts."""
    for model in found:
        if model.owes_version:
            yield f"{model.model}: {fix(model)}"
    models: dict[str, list[str]] = {}
    for model in found:
        for note in _unknown(model):
            models.setdefault(note, []).append(model.model)
    for note, names in models.items():
        yield f"not known: {', '.join(names)}: {note}"
    yield summary(found)


def annotation_lines(found: Sequence[ModelChanges], root: str = "") -> Iterator[str]:
    """Yield GitHub's workflow commands: an error for each breaking change without a new version.

    One with a new version is a warning, and what can't be known a notice. `root` is the project's
    folder, relative to the repository's.
    """
    for model in found:
        file = file_in(root, model.path)
        for change in model.changes:
            if change.is_breaking:
                readers = ", ".join(f"{each.kind} {each.name}" for each in change.breaks)
                text = f"{model.model}: {said(change)}{f'; it breaks {readers}' if readers else ''}"
                if model.owes_version:
                    text = f"{text}\n{fix(model)}"
                kind = "error" if model.owes_version else "warning"
                yield workflow_command(kind, text, file, title="entity-kit: contract")
        for note in _unknown(model):
            yield workflow_command("notice", f"{model.model}: {note}", file)
    yield summary(found)


def said(change: Change) -> str:
    """Return a change in words."""
    if change.change == "changed":
        return f"{_what(change)} was {change.before} and is {change.now}"
    return _what(change)


def fix(model: ModelChanges) -> str:
    """Return how to mend a breaking change without a new version."""
    if any(each.what == "model" for each in model.changes):
        return (
            "it is removed, but has no deprecation_date that is past; put it back with a "
            "deprecation_date, and remove it after that day"
        )
    return (
        "a breaking change needs a new version; keep this one as it was, add the changed model below "
        "versions: in its YAML, and raise latest_version once its readers have moved"
    )


def summary(found: Sequence[ModelChanges]) -> str:
    """Return the counts of models by verdict, of versions that are owed, and of what isn't known."""
    changed = [each for each in found if each.changes]
    text = f"{counted(len(changed), 'model')} with another contract"
    breaking = sum(each.verdict == "breaking" for each in changed)
    text += f" ({breaking} breaking)" if breaking else ""
    owed = sum(each.owes_version for each in found)
    text += f", {owed} without the new version that it needs" if owed else ""
    partly = sum(bool(_unknown(each)) for each in found)
    return f"{text}; {counted(partly, 'model')} not fully known." if partly else f"{text}."


def as_json(found: Sequence[ModelChanges], revision: str) -> dict[str, Any]:
    """Return the changes as plain data, version 1."""
    return {
        "version": JSON_VERSION,
        "since": revision,
        "breaking": sum(each.verdict == "breaking" for each in found),
        "owed": sum(each.owes_version for each in found),
        "models": [
            {
                "model": model.model,
                "unique_id": model.unique_id,
                "path": model.path,
                "verdict": model.verdict,
                "new_version": model.new_version,
                "owes_version": model.owes_version,
                "fix": fix(model) if model.owes_version else None,
                "changes": [_change(change) for change in model.changes],
                "unresolved": list(model.unresolved),
            }
            for model in found
        ],
    }


def _change(change: Change) -> dict[str, Any]:
    return {
        "what": change.what,
        "name": change.name,
        "change": change.change,
        "before": change.before,
        "now": change.now,
        "breaking": change.is_breaking,
        "breaks": [
            {"kind": e.kind, "name": e.name, "unique_id": e.unique_id, "path": list(e.path)}
            for e in change.breaks
        ],
        "unresolved": [{"model": model, "reason": why} for model, why in change.unknown],
    }


def _what(change: Change) -> str:
    """Return what a change is about: `column amount removed`."""
    name = f" {change.name}" if change.name else ""
    text = f"{change.what}{name}"
    return text if change.change == "changed" else f"{text} {change.change}"


def _shown(value: str | None) -> str:
    return "nothing" if value is None else value or "type not known"


def _unknown(model: ModelChanges) -> list[str]:
    """Return what can't be known: of the model itself, and of who reads what breaks."""
    readers = [
        f"whether {reader} breaks ({reason})"
        for change in model.changes
        for reader, reason in change.unknown
    ]
    return list(dict.fromkeys([*model.unresolved, *readers]))
