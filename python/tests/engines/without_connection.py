"""A warehouse's own dbt adapter, without the warehouse.

dbt runs as it does in production, through the adapter from PyPI: its materializations, its macros, its refusals. Only
the edge where the adapter would speak to the warehouse is replaced:

- Opening a connection, transactions and creating or dropping schemas do nothing.
- A statement is kept instead of executed. Each answers as a data test without failures does.
- Which relations exist, and their columns, is what the caller says: nothing but the sources on a first run, and the
  models as well on an incremental one. The columns' types are DuckDB's, in the words of the engine; on Snowflake names
  come in capitals, as from there.

So the SQL is what the adapter would send, and nothing says how the warehouse would answer it.
"""

from __future__ import annotations

import contextlib
import re
from dataclasses import dataclass, field
from types import MethodType
from typing import TYPE_CHECKING, Any
from unittest import mock

from sqlglot import exp

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

Columns = dict[tuple[str, str], dict[str, str]]
"""By schema and name of a relation, its columns' types by name."""

SCHEMA = "analytics"

# Only as much as each adapter's profile asks for; no such host exists.
OUTPUTS: dict[str, dict[str, Any]] = {
    "snowflake": {
        "account": "nowhere",
        "user": "nobody",
        "password": "none",
        "database": "db",
        "warehouse": "none",
        "schema": SCHEMA,
    },
    "bigquery": {"method": "oauth", "project": "db", "dataset": SCHEMA},
    "redshift": {
        "host": "nowhere.invalid",
        "port": 5439,
        "user": "nobody",
        "password": "none",
        "dbname": "db",
        "schema": SCHEMA,
    },
    "databricks": {
        "host": "nowhere.invalid",
        "http_path": "/sql/1.0/warehouses/none",
        "token": "none",
        "catalog": "db",
        "schema": SCHEMA,
    },
    "trino": {
        "method": "none",
        "host": "nowhere.invalid",
        "port": 8080,
        "user": "nobody",
        "database": "db",
        "schema": SCHEMA,
    },
}
ENGINES = tuple(OUTPUTS)

# Postgres runs on this machine; here it is only compiled for, to read its SQL beside the others'.
OUTPUTS["postgres"] = {
    "host": "nowhere.invalid",
    "port": 5432,
    "user": "nobody",
    "password": "none",
    "dbname": "db",
    "schema": SCHEMA,
}

# Postgres is asked which time zones it knows: those that the two projects name.
ZONES = ("America/New_York", "Europe/Berlin")


def profile(engine: str) -> dict[str, Any]:
    """Return the output of a profiles.yml."""
    return {"type": engine, "threads": 1, **OUTPUTS[engine]}


@dataclass
class Edge:
    """A stand-in for the warehouse, which records what was sent to it."""

    engine: str
    columns: Columns
    relations: dict[tuple[str, str], str] = field(default_factory=dict)
    """By schema and name, `table` or `view`: what exists."""
    statements: list[tuple[str | None, str]] = field(default_factory=list)
    """The unique id of the node that sent it, and the SQL."""

    @contextlib.contextmanager
    def installed(self) -> Iterator[None]:
        """Replace the adapter's edge."""
        from dbt.adapters.factory import FACTORY

        FACTORY.load_plugin(self.engine)
        adapter = FACTORY.get_adapter_class_by_name(self.engine)
        with contextlib.ExitStack() as stack:
            for owner, methods in [
                (adapter.ConnectionManager, self._connection()),
                (adapter, self._introspection()),
            ]:
                for name, method in methods.items():
                    if hasattr(owner, name):
                        stack.enter_context(_replaced(owner, name, method))
            yield

    def folded(self, name: str) -> str:
        """Return a name as the engine stores it unquoted."""
        return name.upper() if self.engine == "snowflake" else name

    def type_of(self, duckdb_type: str) -> str:
        """Return the engine's name for a DuckDB type."""
        return exp.DataType.build(duckdb_type, dialect="duckdb").sql(self.engine).lower()

    def _connection(self) -> Mapping[str, Any]:
        from dbt.adapters.contracts.connection import AdapterResponse, ConnectionState
        from dbt_common.clients.agate_helper import table_from_data_flat
        from dbt_common.events.contextvars import get_node_info

        def open_(_class: Any, connection: Any) -> Any:
            connection.state = ConnectionState.OPEN
            connection.handle = mock.MagicMock(name="handle")
            return connection

        def keep(sql: str) -> None:
            self.statements.append((get_node_info().get("unique_id"), sql))

        def execute(_manager: Any, sql: str, *_args: Any, **_kwargs: Any) -> Any:
            keep(sql)
            answer: dict[str, Any] = {"failures": 0, "should_warn": False, "should_error": False}
            rows = [{"name": zone} for zone in ZONES] if "pg_timezone_names" in sql else [answer]
            return AdapterResponse("OK"), table_from_data_flat(rows, list(rows[0]))

        def add_query(manager: Any, sql: str, *_args: Any, **_kwargs: Any) -> Any:
            keep(sql)
            return manager.get_thread_connection(), mock.MagicMock(name="cursor")

        nothing = ("begin", "commit", "clear_transaction", "add_begin_query", "add_commit_query")
        return {
            "open": open_,
            "execute": execute,
            "add_query": add_query,
            **dict.fromkeys(nothing, _nothing),
        }

    def _of_query(self, _adapter: Any, sql: str) -> list[Any]:
        """Record a query that is only asked for its columns, and return none."""
        self.statements.append((None, sql))
        return []

    def _introspection(self) -> Mapping[str, Any]:
        def listed(adapter: Any, schema: Any, *_args: Any) -> list[Any]:
            return [
                adapter.Relation.create(
                    database=self.folded(schema.database),
                    schema=self.folded(where),
                    identifier=self.folded(name),
                    type=kind,
                    quote_policy=dict.fromkeys(
                        ("database", "schema", "identifier"), self.engine != "snowflake"
                    ),
                )
                for (where, name), kind in self.relations.items()
                if where == schema.schema.lower()
            ]

        def found(adapter: Any, database: str, schema: str, identifier: str, **_: Any) -> Any:
            relations = adapter.list_relations(database, schema)
            return next((r for r in relations if r.identifier.lower() == identifier.lower()), None)

        def columns(adapter: Any, relation: Any) -> list[Any]:
            # What is built for an incremental run has the model's columns; Redshift puts it into no schema.
            name = re.sub(r"__dbt_tmp.*", "", relation.identifier.lower())
            known = self.columns[(relation.schema or SCHEMA).lower(), name]
            return [
                adapter.Column(column=self.folded(each), dtype=self.type_of(kind))
                for each, kind in known.items()
            ]

        methods: dict[str, Any] = {
            "list_relations_without_caching": listed,
            "list_schemas": lambda _adapter, _database: sorted({s for s, _ in self.columns}),
            "check_schema_exists": lambda _adapter, _database, _schema: True,
            "get_columns_in_relation": columns,
            "get_column_schema_from_query": self._of_query,
            # Redshift asks which views hang on which tables.
            "_link_cached_relations": _nothing,
            # Databricks asks for the properties of a table: they are as the model has them.
            "get_relation_config": lambda _adapter, _relation, config=None: config,
        }
        for name in ("create_schema", "drop_relation", "rename_relation", "truncate_relation"):
            methods[name] = _nothing
        if self.engine in ("bigquery", "databricks"):
            # The others look into the list above; these ask for one by its name.
            methods["get_relation"] = found
        if self.engine == "bigquery":
            methods["is_replaceable"] = lambda *_args, **_kwargs: True
        return methods


def _nothing(*_args: Any, **_kwargs: Any) -> None:
    return None


@contextlib.contextmanager
def _replaced(owner: Any, name: str, method: Callable[..., Any]) -> Iterator[None]:
    """Replace a method, and keep it visible to Jinja."""

    def replacement(*args: Any, **kwargs: Any) -> Any:
        return method(*args, **kwargs)

    kept = getattr(owner, name)
    for mark in ("_is_available_", "_parse_replacement_"):
        if hasattr(kept, mark):
            setattr(replacement, mark, getattr(kept, mark))
    is_of_class = isinstance(kept, MethodType)
    with mock.patch.object(owner, name, classmethod(replacement) if is_of_class else replacement):
        yield
