"""The plot of how late rows arrive, as positions in percent for the HTML page."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from entity_kit.arrivals.lateness import span

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import timedelta

    from entity_kit.arrivals.lateness import Bar, Lateness

# Fewer bars than this don't fill the plot: one broad bar would look like a plot of nothing.
_FEWEST = 8
_UNITS = ((10**9, "G"), (10**6, "M"), (10**3, "k"))


@dataclass(frozen=True, slots=True)
class PlotBar:
    """A bar: its left edge, height and width."""

    bar: Bar
    left: float
    height: float
    width: float

    @property
    def edge(self) -> str:
        """What stands under its left edge."""
        return "early" if self.bar.since is None else span(self.bar.since)


@dataclass(frozen=True, slots=True)
class Plot:
    """The bars, the labels of the axis of rows with their heights, and the place of the lookback."""

    bars: tuple[PlotBar, ...]
    rows: tuple[tuple[str, float], ...]
    lookback: float
    end: str


def plot(found: Lateness) -> Plot:
    """Return the plot. Heights grow with the logarithm: the few latest rows are those that matter."""
    most = max((bar.rows for bar in found.bars), default=0)
    width = 100 / max(len(found.bars), _FEWEST)
    bars = tuple(
        PlotBar(bar, number * width, _height(bar.rows, most), width)
        for number, bar in enumerate(found.bars)
    )
    powers = [10**n for n in range(len(str(most)))]
    last = found.bars[-1].until if found.bars else None
    return Plot(
        bars,
        tuple((_short(count), _height(count, most)) for count in powers if count <= most),
        _place(bars, found.smallest),
        "" if last is None else span(last),
    )


def _place(bars: Sequence[PlotBar], lookback: timedelta) -> float:
    """Return where on the axis a lookback stands, in proportion within the bar that it falls into."""
    for each in bars:
        since, until = each.bar.since, each.bar.until
        if until is not None and lookback >= until:
            continue
        if since is None or until is None or lookback <= since:
            return each.left
        return each.left + each.width * ((lookback - since) / (until - since))
    return sum(each.width for each in bars)


def _height(rows: int, most: int) -> float:
    return 100 * math.log1p(rows) / math.log1p(most) if most else 0.0


def _short(count: int) -> str:
    """Return a round number as a few characters."""
    for size, unit in _UNITS:
        if count >= size:
            return f"{count // size}{unit}"
    return str(count)
