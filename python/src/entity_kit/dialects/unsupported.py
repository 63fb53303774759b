"""The error for what isn't known to mean the same in DuckDB."""

from __future__ import annotations


class UnsupportedError(Exception):
    """A construct that has no translation that is known to be right.

    `construct` names it ("function HASH", "clause MATCH_RECOGNIZE"), `line` is its line in the
    text that was to be translated (from 1), and `why` says what is in the way and what to do.
    """

    def __init__(self, construct: str, line: int, why: str) -> None:
        super().__init__(f"{construct} (line {line}): {why}")
        self.construct = construct
        self.line = line
        self.why = why
