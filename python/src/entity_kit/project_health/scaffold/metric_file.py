"""Write the metric file of an entity, and the time spine that dbt's semantic layer needs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from entity_kit.project_health.scaffold.yaml_text import Line

if TYPE_CHECKING:
    from entity_kit.project_health.scaffold.spec import Grain, Measure, Spec

SPINE = "dim_days"
SPINE_TEST = "dim_days_has_no_gaps"
SPINE_TEXT = """\
{{ config(materialized='table') }}

select period_start as date_day
from (
    {{ entity_kit.period_spine('day', '2000-01-01', '2050-01-01') | indent(4) }}
) as days
"""
SPINE_TEST_TEXT = """\
select *
from (
    select
        date_day,
        lag(date_day) over (order by date_day) as day_before
    from {{ ref('dim_days') }}
) as days
where {{ dbt.datediff('day_before', 'date_day', 'day') }} <> 1
"""


def spine_properties() -> dict[str, Any]:
    """Return the properties of the time spine."""
    days = {
        "name": SPINE,
        "description": "One row per day: the time spine of dbt's semantic layer.",
        "time_spine": {"standard_granularity_column": "date_day"},
        "columns": [
            {
                "name": "date_day",
                "description": "The day.",
                "granularity": "day",
                "data_tests": ["unique", "not_null"],
            }
        ],
    }
    return {"models": [days]}


def measured_grain(spec: Spec) -> Grain | None:
    """Return the first grain with a measure that can be aggregated further; metrics are over it."""
    return next((grain for grain in spec.grains if _aggregated(grain)), None)


def metric_properties(spec: Spec, grain: Grain) -> dict[str, Any]:
    """Return semantic models of the entity and of a grain, and a metric for each of its measures."""
    measures = _aggregated(grain)
    return {
        "semantic_models": [_entity(spec), _periods(spec, grain, measures)],
        "metrics": [_metric(spec, measure) for measure in measures],
    }


def _aggregated(grain: Grain) -> list[Measure]:
    return [measure for measure in grain.measures if measure.agg]


def _entity(spec: Spec) -> dict[str, Any]:
    foreign = {each.column: each.entity for each in spec.relationships}
    found: dict[str, Any] = {
        "name": spec.name,
        "description": spec.description,
        "model": f"ref('{spec.current_model}')",
        "config": {"meta": {"entity_kit": Line(loaded_at="loaded_at")}},
        "entities": [
            Line(name=spec.name, type="primary", expr=_key(spec)),
            *(Line(name=name, type="foreign", expr=column) for column, name in foreign.items()),
        ],
    }
    shown = [name for name in spec.attributes if name not in foreign and name != spec.name]
    if shown:
        found["dimensions"] = [
            Line({"name": name, "type": "categorical", **_said(spec.attributes[name])})
            for name in shown
        ]
    return found


def _periods(spec: Spec, grain: Grain, measures: list[Measure]) -> dict[str, Any]:
    return {
        "name": grain.model,
        "description": f"The measures of {spec.name} by {grain.grain}.",
        "model": f"ref('{grain.model}')",
        "defaults": Line(agg_time_dimension="period_start"),
        "primary_entity": f"{spec.name}_{grain.grain}",
        "config": {"meta": {"entity_kit": Line(loaded_at="loaded_at")}},
        "entities": [Line(name=spec.name, type="foreign", expr=_key(spec))],
        "dimensions": [
            {
                "name": "period_start",
                "type": "time",
                "type_params": Line(time_granularity=grain.grain),
            }
        ],
        "measures": [
            {
                "name": _name(spec, measure),
                "description": measure.shown,
                "agg": measure.agg,
                "expr": measure.name,
            }
            for measure in measures
        ],
    }


def _metric(spec: Spec, measure: Measure) -> dict[str, Any]:
    owners = {
        "business_owner": measure.owner or spec.business_owner,
        "technical_owner": spec.technical_owner,
    }
    ours = {key: owner for key, owner in owners.items() if owner}
    return {
        "name": _name(spec, measure),
        "label": f"{spec.name.replace('_', ' ').capitalize()}: {measure.label}",
        "description": measure.shown,
        "type": "simple",
        "type_params": Line(measure=_name(spec, measure)),
        "config": {"meta": {"entity_kit": ours}},
    }


def _name(spec: Spec, measure: Measure) -> str:
    return f"{spec.name}_{measure.name}"


def _key(spec: Spec) -> str:
    return next(iter(spec.keys)) if len(spec.keys) == 1 else "durable_key"


def _said(text: str) -> dict[str, str]:
    return {"description": text} if text else {}
