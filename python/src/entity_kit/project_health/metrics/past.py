"""What a metric was: its values in its table, as a sparkline, and the changes of its definition."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from entity_kit.dbt_bridge.metric_tables import OURS, find_metric_tables
from entity_kit.dbt_bridge.metric_values import as_number, shown, shown_period
from entity_kit.dbt_bridge.nodes import meta_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

# A sparkline shows so many periods; each takes a part of its width.
LONGEST = 60
_STEP, _TALL = 4, 22


@dataclass(frozen=True, slots=True)
class ValueTable:
    """A table without dimensions that has values of metrics, by the metrics' columns."""

    unique_id: str
    name: str
    grain: str
    period: str
    columns: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Series:
    """The last values of a metric, the oldest first; `table` is where they are from."""

    table: str
    grain: str
    points: tuple[tuple[str, float | None], ...]

    @property
    def size(self) -> tuple[int, int]:
        """Return the width and the height of the sparkline."""
        return (len(self.points) - 1) * _STEP + 4, _TALL

    @property
    def lines(self) -> tuple[tuple[tuple[float, float], ...], ...]:
        """Return the sparkline: its points, from the lowest value to the highest; NULLs part it."""
        values = [value for _, value in self.points if value is not None]
        low, high = min(values, default=0.0), max(values, default=0.0)
        lines: list[list[tuple[float, float]]] = [[]]
        for place, (_, value) in enumerate(self.points):
            if value is None:
                lines.append([])
                continue
            share = (value - low) / (high - low) if high > low else 0.5
            lines[-1].append((2 + place * _STEP, round(2 + (1 - share) * (_TALL - 4), 1)))
        return tuple(tuple(line) for line in lines if line)

    @property
    def last(self) -> str:
        """Return the last value, rounded for a reader."""
        value = self.points[-1][1]
        if isinstance(value, float):
            value = as_number(f"{value:.4g}" if abs(value) < 1000 else round(value))
        return shown(value) if value is None else f"{value:,}"

    @property
    def said(self) -> str:
        """Return the sparkline in words."""
        first, last = self.points[0][0], self.points[-1][0]
        return f"{self.table} by {self.grain}, {first} to {last}; last {self.last}"


@dataclass(frozen=True, slots=True)
class VersionEvent:
    """A change of a definition, as `metric_versions` logged it."""

    day: str
    event: str
    version: int | None
    owes: bool

    def __str__(self) -> str:
        version = "" if self.version is None else f", version {self.version}"
        return (
            f"{self.day} {self.event}{version}{', which owes a new version' if self.owes else ''}"
        )


def value_tables(manifest: Mapping[str, Any]) -> list[ValueTable]:
    """Return the tables without dimensions that have metrics, each metric once.

    A metric's own word about its table comes first, then a metric table that has it.
    """
    own = str((manifest.get("metadata") or {}).get("project_name") or "")
    found: dict[tuple[str, str, str], tuple[str, dict[str, str]]] = {}
    known: set[str] = set()
    for table in find_metric_tables(manifest):
        if not table.dimensions:
            key = (table.unique_id, table.place.grain, table.place.period)
            found.setdefault(key, (table.name, {}))[1][table.metric] = table.place.column
            known.add(table.metric)
    for unique_id, node in sorted(manifest["nodes"].items()):
        ours = meta_of(node).get(OURS)
        if not isinstance(ours, dict) or ours["dimensions"] or node["package_name"] != own:
            continue
        key = (unique_id, str(ours["grain"]), "period_start")
        for name in ours["metrics"]:
            if name not in known:
                found.setdefault(key, (node["name"], {}))[1][name] = name
                known.add(name)
    return [
        ValueTable(unique_id, name, grain, period, columns)
        for (unique_id, grain, period), (name, columns) in found.items()
    ]


def read_series(table: ValueTable, rows: Iterable[Sequence[Any]]) -> dict[str, Series]:
    """Return the series of a table's metrics; a row has its period as text, then their values."""
    ordered = sorted(rows, key=lambda row: str(row[0]))
    found = {}
    for place, name in enumerate(table.columns, 1):
        points = tuple((shown_period(str(row[0])), as_number(row[place])) for row in ordered)
        if any(value is not None for _, value in points):
            found[name] = Series(table.name, table.grain, points)
    return found
