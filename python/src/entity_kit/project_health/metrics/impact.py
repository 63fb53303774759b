"""What changes if a model or one of its columns changes, each with the path that leads to it."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from entity_kit.dbt_bridge.metric_tables import OURS
from entity_kit.dbt_bridge.nodes import meta_of, parents_of, source_name
from entity_kit.errors import EntityKitError, closest_word
from entity_kit.project_health.deprecations import shown_name
from entity_kit.project_health.metrics.meaning import Meanings
from entity_kit.project_health.metrics.usage import uses
from entity_kit.verify.reports.comment import table_row

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from entity_kit.project_health.column_lineage import ColumnLineage, Reading
    from entity_kit.project_health.metrics.definitions import Metrics

JSON_VERSION = 1
# All columns of a model, because its rows are other ones.
EVERY = "*"
_NOTES = {
    OURS: "metric table",
    "entity_kit_grain": "grain table",
    "entity_kit_rollup": "grain table",
}
_KINDS = ("metric", "saved query", "exposure", "metric table", "grain table", "model", "snapshot")
Spot = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Reached:
    """Something that changes; `path` leads to it from what was asked for, both ends included."""

    kind: str
    name: str
    unique_id: str
    path: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Impact:
    """All that changes with a column or a model. `unresolved` says what can't be known, by model."""

    start: str
    reached: tuple[Reached, ...]
    unresolved: tuple[tuple[str, str], ...]


@dataclass(slots=True)
class _Walk:
    """The columns that are reached so far, each with the one before it and how it is read there."""

    before: dict[Spot, tuple[Spot, str] | None] = field(default_factory=dict)
    waiting: deque[Spot] = field(default_factory=deque)
    unresolved: dict[tuple[str, str], None] = field(default_factory=dict)

    def reach(self, spot: Spot, before: Spot | None, how: str = "") -> None:
        if spot not in self.before:
            self.before[spot] = None if before is None else (before, how)
            self.waiting.append(spot)


def find_impact(
    manifest: Mapping[str, Any], metrics: Metrics, lineage: ColumnLineage, asked: str
) -> Impact:
    """Return what changes with `model` or `model.column`; raise EntityKitError if it doesn't exist."""
    return impact_of(manifest, metrics, lineage, _start(manifest, lineage, asked), asked)


def impact_of(
    manifest: Mapping[str, Any], metrics: Metrics, lineage: ColumnLineage, start: Spot, said: str
) -> Impact:
    """Return what changes with a column of a node, or with all of its rows; `said` is its name."""
    unique_id, column = start
    nodes = {**manifest["nodes"], **(manifest.get("sources") or {})}
    readers = _readers(manifest)
    walk = _Walk()
    walk.reach((unique_id, column.lower()), None)
    while walk.waiting:
        spot = walk.waiting.popleft()
        for reader in readers.get(spot[0], ()):
            _into(walk, spot, reader, lineage.reading(reader))
    found = [*_nodes(nodes, walk, unique_id), *_metrics(nodes, metrics, walk)]
    found += _tables(nodes, metrics, found)
    found += _users(nodes, metrics, walk, found)
    found.sort(key=lambda each: (_KINDS.index(each.kind), each.name))
    shown = tuple((_shown(nodes[model]), reason) for model, reason in walk.unresolved)
    return Impact(said, tuple(found), shown)


def _start(manifest: Mapping[str, Any], lineage: ColumnLineage, asked: str) -> Spot:
    """Find a model, seed, snapshot, or source by name, `model.column`, or `source.table.column`."""
    known: dict[str, str] = {}
    for unique_id, node in manifest["nodes"].items():
        if node["resource_type"] in {"model", "seed", "snapshot"}:
            if node.get("version") in (None, node.get("latest_version")):
                known[node["name"]] = unique_id
            if node.get("version") is not None:
                known[shown_name(node)] = unique_id
    for unique_id, node in (manifest.get("sources") or {}).items():
        known[source_name(node)] = unique_id
    if asked in known:
        return known[asked], EVERY
    name, _, column = asked.rpartition(".")
    if name not in known:
        raise EntityKitError(
            f"There is no model {asked}, nor a model with a column of that name.",
            fix=closest_word(name or asked, known, "Write MODEL or MODEL.COLUMN."),
        )
    columns = lineage.columns(known[name])
    if columns is not None and column.lower() not in columns:
        raise EntityKitError(
            f"Model {name} has no column {column}.", fix=closest_word(column, columns)
        )
    return known[name], column


def _readers(manifest: Mapping[str, Any]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for unique_id, node in manifest["nodes"].items():
        if node["resource_type"] in {"model", "snapshot"}:
            for parent in parents_of(node):
                found.setdefault(parent, []).append(unique_id)
    return found


def _into(walk: _Walk, spot: Spot, reader: str, reading: Reading) -> None:
    """Reach the columns of a reader that a column reaches, or all of them."""
    parent, column = spot
    for reason in reading.unresolved:
        walk.unresolved.setdefault((reader, reason))
    if column == EVERY:
        walk.reach((reader, EVERY), spot)
        return
    if (parent, column) in reading.rows:
        walk.reach((reader, EVERY), spot, "decides which rows it has")
    for name, origins in reading.origins.items():
        if (parent, column) in origins:
            walk.reach((reader, name), spot)
    if parent in reading.stars:
        walk.reach((reader, column), spot, "through *")
    elif column in reading.doubtful or (reading.unresolved and not reading.origins):
        walk.reach((reader, EVERY), spot, "may read it")


def _path(nodes: Mapping[str, Any], walk: _Walk, spot: Spot) -> tuple[str, ...]:
    steps: list[str] = []
    at: Spot | None = spot
    while at is not None:
        node, column = nodes[at[0]], at[1]
        said = _shown(node) if column == EVERY else f"{_shown(node)}.{column}"
        came = walk.before[at]
        steps.append(f"{said} ({came[1]})" if came is not None and came[1] else said)
        at = came[0] if came is not None else None
    return tuple(reversed(steps))


def _shown(node: Mapping[str, Any]) -> str:
    return source_name(node) if "source_name" in node else shown_name(node)


def _nodes(nodes: Mapping[str, Any], walk: _Walk, start: str) -> Iterator[Reached]:
    """Yield the models that are reached, each by its first column."""
    seen = {start}
    for spot in walk.before:
        if spot[0] not in seen:
            seen.add(spot[0])
            node = nodes[spot[0]]
            kinds = [kind for note, kind in _NOTES.items() if note in meta_of(node)]
            kind = kinds[0] if kinds else str(node["resource_type"])
            yield Reached(kind, _shown(node), spot[0], _path(nodes, walk, spot))


def _metrics(nodes: Mapping[str, Any], metrics: Metrics, walk: _Walk) -> Iterator[Reached]:
    """Yield the metrics that read a column that is reached."""
    meanings = Meanings(metrics)
    for _, metric in sorted(metrics.metrics.items()):
        for use in uses(metrics, meanings, metric):
            spots = ((use.model_id, use.column), (use.model_id, EVERY))
            spot = next((each for each in spots if each in walk.before), None)
            if spot is not None:
                names = list(reversed(use.path))
                names[0] = f"{names[0]} ({use.how} {use.column})"
                path = (*_path(nodes, walk, spot), *names)
                yield Reached("metric", metric.name, metric.unique_id, path)
                break


def _tables(nodes: Mapping[str, Any], metrics: Metrics, found: list[Reached]) -> Iterator[Reached]:
    """Yield the metric tables of metrics that are reached, unless they are reached as models."""
    seen = {each.unique_id for each in found}
    by_metric = {each.name: each for each in found if each.kind == "metric"}
    placed = {
        metric.governance.materialized_in.model: name
        for name, metric in metrics.metrics.items()
        if metric.governance.materialized_in is not None and name in by_metric
    }
    for unique_id, node in nodes.items():
        note = meta_of(node).get(OURS) or {}
        names = [each for each in note.get("metrics") or () if each in by_metric]
        names += [placed[node["name"]]] if node["name"] in placed else []
        if names and unique_id not in seen and node["resource_type"] == "model":
            path = (*by_metric[names[0]].path, _shown(node))
            yield Reached("metric table", _shown(node), unique_id, path)


def _users(
    nodes: Mapping[str, Any], metrics: Metrics, walk: _Walk, found: list[Reached]
) -> Iterator[Reached]:
    """Yield the exposures and saved queries of metrics and models that are reached."""
    by_metric = {each.name: each for each in found if each.kind == "metric"}
    by_model: dict[str, Spot] = {}
    for spot in walk.before:
        by_model.setdefault(spot[0], spot)
    for user in metrics.users:
        unique_id = f"{user.kind.replace(' ', '_')}.{user.package}.{user.name}"
        paths = [by_metric[name].path for name in user.metrics if name in by_metric]
        paths += [_path(nodes, walk, by_model[each]) for each in user.parents if each in by_model]
        if paths:
            yield Reached(user.kind, user.name, unique_id, (*min(paths, key=len), user.name))


def text_lines(impact: Impact) -> Iterator[str]:
    """Yield what changes, by kind, each with its path, and what can't be known."""
    for each in impact.reached:
        yield f"{each.kind} {each.name}: {' → '.join(each.path)}"
    if not impact.reached:
        yield f"Nothing is built from {impact.start}."
    for model, reason in impact.unresolved:
        yield f"not known: {model}: {reason}"


def markdown_lines(impact: Impact) -> Iterator[str]:
    """Yield what changes as a Markdown table, and what can't be known as a list."""
    yield table_row("kind", "name", "path")
    yield "|---|---|---|"
    for each in impact.reached:
        yield table_row(each.kind, each.name, " → ".join(each.path))
    if impact.unresolved:
        yield ""
        yield "Not known:"
        yield ""
        yield table_row("model", "why")
        yield "|---|---|"
        for model, reason in impact.unresolved:
            yield table_row(model, reason)


def as_json(impact: Impact) -> dict[str, Any]:
    """Return what changes as plain data, version 1."""
    return {
        "version": JSON_VERSION,
        "start": impact.start,
        "reached": [
            {"kind": e.kind, "name": e.name, "unique_id": e.unique_id, "path": list(e.path)}
            for e in impact.reached
        ],
        "unresolved": [{"model": model, "reason": why} for model, why in impact.unresolved],
    }
