"""dbt's parsed nodes: their relations, their names, and the selectors that find them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from entity_kit.warehouse import Relation, unquoted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

# The packages of macros that come with dbt and its adapter.
DBTS_OWN = frozenset({"dbt", "dbt_duckdb"})
_QUOTED_NAME = re.compile(r'("(?:[^"]|"")+")\.("(?:[^"]|"")+")\.("(?:[^"]|"")+")')


def relation_of(node: Mapping[str, Any]) -> Relation:
    """Read a node's full name as dbt writes it in SQL, where a quote in a name is doubled."""
    found = _QUOTED_NAME.fullmatch(node.get("relation_name") or "")
    if found is not None:
        return Relation(*map(unquoted, found.groups()))
    name = node.get("identifier") or node.get("alias") or node["name"]
    return Relation(node["database"], node["schema"], name)


def source_name(node: Mapping[str, Any]) -> str:
    """Return `source.table` for a source, and its own name for a seed."""
    return f"{node['source_name']}.{node['name']}" if "source_name" in node else node["name"]


def selector(node: Mapping[str, Any]) -> str:
    """Return a selector for this node and no other."""
    return "fqn:" + ".".join(node["fqn"])


def meta_of(node: Mapping[str, Any]) -> dict[str, Any]:
    """Return the `meta` of a node or column. What its config says goes before the older place."""
    return {**(node.get("meta") or {}), **((node.get("config") or {}).get("meta") or {})}


def has_contract(node: Mapping[str, Any]) -> bool:
    """Return whether dbt holds a model to the columns and types of its YAML."""
    return bool(((node.get("config") or {}).get("contract") or {}).get("enforced"))


def parents_of(node: Mapping[str, Any]) -> list[str]:
    """Return the ids of the nodes that a node reads."""
    return list((node.get("depends_on") or {}).get("nodes") or [])


_COMMENT = re.compile(r"\{#.*?#\}", re.DOTALL)
_INCREMENTAL = re.compile(r"\{%[-+]?\s*(?:el)?if\b[^%]*\bis_incremental\b.*?\bendif\b", re.DOTALL)
_SOURCE = re.compile(r"\bsource\(\s*(['\"])(\w+)\1\s*,\s*(['\"])(\w+)\3\s*\)")


def add_sources_of_incremental_runs(manifest: Mapping[str, Any]) -> None:
    """Add to a model's parents the sources that only its incremental runs read.

    dbt doesn't see them, because is_incremental() is false while it parses. They must be named by
    literals, as `source('shop', 'orders')`.
    """
    known = {
        (node["package_name"], node["source_name"], node["name"]): unique_id
        for unique_id, node in (manifest.get("sources") or {}).items()
    }
    for unique_id, node in (manifest.get("nodes") or {}).items():
        code = _COMMENT.sub("", node.get("raw_code") or "")
        for block in _INCREMENTAL.findall(code):
            for _, schema, _, name in _SOURCE.findall(block):
                source = known.get((node["package_name"], schema, name))
                if source is not None and source not in parents_of(node):
                    node.setdefault("depends_on", {}).setdefault("nodes", []).append(source)
                    manifest["parent_map"].setdefault(unique_id, []).append(source)
                    manifest["child_map"].setdefault(source, []).append(unique_id)


def ancestors(manifest: Mapping[str, Any], unique_ids: Iterable[str]) -> set[str]:
    """Return all nodes that the given ones are built from, including themselves."""
    parents = manifest["parent_map"]
    found: set[str] = set()
    waiting = list(unique_ids)
    while waiting:
        unique_id = waiting.pop()
        if unique_id not in found:
            found.add(unique_id)
            waiting.extend(parents.get(unique_id, ()))
    return found


def called_macros(
    manifest: Mapping[str, Any],
    node: Mapping[str, Any],
    *,
    into: Callable[[Mapping[str, Any]], bool] = lambda _: True,
) -> Iterator[tuple[str, Mapping[str, Any] | None]]:
    """Yield the macros that a node calls, directly or indirectly, by unique id; None if unknown.

    What a macro calls is left out if `into` is false of it.
    """
    seen: set[str] = set()
    waiting = _calls(node)
    while waiting:
        unique_id = waiting.pop()
        if unique_id in seen:
            continue
        seen.add(unique_id)
        macro = manifest["macros"].get(unique_id)
        yield unique_id, macro
        if macro is not None and into(macro):
            waiting += _calls(macro)


def _calls(node: Mapping[str, Any]) -> list[str]:
    return list((node.get("depends_on") or {}).get("macros") or [])
