"""Which columns of which models a metric reads, and what for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from entity_kit.project_health.metrics.leaves import leaves
from entity_kit.project_health.metrics.sql_form import METRIC_TIME, expression_form

if TYPE_CHECKING:
    from collections.abc import Iterator

    from entity_kit.project_health.metrics.definitions import Metric, Metrics, SemanticModel
    from entity_kit.project_health.metrics.leaves import Leaf
    from entity_kit.project_health.metrics.meaning import Meanings
    from entity_kit.project_health.metrics.sql_form import Reference


@dataclass(frozen=True, slots=True)
class Use:
    """A column that a metric reads; `how` is aggregated, filter, dimension, time, or join key.

    `path` has the metrics from this one to the one that reads the column.
    """

    model_id: str
    column: str
    how: str
    path: tuple[str, ...]


def uses(metrics: Metrics, meanings: Meanings, metric: Metric) -> list[Use]:
    """Return each column that a metric reads, once for each way."""
    found: dict[Use, None] = {}
    for leaf in leaves(metrics, metric):
        if leaf.model is not None:
            found |= dict.fromkeys(_of_leaf(metrics, meanings, metric, leaf, leaf.model))
    return list(found)


def _of_leaf(
    metrics: Metrics, meanings: Meanings, metric: Metric, leaf: Leaf, model: SemanticModel
) -> Iterator[Use]:
    def read(sql: str, how: str, of: SemanticModel = model) -> Iterator[Use]:
        for column in expression_form(sql, metrics.dialect).columns:
            yield Use(of.model_id, column.lower(), how, leaf.path)

    yield from read(leaf.aggregation.expr, "aggregated")
    time = model.dimensions.get(leaf.aggregation.time_dimension or model.time_dimension)
    if time is not None:
        yield from read(time.expr, "time")
    for name in _grouped(leaf):
        part = model.dimensions.get(name) or model.entities.get(name)
        if part is not None:
            yield from read(part.expr, "dimension")
    entity = model.entities.get(dict(metric.options).get("entity", ""))
    if entity is not None:
        yield from read(entity.expr, "join key")
    forms = meanings.forms(leaf.filters)
    for column in (column for form in forms for column in form.columns):
        yield Use(model.model_id, column.lower(), "filter", leaf.path)
    for reference in (reference for form in forms for reference in form.references):
        for of, sql, how in _of_reference(meanings, reference, model):
            yield from read(sql, how, of)


def _grouped(leaf: Leaf) -> list[str]:
    """Return the dimensions and entities that a non-additive aggregation names."""
    given = dict(leaf.aggregation.non_additive)
    names = given.get("window_groupings", "").strip("[]").replace('"', "").split(", ")
    return [each for each in (given.get("name", ""), *names) if each]


def _of_reference(
    meanings: Meanings, reference: Reference, model: SemanticModel
) -> Iterator[tuple[SemanticModel, str, str]]:
    """Yield the expressions that a reference of a filter reads, and of which semantic model."""
    if reference.kind == "Entity":
        entity = model.entities.get(reference.name)
        if entity is not None:
            yield model, entity.expr, "filter"
    elif reference.kind != "Metric" and reference.name != METRIC_TIME:
        for reached, dimension in meanings.reached(reference, model):
            yield reached, dimension.expr, "filter"
            if reached is not model:
                for side, name in ((model, reference.path[0]), (reached, reference.path[-1])):
                    if name in side.entities:
                        yield side, side.entities[name].expr, "join key"
