"""What the models of a project are written in, if not in the SQL of the adapter that runs them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

# Their quoted names have backticks; between double quotes is a string.
BACKTICKS = frozenset({"bigquery", "databricks"})
# Whose macros an adapter's dispatch finds, beside the default ones.
_PARENTS = {"redshift": ("postgres",), "databricks": ("spark",)}


@dataclass(frozen=True, slots=True)
class Dialect:
    """A dialect of SQL, as sqlglot names it.

    `target_type` is what Jinja's `target.type` says, None for DuckDB. `known` are the lower-case
    names of the user's own macros for DuckDB. `target` is what else Jinja's `target` has. `macros` are
    statements that create what translated SQL calls in DuckDB, and the user's own.
    """

    name: str
    target_type: str | None = None
    known: frozenset[str] = frozenset()
    target: Mapping[str, Any] = field(default_factory=dict)
    macros: tuple[str, ...] = ()

    @property
    def backticks(self) -> bool:
        return self.name in BACKTICKS

    @property
    def prefixes(self) -> tuple[str, ...]:
        """The prefixes of macros that were written for it, the closest first."""
        return (self.name, *_PARENTS.get(self.name, ()))


@dataclass(frozen=True, slots=True)
class Unsupported:
    """SQL of a model that has no translation that is known to be right.

    `line` counts in the compiled SQL, `file_line` in the file at `path`, if it is found there. Of a
    statement that a hook or a macro `sent`, it counts in that.
    """

    dialect: str
    construct: str
    line: int
    why: str
    path: str = ""
    file_line: int | None = None
    sent: bool = False

    @property
    def place(self) -> str:
        """Where it is, as closely as it is known."""
        if self.sent:
            return f"line {self.line} of a statement that a hook or a macro sends"
        compiled = f"line {self.line} of the compiled SQL"
        return compiled if self.file_line is None else f"{self.path}:{self.file_line}, {compiled}"

    def __str__(self) -> str:
        return (
            f"{self.construct} ({self.place}) can't be translated from {self.dialect} to DuckDB. "
            f"{self.why}"
        )
