"""Read dbt's manifest into metrics, semantic models, and what uses them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from entity_kit.dbt_bridge.nodes import parents_of
from entity_kit.project_health.metrics.definitions import (
    Aggregation,
    Dimension,
    Entity,
    Input,
    Metric,
    Metrics,
    SemanticModel,
    User,
)
from entity_kit.project_health.metrics.governance import read_governance, requires_certified
from entity_kit.project_health.sql_dialect import sql_dialect
from entity_kit.wording import counted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

# Before dbt 1.9, a model of this name was the time spine.
_OLDER_SPINE = "metricflow_time_spine"


def read_metrics(manifest: Mapping[str, Any]) -> Metrics:
    """Return the metrics of a manifest. Raise EntityKitError for a wrong `config.meta.entity_kit`."""
    models = [_semantic_model(node) for node in _section(manifest, "semantic_models")]
    metrics = [_metric(node) for node in _section(manifest, "metrics")]
    return Metrics(
        str((manifest.get("metadata") or {}).get("project_name") or ""),
        sql_dialect(manifest),
        {each.name: each for each in metrics},
        {each.name: each for each in models},
        tuple(_users(manifest)),
        tuple(
            sorted(
                n["unique_id"]
                for n in _section(manifest, "nodes")
                if n.get("time_spine") or n["name"] == _OLDER_SPINE
            )
        ),
        {name: each for model in models for name, each in model.measures.items()},
    )


def _section(manifest: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    return list((manifest.get(name) or {}).values())


def _semantic_model(node: Mapping[str, Any]) -> SemanticModel:
    name = str(node["name"])
    time_dimension = str((node.get("defaults") or {}).get("agg_time_dimension") or "")
    entities = {
        each["name"]: Entity(each["name"], str(each["type"]), _sql(each))
        for each in node.get("entities") or ()
    }
    primary = [each.name for each in entities.values() if each.type == "primary"]
    return SemanticModel(
        name,
        str(node["unique_id"]),
        str(node.get("original_file_path") or ""),
        str(node.get("package_name") or ""),
        next(iter(parents_of(node)), ""),
        time_dimension,
        str(node.get("primary_entity") or next(iter(primary), "")),
        entities,
        {each["name"]: _dimension(each) for each in node.get("dimensions") or ()},
        {
            each["name"]: _aggregation(each, name, each["name"], time_dimension)
            for each in node.get("measures") or ()
        },
    )


def _dimension(each: Mapping[str, Any]) -> Dimension:
    parameters = each.get("type_params") or {}
    validity = parameters.get("validity_params") or {}
    return Dimension(
        str(each["name"]),
        str(each["type"]),
        _sql(each),
        str(parameters.get("time_granularity") or ""),
        " and ".join(key for key in ("is_start", "is_end") if validity.get(key)),
    )


def _sql(each: Mapping[str, Any]) -> str:
    given = each.get("expr")
    return str(each["name"]) if given is None else str(given)


def _aggregation(
    given: Mapping[str, Any], model: str, name: str, time_dimension: str
) -> Aggregation:
    agg = str(given["agg"]).lower()
    parameters = {
        key: _text(value)
        for key, value in sorted((given.get("agg_params") or {}).items())
        if value not in (None, False)
    }
    if agg == "median":
        agg, parameters = "percentile", {"percentile": "0.5"}
    expr = given.get("expr")
    non_additive = given.get("non_additive_dimension") or {}
    return Aggregation(
        model,
        name,
        agg,
        name if expr is None else str(expr),
        tuple(parameters.items()),
        str(given.get("agg_time_dimension") or time_dimension),
        tuple(
            (key, _text(value))
            for key, value in sorted(non_additive.items())
            if value not in (None, [], "")
        ),
    )


def _text(value: Any) -> str:
    return json.dumps(sorted(value)) if isinstance(value, list) else str(value)


def _metric(node: Mapping[str, Any]) -> Metric:
    given = node.get("type_params") or {}
    own = given.get("metric_aggregation_params")
    aggregation = None
    if own is not None and given.get("measure") is None:
        model = str(own["semantic_model"])
        expr = own.get("expr", given.get("expr"))
        aggregation = _aggregation({**own, "expr": expr}, model, str(node["name"]), "")
    kind = str(node["type"]).lower()
    return Metric(
        str(node["name"]),
        str(node["unique_id"]),
        str(node.get("original_file_path") or ""),
        str(node.get("package_name") or ""),
        str(node.get("label") or ""),
        str(node.get("description") or "").strip(),
        kind,
        tuple(_inputs(given, kind)),
        aggregation,
        _filled(given.get("fill_nulls_with")),
        bool(given.get("join_to_timespine")),
        _filters(node.get("filter")),
        str(given.get("expr") or "") if kind == "derived" else "",
        tuple(_options(given, kind)),
        read_governance(node),
    )


def _inputs(given: Mapping[str, Any], kind: str) -> Iterator[tuple[str, Input]]:
    """Yield what a metric is computed from, by role."""
    conversion = given.get("conversion_type_params") or {}
    measures = {"measure": given.get("measure")}
    metrics = {}
    if kind == "conversion":
        measures = {role: conversion.get(f"{role}_measure") for role in ("base", "conversion")}
        metrics = {role: conversion.get(f"{role}_metric") for role in ("base", "conversion")}
    elif kind == "ratio":
        measures = {}
        metrics = {role: given.get(role) for role in ("numerator", "denominator")}
    elif kind == "derived":
        measures = {}
        metrics = {
            str(each.get("alias") or each["name"]): each for each in given.get("metrics") or ()
        }
    elif kind == "cumulative":
        metrics = {"metric": (given.get("cumulative_type_params") or {}).get("metric")}
    for found, is_measure in ((measures, True), (metrics, False)):
        for role, each in found.items():
            if each:
                yield role, _input(each, is_measure=is_measure)


def _input(each: Mapping[str, Any], *, is_measure: bool) -> Input:
    return Input(
        str(each["name"]),
        is_measure,
        _filters(each.get("filter")),
        str(each.get("alias") or ""),
        _window(each.get("offset_window")),
        str(each.get("offset_to_grain") or ""),
        _filled(each.get("fill_nulls_with")),
        bool(each.get("join_to_timespine")),
    )


def _options(given: Mapping[str, Any], kind: str) -> Iterator[tuple[str, str]]:
    if kind == "cumulative":
        own = given.get("cumulative_type_params") or {}
        window = _window(own.get("window") or given.get("window"))
        grain = own.get("grain_to_date") or given.get("grain_to_date")
        options = {
            "window": window,
            "grain_to_date": str(grain or ""),
            "period_agg": str(own.get("period_agg") or "first"),
        }
        yield from ((key, value) for key, value in options.items() if value)
    elif kind == "conversion":
        own = given.get("conversion_type_params") or {}
        yield "entity", str(own.get("entity") or "")
        yield "calculation", str(own.get("calculation") or "conversion_rate")
        if own.get("window"):
            yield "window", _window(own["window"])
        constants = sorted(
            f"{each['base_property']} = {each['conversion_property']}"
            for each in own.get("constant_properties") or ()
        )
        if constants:
            yield "constant_properties", ", ".join(constants)


def _window(given: Any) -> str:
    """Return `7 days`, whether dbt has it as a mapping or as a text."""
    if not given:
        return ""
    if isinstance(given, dict):
        count, unit = given["count"], str(given["granularity"])
    else:
        count, _, unit = str(given).partition(" ")
    return counted(int(count), unit.lower().removesuffix("s"))


def _filled(value: Any) -> str:
    return "" if value is None else str(value)


def _filters(given: Any) -> tuple[str, ...]:
    """Return the conditions of a filter: none, a text, or dbt's list of texts."""
    if not given:
        return ()
    if isinstance(given, str):
        return (given,)
    return tuple(str(each["where_sql_template"]) for each in given.get("where_filters") or ())


def _users(manifest: Mapping[str, Any]) -> Iterator[User]:
    names = {str(node["unique_id"]): str(node["name"]) for node in _section(manifest, "metrics")}
    for section, kind in (("exposures", "exposure"), ("saved_queries", "saved query")):
        for node in _section(manifest, section):
            parents = tuple(parents_of(node))
            parameters = node.get("query_params") or {}
            used = [names[each] for each in parents if each in names]
            used += [str(each) for each in parameters.get("metrics") or ()]
            yield User(
                str(node["name"]),
                kind,
                str(node.get("original_file_path") or ""),
                str(node.get("package_name") or ""),
                tuple(dict.fromkeys(used)),
                parents,
                requires_certified(node, kind),
                _filters(parameters.get("where")),
            )
