"""Compare what a project declares for a source with what the spec says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from entity_kit.arrivals.sources import parse_delivery
from entity_kit.errors import EntityKitError
from entity_kit.project_health.scaffold.properties import source_config

if TYPE_CHECKING:
    from entity_kit.project_health.scaffold.project_files import Declared
    from entity_kit.project_health.scaffold.spec import Spec, Table


def missing_config(spec: Spec, table: Table, declared: Declared) -> dict[str, Any]:
    """Return what the project's entry of a table lacks. Raise EntityKitError if the two contradict."""
    wanted = source_config(spec, table)
    ours = wanted.pop("meta")["entity_kit"]
    found: dict[str, Any] = {}
    for key, value in wanted.items():
        there = declared.value(key)
        if there is None:
            found[key] = value
        elif key != "freshness" and str(there) != str(value):
            raise _contradiction(table, declared, key, there, value)
    lacking: dict[str, Any] = {}
    for key, value in ours.items():
        there = declared.ours(key)
        if there is None:
            lacking[key] = value
        elif not _same(table, key, there, value):
            raise _contradiction(table, declared, key, there, value)
    if lacking:
        found["meta"] = {"entity_kit": lacking}
    return {key: _plain(value) for key, value in found.items()}


def _same(table: Table, key: str, one: Any, other: Any) -> bool:
    if key == "delivery":
        return parse_delivery(table.label, one) == parse_delivery(table.label, other)
    return sorted([one] if isinstance(one, str) else one) == sorted(other)


def _contradiction(
    table: Table, declared: Declared, key: str, there: Any, given: Any
) -> EntityKitError:
    return EntityKitError(
        f"{declared.path} declares {key}: {there} for {table.label}; the spec says {_plain(given)}.",
        fix="Correct the one that is wrong.",
    )


def _plain(value: Any) -> Any:
    """Return a value without the marks of how it is written."""
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    return value
