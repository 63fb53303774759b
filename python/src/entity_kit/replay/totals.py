"""What a replay took: the time in dbt and in comparing, the hooks that failed, the runs that were killed."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


class Stopwatch:
    """Wall seconds: in which dbt was running, on however many lanes, and spent comparing."""

    def __init__(self) -> None:
        self.dbt = 0.0
        self.compare = 0.0
        self._lock = threading.Lock()
        self._running = 0
        self._since = 0.0

    @contextmanager
    def running(self) -> Iterator[None]:
        """Count the time of the block as dbt's, once where several run at once."""
        with self._lock:
            if not self._running:
                self._since = time.perf_counter()
            self._running += 1
        try:
            yield
        finally:
            with self._lock:
                self._running -= 1
                if not self._running:
                    self.dbt += time.perf_counter() - self._since


@dataclass(frozen=True, slots=True)
class Totals:
    """What replays took, in seconds; failed hooks by name with dbt's message; who was killed.

    `kills` says of each run that was to be killed whether it was.
    """

    dbt_s: float = 0.0
    compare_s: float = 0.0
    failed_hooks: Mapping[str, str] = field(default_factory=dict)
    kills: tuple[bool, ...] = ()

    def __add__(self, other: Totals) -> Totals:
        return Totals(
            self.dbt_s + other.dbt_s,
            self.compare_s + other.compare_s,
            {**other.failed_hooks, **self.failed_hooks},
            (*self.kills, *other.kills),
        )
