"""MetricFlow, the independent reference of every metric's value, in this process.

It reads dbt's semantic manifest and returns the SQL for a question. It connects to nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


class MetricFlow:
    """The engine over one project, from its parsed manifest, for DuckDB."""

    def __init__(self, manifest: Any, scratch: Path) -> None:
        from dbt.contracts.graph.semantic_manifest import SemanticManifest
        from metricflow.engine.metricflow_engine import MetricFlowEngine
        from metricflow.protocols.sql_client import SqlEngine
        from metricflow.sql.render.duckdb_renderer import DuckDbSqlPlanRenderer
        from metricflow_semantics.model.dbt_manifest_parser import (
            parse_manifest_from_dbt_generated_manifest,
        )
        from metricflow_semantics.model.semantic_manifest_lookup import SemanticManifestLookup

        class Client:
            sql_engine_type = SqlEngine.DUCKDB
            sql_plan_renderer = DuckDbSqlPlanRenderer()

        file = scratch / "semantic_manifest.json"
        SemanticManifest(manifest).write_json_to_file(str(file))
        parsed = parse_manifest_from_dbt_generated_manifest(
            manifest_json_string=file.read_text("utf-8")
        )
        self._engine: Any = MetricFlowEngine(
            semantic_manifest_lookup=SemanticManifestLookup(parsed),
            sql_client=Client(),  # type: ignore[arg-type]
        )

    def sql(self, metrics: Sequence[str], grouped_by: Sequence[str]) -> str:
        """Return the SQL that answers a question."""
        from metricflow.engine.metricflow_engine import MetricFlowQueryRequest

        request = MetricFlowQueryRequest.create(metric_names=metrics, group_by_names=grouped_by)
        return str(self._engine.explain(request).sql_statement.sql)
