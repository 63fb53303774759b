"""The register of deprecated models, read from a manifest: pure functions over plain data."""

from __future__ import annotations

import datetime as dt
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from rich.table import Table

from entity_kit.dbt_bridge.nodes import parents_of
from entity_kit.errors import EntityKitError, closest_word

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from entity_kit.project_health.rewrite.columns import Columns, Now

_SECTIONS = ("nodes", "exposures", "metrics", "semantic_models", "saved_queries")


@dataclass(frozen=True, slots=True)
class Consumer:
    """A node that reads a deprecated model directly; `path` is its file in the project."""

    unique_id: str
    name: str
    kind: str
    path: str
    package: str


@dataclass(frozen=True, slots=True)
class Column:
    """What one old column is now: `column` if it has one, and `said` in words."""

    old: str
    column: str | None
    said: str


@dataclass(frozen=True, slots=True)
class Deprecation:
    """One deprecated model; `chain` lists its replacements up to the one that stays."""

    name: str
    unique_id: str
    package: str
    replacement: str | None
    chain: tuple[str, ...]
    final_id: str | None
    deprecation_date: dt.date
    sunset_date: dt.date
    reason: str
    owner: str
    migration_guide: str | None
    consumers: tuple[Consumer, ...]
    transitive_consumers: int
    exposures: int
    tests: int
    columns: tuple[Column, ...] = field(default=())

    def stage(self, today: dt.date) -> str:
        """Return `announced`, `deprecated` or `sunset`."""
        if today >= self.sunset_date:
            return "sunset"
        return "deprecated" if today >= self.deprecation_date else "announced"

    def days_left(self, today: dt.date) -> int:
        return (self.sunset_date - today).days

    def overdue(self, today: dt.date) -> bool:
        """Return whether something still reads it although it is past its sunset date."""
        return self.stage(today) == "sunset" and bool(self.consumers)


def shown_name(node: Mapping[str, Any]) -> str:
    """Return a node's name with its version, as the package's macros write it."""
    version = node.get("version")
    return str(node["name"]) if version is None else f"{node['name']}.v{version}"


def read_deprecations(manifest: Mapping[str, Any]) -> list[Deprecation]:
    """Return every deprecated model, the next sunset date first.

    Raises EntityKitError if a replacement doesn't exist or a chain is circular.
    """
    marked = [node for node in manifest["nodes"].values() if _mark(node) is not None]
    found = [_deprecation(manifest, node) for node in marked]
    return sorted(found, key=lambda each: (each.sunset_date, each.unique_id))


def find_deprecation(deprecations: Sequence[Deprecation], name: str) -> Deprecation:
    """Return the deprecated model with a name. Raise EntityKitError if there is none."""
    for each in deprecations:
        if name in {each.name, each.unique_id}:
            return each
    known = [each.name for each in deprecations]
    raise EntityKitError(
        f"{name} isn't a deprecated model of this project.",
        fix=closest_word(name, known, "No model of this project calls entity_kit.deprecate()."),
    )


def files_of_consumers(manifest: Mapping[str, Any], deprecation: Deprecation) -> list[str]:
    """Return the files of this project that name the model, including unit tests with rows for it."""
    found = {(each.package, each.path) for each in deprecation.consumers}
    readers = {deprecation.unique_id, *(each.unique_id for each in deprecation.consumers)}
    for test in (manifest.get("unit_tests") or {}).values():
        if readers & set(parents_of(test)):
            found.add((test["package_name"], test["original_file_path"]))
    project = manifest["metadata"]["project_name"]
    return sorted(path for package, path in found if package == project and path)


def _mark(node: Mapping[str, Any]) -> Mapping[str, Any] | None:
    mark = ((node.get("config") or {}).get("meta") or {}).get("entity_kit_deprecation")
    return mark if isinstance(mark, dict) else None


def _deprecation(manifest: Mapping[str, Any], node: Mapping[str, Any]) -> Deprecation:
    mark = _mark(node)
    assert mark is not None  # noqa: S101  (the caller has looked)
    unique_id = node["unique_id"]
    chain = _chain(manifest, node)
    consumers = tuple(
        Consumer(
            each["unique_id"],
            shown_name(each),
            each["resource_type"].replace("_", " "),
            each.get("original_file_path") or "",
            each.get("package_name") or "",
        )
        for section in _SECTIONS
        for each in (manifest.get(section) or {}).values()
        if unique_id in parents_of(each) and each.get("attached_node") != unique_id
    )
    reached = _reached(manifest, unique_id)
    return Deprecation(
        shown_name(node),
        unique_id,
        node["package_name"],
        mark["replacement"],
        tuple(shown_name(each) for each in chain),
        chain[-1]["unique_id"] if chain else None,
        _date(mark["deprecation_date"], node),
        _date(mark["sunset_date"], node),
        mark["reason"],
        mark["owner"],
        mark.get("migration_guide"),
        tuple(sorted(consumers, key=lambda each: each.unique_id)),
        len(reached),
        sum(1 for each in reached if each.startswith("exposure.")),
        sum(
            1
            for each in manifest["nodes"].values()
            if each["resource_type"] == "test" and unique_id in parents_of(each)
        ),
        tuple(_columns(node)),
    )


def _date(text: Any, node: Mapping[str, Any]) -> dt.date:
    try:
        return dt.date.fromisoformat(str(text))
    except ValueError as error:
        raise EntityKitError(
            f"The deprecation of {shown_name(node)} has an invalid date: {text}.",
            fix="Write it as YYYY-MM-DD.",
        ) from error


def _columns(node: Mapping[str, Any]) -> Iterator[Column]:
    alias = ((node.get("config") or {}).get("meta") or {}).get("entity_kit_alias") or {}
    for old, given in (alias.get("columns") or {}).items():
        spec = {"column": given} if isinstance(given, str) else given
        kind = f", as {spec['data_type']}" if "data_type" in spec else ""
        if "column" in spec:
            yield Column(old, spec["column"], f"{spec['column']}{kind}")
        elif "expression" in spec:
            yield Column(old, None, f"{spec['expression']}{kind}")
        else:
            yield Column(old, None, f"always {spec['default']!r}{kind}")


def _reached(manifest: Mapping[str, Any], unique_id: str) -> set[str]:
    """Return everything built from a node. A test belongs to its model."""
    readers: dict[str, list[str]] = {}
    for section in _SECTIONS:
        for node in (manifest.get(section) or {}).values():
            for parent in parents_of(node):
                if parent != node.get("attached_node"):
                    readers.setdefault(parent, []).append(node["unique_id"])
    seen: set[str] = set()
    waiting = deque([unique_id])
    while waiting:
        for other in readers.get(waiting.popleft(), ()):
            if other not in seen:
                seen.add(other)
                waiting.append(other)
    return seen


def _named(manifest: Mapping[str, Any], name: str, package: str) -> Mapping[str, Any] | None:
    candidates = [
        node
        for node in manifest["nodes"].values()
        if node["resource_type"] in {"model", "seed", "snapshot"}
        and (
            shown_name(node) == name
            or (node["name"] == name and node.get("version") == node.get("latest_version"))
        )
    ]
    candidates.sort(key=lambda node: node["package_name"] != package)
    return candidates[0] if candidates else None


def _chain(manifest: Mapping[str, Any], node: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    chain: list[Mapping[str, Any]] = []
    names = [shown_name(node)]
    seen = {node["unique_id"]}
    mark = _mark(node)
    while mark is not None and mark["replacement"] is not None:
        found = _named(manifest, mark["replacement"], node["package_name"])
        if found is None:
            known = [shown_name(each) for each in manifest["nodes"].values()]
            raise EntityKitError(
                f"{' → '.join(names)} is to be replaced by {mark['replacement']}, "
                "which doesn't exist or is disabled.",
                fix=closest_word(mark["replacement"], known, "Name a model that exists."),
            )
        names.append(shown_name(found))
        if found["unique_id"] in seen:
            raise EntityKitError(
                f"The replacements are circular: {' → '.join(names)}.",
                fix="Name the model that stays in each of them.",
            )
        seen.add(found["unique_id"])
        chain.append(found)
        mark = _mark(found)
    return chain


def as_table(deprecations: Sequence[Deprecation], today: dt.date) -> Table:
    """Return the register for a terminal."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("model", "stage", "use instead", "ends on", "days", "owner", "still read by"):
        table.add_column(name, justify="right" if name == "days" else "left", overflow="fold")
    for each in deprecations:
        style = "red" if each.overdue(today) else ""
        # Names and owners are text, not rich's markup.
        table.add_row(*(cell.replace("[", r"\[") for cell in _cells(each, today)), style=style)
    return table


def _cells(each: Deprecation, today: dt.date) -> list[str]:
    """Return a row of the register."""
    return [
        each.name,
        each.stage(today),
        " → ".join(each.chain) or "nothing",
        str(each.sunset_date),
        str(each.days_left(today)),
        each.owner,
        ", ".join(f"{c.kind} {c.name}" for c in each.consumers) or "nothing",
    ]


def as_json(deprecations: Sequence[Deprecation], today: dt.date) -> dict[str, Any]:
    """Return the register as plain data, version 1."""
    return {
        "version": 1,
        "as_of": str(today),
        "overdue": [each.name for each in deprecations if each.overdue(today)],
        "models": [
            {
                "name": each.name,
                "unique_id": each.unique_id,
                "stage": each.stage(today),
                "replacement": each.replacement,
                "chain": list(each.chain),
                "deprecation_date": str(each.deprecation_date),
                "sunset_date": str(each.sunset_date),
                "days_left": each.days_left(today),
                "owner": each.owner,
                "reason": each.reason,
                "migration_guide": each.migration_guide,
                "consumers": [
                    {"unique_id": c.unique_id, "name": c.name, "kind": c.kind, "path": c.path}
                    for c in each.consumers
                ],
                "transitive_consumers": each.transitive_consumers,
                "exposures": each.exposures,
                "tests": each.tests,
            }
            for each in deprecations
        ],
    }


def markdown_lines(deprecations: Sequence[Deprecation], today: dt.date) -> Iterator[str]:
    """Yield the register as a Markdown table."""
    yield "| model | stage | use instead | ends on | days left | owner | still read by |"
    yield "|---|---|---|---|---:|---|---|"
    for each in deprecations:
        yield f"| {' | '.join(map(_cell, _cells(each, today)))} |"


def _cell(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;")
    return " ".join(escaped.split())


def guide_lines(
    deprecation: Deprecation, today: dt.date, columns: Columns | None = None
) -> Iterator[str]:
    """Yield a migration guide in Markdown: what changes, column by column, and for whom.

    `columns` says what the columns are in the replacement, as far as that is known.
    """
    each = deprecation
    use = each.chain[-1] if each.chain else None
    yield f"# Migrating from {_cell(each.name)}"
    yield ""
    days = each.days_left(today)
    when = (
        f"in {days} day{'' if days == 1 else 's'}" if days > 0 else "so its sunset date has passed"
    )
    yield f"{_cell(each.name)} has been deprecated since {each.deprecation_date}, and its sunset date is {each.sunset_date}, {when}."
    yield f"Use `{use}` instead." if use else "Nothing replaces it."
    if len(each.chain) > 1:
        yield f"The models in between are deprecated too: {' → '.join((each.name, *each.chain))}."
    yield ""
    yield f"- Reason: {_cell(each.reason)}"
    yield f"- Owner: {_cell(each.owner)}"
    if each.migration_guide:
        yield f"- More: {_cell(each.migration_guide)}"
    if use:
        yield ""
        yield "## Columns"
        yield ""
        yield from _column_lines(each, use, columns)
    yield ""
    yield "## What has to change"
    yield ""
    if not each.consumers:
        yield "Nothing in this project reads it anymore. Delete the model."
        return
    yield "| kind | name | file |"
    yield "|---|---|---|"
    for consumer in each.consumers:
        yield f"| {consumer.kind} | {_cell(consumer.name)} | {_cell(consumer.path)} |"
    if use:
        yield ""
        yield f"`entity-kit deprecations --rewrite {each.name}` shows the rewritten references."


def _column_lines(each: Deprecation, use: str, columns: Columns | None) -> Iterator[str]:
    """Yield what the columns become, or that it isn't known."""
    rows = [(column.old, column.said) for column in each.columns]
    known = columns.old_columns if columns is not None else None
    if columns is not None and known is not None and (not rows or len(each.chain) > 1):
        rows = [(old, _said(columns.after(old))) for old in known]
    if rows:
        yield "| old | now |"
        yield "|---|---|"
        for old, now in rows:
            yield f"| {_cell(old)} | {_cell(now)} |"
        if columns is not None and columns.others == "keep":
            yield ""
            yield "The other columns keep their names."
        return
    if columns is not None and columns.others == "keep":
        yield f"All columns of `{use}` keep their names."
        return
    yield (
        f"Left out: {_cell(each.name)} has no `deprecated_alias` that says what its columns are now, "
        f"and it and `{use}` aren't both built, so they can't be compared."
    )


def _said(now: Now) -> str:
    if now.column is None:
        return now.said
    return now.column if now.data_type is None else f"{now.column}, as {now.data_type}"
