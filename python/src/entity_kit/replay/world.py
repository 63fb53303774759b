"""What every source shows at each state."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from datetime import datetime

    from entity_kit.arrivals.sources import Source


class World(Protocol):
    """What every source shows at each state; state 0 is before anything arrived."""

    @property
    def instants(self) -> tuple[datetime, ...]: ...

    def clock(self, state: int) -> datetime: ...

    def view(self, source: Source, state: int) -> str: ...
