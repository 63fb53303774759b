"""Shrink a failure to the fewest runs and rows that still fail. Knows neither dbt nor SQL."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

Unit = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Candidate:
    """How often the project runs at which state, and which units of which source arrive."""

    runs: Mapping[int, int]
    units: tuple[Unit, ...]


class SpentError(Exception):
    """No further attempt is allowed."""


class Shrinker:
    """Keep the smallest failing candidate so far, so it can be stopped at any time.

    `fails` tells whether a candidate fails in the way that counts. It may raise SpentError.
    """

    def __init__(self, start: Candidate, fails: Callable[[Candidate], bool]) -> None:
        self.best = start
        self._fails = fails

    def shrink(self, guesses: Sequence[Sequence[Unit]] = ()) -> None:
        """Shrink until nothing more can be removed, or no attempts are left.

        `guesses` are sets of units that may suffice, tried before anything else.
        """
        try:
            self._try_all(self._fewer_runs())
            for guess in guesses:
                if len(guess) < len(self.best.units):
                    self._try(replace(self.best, units=tuple(guess)))
            before = None
            while before != self.best:
                before = self.best
                self._fewer_units()
                self._try_all(self._fewer_runs())
        except SpentError:
            return

    def _try(self, candidate: Candidate) -> bool:
        if not self._fails(candidate):
            return False
        self.best = candidate
        return True

    def _try_all(self, candidates: Iterator[Candidate]) -> None:
        for candidate in candidates:
            self._try(candidate)

    def _fewer_runs(self) -> Iterator[Candidate]:
        """Yield the same rows with fewer runs, depending on what has failed so far."""
        last = max(self.best.runs)
        # Most mistakes need only two runs.
        for state in sorted(self.best.runs, reverse=True):
            if state != last and len(self.best.runs) > 2:
                yield replace(self.best, runs={state: 1, last: 1})
        for state in sorted(self.best.runs):
            if state != last and state in self.best.runs and len(self.best.runs) > 1:
                yield replace(
                    self.best, runs={s: n for s, n in self.best.runs.items() if s != state}
                )
        for state in sorted(self.best.runs):
            if self.best.runs[state] > 1:
                yield replace(self.best, runs={**self.best.runs, state: 1})

    def _fewer_units(self) -> None:
        """Remove whole sources, then halves, quarters, and so on, down to single units."""
        for name in sorted({name for name, _ in self.best.units}):
            self._try(replace(self.best, units=tuple(u for u in self.best.units if u[0] != name)))
        size = -(-len(self.best.units) // 2)
        while size:
            units = self.best.units
            for start in range(0, len(units), size):
                gone = set(units[start : start + size])
                left = tuple(unit for unit in self.best.units if unit not in gone)
                if len(left) < len(self.best.units):
                    self._try(replace(self.best, units=left))
            if size > 1:
                size = -(-size // 2)
            elif len(self.best.units) == len(units):
                return
