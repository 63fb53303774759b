"""The policy for sources: those that the project names need freshness and a loaded_at_field."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from entity_kit.dbt_bridge.nodes import source_name
from entity_kit.errors import EntityKitError, closest_word
from entity_kit.project_health.policies import SOURCES, Finding

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

VARIABLE = "entity_kit_fresh_sources"
_LIMITS = ("warn_after", "error_after")
_WRITE = f"Write {VARIABLE}: true for all sources, or a list of sources and source.table."


def check_sources(manifest: Mapping[str, Any], asked: Any) -> list[Finding]:
    """Return what the project's sources lack.

    `asked` is the value of the variable: true for all of them, or a list of sources and of
    `source.table`. Raise EntityKitError for another value, or for a source that doesn't exist.
    """
    project = manifest["metadata"]["project_name"]
    own = [each for each in manifest["sources"].values() if each["package_name"] == project]
    named = _names(asked, own)
    found = []
    for node in sorted(own, key=source_name):
        if named is None or {node["source_name"], source_name(node)} & named:
            found += [
                Finding(
                    node["unique_id"],
                    source_name(node),
                    node["original_file_path"],
                    SOURCES,
                    reason,
                )
                for reason in _lacking(node)
            ]
    return found


def _names(asked: Any, own: list[Mapping[str, Any]]) -> set[str] | None:
    """Return the sources that are asked for, or None for all of them."""
    if asked is True:
        return None
    if asked in (None, False):
        return set()
    if not isinstance(asked, list) or not all(isinstance(each, str) for each in asked):
        raise EntityKitError(
            f"The variable {VARIABLE} must be true, false, or a list of sources; got {asked!r}.",
            fix=_WRITE,
        )
    known = sorted({name for each in own for name in (each["source_name"], source_name(each))})
    for name in asked:
        if name not in known:
            raise EntityKitError(
                f"The variable {VARIABLE} names the source {name}, which the project doesn't have.",
                fix=closest_word(name, known, "The project has no sources: remove the variable."),
            )
    return set(asked)


def _lacking(node: Mapping[str, Any]) -> Iterator[str]:
    # Older versions of dbt have these beside the config, newer ones in both places.
    config = node.get("config") or {}
    freshness = config.get("freshness") or node.get("freshness") or {}
    if not any((freshness.get(limit) or {}).get("count") for limit in _LIMITS):
        yield "it needs freshness: write warn_after or error_after with a count and a period"
    fields = ("loaded_at_field", "loaded_at_query")
    if not any(config.get(field) or node.get(field) for field in fields):
        yield "it needs a loaded_at_field: name the column that says when a row arrived"
