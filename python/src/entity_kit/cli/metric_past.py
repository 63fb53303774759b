"""Read what metrics were from the warehouse: their values, and the changes of their definitions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from entity_kit.cli.parsed import METRIC_LOG, query_model
from entity_kit.errors import EntityKitError
from entity_kit.project_health.metrics.past import (
    LONGEST,
    Series,
    VersionEvent,
    read_series,
    value_tables,
)
from entity_kit.warehouse import quote

if TYPE_CHECKING:
    from pathlib import Path

    from entity_kit.dbt_bridge.profiles import Target
    from entity_kit.dbt_bridge.project import Manifest


def metric_series(project_dir: Path, manifest: Manifest, target: Target) -> dict[str, Series]:
    """Return the last values of the metrics that have a table. What can't be read is left out."""
    found: dict[str, Series] = {}
    try:
        tables = value_tables(manifest)
    except EntityKitError:  # the glossary says so
        return {}
    for table in tables:
        period = quote(table.period)
        values = [f"try_cast({quote(column)} as double)" for column in table.columns.values()]
        query = (
            f"select cast(cast({period} as timestamp) as varchar), {', '.join(values)} "
            f"from {{relation}} where {period} is not null order by {period} desc limit {LONGEST}"
        )
        node = manifest["nodes"][table.unique_id]
        try:
            rows = query_model(project_dir, node, target, query, f"read {table.name}")
        except EntityKitError:  # it isn't built yet, or is on a server
            continue
        found |= read_series(table, rows)
    return found


def metric_history(
    project_dir: Path, manifest: Manifest, target: Target
) -> dict[str, tuple[VersionEvent, ...]]:
    """Return the logged changes of metrics' definitions, the last one first; none without a log."""
    node = manifest["nodes"].get(METRIC_LOG)
    if node is None:
        return {}
    query = (
        "select metric_name, strftime(logged_at, '%Y-%m-%d'), event, version, owes_version "
        "from {relation} order by metric_name, logged_at desc, log_id"
    )
    try:
        rows = query_model(project_dir, node, target, query, "read metric_versions")
    except EntityKitError:
        return {}
    found: dict[str, tuple[VersionEvent, ...]] = {}
    for name, day, event, version, owes in rows:
        found[name] = (*found.get(name, ()), VersionEvent(day, event, version, bool(owes)))
    return found
