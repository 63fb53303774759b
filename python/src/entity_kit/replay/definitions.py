"""Hold the tables of metrics to the metrics' definitions, in a scratch warehouse."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from entity_kit.dbt_bridge.metric_values import hold

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from entity_kit.dbt_bridge.metric_tables import MetricTable
    from entity_kit.dbt_bridge.metric_values import Reconciled
    from entity_kit.dbt_bridge.project import Runner
    from entity_kit.engines.scratch import Warehouse

# A refusal by the macro, which is the same at each step.
_REFUSED = "metric_reconciles: "


@dataclass(slots=True)
class Definitions:
    """The tables of metrics, and what their query begins with; `note` is told what isn't compared."""

    runner: Runner
    references: str = ""
    tables: Sequence[MetricTable] = ()
    note: Callable[[str], None] = lambda _: None
    _told: dict[str, None] = field(default_factory=dict)
    _refused: set[str] = field(default_factory=set)

    def differing(
        self, warehouse: Warehouse, unique_ids: Collection[str]
    ) -> dict[str, tuple[Reconciled, ...]]:
        """Return the metrics that the tables of these models don't equal, by model."""
        asked = [
            each
            for each in self.tables
            if each.unique_id in unique_ids and each.metric not in self._refused
        ]
        found: dict[str, tuple[Reconciled, ...]] = {}
        held = hold(
            self.references, asked, lambda text: self.runner.query(warehouse.profiles, text)
        )
        for each in held:
            model = each.table.unique_id
            if each.found is None:
                self._tell(each.table, each.obstacle)
            elif not each.found.agrees:
                found[model] = (*found.get(model, ()), each.found)
        return found

    def _tell(self, table: MetricTable, obstacle: str) -> None:
        if obstacle.startswith(_REFUSED):
            self._refused.add(table.metric)
        text = f"Metric {table.metric} isn't compared with {table.name}: {obstacle}"
        if text not in self._told:
            self._told[text] = None
            self.note(text)
