"""What to declare for a source, and why: pure functions over the evidence."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from entity_kit.arrivals.deliveries import declared_kinds, hindrance
from entity_kit.arrivals.lateness import span
from entity_kit.wording import counted, verb

if TYPE_CHECKING:
    from collections.abc import Iterator

    from entity_kit.arrivals.sources import Source
    from entity_kit.project_health.onboarding.evidence import Evidence
    from entity_kit.project_health.onboarding.roles import Distance

_HOUR = timedelta(hours=1)
_GROWS = 0.5
_AS_COLUMN = (
    "verify can't simulate late rows, updates, or redelivery for it: only a column can be set"
)


@dataclass(frozen=True, slots=True)
class Reason:
    """One key of the declaration, with its value and what speaks for it."""

    key: str
    value: Any
    evidence: str


@dataclass(frozen=True, slots=True)
class Proposal:
    """What to declare: `reasons` in the order of the YAML, and `notes` on what isn't proposed."""

    reasons: tuple[Reason, ...]
    notes: tuple[str, ...] = ()

    @property
    def config(self) -> dict[str, Any]:
        """Return the mapping that stands under the table's `config`; empty if nothing is known."""
        known = {reason.key: reason.value for reason in self.reasons}
        found = {key: known[key] for key in ("loaded_at_field", "event_time") if key in known}
        delivery = {k: known[k] for k in ("late_by", "updates", "redelivers") if k in known}
        ours = {"row_key": known["row_key"]} if "row_key" in known else {}
        ours |= {"delivery": delivery} if delivery else {}
        return found | ({"meta": {"entity_kit": ours}} if ours else {})


def propose(seen: Evidence) -> Proposal:
    """Return what the evidence says should be declared."""
    if not seen.rows:
        return Proposal((), ("the table is empty, so there is nothing to tell from",))
    unsure = tuple(f"{each}; not taken for a time" for each in seen.unsure)
    if seen.arrival is None:
        said = "no column says when a row arrived, so the table looks the same at every step"
        return Proposal((), (said, *unsure))
    reasons = [_arrival(seen), *_event(seen), *_key(seen), *_delivery(seen)]
    return Proposal(tuple(reasons), (*_notes(seen), *unsure))


def _arrival(seen: Evidence) -> Reason:
    arrival, loads = seen.arrival, seen.loads
    if arrival is None or loads is None:
        raise ValueError("there is no arrival")
    why = {
        "name": "a usual name for it",
        "shape": "never before any other time of its row, and many rows share it",
        "guess": "a guess, check it: no column has a usual name for it",
        "declared": "declared",
    }[arrival.certainty]
    time = arrival.time
    held = {"text": "; a text that is a time in every row", "number": "; a number, an epoch"}
    said = f"{why}{held.get(time.kind, '')}; {counted(loads.count, 'load')}"
    if loads.count < seen.rows:
        said += f", the largest of {counted(loads.largest_rows, 'row')}"
    if time.nulls:
        said += f"; NULL in {counted(time.nulls, 'row')}"
    return Reason("loaded_at_field", time.declared, said)


def _event(seen: Evidence) -> Iterator[Reason]:
    event, distance = seen.event, seen.distance
    if event is None or distance is None:
        return
    after = f"after the arrival in {counted(distance.early, 'row')}"
    said = "never after the arrival" if not distance.early else after
    correlation = distance.correlation
    grows = correlation is not None and correlation >= _GROWS
    if grows:
        said += f", and grows with it (correlation {correlation:.2f})"
    if distance.median is not None:
        said += f"; half of the rows arrive within {shown_span(distance.median)}"
    if event.kind == "text":
        said += "; a text that is a time in every row"
    if correlation is not None and not grows:
        said += f"; check it: it doesn't grow with the arrival (correlation {correlation:.2f})"
    yield Reason("event_time", event.declared, said)


def _key(seen: Evidence) -> Iterator[Reason]:
    if seen.key is None:
        return
    said = f"no duplicates in {counted(seen.rows, 'row')}"
    if not seen.key.named:
        said += "; check it: no name says that it is a key"
    if seen.again is not None:
        said += f"; without {_beside(seen)}, {_names(seen.again.key)} comes again"
    yield Reason("row_key", list(seen.key.columns), said)


def _delivery(seen: Evidence) -> Iterator[Reason]:
    distance, again = seen.distance, seen.again
    if distance is not None and (late := _late_by(seen, distance)) is not None:
        yield late
    changed = seen.changed
    if changed is not None and changed.rows and again is None and seen.key and seen.key.named:
        said = (
            f"{counted(changed.rows, 'row')} of {seen.rows:,} {verb(changed.rows, 'has')} {changed.changed} later than "
            f"{changed.created}, and each key has one row, so rows are changed in place"
        )
        yield Reason("updates", True, said)
    if seen.redelivered:
        said = f"{_repeating(seen.redelivered)} all values of an earlier row, at a later load"
        yield Reason("redelivers", True, said)


def _late_by(seen: Evidence, distance: Distance) -> Reason | None:
    extracts = seen.again is not None and seen.again.extracts
    if extracts or distance.longest is None or distance.longest <= timedelta(0):
        return None
    said = f"the latest of {counted(distance.measured, 'row')} arrived {shown_span(distance.longest)} after it happened"
    if distance.first_load:
        said += f"; without the first load, of {counted(distance.first_load, 'row')}"
    if seen.redelivered:
        said += "; each row counts once, at its first delivery"
    return Reason("late_by", rounded_up(distance.longest), said)


def _beside(seen: Evidence) -> str:
    """Return the column that makes the key unique where a key came again."""
    if seen.key is None or seen.again is None:
        return ""
    return ", ".join(name for name in seen.key.columns if name not in seen.again.key)


def _notes(seen: Evidence) -> Iterator[str]:
    again, arrival = seen.again, seen.arrival
    if again is not None and again.extracts:
        yield (
            "each load brings nearly every key again (complete extracts), so late_by and redelivers "
            "can't be told from it"
        )
    elif again is not None and again.copies and not seen.redelivered:
        yield (
            f"{_repeating(again.copies)} the values of an earlier row, but without an event "
            "time these may be new rows; if they are deliveries of the same row, declare redelivers: true"
        )
    if again is not None and again.versions and not again.extracts:
        yield (
            f"{counted(again.versions, 'row')} came with other values for a known {_names(again.key)}, "
            f"as further rows, so {_beside(seen)} belongs to row_key; if the source also changes rows "
            "in place, declare updates: true"
        )
    if seen.key is None:
        said = "no key of up to three columns was found"
        if seen.repeated:
            said += f"; {_repeating(seen.repeated)} an earlier one in all columns"
        yield said
    if seen.loads is not None and seen.loads.count == 1:
        yield "all rows have one loaded time, so they arrive in one step, and how late they come is unknown"
    if arrival is not None and arrival.time.is_expression:
        yield f"loaded_at_field is an expression; {_AS_COLUMN}"


def additions(proposed: Proposal, source: Source) -> tuple[Reason, ...]:
    """Return what is proposed that a source doesn't declare, in one way or another."""
    delivery = source.delivery
    declared = {
        "loaded_at_field": True,
        "event_time": source.event_time,
        "row_key": source.row_key,
        # How late the rows come depends on the event time.
        "late_by": delivery.late_by is not None,
        "updates": delivery.updates,
        "redelivers": True,  # said by `contradictions`
    }
    return tuple(reason for reason in proposed.reasons if not declared[reason.key])


def contradictions(seen: Evidence, source: Source, repeated_keys: int) -> tuple[str, ...]:
    """Return what a declaration says that the data doesn't bear out.

    `repeated_keys` are the rows beyond the first of each value of the declared row_key.
    """
    return tuple(_contradictions(seen, source, repeated_keys)) if seen.rows else ()


def _contradictions(seen: Evidence, source: Source, repeated_keys: int) -> Iterator[str]:
    delivery = source.delivery
    distance = None if source.event_time is None else seen.distance
    for kind in declared_kinds(source):
        reason = hindrance(source, kind)
        if reason is not None:
            yield f"{kind} is declared, but can't be simulated: {reason}"
    if seen.arrival is not None and (nulls := seen.arrival.time.nulls):
        yield f"loaded_at_field is NULL in {counted(nulls, 'row')} of {seen.rows:,}; verify shows them from the start"
    if distance is not None and distance.early:
        yield f"event_time is later than loaded_at_field in {counted(distance.early, 'row')}"
    longest = None if distance is None else distance.longest
    if delivery.late_by is not None and longest is not None and longest > delivery.late_by:
        yield (
            f"late_by is {shown_span(delivery.late_by)}, but a row arrived {shown_span(longest)} after it happened; "
            f"declare late_by: {_flow(rounded_up(longest))}"
        )
    if repeated_keys and not (delivery.redelivers or delivery.updates):
        yield (
            f"row_key {_names(source.row_key)} isn't unique: {_repeating(repeated_keys)} an "
            "earlier key, and neither redelivers nor updates is declared"
        )
    if seen.redelivered and not delivery.redelivers:
        yield (
            f"{_repeating(seen.redelivered)} all values of an earlier row, at a later load, but "
            "redelivers isn't declared"
        )


def rounded_up(length: timedelta) -> dict[str, int]:
    """Return a length in whole hours, from two days on in whole days."""
    hours = -(-length // _HOUR)
    if hours < 48 and hours % 24:
        return {"hours": hours}
    return {"days": -(-hours // 24)}


def _flow(value: dict[str, int]) -> str:
    return "{" + ", ".join(f"{key}: {each}" for key, each in value.items()) + "}"


def shown_span(length: timedelta) -> str:
    return span(length, up=length > timedelta(0))


def _names(names: tuple[str, ...]) -> str:
    return f"({', '.join(names)})" if len(names) > 1 else names[0]


def _repeating(number: int) -> str:
    return f"{counted(number, 'row')} {verb(number, 'repeats')}"
