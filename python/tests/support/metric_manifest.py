"""dbt's manifest for metrics that are written as in a project's YAML, without running dbt."""

from __future__ import annotations

import copy
import re
from typing import Any

import yaml

SPEC: dict[str, Any] = {
    "semantic_models": [
        {
            "name": "orders",
            "model": "fct_orders",
            "defaults": {"agg_time_dimension": "ordered_at"},
            "entities": [
                {"name": "order", "type": "primary", "expr": "order_id"},
                {"name": "customer", "type": "foreign", "expr": "customer_id"},
            ],
            "dimensions": [
                {
                    "name": "ordered_at",
                    "type": "time",
                    "type_params": {"time_granularity": "day"},
                },
                {"name": "status", "type": "categorical"},
                {"name": "is_big", "type": "categorical", "expr": "amount > 100"},
            ],
            "measures": [
                {"name": "amount", "agg": "sum"},
                {"name": "order_count", "agg": "count", "expr": "order_id"},
                {"name": "buyers", "agg": "count_distinct", "expr": "customer_id"},
            ],
        },
        {
            "name": "customers",
            "model": "dim_customers",
            "entities": [{"name": "customer", "type": "primary", "expr": "customer_id"}],
            "dimensions": [{"name": "tier", "type": "categorical"}],
            "measures": [],
        },
    ],
    "metrics": [
        {"name": "revenue", "type": "simple", "type_params": {"measure": "amount"}},
        {
            "name": "gold_revenue",
            "type": "simple",
            "type_params": {"measure": "amount"},
            "filter": "{{ Dimension('customer__tier') }} = 'gold' and {{ Dimension('order__is_big') }}",
        },
        {"name": "orders", "type": "simple", "type_params": {"measure": "order_count"}},
        {
            "name": "average_order_value",
            "type": "ratio",
            "type_params": {"numerator": "revenue", "denominator": "orders"},
        },
        {
            "name": "growth",
            "type": "derived",
            "type_params": {
                "expr": "now / before - 1",
                "metrics": [
                    {"name": "revenue", "alias": "now"},
                    {"name": "revenue", "alias": "before", "offset_window": "1 month"},
                ],
            },
        },
        {
            "name": "weekly_buyers",
            "type": "cumulative",
            "type_params": {
                "measure": "buyers",
                "cumulative_type_params": {"window": "7 days"},
            },
        },
    ],
}


def manifest(
    spec: dict[str, Any] = SPEC,
    *,
    models: dict[str, dict[str, Any]] | None = None,
    exposures: list[dict[str, Any]] | None = None,
    saved_queries: list[dict[str, Any]] | None = None,
    adapter: str = "duckdb",
) -> dict[str, Any]:
    """Return what dbt makes of these semantic models and metrics; `models` adds nodes by name."""
    names = {model["model"] for model in spec["semantic_models"]} | set(models or {})
    nodes = {f"model.shop.{n}": _node("model", n, (models or {}).get(n, {})) for n in sorted(names)}
    found = {
        "metadata": {"project_name": "shop", "adapter_type": adapter},
        "nodes": nodes,
        "sources": {},
        "semantic_models": _by_id([_semantic_model(each) for each in spec["semantic_models"]]),
        "metrics": _by_id([_metric(each) for each in spec["metrics"]]),
        "exposures": _by_id([_user("exposure", each) for each in exposures or []]),
        "saved_queries": _by_id([_user("saved_query", each) for each in saved_queries or []]),
    }
    measures = {
        measure["name"]: f"semantic_model.shop.{model['name']}"
        for model in spec["semantic_models"]
        for measure in model["measures"]
    }
    for metric in found["metrics"].values():
        metric["depends_on"] = {"nodes": list(dict.fromkeys(_parents(metric, measures)))}
    return found


def _by_id(nodes: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {node["unique_id"]: node for node in nodes}


def _node(kind: str, name: str, more: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": name,
        "resource_type": kind,
        "package_name": "shop",
        "unique_id": f"{kind}.shop.{name}",
        "original_file_path": f"models/{name}.sql" if kind == "model" else "models/metrics.yml",
        "config": {"meta": {}},
        "depends_on": {"nodes": []},
        "columns": {},
        **more,
    }


def _semantic_model(given: dict[str, Any]) -> dict[str, Any]:
    return _node(
        "semantic_model",
        given["name"],
        {**given, "depends_on": {"nodes": [f"model.shop.{given['model']}"]}},
    )


def _metric(given: dict[str, Any]) -> dict[str, Any]:
    parameters = dict(given["type_params"])
    if "measure" in parameters:
        parameters["measure"] = _input(parameters["measure"])
    for role in ("numerator", "denominator"):
        if role in parameters:
            parameters[role] = _input(parameters[role])
    if "metrics" in parameters:
        parameters["metrics"] = [_input(each) for each in parameters["metrics"]]
    for name in ("cumulative_type_params", "conversion_type_params"):
        if name in parameters:
            own = dict(parameters[name])
            if "window" in own:
                own["window"] = _window(own["window"])
            for role in ("base_measure", "conversion_measure", "metric"):
                if role in own:
                    own[role] = _input(own[role])
            parameters[name] = own
    return _node(
        "metric",
        given["name"],
        {
            "label": given["name"],
            "description": "",
            **given,
            "type_params": parameters,
            "filter": _filter(given.get("filter")),
        },
    )


def _input(given: Any) -> dict[str, Any]:
    found = {"name": given} if isinstance(given, str) else dict(given)
    found["filter"] = _filter(found.get("filter"))
    if "offset_window" in found:
        found["offset_window"] = _window(found["offset_window"])
    return found


def _window(given: str) -> dict[str, Any]:
    count, unit = given.split()
    return {"count": int(count), "granularity": unit.removesuffix("s")}


def _filter(given: Any) -> Any:
    if given is None:
        return None
    texts = [given] if isinstance(given, str) else given
    return {"where_filters": [{"where_sql_template": text} for text in texts]}


def _user(kind: str, given: dict[str, Any]) -> dict[str, Any]:
    metrics = given.get("metrics", [])
    more: dict[str, Any] = {"depends_on": {"nodes": [f"metric.shop.{each}" for each in metrics]}}
    if kind == "saved_query":
        more["query_params"] = {"metrics": metrics, "where": _filter(given.get("where"))}
    return _node(kind, given["name"], {**given, **more})


def _parents(metric: dict[str, Any], measures: dict[str, str]) -> list[str]:
    parameters = metric["type_params"]
    conversion = parameters.get("conversion_type_params") or {}
    found = [parameters.get("measure"), *(conversion.get(f"{r}_measure") for r in _ROLES)]
    parents = [measures[each["name"]] for each in found if each and each["name"] in measures]
    inputs = [parameters.get("numerator"), parameters.get("denominator")]
    inputs += parameters.get("metrics") or []
    inputs.append((parameters.get("cumulative_type_params") or {}).get("metric"))
    return parents + [f"metric.shop.{each['name']}" for each in inputs if each]


_ROLES = ("base", "conversion")


def model(sql: str, **more: Any) -> dict[str, Any]:
    """Return what a manifest has of a model with this SQL, for `models` of `manifest`."""
    refs = [f"model.shop.{name}" for name in re.findall(r"ref\('(\w+)'\)", sql)]
    sources = [f"source.shop.{a}.{b}" for a, b in re.findall(r"source\('(\w+)', '(\w+)'\)", sql)]
    parents = list(dict.fromkeys(refs + sources))
    return {
        "raw_code": sql,
        "database": "w",
        "schema": "main",
        "depends_on": {"nodes": parents},
        **more,
    }


def source(group: str, name: str, **more: Any) -> dict[str, Any]:
    """Return what a manifest has of a source."""
    return {
        "name": name,
        "source_name": group,
        "resource_type": "source",
        "package_name": "shop",
        "unique_id": f"source.shop.{group}.{name}",
        "database": "w",
        "schema": group,
        "identifier": name,
        "columns": {},
        **more,
    }


SPINE = {
    "name": "days",
    "time_spine": {"standard_granularity_column": "day"},
    "columns": [{"name": "day", "granularity": "day"}],
}


def as_yaml(spec: dict[str, Any]) -> str:
    """Return the example as a project has it."""
    spec = copy.deepcopy(spec)
    for model in spec["semantic_models"]:
        model["model"] = f"ref('{model['model']}')"
    for metric in spec["metrics"]:
        metric.setdefault("label", metric["name"])
    return str(yaml.safe_dump({"version": 2, "models": [SPINE], **spec}, sort_keys=False))
