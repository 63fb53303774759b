"""What a table of constructs holds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

# DuckDB's SQL with places for the arguments, one for each number of arguments, or a function
# of the call that returns it.
Entry = str | tuple[str, ...] | Callable[[Any], Any]
Rule = Callable[[Any, Any], Any]


@dataclass(frozen=True, slots=True)
class Table:
    """What a dialect's SQL is in DuckDB."""

    scalars: Mapping[str, Entry]
    aggregates: Mapping[str, Entry]
    windows: Mapping[str, Entry]
    types: Mapping[str, Any]
    rules: Mapping[type, Rule]
    macros: tuple[str, ...] = ()
    whole_frames: bool = False  # the frame of last_value and its kin is the whole partition
    # How a cast is tried that isn't simply NULL where it fails.
    tries: Mapping[str, str] = field(default_factory=dict)
    refused: Mapping[str, str] = field(default_factory=dict)
    prepare: Callable[[Any], None] | None = None  # what looks at a whole statement first
    check: Callable[[Any, Any], None] | None = None  # what looks at it when it is translated
