"""The glossary on the project's page: each metric with what it reads, and what finds it in a search."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from entity_kit.project_health.metrics.catalog import read_catalog
from entity_kit.project_health.metrics.meaning import Meanings
from entity_kit.project_health.metrics.reading import read_metrics
from entity_kit.project_health.metrics.usage import uses

if TYPE_CHECKING:
    from collections.abc import Mapping

    from entity_kit.project_health.metrics.catalog import Entry
    from entity_kit.project_health.metrics.past import Series, VersionEvent


@dataclass(frozen=True, slots=True)
class Term:
    """A metric on the page; `number` is that of its node, `reads` has columns with their models.

    `series` has its last values, and `versions` the changes of its definition, the last one first.
    """

    entry: Entry
    number: int
    reads: tuple[str, ...]
    series: Series | None = None
    versions: tuple[VersionEvent, ...] = ()

    @property
    def searched(self) -> str:
        """Return the words by which a search finds it."""
        metric = self.entry.metric
        given = metric.governance
        words = (metric.name, metric.label, given.owner, given.category, *given.synonyms)
        return " ".join(word for word in words if word)


def read_glossary(
    manifest: Mapping[str, Any],
    numbers: Mapping[str, int],
    series: Mapping[str, Series],
    versions: Mapping[str, tuple[VersionEvent, ...]],
) -> tuple[Term, ...]:
    """Return the project's own metrics. Raise EntityKitError if one can't be read.

    `numbers` are those of the nodes, by unique id; `series` and `versions` are by metric.
    """
    metrics = read_metrics(manifest)
    meanings = Meanings(metrics)
    found = []
    for entry in read_catalog(metrics, meanings=meanings):
        read = {
            f"{use.model_id.split('.', 2)[-1]}.{use.column} ({use.how})": None
            for use in uses(metrics, meanings, entry.metric)
        }
        name = entry.metric.name
        number = numbers[entry.metric.unique_id]
        found.append(Term(entry, number, tuple(read), series.get(name), versions.get(name, ())))
    return tuple(found)
