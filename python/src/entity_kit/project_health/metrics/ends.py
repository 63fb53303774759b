"""The models and columns that are deprecated as of a day, and what to use instead."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from entity_kit.dbt_bridge.nodes import meta_of
from entity_kit.errors import EntityKitError

if TYPE_CHECKING:
    from collections.abc import Mapping


def read_ends(manifest: Mapping[str, Any], today: dt.date) -> dict[tuple[str, str], str]:
    """Return what is deprecated by now, by unique id and column; a model as a whole has column ''.

    A model says so by `entity_kit.deprecate` or by dbt's `deprecation_date`, a column by
    `config.meta.entity_kit.deprecation_date`, with `replacement` if there is one.
    """
    found: dict[tuple[str, str], str] = {}
    for unique_id, node in manifest["nodes"].items():
        mark = meta_of(node).get("entity_kit_deprecation")
        if isinstance(mark, dict):
            said = _said(mark, f"model {node['name']}", today)
        else:
            said = _said(node, f"model {node['name']}", today)
        if said:
            found[unique_id, ""] = said
        for name, column in (node.get("columns") or {}).items():
            own = meta_of(column).get("entity_kit")
            if isinstance(own, dict):
                said = _said(own, f"column {node['name']}.{name}", today)
                if said:
                    found[unique_id, name.lower()] = said
    return found


def _said(mark: Mapping[str, Any], what: str, today: dt.date) -> str:
    given = mark.get("deprecation_date")
    if not given:
        return ""
    try:
        since = dt.date.fromisoformat(str(given)[:10])  # dbt makes a timestamp of it
    except ValueError as error:
        raise EntityKitError(
            f"The deprecation_date of {what} must be a date; got {given}.",
            fix="Write it as YYYY-MM-DD.",
        ) from error
    if since > today:
        return ""
    use = mark.get("replacement")
    return f"has been deprecated since {since}" + (f"; use {use}" if use else "")
