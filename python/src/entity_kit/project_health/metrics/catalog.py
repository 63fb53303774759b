"""The catalog of a project's metrics: as a table, as JSON, as Markdown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rich.table import Table

from entity_kit.project_health.metrics.leaves import leaves
from entity_kit.project_health.metrics.meaning import Meanings
from entity_kit.project_health.metrics.telling import computed_as, ingredients
from entity_kit.verify.reports.comment import table_row

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator, Sequence

    from entity_kit.project_health.metrics.definitions import Metric, Metrics

JSON_VERSION = 1
_COLUMNS = ("metric", "type", "computed as", "owner", "category", "version", "state", "used by")


@dataclass(frozen=True, slots=True)
class Entry:
    """A metric in the catalog; `models` are the unique ids of the models that it aggregates."""

    metric: Metric
    identity: str
    computed_as: str
    ingredients: dict[str, str]
    models: tuple[str, ...]
    used_by: tuple[tuple[str, str], ...]

    def state(self, today: dt.date) -> str:
        """Return whether it is certified, or leaves."""
        given = self.metric.governance
        if given.deprecation_date is not None:
            when = "deprecated" if given.deprecation_date <= today else "announced"
            use = f", use {given.replacement}" if given.replacement else ""
            return f"{when} {given.deprecation_date}{use}"
        if given.certified is not None:
            return f"certified {given.certified.date} by {given.certified.by}"
        return ""


def read_catalog(
    metrics: Metrics, names: Sequence[str] = (), meanings: Meanings | None = None
) -> list[Entry]:
    """Return the named metrics, or the project's own; raise EntityKitError for one that doesn't exist."""
    meanings = meanings or Meanings(metrics)
    chosen = [metrics.find(name) for name in names] if names else metrics.own
    used = _used_by(metrics)
    return [
        Entry(
            metric,
            meanings.identity(metric.name),
            computed_as(metrics, meanings, metric),
            ingredients(metrics, meanings, metric),
            tuple(
                dict.fromkeys(
                    leaf.model.model_id
                    for leaf in leaves(metrics, metric)
                    if leaf.model is not None
                )
            ),
            tuple(used.get(metric.name, ())),
        )
        for metric in chosen
    ]


def _used_by(metrics: Metrics) -> dict[str, list[tuple[str, str]]]:
    found: dict[str, list[tuple[str, str]]] = {}
    for _, metric in sorted(metrics.metrics.items()):
        for name in dict.fromkeys(i.name for _, i in metric.inputs if not i.is_measure):
            found.setdefault(name, []).append(("metric", metric.name))
    for user in metrics.users:
        for name in user.metrics:
            found.setdefault(name, []).append((user.kind, user.name))
    return found


def as_table(entries: Sequence[Entry], today: dt.date) -> Table:
    """Return the catalog for a terminal."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in _COLUMNS:
        table.add_column(name, justify="right" if name == "version" else "left", overflow="fold")
    for each in entries:
        # Names and owners are text, not rich's markup.
        table.add_row(*(cell.replace("[", r"\[") for cell in _cells(each, today)))
    return table


def _cells(each: Entry, today: dt.date) -> list[str]:
    given = each.metric.governance
    return [
        each.metric.name,
        each.metric.type,
        each.computed_as,
        given.owner or "nobody",
        given.category,
        str(given.version),
        each.state(today),
        ", ".join(f"{kind} {name}" for kind, name in each.used_by),
    ]


def markdown_lines(entries: Sequence[Entry], today: dt.date) -> Iterator[str]:
    """Yield the catalog as a Markdown table."""
    yield table_row(*_COLUMNS)
    yield "|---|---|---|---|---|---:|---|---|"
    for each in entries:
        yield table_row(*_cells(each, today))


def as_json(entries: Sequence[Entry], today: dt.date) -> dict[str, Any]:
    """Return the catalog as plain data, version 1."""
    return {
        "version": JSON_VERSION,
        "as_of": str(today),
        "metrics": [_entry(each, today) for each in entries],
    }


def _entry(each: Entry, today: dt.date) -> dict[str, Any]:
    metric, given = each.metric, each.metric.governance
    place = given.materialized_in
    return {
        "name": metric.name,
        "unique_id": metric.unique_id,
        "path": metric.path,
        "label": metric.label,
        "description": metric.description,
        "type": metric.type,
        "computed_as": each.computed_as,
        "definition": each.ingredients,
        "identity": each.identity,
        "models": list(each.models),
        "business_owner": given.business_owner or None,
        "technical_owner": given.technical_owner or None,
        "category": given.category or None,
        "version": given.version,
        "certified": (
            {"by": given.certified.by, "date": str(given.certified.date)}
            if given.certified is not None
            else None
        ),
        "deprecation_date": str(given.deprecation_date) if given.deprecation_date else None,
        "replacement": given.replacement or None,
        "reconciles_with": given.reconciles_with or None,
        "synonyms": list(given.synonyms),
        "materialized_in": (
            {"model": place.model, "column": place.column, "grain": place.grain}
            if place is not None
            else None
        ),
        "state": each.state(today),
        "used_by": [{"kind": kind, "name": name} for kind, name in each.used_by],
    }
