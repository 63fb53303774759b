"""What a full refresh builds for the incremental runs of its state, too.

A view that scans many tables is stored as a table where it has few rows. Each model that reads it
would plan all those scans again, which takes longer than to run them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from entity_kit.replay.runs import selectors

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from concurrent.futures import Future

    from entity_kit.arrivals.model import Model
    from entity_kit.dbt_bridge.sharing import Shareable
    from entity_kit.engines.scratch import Scratch, Warehouse
    from entity_kit.replay.runs import Ran
    from entity_kit.warehouse import Relation

_MANY_SCANS = 8
_FEW_ROWS = 100_000


@dataclass(frozen=True, slots=True)
class Shared:
    """What was built once for all warehouses of a state: where, and which relations, by selector."""

    built: Warehouse | None = None
    relations: Mapping[str, Relation] = field(default_factory=dict)


class Sharing:
    """Of one replay, what can be shared, and which views its full refreshes store.

    `stored` are their unique ids: none at first, because a view must have been seen to have few
    rows. They are counted again at each state.
    """

    def __init__(self, scratch: Scratch, shareable: Mapping[str, Shareable] | None) -> None:
        self._scratch = scratch
        self._shareable = dict(shareable or {}) if scratch.shares else {}
        self._candidates = {
            unique_id: each.relation
            for unique_id, each in self._shareable.items()
            if each.scans >= _MANY_SCANS
        }
        self.stored: frozenset[str] = frozenset()

    def of(self, models: Sequence[Model], refreshing: Future[Ran] | None) -> Shared:
        """Return what the incremental runs of a state needn't build, because its refresh has it."""
        read = selectors(models)
        wanted = {u: each for u, each in self._shareable.items() if each.selector in read}
        if refreshing is None or not wanted:
            return Shared()
        refreshed = refreshing.result()
        self._choose(refreshed)
        done = refreshed.result.nodes
        # What failed is run on each side, so that each reports its own failure.
        built = [each for u, each in wanted.items() if u in done and done[u].ok]
        relations = {each.selector: each.relation for each in built}
        return Shared(refreshed.warehouse, relations) if relations else Shared()

    def fails(self, refreshed: Ran, stored: frozenset[str]) -> bool:
        """Return whether a view could not be stored, and store none again.

        It may fail only where its rows are read, and a model reads others of them.
        """
        nodes = refreshed.result.nodes
        failed = any(u in nodes and not nodes[u].ok for u in stored)
        if failed:
            self._candidates, self.stored = {}, frozenset()
        return failed

    def _choose(self, refreshed: Ran) -> None:
        """Choose the views that the next full refreshes store."""
        done = refreshed.result.nodes
        there = {u: r for u, r in self._candidates.items() if u in done and done[u].ok}
        if there:
            found = self._scratch.storable(refreshed.warehouse, there.values(), _FEW_ROWS)
            self.stored = frozenset(u for u, relation in there.items() if relation in found)
