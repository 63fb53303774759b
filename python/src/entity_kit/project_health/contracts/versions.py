"""Which model of a revision a model of today is to be compared with, versions of models included."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from entity_kit.dbt_bridge.nodes import called_macros, parents_of
from entity_kit.project_health.deprecations import shown_name

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator, Mapping

Node = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Pair:
    """A model before and now; one of them is None for a model that is new, or gone.

    `new_version` is the version by which a breaking change is announced, or None.
    """

    before: Node | None
    now: Node | None
    new_version: str | None = None


def pair_models(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[Pair]:
    """Return the projects' own models in pairs, by name and version."""
    old, new = _by_name(before), _by_name(now)
    return [
        pair
        for name in sorted({*old, *new})
        for pair in _pairs(old.get(name, {}), new.get(name, {}))
    ]


def _by_name(manifest: Mapping[str, Any]) -> dict[str, dict[str, Node]]:
    """Return the own models by name and version, which is '' for a model without one."""
    project = manifest["metadata"]["project_name"]
    found: dict[str, dict[str, Node]] = {}
    for node in manifest["nodes"].values():
        if node["resource_type"] == "model" and node["package_name"] == project:
            version = node.get("version")
            found.setdefault(node["name"], {})["" if version is None else str(version)] = node
    return found


def _pairs(old: Mapping[str, Node], new: Mapping[str, Node]) -> Iterator[Pair]:
    # A model without versions is the first version of what gets versions later, and the other way.
    same = {version: version for version in old if version in new}
    if set(old) == {""} and "" not in new and "1" in new:
        same[""] = "1"
    if "" not in old and set(new) == {""} and old:
        same[_latest(old)] = ""
    added = [version for version in new if version not in same.values()]
    gone = [version for version in old if version not in same]
    # Readers move on to a new version if a `ref` without one reads it.
    successor = _latest(new) if old and new and _latest(new) in added else None
    announced = None if successor is None else shown_name(new[successor])
    for version, other in same.items():
        yield Pair(old[version], new[other])
    for version in gone:
        yield Pair(old[version], new[successor] if successor is not None else None, announced)
    for version in added:
        if version != successor:
            yield Pair(None, new[version])
        elif not gone:
            yield Pair(old[_latest(old)], new[version], announced)


def _latest(versions: Mapping[str, Node]) -> str:
    """Return the version that a `ref` without one reads."""
    latest = next(iter(versions.values())).get("latest_version")
    return str(latest) if str(latest) in versions else max(versions, key=_order)


def _order(version: str) -> tuple[int, str]:
    return (int(version), "") if version.isdecimal() else (-1, version)


def retired(node: Mapping[str, Any], today: dt.date) -> bool:
    """Return whether the day is past after which a model may go, as dbt's deprecation_date has it."""
    date = str(node.get("deprecation_date") or "")[:10]
    return bool(date) and date <= today.isoformat()


def touched_nodes(before: Mapping[str, Any], now: Mapping[str, Any]) -> set[str]:
    """Return the nodes whose columns may be other ones: whose code differs, or an ancestor's."""
    nodes = {**now["nodes"], **now["sources"]}
    others = {**before["nodes"], **before["sources"]}
    found = {
        unique_id
        for unique_id, node in nodes.items()
        if unique_id not in others or _code(now, node) != _code(before, others[unique_id])
    }
    readers: dict[str, list[str]] = {}
    for unique_id, node in nodes.items():
        for parent in parents_of(node):
            readers.setdefault(parent, []).append(unique_id)
    waiting = list(found)
    while waiting:
        for reader in readers.get(waiting.pop(), ()):
            if reader not in found:
                found.add(reader)
                waiting.append(reader)
    return found


def _code(manifest: Mapping[str, Any], node: Mapping[str, Any]) -> tuple[Any, ...]:
    columns = {name: each.get("data_type") for name, each in (node.get("columns") or {}).items()}
    macros = {
        unique_id: macro.get("macro_sql") if macro is not None else None
        for unique_id, macro in called_macros({"macros": {}, **manifest}, node)
    }
    rows = node.get("checksum") if node["resource_type"] == "seed" else None
    return node.get("raw_code"), columns, macros, rows
