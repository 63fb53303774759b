"""Where the YAML lacks what models say about their own columns, and the YAML with it.

A macro of ours leaves the descriptions of measures in its model's `config.meta`, and a metric table
names its metrics there. dbt documents columns from YAML alone, for its docs and for `persist_docs`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from entity_kit.project_health.onboarding.yaml_edit import (
    UneditableError,
    add_columns,
    as_yaml,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

_NOTE, _METRICS = "entity_kit_columns", "entity_kit_metric_table"
_QUOTES = {'"': '"', "`": "`", "[": "]"}


@dataclass(frozen=True, slots=True)
class Gap:
    """A column whose description in the YAML is missing, or isn't the one that its model has."""

    unique_id: str
    name: str
    path: str
    yaml: str | None
    column: str
    quoted: bool
    description: str
    written: str
    versioned: bool

    @property
    def rule(self) -> str:
        return "column_docs"

    @property
    def reason(self) -> str:
        if self.written:
            return (
                f"{self.column} is described as {self.written!r} in {self.yaml}, "
                f"and as {self.description!r} in the model: remove the wrong one, or make them equal"
            )
        where = f"in {self.yaml}" if self.yaml else "in any YAML file"
        return f"{self.column} has a description in the model, and none {where}"

    @property
    def key(self) -> str:
        return f"{self.rule}: {self.name}: {self.reason}"

    @property
    def entry(self) -> dict[str, Any]:
        """Return the column as it is written in YAML."""
        quote = {"quote": True} if self.quoted else {}
        return {"name": self.column, **quote, "description": self.description}


@dataclass
class Changes:
    """Files of the project before (None if there is none) and after; `left` says what to do by hand."""

    before: dict[str, str | None] = field(default_factory=dict)
    after: dict[str, str] = field(default_factory=dict)
    left: list[str] = field(default_factory=list)

    @property
    def changed(self) -> list[str]:
        return [path for path, text in self.after.items() if text != (self.before[path] or "")]


def find_gaps(manifest: Mapping[str, Any]) -> list[Gap]:
    """Return what the YAML lacks for the project's own models, by model."""
    own = manifest["metadata"]["project_name"]
    metrics = {each["name"]: each for each in (manifest.get("metrics") or {}).values()}
    return [
        gap
        for _, node in sorted(manifest["nodes"].items())
        if node["resource_type"] == "model" and node["package_name"] == own
        for gap in _gaps(node, metrics)
    ]


def _gaps(node: Mapping[str, Any], metrics: Mapping[str, Any]) -> Iterator[Gap]:
    documented = {
        name.lower(): (column.get("description") or "").strip()
        for name, column in (node.get("columns") or {}).items()
    }
    patch = node.get("patch_path")
    for name, description in _described(node, metrics):
        column, quoted = _unquoted(name)
        written = documented.get(column.lower(), "")
        if written == description:
            continue
        yield Gap(
            unique_id=node["unique_id"],
            name=node["name"],
            path=node["original_file_path"],
            yaml=patch.split("://", 1)[-1] if patch else None,
            column=column,
            quoted=quoted,
            description=description,
            written=written,
            versioned=node.get("version") is not None,
        )


def _described(node: Mapping[str, Any], metrics: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    meta = (node.get("config") or {}).get("meta") or {}
    said = dict(meta.get(_NOTE) or {})
    for name in (meta.get(_METRICS) or {}).get("metrics") or ():
        said.setdefault(name, (metrics.get(name) or {}).get("description"))
    for name, description in said.items():
        if text := str(description or "").strip():
            yield name, text


def _unquoted(name: str) -> tuple[str, bool]:
    quoted = name[:1] in _QUOTES and name[-1:] == _QUOTES[name[:1]]
    return (name[1:-1], True) if quoted else (name, False)


def make_changes(gaps: Sequence[Gap], read: Callable[[str], str | None]) -> Changes:
    """Return the files with the missing descriptions in them. What is described there stays.

    `read` returns the text of a file of the project, or None if there is no such file. A model
    without YAML gets a file of its own beside it.
    """
    changes = Changes()
    missing: dict[str, list[Gap]] = {}
    for gap in gaps:
        if not gap.written:
            missing.setdefault(gap.unique_id, []).append(gap)
    for each in missing.values():
        _change(changes, each, read)
    return changes


def _change(changes: Changes, gaps: Sequence[Gap], read: Callable[[str], str | None]) -> None:
    first = gaps[0]
    beside = PurePosixPath(first.path.replace("\\", "/")).with_name(f"_{first.name}.yml")
    path = first.yaml or str(beside)
    if path not in changes.before:
        text = read(path)
        changes.before[path] = text
        changes.after[path] = text or ""
    try:
        changes.after[path] = _text_with(gaps, changes.before[path], changes.after[path])
    except UneditableError as error:
        lines = "\n".join(
            f"    {line}" for line in as_yaml({"columns": [gap.entry for gap in gaps]})
        )
        changes.left.append(
            f"{first.name}: {path} is left as it is: {error}. Add by hand:\n{lines}"
        )


def _text_with(gaps: Sequence[Gap], before: str | None, text: str) -> str:
    """Return the text of a file with the missing descriptions of one model."""
    first = gaps[0]
    entries = [gap.entry for gap in gaps]
    if first.versioned:
        raise UneditableError(f"{first.name} has versions, whose columns may differ")
    if any(mark in gap.description for gap in gaps for mark in ("{{", "{%", "{#")):
        raise UneditableError("dbt would read the braces of a description as Jinja")
    if first.yaml is not None:
        return add_columns(text, first.name, entries)
    if before is not None:
        raise UneditableError(f"it is there already, and doesn't describe {first.name}")
    model = {"name": first.name, "columns": entries}
    return "\n".join(as_yaml({"version": 2, "models": [model]})) + "\n"


def selected_of(gaps: Sequence[Gap], selected: Collection[str] | None) -> list[Gap]:
    """Return the gaps of selected models; all of them if None are chosen."""
    return [gap for gap in gaps if selected is None or gap.unique_id in selected]
