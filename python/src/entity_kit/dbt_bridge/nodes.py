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
