"""What `verify` would do, without doing it: models, sources, steps, schedules, and dbt runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from entity_kit.verify.reports.words import aside_lines
from entity_kit.wording import counted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from entity_kit.arrivals.sources import Arrivals, Source


@dataclass(frozen=True, slots=True)
class ListedSource:
    """A source that takes part; `loads` is its number of distinct arrival times, or a lower bound."""

    name: str
    rows: int
    loads: int
    first: datetime | None
    last: datetime | None
    deliveries: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Listing:
    """What would be replayed; `models` have the names of their schedules.

    `runs` counts the dbt runs if every model agrees; a difference takes more, to find its cause.
    `unchanged` are models whose result is taken from an earlier verification.
    """

    models: tuple[tuple[str, tuple[str, ...]], ...]
    sources: tuple[ListedSource, ...]
    steps: tuple[datetime, ...]
    runs: int
    left_out: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()


def listed_source(source: Source, measured: Arrivals, deliveries: Sequence[str]) -> ListedSource:
    return ListedSource(
        source.name,
        measured.rows,
        len(measured.instants),
        measured.first,
        measured.last,
        tuple(deliveries),
    )


def listing_lines(listing: Listing) -> Iterator[str]:
    """Yield the listing for a terminal."""
    width = max((len(name) for name, _ in listing.models), default=0)
    yield counted(len(listing.models), "model")
    for name, schedules in listing.models:
        kept = " (unchanged: not run)" if name in listing.unchanged else ""
        yield f"  {name.ljust(width)}  {', '.join(schedules)}{kept}"
    width = max((len(source.name) for source in listing.sources), default=0)
    yield counted(len(listing.sources), "source")
    for source in listing.sources:
        period = f", {source.first:%Y-%m-%d} to {source.last:%Y-%m-%d}" if source.first else ""
        loads = f" in {counted(source.loads, 'load')}" if source.first else ""
        simulated = f"; simulates {', '.join(source.deliveries)}" if source.deliveries else ""
        yield (
            f"  {source.name.ljust(width)}  {counted(source.rows, 'row')}{loads}{period}{simulated}"
        )
    yield counted(len(listing.steps), "step")
    yield f"  {', '.join(f'{step:%Y-%m-%d %H:%M:%S}' for step in listing.steps)}"
    yield from aside_lines(listing)
    yield f"{counted(listing.runs, 'dbt run')} if every model agrees. Nothing was run."


def listing_json(listing: Listing) -> dict[str, Any]:
    """Return the listing as plain data."""
    return {
        "version": 1,
        "models": [
            {"name": name, "schedules": list(schedules), "cached": name in listing.unchanged}
            for name, schedules in listing.models
        ],
        "sources": [
            {
                "name": source.name,
                "rows": source.rows,
                "loads": source.loads,
                "first": source.first.isoformat() if source.first else None,
                "last": source.last.isoformat() if source.last else None,
                "deliveries": list(source.deliveries),
            }
            for source in listing.sources
        ],
        "steps": [step.isoformat() for step in listing.steps],
        "runs": listing.runs,
        "left_out": [{"name": name, "reason": reason} for name, reason in listing.left_out],
        "notes": list(listing.notes),
    }
