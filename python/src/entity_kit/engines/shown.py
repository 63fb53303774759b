"""What a DuckDB file shows, as a digest that changes with any row, column, view, or macro in it."""

from __future__ import annotations

import hashlib
import json
import re
from typing import TYPE_CHECKING, Any

from entity_kit.engines.scratch import Shown
from entity_kit.warehouse import FLOATS, QueryError, Relation, literal, quote, rows

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from entity_kit.warehouse import Connection

# Reading so many takes some seconds; verifying models over them takes far longer.
MOST_CELLS = 100_000_000
_NUMBER = "entity_kit_number"
# Of all other types, DuckDB's hash takes some values for equal that a model can tell apart, such as
# 0.0 and -0.0, or a day and 24 hours.
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


def read_shown(connection: Connection, databases: Sequence[str]) -> Shown:
    """Read all that these databases show: every row, in its order, and every definition.

    Of a view that can't be read, only its definition counts.
    """
    rows(connection, "set threads = 1")  # with more, a view's rows have another order each time
    found = [each for database in databases for each in _relations(connection, database)]
    columns = {relation: _columns(connection, relation) for relation, _ in found}
    obstacle = _obstacle(connection, columns)
    if obstacle:
        return Shown("", (), obstacle)
    code = [each for database in databases for each in _definitions(connection, database)]
    seen = [*code, *_extensions(connection)]
    for relation, definition in found:
        seen += [f"{relation}: {definition}", str(columns[relation])]
        digest = _digest(connection, relation, columns[relation])
        if digest is None:
            code.append(definition)
        else:
            seen.append(digest)
    text = json.dumps(seen, ensure_ascii=False)
    return Shown(hashlib.sha256(text.encode()).hexdigest(), tuple(code))


def _obstacle(connection: Connection, columns: Mapping[Relation, Sequence[tuple[str, str]]]) -> str:
    """Return why not all can be read each time, or ''."""
    cells = 0
    for relation, each in columns.items():
        if any("VARIANT" in kind for _, kind in each):
            return f"{relation} has a column of type VARIANT"
        try:
            cells += len(each) * int(rows(connection, f"select count(*) from {relation}")[0][0])
        except QueryError:  # a view of what the project builds
            continue
    if cells <= MOST_CELLS:
        return ""
    return f"the warehouse has more than {MOST_CELLS:,} values, too many to read each time"


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


def _extensions(connection: Connection) -> Iterator[str]:
    """Yield the installed extensions, whose functions and types models may use."""
    yield from map(
        str,
        rows(
            connection,
            "select extension_name, extension_version from duckdb_extensions() where installed "
            "order by all",
        ),
    )


def _columns(connection: Connection, relation: Relation) -> list[tuple[str, str]]:
    """Return a relation's columns with their types; none if it can't be read."""
    try:
        return [(str(row[0]), str(row[1])) for row in rows(connection, f"describe {relation}")]
    except QueryError:
        return []


def _digest(
    connection: Connection, relation: Relation, columns: Sequence[tuple[str, str]]
) -> str | None:
    """Return a digest of a relation's rows in their order, or None if it can't be read."""
    if not columns:
        return None
    values = ", ".join(each for name, kind in columns for each in _told_apart(quote(name), kind))
    try:
        found = rows(
            connection,
            f"select count(*), sum(hash({_NUMBER}, {values})::hugeint)::varchar "
            f"from (select row_number() over () as {_NUMBER}, * from {relation})",
        )
    except QueryError:
        return None
    return str(found[0])


def _told_apart(column: str, kind: str) -> tuple[str, ...]:
    """Return expressions of which one has another hash for each two values of a column."""
    if _EXACT.fullmatch(kind):
        return (column,)
    if kind in FLOATS:
        return (column, f"signbit({column})")
    return (column, f"cast({column} as varchar)")
