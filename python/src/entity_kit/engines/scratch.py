"""What every engine's scratch warehouses do, in the order in which it is asked of them.

1. `refuse` schedules that can't be replayed there; `runner` returns what runs dbt.
2. `prepare` learns of the project and makes what every warehouse starts from.
3. `seeded_from` takes the seeds from a warehouse that `dbt seed` ran in; `show` adds relations that
   all warehouses show; `fetch` brings the sources' rows to where `originals` can read them; `shown`
   reads all that there is to see.
4. `create`, then `reveal` and `files`, any number of times, then `drop`: one warehouse's life.
5. `close` removes everything.

A new engine is one class with these methods, and one line in `table`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from entity_kit.dbt_bridge.nodes import relation_of, source_name
from entity_kit.errors import EntityKitError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from contextlib import AbstractContextManager
    from datetime import datetime
    from pathlib import Path

    from entity_kit.arrivals.model import Model
    from entity_kit.compare.difference import Diff
    from entity_kit.dbt_bridge.project import Project, Runner
    from entity_kit.warehouse import Connection, Relation


@dataclass(frozen=True, slots=True)
class Catalog:
    """One database that the project uses: its file, and the name that we attach it under.

    `attached_as` is the name as an `attach` statement takes it: dbt-duckdb doesn't quote it. Of a
    file that doesn't exist, `missing` is the path.
    """

    name: str
    original: Path | None
    alias: str
    file_name: str
    attached_as: str = ""
    missing: Path | None = None


@dataclass(frozen=True, slots=True)
class Warehouse:
    """One scratch warehouse: what dbt needs to run in it, and its files by catalog name."""

    profiles: Path
    files: Mapping[str, Path]


@dataclass(frozen=True, slots=True)
class Contents:
    """What `prepare` must know of a project.

    `nodes` are dbt's parsed models, seeds and sources, and `relations` theirs, by unique id;
    `needed` are those that the models under test are built from. `hidden` are the relations that
    the project builds. Tables whose name, in lower case, is in `written` are copied instead of
    shown, because hooks write to them.
    """

    nodes: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    relations: Mapping[str, Relation] = field(default_factory=dict)
    needed: frozenset[str] = frozenset()
    hidden: Collection[Relation] = ()
    written: Collection[str] = ()


@dataclass(frozen=True, slots=True)
class Shown:
    """What every new warehouse shows; `digest` changes with any of it.

    `code` are the definitions of its views and macros. Of what can't be known, `obstacle` says why.
    """

    digest: str
    code: tuple[str, ...] = ()
    obstacle: str = ""


class Scratch(Protocol):
    """Makes scratch warehouses for a project's target.

    `dialect` is sqlglot's name for the SQL of the engine, `jobs` how many warehouses may be in use
    at once, `file` the target's own DuckDB file, if it has one. `shares` says whether `share`,
    `storable`, `keep`, and `alike` work, `copies` whether `copy` does, `billed` whether what runs costs money.
    """

    dialect: str
    jobs: int
    shares: bool
    copies: bool
    billed: bool
    file: Path | None

    @property
    def time_zone(self) -> str:
        """The time zone of the project's sessions; known for certain after `prepare`."""
        ...

    @property
    def databases(self) -> Sequence[str]:
        """The names of the databases whose sources can be replayed."""
        ...

    def refuse(self, schedules: Collection[str]) -> None:
        """Refuse schedules that can't be replayed here."""
        ...

    def runner(
        self,
        project: Project,
        executable: str | None = None,
        on_progress: Callable[[str], None] = lambda _: None,
    ) -> Runner:
        """Return what runs dbt in these warehouses."""
        ...

    def prepare(self, contents: Contents) -> list[str]:
        """Make what every warehouse starts from. Returns a note for each relation that can't be shown."""
        ...

    def holds(self, relation: Relation) -> bool:
        """Return whether the user's warehouse has this relation."""
        ...

    def seeded_from(self, warehouse: Warehouse, version: str = "") -> None:
        """Take the seeds from a warehouse that `dbt seed` ran in.

        Where there are several versions of the code, only an engine that `copies` tells their
        seeds apart.
        """
        ...

    def seed_origin(self, relation: Relation, version: str = "") -> Relation:
        """Return where `originals` reads a seed."""
        ...

    def show(self, views: Mapping[Relation, str]) -> None:
        """Show more relations, with their SQL, in every warehouse created from now on."""
        ...

    def shown(self) -> Shown:
        """Read what every warehouse shows that is created from now on."""
        ...

    def fetch(self, relations: Collection[Relation]) -> None:
        """Bring the rows of these relations to where `originals` can read them."""
        ...

    def originals(self) -> AbstractContextManager[Connection]:
        """Open a connection that sees the user's rows, read-only, under our names."""
        ...

    def overlays(self, catalog: str) -> AbstractContextManager[Connection]:
        """Open `originals` and a file of ours for altered rows, which all warehouses then see."""
        ...

    def connection(self) -> AbstractContextManager[Connection]:
        """Open a connection with the settings of the target's sessions; it may attach files."""
        ...

    def origin(self, relation: Relation) -> Relation | None:
        """Return where `originals` reads a source; None if it can't."""
        ...

    def location(self, node: Mapping[str, Any]) -> str | None:
        """Return the SQL for a source that is a file; None for any other."""
        ...

    def expression(self, text: str, relation: Relation) -> str:
        """Translate an expression over a relation from the project's SQL to DuckDB's."""
        ...

    def fixed(self, relation: Relation) -> frozenset[str]:
        """Return the columns of a source for which no value can be made up."""
        ...

    def create(self, name: str) -> Warehouse:
        """Create an empty warehouse with the sources visible and nothing built."""
        ...

    def copy(self, warehouse: Warehouse, name: str) -> Warehouse:
        """Create a warehouse with all that another one holds, which must not be in use."""
        ...

    def reveal(self, warehouse: Warehouse, views: Mapping[Relation, str], clock: datetime) -> None:
        """Show what the sources hold at one step, and stop SQL's clock at its time."""
        ...

    def share(
        self, warehouse: Warehouse, built: Warehouse | None, relations: Collection[Relation]
    ) -> None:
        """Show in one warehouse what was built in another, until the next call; None ends it."""
        ...

    def storable(
        self, warehouse: Warehouse, relations: Collection[Relation], most: int
    ) -> frozenset[Relation]:
        """Return which of these views a table can stand for, with at most so many rows."""
        ...

    def keep(
        self,
        built: Warehouse,
        warehouse: Warehouse,
        tables: Collection[Relation],
        selects: Mapping[Relation, str],
        arriving: Collection[Relation],
    ) -> Mapping[Relation, str]:
        """Copy those tables into a new warehouse that need no source that arrives.

        `selects` has their SQL, and that of the views between them, each after what it reads. From
        now on all other warehouses can show the tables, by the SQL that is returned.
        """
        ...

    def alike(
        self, built: Warehouse, warehouse: Warehouse, views: Mapping[Relation, str]
    ) -> frozenset[Relation]:
        """Create these views in a warehouse, and return those that are what was built in another."""
        ...

    def files(self, warehouse: Warehouse, models: Sequence[Model]) -> Mapping[str, Path]:
        """Return the DuckDB files that hold what was built for these models, by database."""
        ...

    def in_own_types(
        self, connection: Connection, found: Diff, incremental: Relation, full_refresh: Relation
    ) -> Diff:
        """Return a comparison with the column types of the engine that ran the models."""
        ...

    def drop(self, warehouse: Warehouse) -> None:
        """Remove a warehouse."""
        ...

    def close(self) -> None:
        """Remove what lies outside of the scratch folder."""
        ...


def source_rows(scratch: Scratch, node: Mapping[str, Any], fix: str) -> str:
    """Return the SQL for a source's rows, where `originals` reads them, or refuse it with a fix."""
    file = scratch.location(node)
    if file is not None:
        return file
    relation = relation_of(node)
    origin = scratch.origin(relation)
    if origin is None:
        raise EntityKitError(
            f"Source {source_name(node)} lies in the database `{relation.database}`, which "
            f"is no local DuckDB file of the target (these are: {', '.join(scratch.databases)}).",
            fix=fix,
        )
    return str(origin)
