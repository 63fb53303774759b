"""Run our own SQL on the project's server through dbt's adapter.

Beside `project` the only module that imports dbt: there dbt runs, here only its adapter.
"""

from __future__ import annotations

import importlib.util
import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from entity_kit.dbt_bridge.redirect import parts_of
from entity_kit.errors import EntityKitError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence


_PARTS = ("database", "schema", "identifier")
_MISSING = re.compile(
    r"does not exist|not found|TABLE_OR_VIEW_NOT_FOUND|cannot be found", re.IGNORECASE
)


def require_adapter(kind: str, instead: str = "") -> None:
    """Raise EntityKitError if the adapter for a type of target isn't installed.

    `instead` is a sentence about another way.
    """
    if not (
        _installed("dbt") and _installed("dbt.adapters") and _installed(f"dbt.adapters.{kind}")
    ):
        raise EntityKitError(
            f"The target is of type {kind}, and dbt-{kind} is not installed.",
            fix=f"pip install {'dbt-spark[session]' if kind == 'spark' else f'dbt-{kind}'}"
            + instead,
        )


def _installed(module: str) -> bool:
    return importlib.util.find_spec(module) is not None


def open_handle(kind: str) -> Any:
    """Open a connection to the target that dbt parsed the project with. The caller closes it.

    Given is the handle of the engine's own driver, as the adapter makes it: with the profile's
    role, certificates and so on.
    """
    from dbt.adapters.contracts.connection import Connection  # noqa: PLC0415  (once dbt is there)
    from dbt.adapters.factory import get_adapter_by_type  # noqa: PLC0415
    from dbt_common.exceptions import DbtBaseException  # noqa: PLC0415

    adapter: Any = get_adapter_by_type(kind)
    connection = Connection(
        type=kind,  # type: ignore[arg-type,unused-ignore]
        name="entity_kit",
        credentials=adapter.config.credentials,
    )
    try:
        return type(adapter.connections).open(connection).handle
    except DbtBaseException as error:
        raise EntityKitError(
            f"Can't reach the {kind} server: {' '.join(str(error).split())}",
            fix="Start it, or correct host, port, dbname, user, and password in the profile.",
        ) from error


class Adapter:
    """The adapter with which dbt parsed the project: it renders dbt's macros, and runs our queries."""

    def __init__(self, adapter: Any, handle: Any) -> None:
        self._adapter = adapter
        self.handle = handle

    def macro(self, name: str, **arguments: Any) -> str:
        """Return what one of dbt's cross-database macros renders."""
        found = self._adapter.execute_macro(name, project="dbt", kwargs=arguments)
        return str(found).strip()

    def quote(self, name: str) -> str:
        return str(self._adapter.quote(name))

    def columns(self, node: Mapping[str, Any]) -> list[tuple[str, str]]:
        """Return a source's columns with their types, as the warehouse writes them."""
        quoting = node.get("quoting") or {}
        relation = self._adapter.Relation.create(
            database=node["database"],
            schema=node["schema"],
            identifier=node.get("identifier") or node["name"],
            quote_policy={part: quoting[part] for part in _PARTS if quoting.get(part) is not None},
        )
        with _answered():
            found = self._adapter.get_columns_in_relation(relation)
        return [(str(column.name), str(column.data_type)) for column in found]

    @property
    def database(self) -> str:
        """The database of the target."""
        return str(self._adapter.config.credentials.database)

    @property
    def location(self) -> str:
        """The region of the target, if it has one."""
        return str(getattr(self._adapter.config.credentials, "location", None) or "")

    def columns_of(self, relation_name: str) -> list[tuple[str, str]]:
        """Return a relation's columns with their types, in order; none if it doesn't exist."""
        *database, (schema, _), (identifier, _) = parts = parts_of(relation_name)
        relation = self._adapter.Relation.create(
            database=database[0][0] if database else self.database,
            schema=schema,
            identifier=identifier,
            quote_policy=dict(
                zip(reversed(_PARTS), (quoted for _, quoted in reversed(parts)), strict=False)
            ),
        )
        try:
            with _answered():
                found = self._adapter.get_columns_in_relation(relation)
        except RefusedError as error:
            if _MISSING.search(str(error)):
                return []
            raise
        return [(str(column.name), str(column.data_type)) for column in found]

    def name(self, schema: str, identifier: str | None = None, *, bare: bool = False) -> str:
        """Return how a schema or relation of ours, in the target's database, is written in SQL.

        A `bare` one goes without its database.
        """
        quoting = self._adapter.config.quoting
        policy = {part: quoting[part] for part in _PARTS if quoting.get(part) is not None}
        relation = self._adapter.Relation.create(
            database=self.database, schema=schema, identifier=identifier, quote_policy=policy
        )
        return str(relation.include(database=not bare, identifier=identifier is not None))

    def run(self, sql: str) -> None:
        """Run a statement. Raises RefusedError if the warehouse refuses it."""
        connections = self._adapter.connections
        with _answered():
            if hasattr(connections, "add_query"):
                connections.add_query(sql, auto_begin=False)
            else:
                connections.raw_execute(sql)

    def cancel(self) -> None:
        """Cancel what runs, from another thread."""
        with _answered(), self._adapter.connection_named("entity_kit_cancel"):
            self._adapter.connections.cancel_open()

    def finish(self) -> None:
        """Keep what was written where the driver doesn't do so at once."""
        if hasattr(self.handle, "commit"):
            self.handle.commit()

    def close(self) -> None:
        """Close the connection, which some adapters keep for later."""
        connections = self._adapter.connections
        with _answered():
            connection = connections.get_if_exists()
            if connection is not None:
                connections.close(connection)
                connections.clear_thread_connection()

    def batches(self, sql: str, size: int) -> Iterator[Sequence[Sequence[Any]]]:
        """Yield the rows of a query, some at a time where the driver can do so.

        Raises RefusedError if the warehouse refuses the query.
        """
        connections = self._adapter.connections
        with _answered():
            if not hasattr(connections, "add_query"):  # such as BigQuery's
                _, found = connections.raw_execute(sql)  # not as dbt's table, which guesses types
                yield [tuple(row.values()) for row in found]
                return
            _, cursor = connections.add_query(sql, auto_begin=False)
            while found := cursor.fetchmany(size):
                yield found


class RefusedError(Exception):
    """The warehouse refused a query; the message is its own."""


@contextmanager
def open_adapter(kind: str) -> Iterator[Adapter]:
    """Open a connection to the target that dbt parsed the project with. What it does is rolled back."""
    from dbt.adapters.factory import get_adapter_by_type  # noqa: PLC0415  (once dbt is there)

    adapter: Any = get_adapter_by_type(kind)
    with adapter.connection_named("entity_kit"):
        try:
            with _answered():
                handle = adapter.connections.get_thread_connection().handle
        except RefusedError as error:
            raise EntityKitError(
                f"Can't reach the {kind} warehouse.\n{error}",
                fix="Correct the profile, or start the server.",
            ) from error
        yield Adapter(adapter, handle)


@contextmanager
def _answered() -> Iterator[None]:
    from dbt_common.exceptions import DbtBaseException  # noqa: PLC0415  (once dbt is there)

    try:
        yield
    except DbtBaseException as error:
        raise RefusedError(" ".join(str(error).split())) from error
