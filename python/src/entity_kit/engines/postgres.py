"""Postgres as verify's engine: rows go through COPY, as CSV, in both directions."""

from __future__ import annotations

import re
import time
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING, Any

from entity_kit.dbt_bridge.adapter import open_handle
from entity_kit.dbt_bridge.project import make_runner
from entity_kit.dbt_bridge.statements import WRITING_FUNCTIONS
from entity_kit.engines.engine import EngineColumn, held
from entity_kit.engines.exchange import csv_of, read_as
from entity_kit.errors import EntityKitError
from entity_kit.warehouse import interruptible, literal, one_thread_at_a_time, quote, rows

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from pathlib import Path

    from entity_kit.dbt_bridge.project import Project, Runner
    from entity_kit.warehouse import Connection

_OLDEST = 130000
# So that each value has one text, which DuckDB can read for its own types.
_SETTINGS = (
    "set timezone = 'UTC'",
    "set datestyle = 'ISO, YMD'",
    "set intervalstyle = 'postgres'",
    "set bytea_output = 'hex'",
    "set extra_float_digits = 1",
    "set client_encoding = 'UTF8'",
)
_TYPES = {
    "smallint": "SMALLINT",
    "integer": "INTEGER",
    "bigint": "BIGINT",
    "boolean": "BOOLEAN",
    "real": "FLOAT",
    "double precision": "DOUBLE",
    "text": "VARCHAR",
    "name": "VARCHAR",
    "character varying": "VARCHAR",
    "bytea": "BLOB",
    "date": "DATE",
    "uuid": "UUID",
    "timestamp without time zone": "TIMESTAMP",
    "timestamp with time zone": "TIMESTAMP WITH TIME ZONE",
    "time without time zone": "TIME",
    # Coarser types, so that no invented time is rounded into another step.
    "timestamp(0) without time zone": "TIMESTAMP_S",
    "timestamp(3) without time zone": "TIMESTAMP_MS",
}
_LIMITED_TEXT = re.compile(r"character(?: varying)?\((\d+)\)")
_NUMERIC = re.compile(r"numeric\((\d+),(\d+)\)")
_WITH_PRECISION = re.compile(r"(timestamp|time)\(\d\) (with|without) time zone")
_WRITES = re.compile(
    r"\b(?:insert|update|delete|merge|truncate|create|drop|alter|copy|grant|revoke|execute|call"
    r"|perform|notify|nextval|setval|dblink\w*|lo_\w+)\b",
    re.IGNORECASE,
)


def duckdb_type(declared: str) -> str | None:
    """Return DuckDB's type for a Postgres type, if it loses nothing."""
    if _LIMITED_TEXT.fullmatch(declared):
        return "VARCHAR"
    numeric = _NUMERIC.fullmatch(declared)
    if numeric and int(numeric[2]) <= int(numeric[1]) <= 38:
        return f"DECIMAL({numeric[1]},{numeric[2]})"
    if declared in _TYPES:
        return _TYPES[declared]
    return _TYPES.get(_WITH_PRECISION.sub(r"\1 \2 time zone", declared))


class Postgres:
    """The server of a profile's target."""

    dialect = "postgres"
    capitals = billed = False
    database: str | None = None
    most_jobs: int | None = None

    def __init__(self, prefix: str) -> None:
        self.prefix = prefix
        # Decimal places of columns whose type has none: the most seen so far.
        self.scales: dict[tuple[str, str], int | None] = {}

    def runner(self, project: Project, on_progress: Any) -> Runner:
        return make_runner(project, on_progress=on_progress)

    def output(self, output: Mapping[str, Any]) -> dict[str, Any]:
        return {**output, "application_name": self.prefix}  # by which `stop` knows them

    def refuse(self, output: Mapping[str, Any]) -> None:
        """Refuse nothing: only the server knows what can be wrong."""

    def check(self) -> str:
        with self._connection() as connection:
            (zone,), (version,), (may,) = (
                _ask(connection, sql)[0]
                for sql in (
                    "select current_setting('timezone')",
                    "select current_setting('server_version_num')::int",
                    "select has_database_privilege(current_database(), 'CREATE')",
                )
            )
            (user, database), *_ = _ask(connection, "select current_user, current_database()")
        if version < _OLDEST:
            raise EntityKitError(
                f"The server has version {version // 10000}; verify needs Postgres 13 or later.",
                fix="Use a newer server.",
            )
        if not may:
            raise EntityKitError(
                f"The role {user} may not create schemas in the database {database}; verify runs the "
                "models in its own schemas.",
                fix=f"grant create on database {quote(database)} to {quote(user)}",
            )
        return str(zone)

    @contextmanager
    def session(
        self, folder: Path, *, writes: bool = False, cleaning: bool = False
    ) -> Iterator[PostgresSession]:
        with self._connection(stoppable=not cleaning) as connection:
            connection.set_session(isolation_level="REPEATABLE READ", readonly=not writes)
            for setting in _SETTINGS:
                _run(connection, setting)
            connection.commit()
            yield PostgresSession(connection, folder / "exchange.csv", self.scales)
            connection.commit()

    def stop(self) -> None:
        mine = (
            f"pg_stat_activity where application_name = {literal(self.prefix)} "
            "and pid <> pg_backend_pid()"
        )
        with self._connection(stoppable=False) as connection:
            connection.autocommit = True
            patience = time.monotonic() + 10
            while _ask(connection, f"select pg_terminate_backend(pid) from {mine}"):
                if time.monotonic() > patience:
                    break
                time.sleep(0.05)

    @contextmanager
    def _connection(self, *, stoppable: bool = True) -> Iterator[Any]:
        """Open a connection while nothing is forked, because a child must not share its socket."""
        with one_thread_at_a_time():
            connection = open_handle("postgres")
            connection.commit()  # of the profile's role
            try:
                with interruptible(connection.cancel) if stoppable else nullcontext():
                    yield connection
            finally:
                connection.close()


class PostgresSession:
    """One of our transactions; see `engine.Session`."""

    def __init__(
        self, connection: Any, file: Path, scales: dict[tuple[str, str], int | None]
    ) -> None:
        self._connection = connection
        self._file = file
        self._scales = scales

    def columns(self, relation: str) -> list[EngineColumn]:
        found = _ask(
            self._connection,
            f"""
            select attname, format_type(atttypid, atttypmod)
            from pg_attribute
            where attrelid = to_regclass({literal(relation)}) and attnum > 0 and not attisdropped
            order by attnum
            """,
        )
        columns = []
        for name, declared in found:
            limited = _LIMITED_TEXT.fullmatch(declared)
            most = int(limited[1]) if limited else None
            columns.append(EngineColumn(name, declared, duckdb_type(declared), most))
        return columns

    def take(
        self,
        connection: Connection,
        table: str,
        relation: str,
        columns: Sequence[EngineColumn],
        *,
        compared_as: str | None = None,
    ) -> None:
        compared = compared_as is not None
        wanted = [
            # 1.0 and 1.00 are equal.
            f"trim_scale({quote(c.name)})" if compared and _loose(c) else quote(c.name)
            for c in columns
        ]
        # A constant first, because a line must not be empty.
        self._copy_out(f"select {', '.join(['1', *wanted])} from {relation}")
        csv = csv_of(self._file, len(wanted) + 1)
        values = []
        for number, column in enumerate(columns, 1):
            kind = column.type
            if compared_as is not None and _loose(column):
                kind = self._decimal(connection, csv, f"c{number}", (compared_as, column.name))
            values.append(f"{read_as(f'c{number}', kind)} as {quote(column.name)}")
        try:
            with held(relation):
                rows(
                    connection,
                    f"create or replace table {table} as select {', '.join(values)} from {csv}",
                )
        finally:
            self._file.unlink(missing_ok=True)

    def _decimal(
        self, connection: Connection, csv: str, value: str, key: tuple[str, str]
    ) -> str | None:
        """Choose a type for numbers without a declared type: a decimal if 38 digits can hold them."""
        scale, whole, plain = rows(
            connection,
            f"select coalesce(max(length(split_part({value}, '.', 2))), 0), "
            f"coalesce(max(length(ltrim(split_part({value}, '.', 1), '-'))), 0), "
            f"coalesce(bool_and(regexp_full_match({value}, '-?[0-9]+([.][0-9]+)?')), true) from {csv}",
        )[0]
        known = self._scales.get(key, 0)
        if known is None or not plain or max(known, scale) + whole > 38:
            self._scales[key] = None
            return None
        self._scales[key] = max(known, scale)
        return f"DECIMAL(38,{self._scales[key]})"

    def bring(
        self,
        connection: Connection,
        select: str,
        table: str,
        columns: Sequence[EngineColumn],
        like: str,
    ) -> int:
        wanted = ", ".join(_written(column) for column in columns)
        rows(
            connection,
            f"copy (select {wanted} from ({select})) to {literal(str(self._file))} "
            "(format csv, header false, force_quote *, nullstr '\\N')",
        )
        _run(self._connection, f"create table {table} as select * from {like} with no data")
        names = ", ".join(quote(column.name) for column in columns)
        sql = f"copy {table} ({names}) from stdin with (format csv, null '\\N')"
        with (
            self._file.open("rb") as file,
            self._connection.cursor() as cursor,
            _explained(self._connection, sql),
        ):
            cursor.copy_expert(sql, file)
            count = int(cursor.rowcount)
        self._file.unlink()
        _run(self._connection, f"analyze {table}")
        return count

    def show(self, view: str, table: str) -> None:
        # Through `with` nobody can write to the table behind it.
        shown = f"with shown as (select * from {table}) select * from shown"
        _run(self._connection, f"create or replace view {view} as {shown}")

    def copy(self, relation: str, table: str) -> None:
        _run(self._connection, f"create table {table} as select * from {relation}")

    def drop_table(self, table: str) -> None:
        _run(self._connection, f"drop table if exists {table}")

    def create_schemas(self, schemas: Collection[str]) -> None:
        for schema in schemas:
            _run(self._connection, f"create schema if not exists {quote(schema)}")

    def drop_schemas(self, schemas: Collection[str]) -> None:
        for schema in schemas:
            # One at a time, because a transaction can hold only a limited number of locks.
            _run(self._connection, f"drop schema if exists {quote(schema)} cascade")
            self._connection.commit()

    def writing_functions(self) -> Collection[str]:
        found = _ask(
            self._connection,
            """
            select lower(proname), prosrc || coalesce(pg_get_function_sqlbody(p.oid), '')
            from pg_proc as p
            join pg_namespace as n on n.oid = pronamespace
            where nspname not in ('pg_catalog', 'information_schema')
                and provolatile = 'v' and prokind = 'f'
                and not exists (
                    select 1 from pg_depend
                    where classid = 'pg_proc'::regclass and objid = p.oid and deptype = 'e'
                )
            """,
        )
        return WRITING_FUNCTIONS | {name for name, body in found if _WRITES.search(body)}

    def _copy_out(self, select: str) -> None:
        sql = f"copy ({select}) to stdout with (format csv, null '\\N', force_quote *)"
        with (
            self._file.open("wb") as file,
            self._connection.cursor() as cursor,
            _explained(self._connection, sql),
        ):
            cursor.copy_expert(sql, file)


def _loose(column: EngineColumn) -> bool:
    return column.type is None and column.declared.startswith("numeric")


def _written(column: EngineColumn) -> str:
    name = quote(column.name)
    return f"'\\x' || hex({name})" if column.type == "BLOB" else name


def _ask(connection: Any, sql: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor, _explained(connection, sql):
        cursor.execute(sql)
        return list(cursor.fetchall())


def _run(connection: Any, sql: str) -> None:
    with connection.cursor() as cursor, _explained(connection, sql):
        cursor.execute(sql)


@contextmanager
def _explained(connection: Any, sql: str) -> Iterator[None]:
    try:
        yield
    except connection.Error as error:
        if "due to user request" in str(error):
            raise KeyboardInterrupt from error
        raise EntityKitError(
            f"Postgres returned an error.\n{str(error).strip()}\n{' '.join(sql.split())[:300]}"
        ) from error
