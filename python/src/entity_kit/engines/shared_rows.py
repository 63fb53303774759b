"""Tables on a server with what a source shows at some step, shared by the warehouses that show it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from entity_kit.engines.engine import Session

Key = tuple[str, str, str]  # a relation of the project, as its YAML and dbt name it
_SPARE_TABLES = 20  # of rows that no warehouse shows now, but an experiment may soon
_SPARE_ROWS = 100_000  # at most in each of them


@dataclass(slots=True)
class Rows:
    """One such table; `shown_by` are warehouses, each with the source that shows it there."""

    name: str
    count: int
    shown_by: set[tuple[Path, Key]] = field(default_factory=set)


class SharedRows:
    """All such tables of one verification, by source and by the query whose rows they hold."""

    def __init__(self, schema: str) -> None:
        self._schema = schema
        self._known: dict[tuple[Key, str], Rows] = {}
        # Their query would give other rows by now.
        self._stale: list[Rows] = []
        self._count = 0

    def find(self, key: Key, select: str, make: Callable[[str], int]) -> Rows:
        """Return the table with a query's rows; `make` fills one of that name, and counts its rows."""
        known = self._known.pop((key, select), None)
        if known is None:
            self._count += 1
            table = f"{self._schema}.rows_{self._count}"
            known = Rows(table, make(table))
        self._known[key, select] = known  # the last one is the last that was used
        return known

    def show(self, rows: Rows, warehouse: Path, key: Key) -> None:
        """Note that a source shows this table in a warehouse, and no other."""
        for other in (*self._known.values(), *self._stale):
            other.shown_by.discard((warehouse, key))
        rows.shown_by.add((warehouse, key))

    def let_go(self, warehouse: Path) -> None:
        """Note that a warehouse shows nothing any more."""
        for rows in (*self._known.values(), *self._stale):
            rows.shown_by = {each for each in rows.shown_by if each[0] != warehouse}

    def outdate(self, text: str) -> None:
        """Use no table again whose query has this text: it may give other rows from now on."""
        old = [key for key in self._known if text in key[1]]
        self._stale += [self._known.pop(key) for key in old]

    def discard(self, session: Session) -> None:
        """Drop the tables that no warehouse shows, except for a few small ones."""
        for stale in [rows for rows in self._stale if not rows.shown_by]:
            session.drop_table(stale.name)
            self._stale.remove(stale)
        spare = [key for key, rows in self._known.items() if not rows.shown_by]
        kept = [key for key in spare if self._known[key].count <= _SPARE_ROWS][-_SPARE_TABLES:]
        for key in spare:
            if key not in kept:
                session.drop_table(self._known.pop(key).name)
