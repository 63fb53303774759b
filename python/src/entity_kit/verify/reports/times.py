"""The rows behind a difference on a time line, as positions in percent for the HTML page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from entity_kit.arrivals.lateness import span

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from entity_kit.arrivals.behind import Arrival, RowsBehind
    from entity_kit.replay.outcome import Step

# What stands nearer to the next label than this, in percent, gets none.
_APART = 11.0
# With more runs than this on the line, only those that a row waited for are on it.
_MOST_TICKS = 30
# Left free at both ends of the line.
_MARGIN = 4.0
# A last part that takes more than this share of the time is drawn smaller, from this place on.
_LONG, _FOLD = 0.4, 70.0


@dataclass(frozen=True, slots=True)
class Tick:
    """A run on the line."""

    number: int
    at: datetime
    left: float
    labeled: bool


@dataclass(frozen=True, slots=True)
class TimedRow:
    """One row: when it happened, was loaded, and was first seen by a run, as far as it is known."""

    row: Arrival
    event: float | None
    loaded: float | None
    step: float | None
    late: bool

    @property
    def bar(self) -> tuple[float, float] | None:
        """Where the line from the event to the loading begins, and how wide it is."""
        return _between(self.event, self.loaded)

    @property
    def wait(self) -> tuple[float, float] | None:
        """Where the line from the loading to the next run begins, and how wide it is."""
        return _between(self.loaded, self.step)

    @property
    def after(self) -> str:
        """How long after its event the row was loaded."""
        if self.row.event is None or self.row.loaded is None:
            return ""
        return span(self.row.loaded - self.row.event)


@dataclass(frozen=True, slots=True)
class TimeLine:
    """The rows of one source on one line; `seen` is the latest event time of the run before.

    Past `fold`, if it is set, the line is drawn on a smaller scale.
    """

    source: str
    by: tuple[str, ...]
    count: int
    rows: tuple[TimedRow, ...]
    ticks: tuple[Tick, ...]
    seen: float | None
    fold: float | None

    @property
    def left_out(self) -> int:
        return self.count - len(self.rows)

    @property
    def has_events(self) -> bool:
        """Whether any of the rows says when it happened."""
        return any(each.event is not None for each in self.rows)

    @property
    def previous(self) -> int:
        """The number of the run before the last one; 0 if there is none."""
        return self.ticks[-2].number if len(self.ticks) > 1 else 0


@dataclass(frozen=True, slots=True)
class _Scale:
    """Where moments stand: evenly up to `middle`, and evenly again from there to the end.

    The step that first shows a row may be long after all else, which would then be one dot.
    """

    since: datetime
    middle: datetime
    until: datetime

    @classmethod
    def of(cls, moments: Sequence[datetime], last: datetime) -> _Scale:
        since, until = min(moments), max(moments)
        middle = max((each for each in moments if each < last), default=until)
        folds = until == last and since < middle and until - middle > _LONG * (until - since)
        return cls(since, middle if folds else until, until)

    @property
    def fold(self) -> float | None:
        return _FOLD if self.middle < self.until else None

    def place(self, moment: datetime) -> float:
        """Return the place of a moment in percent."""
        whole = 100 - _MARGIN
        start, end = (_MARGIN, _FOLD if self.fold else whole)
        low, high = self.since, self.middle
        if moment > self.middle:
            start, end, low, high = _FOLD, whole, self.middle, self.until
        share = (moment - low) / (high - low) if high > low else 0.0
        return round(start + (end - start) * share, 2)


def time_line(behind: Sequence[RowsBehind], steps: Sequence[Step], last: int) -> TimeLine | None:
    """Return the line of what is behind some rows, all of one source; None if nothing says when.

    It goes up to the step `last`, the first that differs.
    """
    rows = [row for each in behind for row in each.rows]
    if not any(row.event or row.loaded for row in rows):
        return None
    at = {step.number: step.at for step in steps if step.number <= last}
    seen = next((each.seen for each in behind if each.seen), None)
    # The step that differs, and the one before it, which says what had been seen.
    numbers = {*sorted(at)[-2:], *(row.step for row in rows if row.step in at)}
    moments = [
        *(each for row in rows for each in (row.event, row.loaded, seen) if each is not None),
        *(at[number] for number in numbers),
    ]
    scale = _Scale.of(moments, at.get(last, max(moments)))

    def known(moment: datetime | None) -> float | None:
        return None if moment is None else scale.place(moment)

    timed = [
        TimedRow(
            row,
            known(row.event),
            known(row.loaded),
            known(at.get(row.step)),
            row.step == last and row.event is not None and seen is not None and row.event <= seen,
        )
        for row in rows
    ]
    placed = [(n, moment, scale.place(moment)) for n, moment in sorted(at.items())]
    placed = [each for each in placed if each[1] >= scale.since]
    if len(placed) > _MOST_TICKS:
        placed = [each for each in placed if each[0] in numbers]
    labeled = _labeled([place for _, _, place in placed])
    return TimeLine(
        behind[0].source,
        tuple(each.by for each in behind),
        sum(each.count for each in behind),
        tuple(timed),
        tuple(Tick(number, at, place, place in labeled) for number, at, place in placed),
        known(seen),
        scale.fold,
    )


def _labeled(places: Sequence[float]) -> set[float]:
    """Return the places that get a label: the last one, and before it what is far enough away."""
    taken: list[float] = []
    for place in reversed(places):
        if not taken or taken[-1] - place >= _APART:
            taken.append(place)
    return set(taken)


def _between(start: float | None, end: float | None) -> tuple[float, float] | None:
    if start is None or end is None:
        return None
    return min(start, end), round(abs(end - start), 2)
