"""A warehouse as verify's engine, through its dbt adapter: rows go as query results and inserts."""

from __future__ import annotations

from contextlib import contextmanager, nullcontext, suppress
from threading import Thread
from typing import TYPE_CHECKING, Any

from entity_kit.dbt_bridge.adapter import Adapter, RefusedError, open_adapter
from entity_kit.dbt_bridge.project import make_runner
from entity_kit.engines.engine import EngineColumn, held
from entity_kit.engines.exchange import csv_of, read_as, write_rows
from entity_kit.engines.warehouses.kinds import longest
from entity_kit.errors import EntityKitError
from entity_kit.warehouse import interruptible, one_thread_at_a_time, quote, rows

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from pathlib import Path

    from entity_kit.dbt_bridge.project import Project, Runner
    from entity_kit.engines.warehouses.kinds import Kind
    from entity_kit.warehouse import Connection

_FETCHED = 10_000  # rows at once
# Of one insert: a statement has a limit, of 1 MB on BigQuery.
_MOST_ROWS, _MOST_CHARACTERS = 1_000, 200_000


class WarehouseEngine:
    """The warehouse of a profile's target. A subclass names its `kind`."""

    kind: Kind
    dialect: str
    most_jobs: int | None = None
    capitals: bool
    billed = True

    def __init__(self, prefix: str) -> None:
        self.prefix = prefix

    def runner(self, project: Project, on_progress: Any) -> Runner:
        return make_runner(project, on_progress=on_progress)

    def output(self, output: Mapping[str, Any]) -> dict[str, Any]:
        return dict(output)

    def refuse(self, output: Mapping[str, Any]) -> None:
        """Refuse nothing: only the warehouse knows what can be wrong."""

    def check(self) -> str:
        if self.kind.zone is None:
            return "UTC"
        sql, at = self.kind.zone
        with self._adapter() as adapter, _explained(self.kind):
            (row, *_), *_ = adapter.batches(sql, 1)
        return str(row[at])

    @property
    def database(self) -> str | None:
        with self._adapter() as adapter:
            return adapter.database

    @contextmanager
    def session(
        self, folder: Path, *, writes: bool = False, cleaning: bool = False
    ) -> Iterator[WarehouseSession]:
        del writes  # each statement is a transaction of its own
        with self._adapter(stoppable=not cleaning) as adapter:
            session = WarehouseSession(adapter, self.kind, folder / "exchange.csv")
            for setting in self.kind.settings:
                session.run(setting)
            yield session
            with _explained(self.kind):
                adapter.finish()

    def stop(self) -> None:
        """Do nothing: what a killed run left there fails without its schema."""

    @contextmanager
    def _adapter(self, *, stoppable: bool = True) -> Iterator[Adapter]:
        """Open a connection while nothing is forked, because a child must not share its socket."""
        with one_thread_at_a_time(), open_adapter(self.kind.name) as adapter:
            stopped = []

            def cancel() -> None:
                stopped.append(True)
                with suppress(RefusedError):
                    adapter.cancel()

            def stop() -> None:
                Thread(target=cancel, daemon=True).start()

            try:
                with interruptible(stop) if stoppable else nullcontext():
                    yield adapter
            except EntityKitError as error:
                if stopped:
                    raise KeyboardInterrupt from error
                raise
            finally:
                with suppress(RefusedError):
                    adapter.close()


class WarehouseSession:
    """See `engine.Session`."""

    def __init__(self, adapter: Adapter, kind: Kind, file: Path) -> None:
        self._adapter = adapter
        self._kind = kind
        self._file = file

    def columns(self, relation: str) -> list[EngineColumn]:
        with _explained(self._kind):
            found = self._adapter.columns_of(relation)
        return [
            EngineColumn(name, declared, self._kind.duckdb_type(declared), longest(declared))
            for name, declared in found
        ]

    def take(
        self,
        connection: Connection,
        table: str,
        relation: str,
        columns: Sequence[EngineColumn],
        *,
        compared_as: str | None = None,
    ) -> None:
        del compared_as  # a value has one form in either case
        wanted = [self._kind.reads(self._adapter.quote(c.name), c.declared) for c in columns]
        values = ", ".join(
            f"{read_as(f'c{n}', c.type)} as {quote(c.name)}" for n, c in enumerate(columns, 1)
        )
        csv = csv_of(self._file, len(columns) + 1)
        try:
            with _explained(self._kind):
                select = f"select {', '.join(wanted)} from {relation}"
                write_rows(self._file, self._adapter.batches(select, _FETCHED))
            with held(relation):
                rows(connection, f"create or replace table {table} as select {values} from {csv}")
        finally:
            self._file.unlink(missing_ok=True)

    def bring(
        self,
        connection: Connection,
        select: str,
        table: str,
        columns: Sequence[EngineColumn],
        like: str,
    ) -> int:
        target = self._full(table)
        self.run(f"create table {target} as select * from {like} where 1 = 0")
        head = self._insert_head(target, columns, like)
        given = ", ".join(_text(column) for column in columns)
        found = connection.execute(f"select {given} from ({select})")
        count = 0
        batch: list[Sequence[str | None]] = []
        size = 0
        while fetched := found.fetchmany(_FETCHED):
            for row in fetched:
                length = sum(len(value or "") + 6 for value in row)
                if batch and (len(batch) == _MOST_ROWS or size + length > _MOST_CHARACTERS):
                    self._insert(head, batch)
                    batch, size = [], 0
                batch.append(row)
                size += length
                count += 1
        if batch:
            self._insert(head, batch)
        return count

    def _insert_head(self, target: str, columns: Sequence[EngineColumn], like: str) -> str:
        written = []
        for number, column in enumerate(columns):
            value = self._kind.writes(f"c{number}", column.declared)
            if value is None:
                raise EntityKitError(
                    f"{like} has a column {column.name} of type {column.declared}, which verify "
                    f"can't write back to {self._kind.name}.",
                    fix="Verify on DuckDB, over a sample: entity-kit sample, then "
                    f"entity-kit verify --dialect {self._kind.name} --samples DIR.",
                )
            written.append(value)
        names = ", ".join(self._adapter.quote(column.name) for column in columns)
        return f"insert into {target} ({names}) select {', '.join(written)} from "

    def _insert(self, head: str, batch: Sequence[Sequence[str | None]]) -> None:
        self.run(head + self._kind.rows(batch, self._kind.escaped))

    def show(self, view: str, table: str) -> None:
        self.run(f"create or replace view {view} as select * from {self._full(table)}")

    def copy(self, relation: str, table: str) -> None:
        self.run(f"create table {table} as select * from {relation}")

    def drop_table(self, table: str) -> None:
        self.run(f"drop table if exists {self._full(table)}")

    def create_schemas(self, schemas: Collection[str]) -> None:
        for schema in schemas:
            sql = self._kind.create_schema.format(self._schema(schema))
            if self._kind.name == "bigquery" and self._adapter.location:
                sql += f" options (location = {self._kind.escaped(self._adapter.location)})"
            try:
                self._adapter.run(sql)
            except RefusedError as error:
                database = self._adapter.database
                raise EntityKitError(
                    f"The schema {schema} couldn't be created in {database}; verify runs the models "
                    f"in schemas of its own.\n{error}",
                    fix=f"Allow the profile's user to: {self._kind.grant.format(database)}",
                ) from error

    def drop_schemas(self, schemas: Collection[str]) -> None:
        for schema in schemas:
            self.run(f"drop schema if exists {self._schema(schema)} cascade")

    def writing_functions(self) -> Collection[str]:
        return self._kind.functions

    def run(self, sql: str) -> None:
        with _explained(self._kind):
            self._adapter.run(sql)

    def _schema(self, name: str) -> str:
        return self._adapter.name(name, bare=self._kind.bare_schemas)

    def _full(self, table: str) -> str:
        """Return the whole name of a table of ours, with its database, as a view must have it."""
        schema, _, name = table.partition(".")
        return self._adapter.name(schema, name)


def _text(column: EngineColumn) -> str:
    """Return DuckDB's expression for a value as a text that every warehouse reads."""
    name = quote(column.name)
    if column.type == "BLOB":
        return f"hex({name})"
    if column.type == "TIMESTAMP WITH TIME ZONE":
        return f"strftime({name} at time zone 'UTC', '%Y-%m-%d %H:%M:%S.%f+00:00')"
    return f"cast({name} as varchar)"


@contextmanager
def _explained(kind: Kind) -> Iterator[None]:
    try:
        yield
    except EntityKitError:
        raise
    except Exception as error:  # while rows are fetched, each driver has its own
        raise EntityKitError(f"{kind.name.capitalize()} returned an error.\n{error}") from error


def engine_of(kind: Kind) -> type[WarehouseEngine]:
    """Return the engine for a kind of warehouse."""
    name = f"{kind.name.capitalize()}Engine"
    given = {"kind": kind, "dialect": kind.name, "capitals": kind.capitals}
    return type(name, (WarehouseEngine,), given)
