"""Which columns of a model are read, and by what: for the migration guide of a deprecated model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from entity_kit.dbt_bridge.nodes import parents_of
from entity_kit.project_health.deprecations import shown_name
from entity_kit.project_health.metrics.meaning import Meanings
from entity_kit.project_health.metrics.usage import uses
from entity_kit.verify.reports.comment import table_row

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from entity_kit.project_health.column_lineage import ColumnLineage, Reading
    from entity_kit.project_health.metrics.definitions import Metrics

_READ_BY_SQL = ("model", "snapshot")


def reader_lines(
    manifest: Mapping[str, Any], metrics: Metrics, lineage: ColumnLineage, unique_id: str
) -> Iterator[str]:
    """Yield a section in Markdown with the columns that models and metrics read; nothing for none."""
    rows = [*_models(manifest, lineage, unique_id), *_metrics(metrics, unique_id)]
    if not rows:
        return
    yield ""
    yield "## Columns that are read"
    yield ""
    yield "| kind | name | columns |"
    yield "|---|---|---|"
    for row in rows:
        yield table_row(*row)


def _models(
    manifest: Mapping[str, Any], lineage: ColumnLineage, unique_id: str
) -> Iterator[tuple[str, str, str]]:
    for reader, node in sorted(manifest["nodes"].items()):
        if node["resource_type"] in _READ_BY_SQL and unique_id in parents_of(node):
            yield node["resource_type"], shown_name(node), _said(lineage.reading(reader), unique_id)


def _said(reading: Reading, unique_id: str) -> str:
    every = {*reading.rows, *(each for found in reading.origins.values() for each in found)}
    names = sorted(column for parent, column in every if parent == unique_id)
    said = ["all"] if unique_id in reading.stars else names
    if reading.unresolved and said != ["all"]:
        said = [*names, f"not known: {'; '.join(reading.unresolved)}"]
    return ", ".join(said) or "none"


def _metrics(metrics: Metrics, unique_id: str) -> Iterator[tuple[str, str, str]]:
    meanings = Meanings(metrics)
    for name, metric in sorted(metrics.metrics.items()):
        read = [use for use in uses(metrics, meanings, metric) if use.model_id == unique_id]
        if read:
            yield "metric", name, ", ".join(sorted({use.column for use in read}))
