"""What is built once for all: what no step changes, and what a refresh builds for its state.

- A *lasting* view is the same at every step, whatever its sources show, and so is a lasting table,
  because none of its sources arrives. The first full refresh builds them, and from then on every
  warehouse shows them, as it shows the sources.
- Everything else that can be shared is built by the full refresh of a state, and shown to the
  incremental runs of that state.
- A view that scans many tables is *stored* as a table by the full refreshes, where it has few rows.
  Each model that reads it would plan all those scans again, which takes longer than to run them.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from entity_kit.replay.runs import Ran, selectors

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from concurrent.futures import Future

    from entity_kit.arrivals.model import Model
    from entity_kit.dbt_bridge.project import NodeResult
    from entity_kit.dbt_bridge.sharing import Shareable
    from entity_kit.engines.scratch import Scratch, Warehouse
    from entity_kit.replay.runs import Runs
    from entity_kit.replay.world import World
    from entity_kit.warehouse import Relation

_MANY_SCANS = 8
_FEW_ROWS = 100_000


@dataclass(frozen=True, slots=True)
class Shared:
    """What an incremental run needn't build, by selector.

    `relations` were built in another warehouse; what else is `there` every warehouse has.
    """

    built: Warehouse | None = None
    relations: Mapping[str, Relation] = field(default_factory=dict)
    there: frozenset[str] = frozenset()


class Sharing:
    """What one replay shares.

    `stored` are the unique ids of the views that are stored: none at first, because a view must
    have been seen to have few rows. They are counted again at each state.
    """

    def __init__(
        self,
        scratch: Scratch,
        runs: Runs,
        shareable: Mapping[str, Shareable] | None,
        *,
        lasting: bool,
    ) -> None:
        self._scratch = scratch
        self._runs = runs
        self._shareable = dict(shareable or {}) if scratch.shares else {}
        self._candidates = {
            unique_id: each.relation
            for unique_id, each in self._shareable.items()
            if each.scans >= _MANY_SCANS
        }
        self.stored: frozenset[str] = frozenset()
        # What dbt said of the lasting views and tables; None until they are known.
        self._lasting: Mapping[str, NodeResult] | None = None if lasting else {}

    def of(
        self, world: World, state: int, models: Sequence[Model], refreshing: Future[Ran] | None
    ) -> Shared:
        """Return what the incremental runs of a state needn't build."""
        read = selectors(models)
        wanted = {u: each for u, each in self._shareable.items() if each.selector in read}
        if refreshing is None or not wanted:
            return Shared(there=self._there())
        refreshed = refreshing.result()
        self._choose(refreshed)
        if self._lasting is None:
            self._lasting = self._find_lasting(world, state, refreshed)
        done = refreshed.result.nodes
        # What failed is run on each side, so that each reports its own failure.
        relations = {
            each.selector: each.relation
            for u, each in wanted.items()
            if u in done and done[u].ok and u not in self._lasting
        }
        there = self._there()
        return Shared(refreshed.warehouse, relations, there) if relations else Shared(there=there)

    def refresh(self, world: World, state: int, models: Sequence[Model]) -> Ran:
        """Refresh a state for all schedules that run there."""
        name, stored, lasting = f"full_refresh_{state}", self.stored, dict(self._lasting or {})
        there = self._there()
        ran = self._runs.refresh(world, state, models, name, stored=stored, there=there)
        if self.fails(ran, stored):
            ran = self._runs.refresh(world, state, models, name, there=there)
        read = selectors(models)
        built = {u: each for u, each in lasting.items() if self._shareable[u].selector in read}
        return replace(ran, result=replace(ran.result, nodes={**built, **ran.result.nodes}))

    def fails(self, refreshed: Ran, stored: frozenset[str]) -> bool:
        """Return whether a view could not be stored, and store none again.

        It may fail only where its rows are read, and a model reads others of them.
        """
        nodes = refreshed.result.nodes
        failed = any(u in nodes and not nodes[u].ok for u in stored)
        if failed:
            self._candidates, self.stored = {}, frozenset()
        return failed

    def _there(self) -> frozenset[str]:
        """Return the selectors of the lasting views and tables."""
        return frozenset(self._shareable[u].selector for u in self._lasting or ())

    def _find_lasting(self, world: World, state: int, refreshed: Ran) -> dict[str, NodeResult]:
        """Find what every step would build alike, and let every warehouse show it."""
        done = refreshed.result.nodes
        built = {
            u: each
            for u, each in self._shareable.items()
            if u in done and done[u].ok and u not in self.stored
        }
        selects = {each.relation: f"(\n{done[u].sql}\n)" for u, each in built.items()}
        found = self._find_lasting_tables(refreshed, built, selects)
        found |= self._find_lasting_views(world, state, refreshed, built, selects, found)
        return {u: done[u] for u in self._shareable if u in found}

    def _find_lasting_tables(
        self,
        refreshed: Ran,
        built: Mapping[str, Shareable],
        selects: Mapping[Relation, str],
    ) -> set[str]:
        """Find the tables that can be built where no source arrives, and keep them."""
        tables = [each.relation for each in built.values() if each.above is None]
        if not tables:
            return set()
        warehouse = self._scratch.create(self._runs.numbered())
        arriving = self._runs.arriving
        kept = self._scratch.keep(refreshed.warehouse, warehouse, tables, selects, arriving)
        if not kept:
            self._scratch.drop(warehouse)
        self._runs.lasting.update(kept)
        return {u for u, each in built.items() if each.relation in kept}

    def _find_lasting_views(
        self,
        world: World,
        state: int,
        refreshed: Ran,
        built: Mapping[str, Shareable],
        selects: Mapping[Relation, str],
        tables: Collection[str],
    ) -> set[str]:
        """Find the views that need no table of a step.

        In a warehouse with none, their SQL must make the same views as dbt has made.
        """
        views = {u: each for u, each in built.items() if each.above is not None}
        statements = {each.relation: selects[each.relation] for each in views.values()}
        if not statements:
            return set()
        warehouse = self._scratch.create(self._runs.numbered())
        self._runs.reveal(world, state, warehouse)
        alike = self._scratch.alike(refreshed.warehouse, warehouse, statements)
        self._scratch.drop(warehouse)
        found = set(tables)
        for u, each in views.items():
            if each.relation in alike and (each.above or frozenset()) <= found:
                found.add(u)
                self._runs.lasting[each.relation] = statements[each.relation]
        return found

    def _choose(self, refreshed: Ran) -> None:
        """Choose the views that the next full refreshes store."""
        done = refreshed.result.nodes
        there = {
            u: relation
            for u, relation in self._candidates.items()
            if u in done and done[u].ok and u not in (self._lasting or ())
        }
        if there:
            found = self._scratch.storable(refreshed.warehouse, there.values(), _FEW_ROWS)
            self.stored = frozenset(u for u, relation in there.items() if relation in found)
