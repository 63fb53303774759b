"""Sources that dbt-duckdb reads from files or loads with a plugin."""

from __future__ import annotations

from string import Template
from typing import TYPE_CHECKING, Any

from entity_kit.dbt_bridge.nodes import source_name
from entity_kit.errors import EntityKitError

if TYPE_CHECKING:
    from collections.abc import Mapping

OPTIONS = ("external_location", "formatter")


def location(node: Mapping[str, Any]) -> str | None:
    """Return the SQL for the rows of a source that is a file, as dbt-duckdb would, or None.

    Raises EntityKitError for a source that a plugin loads.
    """
    if "source_name" not in node:
        return None
    options = {**(node.get("meta") or {}), **(node.get("config") or {})}
    name = source_name(node)
    if options.get("plugin"):
        raise EntityKitError(
            f"Source {name} is loaded by dbt-duckdb's plugin `{options['plugin']}` at each run, so "
            "its rows can't be shown step by step.",
            fix="Load it into a table, and declare that as the source.",
        )
    template = options.get("external_location")
    if not template:
        return None
    values = {
        **{key: node.get(key) for key in ("name", "identifier", "schema", "database", "tags")},
        **(node.get("meta") or {}),
        **{key: value for key, value in options.items() if key not in ("meta", "tags")},
    }
    formatter = options.get("formatter") or "newstyle"
    try:
        if formatter == "oldstyle":
            found = template % values
        elif formatter == "template":
            found = Template(template).substitute(values)
        else:
            found = template.format_map(values)
    except (KeyError, ValueError, IndexError, TypeError) as error:
        raise EntityKitError(
            f"Source {name}: its external_location {template!r} can't be filled in ({error!r}).",
            fix="Correct its placeholders.",
        ) from error
    return str(found) if "(" in found or found.startswith("'") else f"'{found}'"
