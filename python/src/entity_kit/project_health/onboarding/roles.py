"""Which time of a relation is the arrival and which the event: pure functions over what was counted."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from entity_kit.warehouse import fold

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from entity_kit.project_health.onboarding.times import TimeColumn

# What loaders call it.
LOADERS = frozenset({
    "_loaded_at", "loaded_at", "_fivetran_synced", "_airbyte_extracted_at", "_airbyte_emitted_at",
    "_airbyte_loaded_at", "_dlt_load_time", "_dlt_load_id", "_sdc_batched_at", "_sdc_received_at",
    "_sdc_extracted_at", "_ingested_at", "ingested_at", "_inserted_at", "inserted_at", "_synced_at",
    "synced_at", "extracted_at", "_etl_loaded_at", "etl_loaded_at", "dbt_loaded_at", "load_ts",
    "load_dts", "ldts", "load_datetime", "load_timestamp", "_load_date", "load_date", "received_at",
    "arrived_at", "landed_at", "imported_at", "__hevo__ingested_at", "uuid_ts",
})  # fmt: skip
_LOAD = frozenset(
    [
        "load",
        "loaded",
        "loading",
        "ingest",
        "ingested",
        "ingestion",
        "extract",
        "extracted",
        "sync",
        "synced",
        "insert",
        "inserted",
        "import",
        "imported",
        "arrived",
        "arrival",
        "received",
        "landed",
        "etl",
        "elt",
        "batch",
        "batched",
        "replicated",
        "dlt",
        "fivetran",
        "airbyte",
        "stitch",
        "sdc",
        "dwh",
        "warehouse",
    ]
)
_CHANGE = frozenset(["updated", "update", "modified", "changed", "change", "edited", "revised"])
_EVENT = frozenset(
    [
        "event",
        "occurred",
        "happened",
        "ordered",
        "started",
        "measured",
        "observed",
        "recorded",
        "logged",
        "placed",
        "viewed",
        "clicked",
        "occurrence",
        "transaction",
        "timestamp",
    ]
)
_PLANS = frozenset(
    [
        "due",
        "expire",
        "expires",
        "expired",
        "expiry",
        "until",
        "deadline",
        "scheduled",
        "planned",
        "birth",
        "born",
        "dob",
        "valid",
        "end",
        "ends",
        "ended",
        "deleted",
        "cancelled",
        "canceled",
        "closed",
        "next",
        "renewal",
    ]
)
_WORDS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")
_LATE_LIMIT = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Spread:
    """How a time relates to the relation's other times: rows where none of them is later."""

    compared: int
    latest: int

    @property
    def share(self) -> float:
        return self.latest / self.compared if self.compared else 0.0


@dataclass(frozen=True, slots=True)
class Distance:
    """How far the arrival is from an event time, over rows that have both.

    `measured` rows came after the first load and have a `median`, a `p99` and a `longest` lateness;
    `first_load` rows are left out of these: they came with the first of several loads, which tells
    how old the record was then, and not how late a row comes. In `early` rows the event is later
    than the arrival. `correlation` is None where one of the two never changes.
    """

    rows: int
    early: int
    first_load: int
    measured: int
    median: timedelta | None
    p99: timedelta | None
    longest: timedelta | None
    correlation: float | None


@dataclass(frozen=True, slots=True)
class Arrival:
    """The time that says when a row arrived. `certainty`: name, shape, or guess."""

    time: TimeColumn
    certainty: str


def name_class(name: str) -> str:
    """Return what a name says of a time: loader, load, plan, change, event, or nothing (other)."""
    if fold(name) in LOADERS:
        return "loader"
    words = {fold(word) for word in _WORDS.findall(name)}
    for kind, known in (
        ("load", _LOAD), ("plan", _PLANS), ("change", _CHANGE), ("event", _EVENT),
    ):  # fmt: skip
        if words & known:
            return kind
    return "other"


_BY_NAME = {"loader": 100, "load": 70, "change": 25, "other": 15, "event": 10, "plan": -40}


def choose_arrival(
    times: Sequence[TimeColumn], spreads: Sequence[Spread], total: int
) -> Arrival | None:
    """Choose the time that says when rows arrived, by its name, and then by how it grows."""
    names = {fold(time.name) for time in times}
    scored = [
        (_score(time, spread, total) - (40 if _begins(time, names) else 0), -number, time, spread)
        for number, (time, spread) in enumerate(zip(times, spreads, strict=True))
    ]
    if not scored:
        return None
    score, _, time, spread = max(scored, key=lambda each: each[:2])
    if score <= 0:
        return None
    if name_class(time.name) in {"loader", "load"}:
        return Arrival(time, "name")
    in_loads = time.distinct * 2 <= total - time.nulls
    by_shape = spread.compared > 0 and spread.share >= 0.999 and in_loads
    return Arrival(time, "shape" if by_shape else "guess")


def _begins(time: TimeColumn, names: Collection[str]) -> bool:
    """Return whether a time is the start of a span whose end is another column."""
    name = fold(time.name)
    return "start" in name and name.replace("start", "end") in names


def _score(time: TimeColumn, spread: Spread, total: int) -> int:
    score = _BY_NAME[name_class(time.name)]
    if spread.compared:
        score += 20 if spread.share >= 0.999 else 5 if spread.share >= 0.95 else -10
    if time.distinct * 2 <= total - time.nulls:
        score += 10  # loads, not single rows
    score += {"timestamp": 6, "number": 3, "text": 3, "date": 0}[time.kind]
    score -= 40 if time.future else 0
    share = time.nulls / total if total else 0
    return score - (60 if share > 0.5 else 20 if share > 0.05 else 0)


def choose_event(
    arrival: TimeColumn, others: Sequence[tuple[TimeColumn, Distance]]
) -> tuple[TimeColumn, Distance] | None:
    """Choose the time at which what a row tells of happened."""
    fit = [each for each in others if each[0].name != arrival.name and _may_happen(*each)]
    if not fit:
        return None
    # A row that was changed long after it was created tells of the change.
    changes = [each for each in fit if name_class(each[0].name) == "change"]
    soonest = min((_typical(distance) for _, distance in changes), default=None)
    for kind in ("event", "other", "change"):
        of_kind = [each for each in fit if name_class(each[0].name) == kind]
        if of_kind:
            best = min(of_kind, key=lambda each: (each[0].is_expression, _typical(each[1])))
            old = _typical(best[1])
            if soonest is None or old <= max(timedelta(days=30), soonest * 4):
                return best
    return min(fit, key=lambda each: _typical(each[1]))


def _typical(distance: Distance) -> timedelta:
    return distance.p99 if distance.p99 is not None else timedelta(0)


def _may_happen(time: TimeColumn, distance: Distance) -> bool:
    """Tell whether a time is hardly ever after the arrival, known, and no old date."""
    if name_class(time.name) in {"plan", "load", "loader"} or not distance.rows:
        return False
    known = distance.rows >= 0.9 * (distance.rows + time.nulls)
    varies = time.distinct > 1 or distance.rows == 1
    old = distance.median is not None and distance.median > _LATE_LIMIT
    return known and varies and not old and distance.early <= 0.01 * distance.rows
