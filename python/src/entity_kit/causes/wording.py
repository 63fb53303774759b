"""Write counts and times for a sentence."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from entity_kit.wording import counted, verb

if TYPE_CHECKING:
    from datetime import datetime


def from_microseconds(microseconds: int | None) -> timedelta:
    """Return a duration, zero for NULL."""
    return timedelta(microseconds=microseconds or 0)


def minute(instant: datetime) -> str:
    """Return an instant to the minute."""
    return f"{instant:%Y-%m-%d %H:%M}"


def span(length: timedelta) -> str:
    """Return a duration in its largest sensible unit."""
    seconds = length.total_seconds()
    for unit, size in (("day", 86400), ("hour", 3600), ("minute", 60)):
        if seconds >= size:
            amount = f"{seconds / size:.1f}".removesuffix(".0")
            return f"{amount} {unit}{'' if amount == '1' else 's'}"
    return f"{seconds:g} seconds"


def rest_unexplained(count: int) -> str:
    """Return a sentence about the differing rows that a cause doesn't account for, if any."""
    if count <= 0:
        return ""
    return f" That doesn't account for the other {counted(count, 'row')} that {verb(count, 'differs')}."
