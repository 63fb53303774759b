"""The aggregations that a metric is computed from in the end, each with the filters above it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from entity_kit.project_health.metrics.definitions import Aggregation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from entity_kit.project_health.metrics.definitions import Metric, Metrics, SemanticModel


@dataclass(frozen=True, slots=True)
class Leaf:
    """An aggregation below a metric; `path` has the metrics between them, the lowest last."""

    aggregation: Aggregation
    model: SemanticModel | None
    filters: tuple[str, ...]
    path: tuple[str, ...]


def leaves(metrics: Metrics, metric: Metric) -> Iterator[Leaf]:
    """Yield the aggregations of a metric. A circle of metrics must have been refused before."""
    yield from _below(metrics, metric, (), ())


def _below(
    metrics: Metrics, metric: Metric, filters: tuple[str, ...], path: tuple[str, ...]
) -> Iterator[Leaf]:
    path, filters = (*path, metric.name), (*filters, *metric.filters)
    found: list[tuple[Aggregation, tuple[str, ...]]] = []
    if metric.aggregation is not None:
        found.append((metric.aggregation, ()))
    for _, given in metric.inputs:
        below = metrics.input_of(metric, given)
        if isinstance(below, Aggregation):
            found.append((below, given.filters))
        elif below.name not in path:
            yield from _below(metrics, below, (*filters, *given.filters), path)
    for aggregation, own in found:
        model = metrics.semantic_models.get(aggregation.semantic_model)
        yield Leaf(aggregation, model, tuple(dict.fromkeys((*filters, *own))), path)
