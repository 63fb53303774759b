"""What keeps a metric from being computed, although dbt parses it. What isn't known is no obstacle."""

from __future__ import annotations

from typing import TYPE_CHECKING

from entity_kit.errors import closest_word
from entity_kit.project_health.metrics.leaves import leaves
from entity_kit.project_health.metrics.sql_form import METRIC_TIME
from entity_kit.project_health.metrics.usage import uses

if TYPE_CHECKING:
    from collections.abc import Iterator

    from entity_kit.project_health.column_lineage import ColumnLineage
    from entity_kit.project_health.metrics.definitions import Metric, Metrics
    from entity_kit.project_health.metrics.leaves import Leaf
    from entity_kit.project_health.metrics.meaning import Meanings
    from entity_kit.project_health.metrics.sql_form import Reference

# Every table of some engines has them.
_PSEUDO = {"rowid", "ctid", "_partitiontime", "_partitiondate"}


def obstacles(
    metrics: Metrics, meanings: Meanings, metric: Metric, lineage: ColumnLineage
) -> list[str]:
    """Return why no engine could compute a metric, once each."""
    own = {given.name for _, given in metric.inputs if given.is_measure}
    found: list[str] = []
    for leaf in leaves(metrics, metric):
        if leaf.aggregation.name in own or metric.aggregation is leaf.aggregation:
            found += _without_time(leaf)
        found += _unreachable(metrics, meanings, metric, leaf)
    for use in uses(metrics, meanings, metric):
        columns = lineage.columns(use.model_id)
        if columns is not None and use.column not in {*columns, *_PSEUDO}:
            what = {"aggregated": "aggregates", "time": "takes its time from"}.get(use.how, "reads")
            found.append(
                f"it {what} column {use.column}, which model {use.model_id.split('.', 2)[-1]} "
                f"doesn't have. {closest_word(use.column, columns)}".rstrip()
            )
    found += _without_spine(metrics, metric)
    return list(dict.fromkeys(found))


def _without_time(leaf: Leaf) -> Iterator[str]:
    model = leaf.model
    if model is None:
        yield f"semantic model {leaf.aggregation.semantic_model} doesn't exist"
        return
    name = leaf.aggregation.time_dimension or model.time_dimension
    if not name:
        yield (
            f"semantic model {model.name} has no time dimension for {leaf.aggregation.name}; set "
            "defaults: {agg_time_dimension: …}"
        )
    elif name not in model.dimensions:
        near = closest_word(name, model.dimensions)
        yield f"its time dimension {name} isn't in semantic model {model.name}. {near}".rstrip()
    if model.dimensions and not model.primary_entity:
        yield (
            f"semantic model {model.name} has dimensions but no primary entity; give it one, or "
            "set primary_entity"
        )


def _unreachable(metrics: Metrics, meanings: Meanings, metric: Metric, leaf: Leaf) -> Iterator[str]:
    """Yield the dimensions and entities of a metric's own filters that don't exist."""
    own = {*metric.filters, *(each for _, given in metric.inputs for each in given.filters)}
    for form in meanings.forms(own & {*leaf.filters}):
        for reference in form.references:
            yield from _missing(metrics, meanings, leaf, reference)


def _missing(
    metrics: Metrics, meanings: Meanings, leaf: Leaf, reference: Reference
) -> Iterator[str]:
    model = leaf.model
    name = "__".join((*reference.path, reference.name))
    if model is None or reference.kind == "Metric" or reference.name == METRIC_TIME:
        return
    if reference.kind == "Entity":
        entities = {each for m in metrics.semantic_models.values() for each in m.entities}
        entities |= {*model.keys}
        if reference.name not in entities:
            near = closest_word(reference.name, entities)
            yield f"its filter names entity {name}, which no semantic model has. {near}".rstrip()
        return
    if not meanings.reached(reference, model):
        known = {
            f"{key}__{each}"
            for other in metrics.semantic_models.values()
            for key in other.keys
            for each in other.dimensions
        }
        near = closest_word(name, sorted(known))
        yield f"its filter names dimension {name}, which no semantic model has. {near}".rstrip()
    elif reference.path and reference.path[0] not in {*model.entities, *model.keys}:
        near = closest_word(reference.path[0], sorted({*model.entities, *model.keys}))
        yield (
            f"its filter names dimension {name}, but semantic model {model.name} has no entity "
            f"{reference.path[0]}. {near}"
        ).rstrip()


def _without_spine(metrics: Metrics, metric: Metric) -> Iterator[str]:
    if metrics.time_spines:
        return
    options = dict(metric.options)
    spans = metric.type == "cumulative" and ("window" in options or "grain_to_date" in options)
    needs = {
        "is cumulative": spans,
        "looks back in time": any(given.offset for _, given in metric.inputs),
        "joins to the time spine": metric.join_to_timespine
        or any(given.join_to_timespine for _, given in metric.inputs),
    }
    for why, is_so in needs.items():
        if is_so:
            yield (
                f"it {why}, and the project has no time spine; see time_spine in the properties of "
                "models"
            )
