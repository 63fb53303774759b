"""What the columns of a deprecated model are in its replacement, and what is known about both."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlglot.dialects.dialect import Dialect

if TYPE_CHECKING:
    from collections.abc import Mapping

Key = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Now:
    """What one old column is now: `column`, cast to `data_type` if set, or else `said` in words."""

    column: str | None
    data_type: str | None = None
    said: str = ""


@dataclass(frozen=True, slots=True)
class Columns:
    """How to find the old model's columns in the new one.

    `now` has those that an alias names, under their names as the alias writes them. `others` says
    of all further columns: `keep` (the same name, because the alias passes them on), `drop` (the
    old model has no others), or `check` (no alias: the same name, if the new model has it).
    `old` and `new` are the columns that the relations have, in order, or None if that isn't
    known; `old_types` and `new_types` their types. `relations` has those of other refs and sources.
    """

    now: Mapping[str, Now] = field(default_factory=dict)
    others: str = "keep"
    old: tuple[str, ...] | None = None
    new: tuple[str, ...] | None = None
    old_types: Mapping[str, str] = field(default_factory=dict)
    new_types: Mapping[str, str] = field(default_factory=dict)
    relations: Mapping[Key, tuple[str, ...]] = field(default_factory=dict)

    @property
    def old_columns(self) -> tuple[str, ...] | None:
        """Return all columns of the old model in order, if they are known."""
        if self.others == "check":
            return self.old
        if self.others == "drop":
            return tuple(self.now)
        if self.new is None:
            return None
        taken = {plain(each) for each in self.now}
        taken |= {plain(each.column) for each in self.now.values() if each.column is not None}
        return (*self.now, *(each for each in self.new if plain(each) not in taken))

    @property
    def same(self) -> bool:
        """Return whether both have the same columns in the same order with the same types."""
        if self.others == "keep" and not self.now:
            return True  # the alias is `select *`
        old = self.old_columns
        if old is None or self.new is None or [*map(plain, old)] != [*map(plain, self.new)]:
            return False
        return all(self.unchanged(each) for each in old)

    def has(self, name: str) -> bool | None:
        """Return whether the old model has this column; None if that isn't known."""
        name = plain(name)
        if name in {plain(each) for each in self.now}:
            return True
        if self.others == "keep" and any(
            each.column is not None and plain(each.column) == name for each in self.now.values()
        ):
            return False
        if self.others == "drop":
            return False
        known = self.old if self.others == "check" else self.new
        return None if known is None else name in {plain(each) for each in known}

    def new_has(self, name: str) -> bool | None:
        """Return whether the new model has this column; None if that isn't known."""
        name = plain(name)
        if any(e.column is not None and plain(e.column) == name for e in self.now.values()):
            return True
        return None if self.new is None else name in {plain(each) for each in self.new}

    def unchanged(self, name: str) -> bool:
        """Return whether a column has the same name and type in the new model."""
        now = self.after(name)
        return now.column is not None and now.data_type is None and plain(now.column) == plain(name)

    def after(self, name: str) -> Now:
        """Return what a column of the old model is now; `column` is None if that isn't known."""
        for old, now in self.now.items():
            if plain(old) == plain(name):
                return now
        if self.others != "check":
            return Now(name)
        found = self.new_has(name)
        if found is None:
            said = "the replacement's columns aren't known; build it, or run dbt docs generate"
            return Now(None, said=said)
        if not found:
            return Now(None, said="the replacement has no column of this name")
        old_type, new_type = self.old_types.get(plain(name)), self.new_types.get(plain(name))
        if old_type != new_type and old_type is not None and new_type is not None:
            return Now(None, said=f"it was {old_type} and is {new_type} in the replacement")
        return Now(name)


def plain(name: str) -> str:
    """Return a column's name for comparisons: without quotes, in lowercase."""
    if len(name) > 1 and name[0] == name[-1] and name[0] in '"`':
        name = name[1:-1].replace(name[0] * 2, name[0])
    return name.lower()


def written(name: str, dialect: str, like: str = "") -> str:
    """Return a name for SQL: quoted as `like` is, or if it must be."""
    if name[:1] in {'"', "`"}:
        return name
    known = Dialect.get_or_raise(dialect or None)
    start, end = known.IDENTIFIER_START, known.IDENTIFIER_END
    if like[:1] in {'"', "`", "["}:
        start, end = like[0], like[-1]
        # Snowflake folds bare names to upper case, so a quoted one shows that.
        inner = name.upper() if dialect == "snowflake" and like.upper() == like else name
    elif re.fullmatch(_BARE.get(dialect, r"[a-z_][a-z0-9_]*"), name):
        if name.upper() not in _reserved(dialect):
            return name
        inner = name.upper() if dialect == "snowflake" else name
    else:
        inner = name
    return f"{start}{inner.replace(end, end * 2)}{end}"


# Names that keep their meaning without quotes; elsewhere only those in lower case do.
_BARE = {
    **dict.fromkeys(("duckdb", "bigquery", "spark", "databricks"), r"[A-Za-z_][A-Za-z0-9_]*"),
    "snowflake": r"[a-z_][a-z0-9_]*|[A-Z_][A-Z0-9_]*",
}


@functools.cache
def _reserved(dialect: str) -> frozenset[str]:
    words = Dialect.get_or_raise(dialect or None).tokenizer_class.KEYWORDS
    return frozenset(word.split()[0].upper() for word in words if word[:1].isalpha()) | {"USER"}
