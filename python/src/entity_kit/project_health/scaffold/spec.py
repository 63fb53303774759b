"""What a spec says about an entity, and the names of the models that it becomes."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

CHANGES, SNAPSHOTS, EVENTS = KINDS = ("changes", "snapshots", "events")
SUFFIXES = {
    "hour": "hourly",
    "day": "daily",
    "week": "weekly",
    "month": "monthly",
    "quarter": "quarterly",
    "year": "yearly",
}
ROW_ID = "row_id"
_ADDED = re.compile(r"(sum|count|min|max)\s*\((?!\s*distinct\b)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Table:
    """A table of a source, and what its rows are. Names are columns; `columns` are computed ones.

    `row_key` identifies a row whose versions are further rows; no two rows share `unique_by`.
    """

    source: str
    name: str
    loaded_at: str
    time: str
    unique_by: tuple[str, ...]
    schema: str = ""
    description: str = ""
    updated_at: str = ""
    row_key: tuple[str, ...] = ()
    deleted_when: str = ""
    sequence: tuple[str, ...] = ()
    columns: Mapping[str, str] = field(default_factory=dict)
    delivery: Mapping[str, Any] = field(default_factory=dict)

    @property
    def label(self) -> str:
        return f"{self.source}.{self.name}"

    @property
    def staging(self) -> str:
        """The name of the model that reads it."""
        return f"stg_{self.source}__{self.name}"


@dataclass(frozen=True, slots=True)
class Measure:
    """An aggregate, as the macros take it: `agg` says how a metric aggregates it further."""

    name: str
    calculation: str
    description: str
    label: str
    unit: str = ""
    owner: str = ""
    fill: Any = None
    periods: int | None = None
    agg: str = ""
    tolerance: float | None = None

    @property
    def shown(self) -> str:
        """The description with the unit."""
        return f"{self.description} ({self.unit})" if self.unit else self.description


def further(calculation: str) -> str:
    """Return how the results of an aggregate are aggregated: sum, min, max, or '' if they can't be."""
    text = calculation.strip()
    found = _ADDED.match(text)
    if found is None or not _is_one_call(text[found.end() - 1 :]):
        return ""
    function = found[1].lower()
    return "sum" if function == "count" else function


def _is_one_call(text: str) -> bool:
    """Return whether a text from `(` on ends with the bracket that closes it."""
    depth = 0
    for place, character in enumerate(text):
        depth += (character == "(") - (character == ")")
        if not depth:
            return place == len(text) - 1
    return False


@dataclass(frozen=True, slots=True)
class History:
    """The entity's versions: `attributes` with their descriptions, `overwrite` those without a past."""

    table: Table
    kind: str
    attributes: Mapping[str, str]
    overwrite: tuple[str, ...] = ()
    hard_deletes: str = ""


@dataclass(frozen=True, slots=True)
class Grain:
    """One row per entity and period. One with `finer` is rolled up from the model of that name."""

    grain: str
    model: str
    table: Table
    measures: tuple[Measure, ...]
    trailing: tuple[Measure, ...] = ()
    attributes: tuple[str, ...] = ()
    spine: str = "dense"
    timezone: str = ""
    finer: str = ""


@dataclass(frozen=True, slots=True)
class Relationship:
    """A column whose values are in another table: a model, or a source's `source.table`."""

    column: str
    to: str
    field: str
    entity: str

    @property
    def relation(self) -> str:
        source, dot, table = self.to.partition(".")
        return f"source('{source}', '{table}')" if dot else f"ref('{self.to}')"


@dataclass(frozen=True, slots=True)
class Spec:
    """An entity. `attributes` and `keys` are columns with their descriptions, where there are any."""

    name: str
    description: str
    kind: str
    table: Table
    keys: Mapping[str, str]
    business_owner: str
    technical_owner: str
    attributes: Mapping[str, str] = field(default_factory=dict)
    metrics: tuple[Measure, ...] = ()
    history: History | None = None
    grains: tuple[Grain, ...] = ()
    relationships: tuple[Relationship, ...] = ()
    sla_hours: int | None = None
    prefix: str = "entity_"
    folder: str = ""

    @property
    def owner(self) -> str:
        return self.technical_owner or self.business_owner

    @property
    def current_model(self) -> str:
        return f"{self.prefix}{self.name}_current"

    @property
    def history_model(self) -> str:
        return f"{self.prefix}{self.name}_history"

    @property
    def key_columns(self) -> tuple[str, ...]:
        return tuple(self.keys)

    @property
    def tables(self) -> list[Table]:
        """Return each source table once, in the order in which the spec names them."""
        found = [self.table]
        found += [self.history.table] if self.history is not None else []
        found += [grain.table for grain in self.grains]
        return list({table.label: table for table in found}.values())

    def measured(self) -> Iterator[Measure]:
        yield from self.metrics
        for grain in self.grains:
            yield from (*grain.measures, *grain.trailing)
