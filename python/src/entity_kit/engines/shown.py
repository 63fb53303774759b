"""What a DuckDB file shows, as a digest that changes with any row, column, view, or macro in it."""

from __future__ import annotations

import hashlib
import json
import re
from typing import TYPE_CHECKING, Any

from entity_kit.engines.scratch import Shown
from entity_kit.warehouse import QueryError, Relation, literal, quote, rows

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from entity_kit.warehouse import Connection

_NUMBER = "entity_kit_number"
# Equal values of these types have one text; of all others, DuckDB's hash takes some for equal that
# a model can tell apart, such as 0.0 and -0.0.
_EXACT = re.compile(
    r"(?:U?(?:TINY|SMALL|BIG|HUGE)INT|U?INTEGER|BOOLEAN|VARCHAR|BLOB|DATE|UUID|TIMESTAMP\w*"
    r"|TIMESTAMP WITH TIME ZONE|DECIMAL\(\d+,\d+\))"
)


# Options of a profile through which a run reads what no file of ours shows.
_OUTSIDE = ("plugins", "module_paths", "filesystems", "remote")


def unseen(output: Mapping[str, Any], foreign: Sequence[Any]) -> str:
    """Return what a target's runs can read beside its DuckDB files, or ''."""
    given = [name for name in _OUTSIDE if output.get(name)]
    if given:
        return f"the profile sets `{given[0]}`"
    return "the profile attaches a database that isn't a local DuckDB file" if foreign else ""


def read_shown(connection: Connection, databases: Iterable[str]) -> Shown:
    """Read all that these databases show: every row, in its order, and every definition."""
    seen: list[str] = []
    code: list[str] = []
    obstacle = ""
    for database in databases:
        definitions = list(_definitions(connection, database))
        seen += definitions
        code += definitions
        for relation, definition in _relations(connection, database):
            seen.append(f"{relation}: {definition}")
            try:
                columns, digest = _digest(connection, relation)
            except QueryError as error:  # a view of what the project builds
                code.append(definition)
                seen.append(str(error))
                continue
            seen += [columns, digest]
            if "VARIANT" in columns:
                obstacle = obstacle or f"{relation} has a column of type VARIANT"
    text = json.dumps(seen, ensure_ascii=False)
    return Shown(hashlib.sha256(text.encode()).hexdigest(), tuple(code), obstacle)


def _relations(connection: Connection, database: str) -> Iterator[tuple[Relation, str]]:
    found = rows(
        connection,
        f"""
        select schema_name, table_name, sql from duckdb_tables()
        where database_name = {literal(database)} and not internal
        union all
        select schema_name, view_name, sql from duckdb_views()
        where database_name = {literal(database)} and not internal
        order by all
        """,
    )
    for schema, name, definition in found:
        yield Relation(database, schema, name), str(definition)


def _definitions(connection: Connection, database: str) -> Iterator[str]:
    """Yield the macros, types, and sequences."""
    named = f"where database_name = {literal(database)}"
    where = f"{named} and not internal"
    for query in (
        f"select schema_name, function_name, parameters, macro_definition from duckdb_functions() {where}",
        f"select schema_name, type_name, logical_type, labels from duckdb_types() {where}",
        f"select schema_name, sequence_name, sql, last_value from duckdb_sequences() {named}",
    ):
        yield from map(str, sorted(map(str, rows(connection, query))))


def _digest(connection: Connection, relation: Relation) -> tuple[str, str]:
    """Return a relation's columns, and a digest of its rows in their order."""
    columns = [(str(row[0]), str(row[1])) for row in rows(connection, f"describe {relation}")]
    values = []
    for name, kind in columns:
        values.append(quote(name))
        if not _EXACT.fullmatch(kind):
            values.append(f"cast({quote(name)} as varchar)")
    found = rows(
        connection,
        f"select count(*), sum(hash({_NUMBER}, {', '.join(values)})::hugeint)::varchar "
        f"from (select row_number() over () as {_NUMBER}, * from {relation})",
    )
    return str(columns), str(found[0])
