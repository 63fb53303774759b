"""Compare what was compiled twice, whatever the form in which it is written."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

import sqlglot
from sqlglot.errors import SqlglotError

if TYPE_CHECKING:
    from collections.abc import Iterator


def is_same(one: str, other: str, dialect: str) -> bool:
    """Return whether two statements differ at most in white space, comments, and keywords' case.

    White space within a literal counts. What can't be parsed is the same only if its text is.
    """
    if one.strip() == other.strip():
        return True
    try:
        parsed = [sqlglot.parse(text, dialect=dialect) for text in (one, other)]
    except SqlglotError:
        return False
    ours, theirs = ([e.sql(comments=False) for e in each if e] for each in parsed)
    return ours == theirs


def diff_lines(one: str, other: str, labels: tuple[str, str]) -> Iterator[str]:
    """Yield a unified diff of two texts, without their empty lines."""
    ours, theirs = (
        [s for line in text.splitlines() if (s := line.rstrip())] for text in (one, other)
    )
    yield from difflib.unified_diff(ours, theirs, *labels, lineterm="", n=2)
