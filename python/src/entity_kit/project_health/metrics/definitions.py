"""Metrics and semantic models as frozen values, whichever of dbt's specs they were written in."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from entity_kit.errors import EntityKitError, closest_word
from entity_kit.project_health.metrics.governance import Governance

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Aggregation:
    """A measure, or what a metric of the newer spec aggregates itself; `expr` is SQL over the model.

    `parameters` are those of a percentile, `non_additive` is what can't be summed up, in words.
    """

    semantic_model: str
    name: str
    agg: str
    expr: str
    parameters: tuple[tuple[str, str], ...] = ()
    time_dimension: str = ""
    non_additive: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Dimension:
    """A dimension of a semantic model; `expr` is SQL over the model."""

    name: str
    type: str
    expr: str
    grain: str = ""
    validity: str = ""


@dataclass(frozen=True, slots=True)
class Entity:
    """An entity of a semantic model; `expr` is SQL over the model."""

    name: str
    type: str
    expr: str


@dataclass(frozen=True, slots=True)
class SemanticModel:
    """A semantic model, and the unique id of the model that it is about."""

    name: str
    unique_id: str
    path: str
    package: str
    model_id: str
    time_dimension: str
    primary_entity: str
    entities: Mapping[str, Entity]
    dimensions: Mapping[str, Dimension]
    measures: Mapping[str, Aggregation]

    @property
    def keys(self) -> tuple[str, ...]:
        """Return the names of the entities by which its dimensions are reached."""
        found = [e.name for e in self.entities.values() if e.type != "foreign"]
        return tuple(dict.fromkeys([self.primary_entity, *found] if self.primary_entity else found))


@dataclass(frozen=True, slots=True)
class Input:
    """A metric or a measure that a metric is computed from, and how."""

    name: str
    is_measure: bool
    filters: tuple[str, ...] = ()
    alias: str = ""
    offset_window: str = ""
    offset_to_grain: str = ""
    fill_nulls_with: str = ""
    join_to_timespine: bool = False

    @property
    def offset(self) -> str:
        """Return how far back it looks, in words, or ''."""
        if self.offset_window:
            return f"{self.offset_window} earlier"
        return f"at the start of the {self.offset_to_grain}" if self.offset_to_grain else ""


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric. `inputs` are by role: measure, numerator, denominator, base, conversion, or an alias."""

    name: str
    unique_id: str
    path: str
    package: str
    label: str
    description: str
    type: str
    inputs: tuple[tuple[str, Input], ...] = ()
    aggregation: Aggregation | None = None
    fill_nulls_with: str = ""
    join_to_timespine: bool = False
    filters: tuple[str, ...] = ()
    expr: str = ""
    options: tuple[tuple[str, str], ...] = ()
    governance: Governance = field(default_factory=Governance)

    def input(self, role: str) -> Input | None:
        return dict(self.inputs).get(role)


@dataclass(frozen=True, slots=True)
class User:
    """An exposure or a saved query, and the metrics and models that it uses."""

    name: str
    kind: str
    path: str
    package: str
    metrics: tuple[str, ...]
    parents: tuple[str, ...]
    requires_certified: bool
    filters: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Metrics:
    """All that a project's manifest says about its metrics."""

    project: str
    dialect: str
    metrics: Mapping[str, Metric]
    semantic_models: Mapping[str, SemanticModel]
    users: tuple[User, ...]
    time_spines: tuple[str, ...]
    measures: Mapping[str, Aggregation]

    @property
    def own(self) -> tuple[Metric, ...]:
        """Return the project's own metrics, without those of packages, by name."""
        return tuple(m for _, m in sorted(self.metrics.items()) if m.package == self.project)

    def find(self, name: str) -> Metric:
        """Return the metric of a name. Raise EntityKitError if there is none."""
        found = self.metrics.get(name)
        if found is None:
            raise EntityKitError(
                f"There is no metric {name}.",
                fix=closest_word(name, self.metrics, "The project defines no metrics."),
            )
        return found

    def input_of(self, metric: Metric, given: Input) -> Metric | Aggregation:
        """Return what an input names. Raise EntityKitError if it doesn't exist."""
        known: Mapping[str, Metric | Aggregation]
        known = self.measures if given.is_measure else self.metrics
        found = known.get(given.name)
        if found is None:
            kind = "measure" if given.is_measure else "metric"
            raise EntityKitError(
                f"{metric.path}: metric {metric.name} is computed from {kind} {given.name}, "
                "which doesn't exist.",
                fix=closest_word(given.name, known, f"The project defines no {kind}s."),
            )
        return found
