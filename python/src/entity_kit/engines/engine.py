"""What verify needs from an engine other than DuckDB: read rows, write rows, and drop.

DuckDB does the rest: it stores the source rows, decides which are visible, and compares.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from entity_kit.errors import EntityKitError
from entity_kit.warehouse import QueryError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from entity_kit.dbt_bridge.project import Project, Runner
    from entity_kit.warehouse import Connection


@dataclass(frozen=True, slots=True)
class EngineColumn:
    """A column of a relation of the engine.

    `declared` is its type in the engine's words, `type` in DuckDB's: None if DuckDB has none
    that loses nothing, so that values travel as the engine's text. `most` bounds a text's length.
    """

    name: str
    declared: str
    type: str | None
    most: int | None = None


class Session(Protocol):
    """Our connection to the engine. Relations are SQL, as dbt writes their names."""

    def columns(self, relation: str) -> list[EngineColumn]:
        """Return a relation's columns in order; none if it doesn't exist."""
        ...

    def take(
        self,
        connection: Connection,
        table: str,
        relation: str,
        columns: Sequence[EngineColumn],
        *,
        compared_as: str | None = None,
    ) -> None:
        """Copy a relation's rows into a new DuckDB table.

        With `compared_as`, a name by which the engine knows the relation again, values only have to
        be equal where the engine says so; without, they come back as they were.
        """
        ...

    def bring(
        self,
        connection: Connection,
        select: str,
        table: str,
        columns: Sequence[EngineColumn],
        like: str,
    ) -> int:
        """Create a table on the engine, with the types of `like`, from a DuckDB query.

        Gives how many rows it has.
        """
        ...

    def show(self, view: str, table: str) -> None:
        """Create a view of a table, or point an existing view to another table."""
        ...

    def copy(self, relation: str, table: str) -> None:
        """Create a table with the rows of a relation."""
        ...

    def drop_table(self, table: str) -> None: ...

    def create_schemas(self, schemas: Collection[str]) -> None: ...

    def drop_schemas(self, schemas: Collection[str]) -> None: ...

    def writing_functions(self) -> Collection[str]:
        """Return the lowercase names of functions that write when a query calls them."""
        ...


class Engine(Protocol):
    """One engine. `dialect` is sqlglot's name for its SQL.

    `capitals`: names without quotes are in capitals there. `billed`: what runs there costs money.
    """

    dialect: str
    most_jobs: int | None
    capitals: bool
    billed: bool

    @property
    def database(self) -> str | None:
        """The target's database, for everything of ours; None if a project has only one."""
        ...

    def refuse(self, output: Mapping[str, Any]) -> None:
        """Refuse what can't work judging by the profile's output alone."""
        ...

    def check(self) -> str:
        """Refuse what can't work, and return the name of the session's time zone."""
        ...

    def runner(self, project: Project, on_progress: Any) -> Runner: ...

    def output(self, output: Mapping[str, Any]) -> dict[str, Any]:
        """Return the profile's output for dbt's runs in scratch schemas."""
        ...

    def session(
        self, folder: Path, *, writes: bool = False, cleaning: bool = False
    ) -> AbstractContextManager[Session]:
        """Open a session that reads a consistent state. `folder` is for our files.

        `interrupt` of the warehouse module ends its work, unless it is `cleaning` up.
        """
        ...

    def stop(self) -> None:
        """End what killed runs left running on the server."""
        ...


@contextmanager
def held(relation: str) -> Iterator[None]:
    """Turn DuckDB's refusal to store a relation's rows into an error message about them."""
    try:
        yield
    except QueryError as error:
        raise EntityKitError(
            f"verify stores and compares rows in DuckDB, which can't hold the rows of {relation}.\n"
            f"{error}"
        ) from error
