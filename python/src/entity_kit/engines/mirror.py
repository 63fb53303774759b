"""Shows what the user's DuckDB file holds in a scratch file, and stops the clock there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from entity_kit.arrivals.sources import to_microseconds
from entity_kit.warehouse import QueryError, Relation, literal, quote, rows

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from datetime import datetime

    from entity_kit.engines.scratch import Catalog
    from entity_kit.warehouse import Connection


def folded(relation: Relation) -> tuple[str, str, str]:
    return (relation.database.casefold(), relation.schema.casefold(), relation.name.casefold())


def create_view(connection: Connection, relation: Relation, select: str) -> None:
    schema = f"{quote(relation.database)}.{quote(relation.schema)}"
    rows(connection, f"create schema if not exists {schema}")
    rows(connection, f"create or replace view {relation} as {select}")


def replace_by_view(connection: Connection, relation: Relation, select: str) -> None:
    """Create a view, also in place of a table."""
    try:
        create_view(connection, relation, select)
    except QueryError:
        drop(connection, [relation])
        create_view(connection, relation, select)


def definitions(connection: Connection) -> dict[tuple[str, str, str], str]:
    """Return the SQL of each view, by its name in lower case."""
    found = rows(
        connection,
        "select database_name, schema_name, view_name, sql from duckdb_views() where not internal",
    )
    return {folded(Relation(*name)): sql for *name, sql in found}


def drop(connection: Connection, relations: Iterable[Relation]) -> None:
    """Drop tables and views, where they are there."""
    found = rows(
        connection,
        "select 'view', database_name, schema_name, view_name from duckdb_views() union all "
        "select 'table', database_name, schema_name, table_name from duckdb_tables()",
    )
    kinds = {folded(Relation(*name)): kind for kind, *name in found}
    for relation in relations:
        if folded(relation) in kinds:
            rows(connection, f"drop {kinds[folded(relation)]} {relation}")


def code(connection: Connection, databases: Sequence[str]) -> list[str]:
    """Return the SQL of the tables, views, and macros in these databases."""
    found = rows(
        connection,
        """
        select database_name, sql from duckdb_tables() where not internal
        union all
        select database_name, sql from duckdb_views() where not internal
        union all
        select database_name, macro_definition from duckdb_functions()
        where not internal and macro_definition is not null
        """,
    )
    names = {name.casefold() for name in databases}
    return [str(sql) for database, sql in found if database.casefold() in names]


def mirror(
    connection: Connection,
    catalog: Catalog,
    hidden: Collection[tuple[str, str, str]],
    written: Collection[str],
) -> list[str]:
    """Mirror the user's catalog in a scratch catalog, with tables as views of the originals."""
    notes = []
    mirrored = True
    try:
        # Copies macros with their defaults, types, sequences at their current value, and views.
        original, ours = quote(catalog.alias), quote(catalog.name)
        rows(connection, f"copy from database {original} to {ours} (schema)")
    except QueryError as error:
        mirrored = False
        notes.append(f"Macros, types and sequences of {catalog.name} aren't visible: {error}")
    tables, views = (relations_of(connection, catalog, kind) for kind in ("table", "view"))
    copied = [table for table in tables if mirrored and table.name.casefold() in written]
    kept = _each(connection, {t: f"drop table if exists {t}" for t in tables if t not in copied})
    copied += kept  # those that a copied table refers to
    filled = {t: f"insert into {t} select * from {_original(catalog, t)}" for t in copied}
    plain = {t: f"create or replace table {t} as from {_original(catalog, t)}" for t in copied}
    unfilled = _each(connection, {t: plain[t] for t in _each(connection, filled)})
    notes += [
        f"The rows of {t.schema}.{t.name} can't be copied and aren't visible." for t in unfilled
    ]
    for view in views:
        if folded(view) in hidden:
            rows(connection, f"drop view if exists {view}")
    for relation in (*tables, *(() if mirrored else views)):
        if relation in copied or folded(relation) in hidden:
            continue
        try:
            create_view(connection, relation, f"select * from {_original(catalog, relation)}")
        except QueryError as error:
            name = f"{relation.schema}.{relation.name}"
            notes.append(f"{name} can't be read and isn't visible: {error}")
    return notes


def relations_of(connection: Connection, catalog: Catalog, kind: str) -> list[Relation]:
    """Return the tables or views of the user's catalog, under the names that the project reads."""
    found = rows(
        connection,
        f"select schema_name, {kind}_name from duckdb_{kind}s() "
        f"where database_name = {literal(catalog.alias)} and not internal order by all",
    )
    return [Relation(catalog.name, schema, name) for schema, name in found]


def _original(catalog: Catalog, relation: Relation) -> Relation:
    return Relation(catalog.alias, relation.schema, relation.name)


def _each(connection: Connection, statements: Mapping[Relation, str]) -> list[Relation]:
    """Run statements in an order that their foreign keys allow, and return those that always fail."""
    waiting = dict(statements)
    while waiting:
        failed = {t: sql for t, sql in waiting.items() if not _succeeds(connection, sql)}
        if len(failed) == len(waiting):
            break
        waiting = failed
    return list(waiting)


def _succeeds(connection: Connection, sql: str) -> bool:
    try:
        rows(connection, sql)
    except QueryError:
        return False
    return True


def create_macros(connection: Connection, catalog: str, statements: Sequence[str]) -> None:
    """Run statements that create macros, in a catalog's main schema."""
    if not statements:
        return
    before = rows(connection, "select current_database(), current_schema()")[0]
    rows(connection, f"use {quote(catalog)}.main")
    for statement in statements:
        rows(connection, statement)
    rows(connection, f"use {quote(before[0])}.{quote(before[1])}")


def stop_clock(connection: Connection, catalog: str, clock: datetime) -> None:
    """Shadow the built-in clock functions with macros of the same names that return a fixed time."""
    instant = f"make_timestamptz({to_microseconds(clock)})"
    expressions = {
        "now": instant,
        "current_timestamp": instant,
        "get_current_timestamp": instant,
        "transaction_timestamp": instant,
        "today": f"cast({instant} as date)",
        "current_date": f"cast({instant} as date)",
        "current_localtimestamp": f"cast({instant} as timestamp)",
        "localtimestamp": f"cast({instant} as timestamp)",
        "current_localtime": f"cast(cast({instant} as timestamp) as time)",
        "localtime": f"cast(cast({instant} as timestamp) as time)",
        "get_current_time": f"cast({instant} as timetz)",
        "current_time": f"cast({instant} as timetz)",
    }
    rows(connection, "begin")
    for name, expression in expressions.items():
        rows(connection, f"create or replace macro {quote(catalog)}.main.{name}() as {expression}")
    rows(connection, "commit")
