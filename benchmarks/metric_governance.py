# ruff: noqa: INP001, T201 - a script whose output is the result
"""Measure `entity-kit metrics --check` and `--diff` beyond dbt's parse, on a generated manifest.

    python benchmarks/metric_governance.py [--models 500] [--metrics 300] [--repeat 3]

Models come in threes: one that reads a source, one that renames and filters with `select *`
between, and a mart that joins two of them. Each mart has a semantic model; the metrics are simple,
ratio, derived, and cumulative, with filters on own and joined dimensions. For `--diff`, every tenth
measure has another expression. The best of the repetitions counts, in seconds of processor time.
"""

from __future__ import annotations

import argparse
import copy
import datetime as dt
import time
from typing import Any

from claims import claim, machine

from entity_kit.project_health.column_lineage import ColumnLineage
from entity_kit.project_health.metrics import changes, sql_form
from entity_kit.project_health.metrics.reading import read_metrics
from entity_kit.project_health.metrics.rules import check_metrics

GOAL_S = 5.0


def generate(models: int, metrics: int) -> dict[str, Any]:
    """Return a manifest with so many models and metrics."""
    manifest: dict[str, Any] = {
        "metadata": {"project_name": "p", "adapter_type": "duckdb"},
        **{section: {} for section in ("nodes", "sources", "semantic_models", "metrics")},
    }
    marts = models // 3
    for number in range(models):
        third, kind = number // 3, number % 3
        if kind == 0:
            _model(
                manifest,
                f"raw_{third}",
                "select id, customer_id, amount, status, at, tier from {{ source('s', 't') }}",
                ["source.p.s.t"],
            )
        elif kind == 1:
            sql = (
                f"with source as (select * from {{{{ ref('raw_{third}') }}}}), renamed as (select *, "
                "amount * 0.9 as net from source where status <> 'test') select * from renamed"
            )
            _model(manifest, f"stg_{third}", sql, [f"model.p.raw_{third}"])
        elif third < marts:
            other = max(third - 1, 0)
            sql = (
                f"select a.*, b.tier as other_tier from {{{{ ref('stg_{third}') }}}} as a "
                f"left join {{{{ ref('stg_{other}') }}}} as b on a.id = b.id"
            )
            parents = list(dict.fromkeys([f"model.p.stg_{third}", f"model.p.stg_{other}"]))
            _model(manifest, f"mart_{third}", sql, parents)
            _semantic_model(manifest, third)
    manifest["sources"]["source.p.s.t"] = {
        "name": "t",
        "source_name": "s",
        "resource_type": "source",
        "package_name": "p",
        "unique_id": "source.p.s.t",
        "database": "w",
        "schema": "s",
        "identifier": "t",
    }
    for number in range(metrics):
        _metric(manifest, number, marts)
    return manifest


def _model(manifest: dict[str, Any], name: str, sql: str, parents: list[str]) -> None:
    manifest["nodes"][f"model.p.{name}"] = {
        "name": name,
        "resource_type": "model",
        "package_name": "p",
        "raw_code": sql,
        "unique_id": f"model.p.{name}",
        "database": "w",
        "schema": "main",
        "columns": {},
        "depends_on": {"nodes": parents},
        "original_file_path": f"models/{name}.sql",
        "time_spine": {"standard_granularity_column": "at"} if name == "raw_0" else None,
    }


def _semantic_model(manifest: dict[str, Any], number: int) -> None:
    time_dimension = {"name": "at", "type": "time", "type_params": {"time_granularity": "day"}}
    manifest["semantic_models"][f"semantic_model.p.s_{number}"] = {
        "name": f"s_{number}",
        "unique_id": f"semantic_model.p.s_{number}",
        "package_name": "p",
        "depends_on": {"nodes": [f"model.p.mart_{number}"]},
        "defaults": {"agg_time_dimension": "at"},
        "entities": [
            {"name": f"order_{number}", "type": "primary", "expr": "id"},
            {"name": f"order_{number - 1}", "type": "foreign", "expr": "customer_id"},
        ],
        "dimensions": [
            time_dimension,
            {"name": "status", "type": "categorical"},
            {"name": "is_big", "type": "categorical", "expr": "amount > 100 and tier = 'gold'"},
        ],
        "measures": [
            {"name": f"net_{number}", "agg": "sum", "expr": f"coalesce(net, 0) * {number + 1}"},
            {"name": f"count_{number}", "agg": "count", "expr": "id"},
        ],
    }


def _metric(manifest: dict[str, Any], number: int, marts: int) -> None:
    mart, kind = number % marts, ("simple", "simple", "ratio", "derived", "cumulative")[number % 5]
    below = [f"m_{number - 1}", f"m_{number - 2}"]
    parameters: dict[str, Any] = {"measure": {"name": f"net_{mart}"}}
    where = f"{{{{ Dimension('order_{mart}__status') }}}} in ('a', 'b{number}')"
    if kind == "ratio":
        parameters = {"numerator": {"name": below[0]}, "denominator": {"name": below[1]}}
    elif kind == "derived":
        inputs = [{"name": below[0], "alias": "a"}, {"name": below[1], "alias": "b"}]
        parameters = {"expr": f"(a - b) / nullif(b, {number})", "metrics": inputs}
    elif kind == "cumulative":
        window = {"count": number + 1, "granularity": "day"}
        parameters["cumulative_type_params"] = {"window": window}
    name = f"m_{number}"
    manifest["metrics"][f"metric.p.{name}"] = {
        "name": name, "unique_id": f"metric.p.{name}", "package_name": "p", "type": kind,
        "label": name, "description": "", "type_params": parameters,
        "filter": None if kind in {"ratio", "derived"} else {
            "where_filters": [
                {"where_sql_template": where},
                {"where_sql_template": f"{{{{ Dimension('order_{max(mart - 1, 0)}__is_big') }}}}"},
            ]
        },
        "original_file_path": "models/metrics.yml",
    }  # fmt: skip


def edited(manifest: dict[str, Any]) -> dict[str, Any]:
    """Return the manifest with every tenth measure's expression changed."""
    found = copy.deepcopy(manifest)
    for model in list(found["semantic_models"].values())[::10]:
        model["measures"][0]["expr"] += " + 1"
    return found


def seconds(work: Any, repeat: int) -> tuple[float, Any]:
    """Return the best processor time, each time with nothing remembered, and what the work returns."""
    best, result = float("inf"), None
    for _ in range(repeat):
        sql_form.expression_form.cache_clear()
        sql_form.filter_forms.cache_clear()
        started = time.process_time()
        result = work()
        best = min(best, time.process_time() - started)
    return best, result


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--models", type=int, default=500)
    parser.add_argument("--metrics", type=int, default=300)
    parser.add_argument("--repeat", type=int, default=3)
    given = parser.parse_args()
    before = generate(given.models, given.metrics)
    now = edited(before)
    known = {"source.p.s.t": ("id", "customer_id", "amount", "status", "at", "tier")}

    def check() -> int:
        lineage = ColumnLineage(now, known=known)
        return len(check_metrics(read_metrics(now), lineage, {}, dt.date(2026, 1, 1)))

    def diff() -> int:
        return len(changes.compare(read_metrics(before), read_metrics(now)))

    print(machine("sqlglot"))
    size = f"{given.models} models, {given.metrics} metrics"
    for name, work, noun in (("--check", check, "findings"), ("--diff", diff, "changes")):
        took, found = seconds(work, given.repeat)
        print(f"metrics {name}, {size}: {took:.2f} s of processor time, {found} {noun}")
        claim(f"metrics {name}, {size}", took, f"<= {GOAL_S}", "", "s beyond the parse")


if __name__ == "__main__":
    main()
