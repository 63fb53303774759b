"""The meaning of a metric in one normal form, and a hash of it.

Filters of a metric reach its inputs, as MetricFlow has it, so `a / b where c` means the same as
`a where c` over `b where c`. Where an input looks back in time, they apply afterwards. Names of
metrics, measures, and aliases, labels, and descriptions are no part of a meaning.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from entity_kit.errors import EntityKitError
from entity_kit.project_health.metrics.definitions import Aggregation
from entity_kit.project_health.metrics.sql_form import (
    METRIC_TIME,
    expression_form,
    filter_forms,
    renamed,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from entity_kit.project_health.metrics.definitions import (
        Dimension,
        Input,
        Metric,
        Metrics,
        SemanticModel,
    )
    from entity_kit.project_health.metrics.sql_form import Form, Reference

_LENGTH = 32


class Meanings:
    """The meanings of a project's metrics, each computed once."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        self._found: dict[tuple[str, tuple[str, ...]], Any] = {}
        self._open: list[str] = []
        self._reached: dict[tuple[str, str], list[SemanticModel]] = {}
        for model in metrics.semantic_models.values():
            for key in model.keys:
                for name in model.dimensions:
                    self._reached.setdefault((key, name), []).append(model)

    def identity(self, name: str) -> str:
        """Return the hash of a metric's meaning."""
        return _digest(self._of(self._metrics.find(name), ()))

    def normal_form(self, name: str) -> str:
        """Return a metric's meaning as JSON in one order."""
        return _written(self._of(self._metrics.find(name), ()))

    def forms(self, filters: Iterable[str]) -> tuple[Form, ...]:
        """Return the conditions of several filters that all must hold, in order, once each."""
        found = {
            form.text: form
            for each in filters
            for form in filter_forms(each, self._metrics.dialect)
        }
        return tuple(found[text] for text in sorted(found))

    def reached(
        self, reference: Reference, model: SemanticModel | None
    ) -> list[tuple[SemanticModel, Dimension]]:
        """Return the dimensions that a filter may mean, as seen from a semantic model."""
        if not reference.path:
            own = model.dimensions.get(reference.name) if model is not None else None
            return [] if own is None or model is None else [(model, own)]
        models = self._reached.get((reference.path[-1], reference.name), [])
        if model is not None and model in models and len(reference.path) == 1:
            models = [model]
        return [(each, each.dimensions[reference.name]) for each in models]

    def _of(self, metric: Metric, outer: tuple[str, ...]) -> Any:
        key = (metric.name, outer)
        if key not in self._found:
            if metric.name in self._open:
                circle = [*self._open[self._open.index(metric.name) :], metric.name]
                raise EntityKitError(
                    f"{metric.path}: the metrics are computed from each other: "
                    f"{' → '.join(circle)}.",
                    fix="Define one of them without the others.",
                )
            self._open.append(metric.name)
            try:
                self._found[key] = self._computed(metric, _joined(outer, metric.filters))
            finally:
                self._open.pop()
        return self._found[key]

    def _computed(self, metric: Metric, filters: tuple[str, ...]) -> Any:
        if metric.aggregation is not None:
            return self._leaf(
                metric.aggregation, filters, metric.fill_nulls_with, metric.join_to_timespine
            )
        inputs = {role: self._input(metric, each, filters) for role, each in metric.inputs}
        if metric.type == "simple":
            return inputs.get("measure")
        if metric.type == "derived":
            return self._derived(metric, inputs)
        meaning = {"type": metric.type, **dict(metric.options), **inputs}
        if metric.type == "cumulative":
            meaning["of"] = meaning.pop("measure", None) or meaning.pop("metric", None)
        if metric.type == "conversion":
            meaning["entity"] = self._entity(metric)
        return meaning

    def _derived(self, metric: Metric, inputs: dict[str, Any]) -> Any:
        """Return a derived metric's meaning; one that is only another metric means that one."""
        digests = {role: _digest(inputs[role]) for role in inputs}
        form = renamed(metric.expr, digests, self._metrics.dialect)
        for role, digest in digests.items():
            if form.text.lower() == digest:
                return inputs[role]
        return {
            "type": "derived",
            "expression": form.text,
            "inputs": {digests[role]: inputs[role] for role in inputs},
        }

    def _input(self, metric: Metric, given: Input, filters: tuple[str, ...]) -> Any:
        found = self._metrics.input_of(metric, given)
        if isinstance(found, Aggregation):
            if metric.type == "conversion":
                filters = filters if given == metric.input("base") else ()
            return self._leaf(
                found,
                _joined(filters, given.filters),
                given.fill_nulls_with or metric.fill_nulls_with,
                given.join_to_timespine or metric.join_to_timespine,
            )
        if given.offset:
            after = [self._condition(form, None) for form in self.forms(filters)]
            return {"earlier": given.offset, "of": self._of(found, given.filters), "after": after}
        return self._of(found, _joined(filters, given.filters))

    def _leaf(
        self, given: Aggregation, filters: tuple[str, ...], fill: str, spine: bool
    ) -> dict[str, Any]:
        model = self._metrics.semantic_models.get(given.semantic_model)
        meaning: dict[str, Any] = {
            "aggregation": given.agg,
            "expression": expression_form(given.expr, self._metrics.dialect).text,
            "model": model.model_id if model is not None else given.semantic_model,
            "time": self.time_of(given),
            "filters": [self._condition(form, model) for form in self.forms(filters)],
        }
        if given.parameters:
            meaning["parameters"] = dict(given.parameters)
        if given.non_additive:
            meaning["non_additive"] = dict(given.non_additive)
        if fill:
            meaning["fill_nulls_with"] = fill
        if spine:
            meaning["join_to_timespine"] = True
        return meaning

    def time_of(self, given: Aggregation) -> str:
        """Return the expression and the grain of the time dimension of an aggregation."""
        model = self._metrics.semantic_models.get(given.semantic_model)
        name = given.time_dimension or (model.time_dimension if model is not None else "")
        found = model.dimensions.get(name) if model is not None else None
        return name if found is None else self._definition(found)

    def _definition(self, dimension: Dimension) -> str:
        form = expression_form(dimension.expr, self._metrics.dialect)
        return f"{form.text} by {dimension.grain}" if dimension.grain else form.text

    def _condition(self, form: Form, model: SemanticModel | None) -> Any:
        """Return a condition, and what its dimensions are defined as."""
        defined = {str(each): list(self.meant(each, model)) for each in form.references}
        return [form.text, defined] if any(defined.values()) else form.text

    def meant(self, reference: Reference, model: SemanticModel | None) -> Iterator[str]:
        """Yield what a filter's reference is defined as, seen from a semantic model."""
        if reference.kind == "Metric":
            yield _digest(self._of(self._metrics.find(reference.name), ()))
        elif reference.kind == "Entity" and model is not None:
            entity = model.entities.get(reference.name)
            if entity is not None:
                yield expression_form(entity.expr, self._metrics.dialect).text
        elif reference.name != METRIC_TIME:
            yield from sorted(
                f"{reached.model_id}: {self._definition(dimension)}"
                for reached, dimension in self.reached(reference, model)
            )

    def _entity(self, metric: Metric) -> list[str]:
        """Return the expression of a conversion's entity in each model that it is counted from."""
        name = dict(metric.options).get("entity", "")
        found = []
        for _, each in metric.inputs:
            source = self._metrics.input_of(metric, each)
            leaf = source if isinstance(source, Aggregation) else source.aggregation
            model = self._metrics.semantic_models.get(leaf.semantic_model) if leaf else None
            entity = model.entities.get(name) if model is not None else None
            found.append(
                name if entity is None else expression_form(entity.expr, self._metrics.dialect).text
            )
        return found


def _joined(*filters: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(sorted({each for some in filters for each in some}))


def _written(meaning: Any) -> str:
    return json.dumps(meaning, sort_keys=True, ensure_ascii=False)


def _digest(meaning: Any) -> str:
    # A letter in front, since it stands for a column in the expression of a derived metric.
    return "m" + hashlib.sha256(_written(meaning).encode()).hexdigest()[: _LENGTH - 1]
