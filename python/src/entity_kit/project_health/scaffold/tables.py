"""Read the sources of a spec."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from entity_kit.arrivals.sources import parse_delivery
from entity_kit.errors import EntityKitError, closest_word
from entity_kit.project_health.scaffold.spec import CHANGES, EVENTS, ROW_ID, Table

if TYPE_CHECKING:
    from collections.abc import Mapping

    from entity_kit.project_health.scaffold.reader import Reader
    from entity_kit.project_health.scaffold.spec_text import Where

_KEYS = (
    *("table", "schema", "description", "loaded_at", "occurred_at", "changed_at", "updated_at"),
    *("row_key", "unique_by", "deleted_when", "sequence", "columns", "delivery"),
)
_NOTHING = Table("", "", "", "", ())


class Tables:
    """Reads the sources of one spec. One that was described may be named again."""

    def __init__(self, reader: Reader, keys: tuple[str, ...]) -> None:
        self._reader = reader
        self._keys = keys
        self._known: dict[str, Table] = {}
        self.main = _NOTHING

    def read(self, where: Where, given: Any, kind: str) -> Table:
        """Return a source: a mapping, or the name of one that was described before."""
        if given is None:
            return _NOTHING  # its absence was reported
        if isinstance(given, str):
            return self._named(where, given)
        table = self._described(where, given, kind)
        if table.label in self._known:
            self._reader.report(
                where, f"{table.label} is described before. Write `source: {table.label}` here."
            )
        self._known[table.label] = table
        if self.main is _NOTHING:
            self.main = table
        return table

    def _named(self, where: Where, given: str) -> Table:
        known = self._known.get(given)
        if known is None:
            said = "the name of a source that is described before, or a mapping with `table`"
            self._reader.wrong(where, said, given, closest_word(given, self._known))
            return _NOTHING
        return known

    def _described(self, where: Where, given: Any, kind: str) -> Table:
        reader = self._reader
        time = "occurred_at" if kind == EVENTS else "changed_at"
        read = reader.mapping(where, given, _KEYS, ("table", "loaded_at", time))
        source, name = self._table_name((*where, "table"), read.get("table"))
        columns = {
            key: reader.column((*where, key), read[key]) if key in read else ""
            for key in ("loaded_at", "updated_at")
        }
        time_column = reader.column((*where, time), read[time]) if time in read else ""
        row_key = reader.columns((*where, "row_key"), read.get("row_key", []))
        texts = {
            key: reader.text((*where, key), read[key]) if key in read else ""
            for key in ("schema", "description", "deleted_when")
        }
        return Table(
            source,
            name,
            columns["loaded_at"],
            time_column,
            self._unique_by(where, read, kind, row_key, time_column),
            updated_at=columns["updated_at"] or time_column,
            row_key=row_key,
            sequence=reader.columns((*where, "sequence"), read.get("sequence", [])),
            columns=self._computed((*where, "columns"), read.get("columns", {})),
            delivery=self._delivery((*where, "delivery"), read.get("delivery", {})),
            **texts,
        )

    def _table_name(self, where: Where, given: Any) -> tuple[str, str]:
        if given is None:
            return "", ""
        source, dot, table = self._reader.text(where, given).partition(".")
        if not dot:
            self._reader.wrong(where, "`source.table`, as in dbt's source('shop', 'orders')", given)
            return "", ""
        what = "`source.table`, each"
        return self._reader.name(where, source, what), self._reader.name(where, table, what)

    def _unique_by(
        self,
        where: Where,
        read: Mapping[str, Any],
        kind: str,
        row_key: tuple[str, ...],
        time: str,
    ) -> tuple[str, ...]:
        loaded_at = read.get("loaded_at")
        if "unique_by" in read:
            return self._reader.columns((*where, "unique_by"), read["unique_by"])
        if row_key:
            found = (*row_key, loaded_at)
        elif kind == CHANGES:
            found = (*self._keys, time, loaded_at)
        elif kind != EVENTS:
            found = (*self._keys, loaded_at)
        else:
            self._reader.report(
                where,
                f"{'.'.join(map(str, where))} lacks `unique_by`: the columns that no two rows share. "
                "For a log that keeps every version of its rows, name `row_key` instead.",
            )
            return ()
        return tuple(dict.fromkeys(str(each) for each in found if each))

    def _computed(self, where: Where, given: Any) -> dict[str, str]:
        if not isinstance(given, dict):
            self._reader.wrong(where, "a mapping of new columns to SQL", given)
            return {}
        if ROW_ID in given:
            self._reader.report((*where, ROW_ID), f"`{ROW_ID}` is a column of ours. Rename yours.")
        return {
            self._reader.column((*where, key), key): self._reader.text((*where, key), sql)
            for key, sql in given.items()
        }

    def _delivery(self, where: Where, given: Any) -> Mapping[str, Any]:
        """Return a declared delivery, as verify takes it."""
        try:
            parse_delivery("The spec", given)
        except EntityKitError as error:
            self._reader.report(where, f"{error.message} {error.fix}".rstrip())
            return {}
        return dict(given)
