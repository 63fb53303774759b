"""Nouns and verbs that agree with a count, and durations."""

from __future__ import annotations

_PLURAL = {"has": "have", "is": "are", "was": "were"}


def counted(count: int, noun: str) -> str:
    """Return `1 row`, `2 rows`, `1,000 rows`."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def verb(count: int, one: str) -> str:
    """Return the singular verb `one` in the form that agrees with the count."""
    return one if count == 1 else _PLURAL.get(one, one.removesuffix("s"))


def duration(seconds: float) -> str:
    """Return `4.2 s`, `3 min 05 s`."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02d} s"
