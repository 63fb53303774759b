"""A metric in words: what it is computed as, and each ingredient of its definition."""

from __future__ import annotations

from typing import TYPE_CHECKING

from entity_kit.project_health.metrics.definitions import Aggregation
from entity_kit.project_health.metrics.leaves import leaves
from entity_kit.project_health.metrics.sql_form import expression_form, renamed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from entity_kit.project_health.metrics.definitions import Input, Metric, Metrics
    from entity_kit.project_health.metrics.meaning import Meanings


def computed_as(metrics: Metrics, meanings: Meanings, metric: Metric) -> str:
    """Return how a metric is computed, in one line; its inputs by name."""
    # The filters of a single input and the metric's own are one list of conditions.
    single = metric.inputs[0][1] if len(metric.inputs) == 1 else None
    joined = single is not None and not single.offset
    own = (*metric.filters, *single.filters) if joined and single is not None else metric.filters
    inputs = {
        role: _of_input(metrics, meanings, metric, each, bare=joined)
        for role, each in metric.inputs
    }
    options = dict(metric.options)
    if metric.aggregation is not None:
        said = _aggregated(metrics, metric.aggregation)
    elif metric.type == "ratio":
        said = f"{inputs.get('numerator', '?')} / {inputs.get('denominator', '?')}"
    elif metric.type == "derived":
        said = _derived(metrics, metric, inputs)
    elif metric.type == "conversion":
        window = f" within {options['window']}" if "window" in options else ""
        said = (
            f"{options['calculation']} from {inputs.get('base', '?')} to "
            f"{inputs.get('conversion', '?')} by {options['entity']}{window}"
        )
    else:
        said = ", ".join(inputs.values())
    if metric.type == "cumulative":
        period = options.get("window"), options.get("grain_to_date")
        said += (
            f" over {period[0]}" if period[0] else f" {period[1]} to date" if period[1] else " ever"
        )
    filters = " and ".join(form.text for form in meanings.forms(own))
    return f"{said} where {filters}" if filters else said


def _derived(metrics: Metrics, metric: Metric, inputs: dict[str, str]) -> str:
    names = {role: f"entity_kit_input_{number}" for number, role in enumerate(inputs)}
    said = renamed(metric.expr, names, metrics.dialect).text
    # The longest first, because input_1 begins input_10.
    for role, name in sorted(names.items(), key=lambda item: -len(item[1])):
        said = said.replace(name, inputs[role]).replace(name.upper(), inputs[role])
    return said


def _of_input(
    metrics: Metrics, meanings: Meanings, metric: Metric, given: Input, *, bare: bool
) -> str:
    found = metrics.input_of(metric, given)
    said = _aggregated(metrics, found) if isinstance(found, Aggregation) else found.name
    filters = " and ".join(form.text for form in meanings.forms(given.filters))
    more = [given.offset] if given.offset else []
    more += [f"where {filters}"] if filters else []
    # In parentheses within a formula, so that a filter's end can be seen.
    return said if bare or not more else f"({said} {' '.join(more)})"


def _aggregated(metrics: Metrics, given: Aggregation) -> str:
    inner = expression_form(given.expr, metrics.dialect).text
    parameters = dict(given.parameters)
    share = parameters.pop("percentile", None)
    words = [inner] + ([share] if share is not None else []) + sorted(parameters)
    said = f"{given.agg}({', '.join(words)})"
    balance = dict(given.non_additive)
    if "name" in balance:
        said += f" at the {balance.get('window_choice', 'min')} of {balance['name']}"
    return said


def ingredients(metrics: Metrics, meanings: Meanings, metric: Metric) -> dict[str, str]:
    """Return each part of a metric's own definition in normal form, by what it is."""
    found = {"type": metric.type}
    if metric.type == "derived":
        found["expression"] = renamed(metric.expr, {}, metrics.dialect).text
    if metric.aggregation is not None:
        found |= dict(_of_aggregation(metrics, meanings, metric.aggregation))
    for role, given in metric.inputs:
        what = metrics.input_of(metric, given)
        if isinstance(what, Aggregation):
            place = "" if role == "measure" else f"{role} "
            for key, value in _of_aggregation(metrics, meanings, what):
                found[f"{place}{key}"] = value
        else:
            found[role] = given.name
        filters = " and ".join(form.text for form in meanings.forms(given.filters))
        more = {
            "filter": filters,
            "offset": given.offset,
            "fill nulls with": given.fill_nulls_with,
            "join to time spine": "yes" if given.join_to_timespine else "",
        }
        found |= {f"{role} {key}": value for key, value in more.items() if value}
    found |= {key.replace("_", " "): value for key, value in metric.options}
    if metric.fill_nulls_with:
        found["fill nulls with"] = metric.fill_nulls_with
    if metric.join_to_timespine:
        found["join to time spine"] = "yes"
    filters = " and ".join(form.text for form in meanings.forms(metric.filters))
    if filters:
        found["filter"] = filters
    return {**found, **dict(_dimensions(metrics, meanings, metric))}


def _of_aggregation(
    metrics: Metrics, meanings: Meanings, given: Aggregation
) -> Iterator[tuple[str, str]]:
    model = metrics.semantic_models.get(given.semantic_model)
    yield "aggregation", given.agg
    yield "expression", expression_form(given.expr, metrics.dialect).text
    yield "model", model.model_id.split(".", 2)[-1] if model is not None else given.semantic_model
    yield "time dimension", meanings.time_of(given)
    for key, value in (*given.parameters, *given.non_additive):
        yield key.replace("_", " "), value


def _dimensions(metrics: Metrics, meanings: Meanings, metric: Metric) -> Iterator[tuple[str, str]]:
    """Yield what the dimensions in a metric's own filters are defined as."""
    own = {*metric.filters, *(each for _, given in metric.inputs for each in given.filters)}
    for leaf in leaves(metrics, metric):
        for form in meanings.forms(own & set(leaf.filters)):
            for reference in form.references:
                meant = ", ".join(meanings.meant(reference, leaf.model))
                if meant and reference.kind != "Metric":
                    yield "__".join((*reference.path, reference.name)), meant
