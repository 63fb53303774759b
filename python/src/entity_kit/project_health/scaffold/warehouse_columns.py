"""Look up a spec's columns in the warehouse, which is only read."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from entity_kit.errors import closest_word
from entity_kit.project_health.scaffold.reader import Reader, shown
from entity_kit.warehouse import QueryError, connect, fold, literal, quote, rows

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from entity_kit.project_health.scaffold.project_files import Declared
    from entity_kit.project_health.scaffold.spec import Grain, Spec, Table
    from entity_kit.project_health.scaffold.spec_text import SpecText, Where
    from entity_kit.warehouse import Connection

_UNKNOWN = re.compile(r'column "([^"]+)" not found')
_COLUMN_KEYS = ("loaded_at", "occurred_at", "changed_at", "updated_at", "row_key", "unique_by")


def check_columns(
    text: SpecText,
    spec: Spec,
    warehouse: Path,
    declared: Mapping[tuple[str, str], Declared],
) -> list[str]:
    """Look for a spec's tables and columns in a DuckDB file, and return what couldn't be looked up.

    Raise EntityKitError for each that isn't there, with its line.
    """
    reader, notes = Reader(text), []
    with connect(warehouse, read_only=True) as connection:
        tables, checks = _Tables(connection), {}
        for label, where in _places(text.data):
            table = next((each for each in spec.tables if each.label == label), None)
            if table is None:
                continue
            relation = _relation(table, declared.get((table.source, table.name)))
            if relation is None:
                notes.append(f"The columns of {label} weren't checked: only dbt knows where it is.")
                continue
            missing = tables.missing(*relation)
            if missing:
                reader.report((*where, "table"), missing)
                continue
            try:
                found = tables.columns(*relation)
            except QueryError as error:
                said = str(error).splitlines()[0]
                notes.append(f"The columns of {label} weren't checked: {said}")
                continue
            checks[label] = _Check(connection, reader, table, tables.sql(*relation), found)
            checks[label].source(where, _at(text.data, where))
        _check_parts(spec, text, checks)
    reader.finish("Correct the spec, or load the sources into the target's DuckDB file.")
    return notes


def _places(data: Mapping[str, Any]) -> Iterator[tuple[str, Where]]:
    """Yield where each source is described."""
    places: list[Where] = [("source",), ("history", "source")]
    places += [("grains", place, "source") for place in range(len(data.get("grains") or ()))]
    for where in places:
        found = _at(data, where)
        if isinstance(found, dict):
            yield str(found.get("table")), where


def _at(data: Any, where: Where) -> Any:
    for step in where:
        if isinstance(data, dict):
            data = data.get(step)
        elif isinstance(data, list) and isinstance(step, int):
            data = data[step]
        else:
            return None
    return data


def _relation(table: Table, entry: Declared | None) -> tuple[str, str] | None:
    """Return schema and name of a table, or None if only dbt knows them."""
    schema, name = table.schema or table.source, table.name
    if entry is not None:
        if entry.value("external_location") or (entry.value("meta") or {}).get("external_location"):
            return None
        schema = str(entry.source.get("schema") or table.source)
        name = str(entry.table.get("identifier") or table.name)
        if entry.source.get("database"):
            return None
    return None if "{" in schema + name else (schema, name)


class _Tables:
    """The tables of a warehouse, and their columns."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        # A schema may be called like the file.
        self._catalog = str(rows(connection, "select current_database()")[0][0])
        self._names = [
            f"{row[0]}.{row[1]}"
            for row in rows(
                connection,
                "select table_schema, table_name from information_schema.tables "
                f"where table_catalog = {literal(self._catalog)} order by all",
            )
        ]

    def sql(self, schema: str, name: str) -> str:
        return ".".join(map(quote, (self._catalog, schema, name)))

    def columns(self, schema: str, name: str) -> list[str]:
        """Return a table's columns. Raise QueryError if it can't be read, as some views."""
        found = rows(self._connection, f"describe {self.sql(schema, name)}")
        return [str(row[0]) for row in found]

    def missing(self, schema: str, name: str) -> str:
        """Return what is wrong with a name that no table has, or an empty text."""
        wanted = f"{schema}.{name}"
        if fold(wanted) in map(fold, self._names):
            return ""
        return f"The warehouse has no table {wanted}. {closest_word(wanted, self._names)}".rstrip()


class _Check:
    """The columns of one table, and what the spec says of them."""

    def __init__(
        self, connection: Connection, reader: Reader, table: Table, relation: str, found: list[str]
    ) -> None:
        self._connection = connection
        self._reader = reader
        self._label = table.label
        self._known = [*found, *table.columns]
        computed = "".join(
            f", {sql} as {quote(name)}" for name, sql in table.columns.items() if "{" not in sql
        )
        self._rows = f"(select *{computed} from {relation})"
        self._relation = relation
        self._computed = any("{" in sql for sql in table.columns.values())

    def source(self, where: Where, given: Mapping[str, Any]) -> None:
        for name, sql in (given.get("columns") or {}).items():
            self.expression((*where, "columns", name), sql, self._relation)
        if self._reader.problems:
            return  # the other expressions may read the columns that can't be computed
        for key in (*_COLUMN_KEYS, "sequence"):
            self.columns((*where, key), given.get(key) or [])
        if "deleted_when" in given:
            self.expression((*where, "deleted_when"), given["deleted_when"])

    def columns(self, where: Where, names: Any) -> None:
        lower = [known.lower() for known in self._known]
        for name in [names] if isinstance(names, str) else names:
            if str(name).lower() not in lower:
                place = (*where, name) if isinstance(names, dict) else where
                self._report(place, str(name))

    def expression(self, where: Where, sql: str, relation: str = "") -> None:
        if "{" in sql or self._computed:
            return  # only dbt can tell
        try:
            rows(self._connection, f"describe select {sql} from {relation or self._rows} as given")
        except QueryError as error:
            name = _UNKNOWN.search(str(error))
            if name is not None:
                self._report(where, name[1])
            else:
                said = str(error).splitlines()[0]
                self._reader.report(where, f"`{shown(where)}` can't be computed: {said}")

    def _report(self, where: Where, name: str) -> None:
        said = f"{self._label} has no column `{name}`. {closest_word(name, self._known)}"
        self._reader.report(where, f"{said} It has {', '.join(self._known)}.")


def _check_parts(spec: Spec, text: SpecText, checks: Mapping[str, _Check]) -> None:
    """Look up the columns that the spec's other parts read from the tables."""
    main = checks.get(spec.table.label)
    if main is not None:
        main.columns(("keys",), spec.keys)
        main.columns(("attributes",), spec.attributes)
        for place, metric in enumerate(spec.metrics):
            main.expression(("metrics", place, "calculation"), metric.calculation)
    history = spec.history
    own = checks.get(history.table.label) if history is not None else None
    if history is not None and own is not None and own is not main:
        own.columns(("history", "source"), list(spec.keys))
        own.columns(("history", "attributes"), history.attributes)
    for place, grain in enumerate(spec.grains):
        _check_grain(grain, place, spec, text, checks)


def _check_grain(
    grain: Grain, place: int, spec: Spec, text: SpecText, checks: Mapping[str, _Check]
) -> None:
    check = checks.get(grain.table.label)
    if check is None or grain.finer:
        return
    check.columns(("grains", place), list(spec.keys))
    given = _at(text.data, ("grains", place)) or {}
    for part, measures in (("measures", grain.measures), ("trailing", grain.trailing)):
        where: Where = ("grains", place, part) if part in given else ("metrics",)
        for number, measure in enumerate(measures):
            check.expression((*where, number, "calculation"), measure.calculation)
