"""The modes of `metrics` that read the warehouse: --reconcile and --conflicts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from entity_kit.dbt_bridge.metric_pairs import compare_pairs
from entity_kit.dbt_bridge.metric_tables import find_metric_tables
from entity_kit.dbt_bridge.metric_values import hold, references
from entity_kit.errors import EntityKitError, ExitCode
from entity_kit.project_health.metrics import conflicts, reconciling
from entity_kit.project_health.metrics.reading import read_metrics

if TYPE_CHECKING:
    from collections.abc import Sequence

    from entity_kit.cli.asking import Asked
    from entity_kit.dbt_bridge.metric_pairs import Parting
    from entity_kit.project_health.metrics.conflicts import Conflict


@dataclass(frozen=True, slots=True)
class Answer:
    """What a mode found, in each format, and the exit code."""

    data: dict[str, Any]
    markdown: list[str]
    text: str
    exit_code: ExitCode


def reconcile(asked: Asked, names: Sequence[str]) -> Answer:
    """Compare the tables of metrics with their definitions."""
    found = read_metrics(asked.manifest)
    for name in names:
        if found.find(name).governance.materialized_in is None:
            raise EntityKitError(
                f"Metric {name} doesn't say where its table is.",
                fix="Set materialized_in in its config.meta.entity_kit.",
            )
    tables = find_metric_tables(asked.manifest, names)
    held = hold(references(asked.manifest), tables, asked.query)
    return Answer(
        reconciling.as_json(held),
        list(reconciling.markdown_lines(held)),
        "\n".join(reconciling.text_lines(held)),
        reconciling.exit_code(held),
    )


def find_conflicts(
    asked: Asked, grain: str, names: Sequence[str]
) -> tuple[list[Conflict], list[Parting]]:
    """Compare the metrics that measure the same; return those that part, and all that were compared."""
    found = read_metrics(asked.manifest)
    for name in names:
        found.find(name)
    pairs = conflicts.find_pairs(found, grain, names)
    compared = compare_pairs(references(asked.manifest), pairs, asked.query)
    return conflicts.find_conflicts(found, compared), compared


def show_conflicts(asked: Asked, names: Sequence[str], *, grain: str) -> Answer:
    """Find the metrics that measure the same and part."""
    found, compared = find_conflicts(asked, grain, names)
    code = ExitCode.DBT_FAILED if any(each.obstacle for each in compared) else ExitCode.AGREES
    return Answer(
        conflicts.as_json(found, compared),
        list(conflicts.markdown_lines(found)),
        "\n".join(conflicts.text_lines(found, compared)),
        ExitCode.DIFFERS if found else code,
    )
