"""Pairs of metrics that measure the same columns, mean something else, and have other values.

Two metrics are compared if they aggregate the same columns in the same way, of the same entity, look
back in time alike, and are both ratios or not. What differs is then a filter or a formula, and only the values show whether
that matters. Metrics of which one `reconciles_with` the other are always compared.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any

from entity_kit.dbt_bridge.metric_pairs import Pair
from entity_kit.project_health.metrics.changes import NOTHING, different
from entity_kit.project_health.metrics.leaves import leaves
from entity_kit.project_health.metrics.meaning import Meanings
from entity_kit.project_health.metrics.sql_form import expression_form
from entity_kit.project_health.metrics.telling import ingredients
from entity_kit.verify.reports.comment import table_row
from entity_kit.wording import counted, verb

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from entity_kit.dbt_bridge.metric_pairs import Parting
    from entity_kit.project_health.metrics.changes import Difference
    from entity_kit.project_health.metrics.definitions import Metric, Metrics
    from entity_kit.project_health.metrics.sql_form import Form

JSON_VERSION = 1


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two metrics that part, and what differs in their definitions. It is a finding of the first.

    A baseline knows it by the names: values change with the rows.
    """

    metric: Metric
    parting: Parting
    differences: tuple[Difference, ...]

    rule = "conflict"

    @property
    def unique_id(self) -> str:
        return self.metric.unique_id

    @property
    def name(self) -> str:
        return self.metric.name

    @property
    def path(self) -> str:
        return self.metric.path

    @property
    def key(self) -> str:
        return f"{self.rule}: {self.name}: {self.parting.pair.second}"

    @property
    def reason(self) -> str:
        pair, [first, *_] = self.parting.pair, self.parting.rows
        said = "; ".join(difference_text(each) for each in self.differences)
        return (
            f"it measures what {pair.second} measures, and has other values in "
            f"{counted(self.parting.count, 'row')} by {_by(pair)}, the first of "
            f"{first.text(pair)}. {said}. If that is meant, set differs_from: [{pair.second}]"
        )


def find_pairs(metrics: Metrics, grain: str, names: Collection[str] = ()) -> list[Pair]:
    """Return the pairs of the project's own metrics to compare, or those with a named metric."""
    meanings = Meanings(metrics)
    measured = {metric.name: _measured(metrics, metric) for metric in metrics.own}
    found = []
    for one, other in combinations(metrics.own, 2):
        meant = one.governance, other.governance
        if names and not {one.name, other.name} & {*names}:
            continue
        if any(
            name in (*given.differs_from, given.replacement)
            for given, name in zip(meant, (other.name, one.name), strict=True)
        ):
            continue
        same = meant[0].reconciles_with == other.name or meant[1].reconciles_with == one.name
        if not same and (not measured[one.name] or measured[one.name] != measured[other.name]):
            continue
        if meanings.identity(one.name) != meanings.identity(other.name):
            dimensions = _groups(metrics, meanings, one, other)
            found.append(Pair(one.name, other.name, grain, dimensions))
    return found


def _measured(metrics: Metrics, metric: Metric) -> frozenset[tuple[str, ...]]:
    """Return what a metric aggregates, of which entity, how it looks back, and whether it is a ratio."""
    found: set[tuple[str, ...]] = set()
    for leaf in leaves(metrics, metric):
        given = leaf.aggregation
        expression = expression_form(given.expr, metrics.dialect).text
        model = leaf.model
        place = (model.model_id, model.primary_entity) if model else (given.semantic_model,)
        found.add((given.agg, expression, *place, *map(str, given.parameters)))
        for name in leaf.path:
            found |= set(_shape(metrics.metrics[name]))
    return frozenset(found)


def _shape(metric: Metric) -> Iterator[tuple[str, ...]]:
    if metric.type in ("cumulative", "conversion", "ratio"):
        yield (metric.type, *(f"{key} {value}" for key, value in metric.options))
    for _, given in metric.inputs:
        if given.offset:
            yield ("offset", given.offset)


def _groups(metrics: Metrics, meanings: Meanings, one: Metric, other: Metric) -> tuple[str, ...]:
    """Return the dimensions that only one of two metrics filters by: that is where they part."""
    filters = [_filters(metrics, meanings, metric) for metric in (one, other)]
    alone = [
        form
        for text, form in (filters[0] | filters[1]).items()
        if text in filters[0].keys() ^ filters[1].keys()
    ]
    named = {
        "__".join((*each.path, each.name))
        for form in alone
        for each in form.references
        if each.kind == "Dimension" and not each.grain and len(each.path) == 1
    }
    kept = {
        name
        for name in named
        for entity, _, own in [name.partition("__")]
        for model in metrics.semantic_models.values()
        if entity in model.keys and own in model.dimensions
        if model.dimensions[own].type == "categorical"
    }
    return tuple(sorted(kept))


def _filters(metrics: Metrics, meanings: Meanings, metric: Metric) -> dict[str, Form]:
    """Return the conditions of a metric and of what it is computed from, by their text."""
    filters = {each for leaf in leaves(metrics, metric) for each in leaf.filters}
    return {form.text: form for form in meanings.forms(filters)}


def find_conflicts(metrics: Metrics, compared: Sequence[Parting]) -> list[Conflict]:
    """Return the pairs that part, with what differs in their definitions."""
    meanings = Meanings(metrics)
    found = []
    for each in (each for each in compared if each.rows):
        one, other = metrics.find(each.pair.first), metrics.find(each.pair.second)
        parts = [ingredients(metrics, meanings, metric) for metric in (one, other)]
        # What a dimension means that only one of them names is no difference between them.
        said = [d for d in different(*parts) if "__" not in d.what or (d.before and d.now)]
        if all(difference.what != "filter" for difference in said):
            filters = [_filters(metrics, meanings, metric).keys() for metric in (one, other)]
            texts = [" and ".join(sorted(some - more)) for some, more in (filters, filters[::-1])]
            said += different(*({"filter below": text} if text else {} for text in texts))
        found.append(Conflict(one, each, tuple(said)))
    return found


def difference_text(each: Difference) -> str:
    """Return an ingredient of the first metric's definition, and the second's."""
    return f"{each.what}: {each.before or NOTHING} / {each.now or NOTHING}"


def _by(pair: Pair) -> str:
    return ", ".join([pair.grain, *pair.dimensions])


def text_lines(conflicts: Sequence[Conflict], compared: Sequence[Parting]) -> Iterator[str]:
    """Yield each pair that parts, with the first rows and what differs in the definitions."""
    for each in conflicts:
        pair, count = each.parting.pair, each.parting.count
        yield f"{pair.first} and {pair.second} part in {counted(count, 'row')} by {_by(pair)}:"
        for row in each.parting.rows:
            yield f"  {row.text(pair)}"
        for difference in each.differences:
            yield f"  {difference_text(difference)}"
    yield from obstacle_lines(compared)
    yield f"{counted(len(compared), 'pair')} compared: {len(conflicts)} {verb(len(conflicts), 'parts')}."


def obstacle_lines(compared: Sequence[Parting]) -> Iterator[str]:
    """Yield the pairs that couldn't be compared, with the reason."""
    for each in compared:
        if each.obstacle:
            yield f"{each.pair.first} and {each.pair.second}: not compared. {each.obstacle}"


def markdown_lines(conflicts: Sequence[Conflict]) -> Iterator[str]:
    """Yield the pairs that part as a table."""
    yield table_row("metrics", "first row", "values", "what differs")
    yield "|---|---|---|---|"
    for each in conflicts:
        pair, first = each.parting.pair, each.parting.rows[0]
        place, _, values = first.text(pair).partition(": ")
        said = "; ".join(difference_text(difference) for difference in each.differences)
        yield table_row(f"{pair.first}, {pair.second}", place, values, said)


def as_json(conflicts: Sequence[Conflict], compared: Sequence[Parting]) -> dict[str, Any]:
    """Return the pairs as plain data, version 1."""
    said = {each.parting.pair: each.differences for each in conflicts}
    return {
        "version": JSON_VERSION,
        "pairs": [
            {
                "first": each.pair.first,
                "second": each.pair.second,
                "grain": each.pair.grain,
                "dimensions": list(each.pair.dimensions),
                "verdict": "not compared" if each.obstacle else "parts" if each.rows else "same",
                "reason": each.obstacle or None,
                "differing": each.count,
                "sample": [row.as_json() for row in each.rows],
                "definitions": [
                    {"what": d.what, "first": d.before or None, "second": d.now or None}
                    for d in said.get(each.pair, ())
                ],
            }
            for each in compared
        ],
    }
