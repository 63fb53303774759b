"""The user's files, attached read-only under names of ours, and our files with altered rows."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from entity_kit.engines.mirror import folded, relations_of
from entity_kit.engines.settings import UNSYNCED
from entity_kit.warehouse import Kept, Relation, attach, connect, literal, rows

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from entity_kit.dbt_bridge.project import Runner
    from entity_kit.engines.scratch import Catalog
    from entity_kit.warehouse import Connection


class Originals:
    """What every connection of ours sees. `built` and `overlay` are files of ours, once there."""

    def __init__(
        self, root: Path, project_dir: Path, catalogs: Sequence[Catalog], settings: dict[str, str]
    ) -> None:
        self._root = root
        self._project_dir = project_dir
        self.catalogs = catalogs
        self.settings = settings
        # Seeds and tables that dbt built once for all, by the names of their files here.
        self.built: dict[str, Path] = {}
        self.overlay: Path | None = None
        self.runner: Runner | None = None
        self._kept = Kept()

    @property
    def portable(self) -> bool:
        """Whether DuckDB 1.5 must be able to read the files that we make: dbt says so once it has parsed."""
        return self.runner is not None and self.runner.portable_files

    def settings_once(self, threads: Mapping[str, int]) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return what dbt's DuckDB is opened with, and what each of its connections is set to.

        An executable's DuckDB is opened with nothing: it may be another version, or not know how.
        """
        if self.runner is not None and self.runner.executable is not None:
            return {}, {**threads, **self.settings}
        each = dict(self.settings)
        limit = each.pop("memory_limit")
        return {**threads, **UNSYNCED, "memory_limit": limit}, each

    @property
    def ours(self) -> dict[str, Path]:
        """Our own files that every connection sees, by the names that they are attached under."""
        return self.built | ({self.overlay.stem: self.overlay} if self.overlay else {})

    @contextmanager
    def opened(self) -> Iterator[Connection]:
        """Open a connection that sees the user's files, read-only, under our names."""
        with connect(portable=self.portable) as connection:
            self.configure(connection)
            self.attach_all(connection)
            main = self.catalogs[0]
            if main.original is not None:
                # Where the user's views look for a name without a schema.
                rows(connection, f"set search_path = 'memory.main,{main.alias}.main'")
            yield connection

    @contextmanager
    def connection(self) -> Iterator[Connection]:
        """Open a connection without a file that has the settings of `configure`."""
        with self._kept.opened() as connection:
            self.configure(connection)
            yield connection

    def configure(self, connection: Connection) -> None:
        """Give one of our connections the session settings of the project's target."""
        # What doesn't fit into memory must not spill into the folder that the user is in.
        spill = str(self._root / "spill")
        if rows(connection, "select current_setting('temp_directory')") != [(spill,)]:
            rows(connection, f"set temp_directory = {literal(spill)}")
        settings = {**self.settings, **UNSYNCED, "file_search_path": self._project_dir}
        for name, value in settings.items():
            rows(connection, f"set {name} = {literal(str(value))}")

    @contextmanager
    def overlays(self, catalog: str) -> Iterator[Connection]:
        """Open the originals and our own file for altered rows, which all warehouses then see."""
        self.overlay = None  # not read-only meanwhile
        with self.opened() as connection:
            file = self._root / f"{catalog}.duckdb"
            attach(connection, file, catalog, read_only=False, create=True)
            yield connection
        self.overlay = file

    def attach_all(self, connection: Connection) -> None:
        for catalog in self.catalogs:
            if catalog.original is not None:
                attach(connection, catalog.original, catalog.alias)
        for alias, file in self.ours.items():
            attach(connection, file, alias)

    def origin(self, relation: Relation) -> Relation | None:
        """Return the relation of the user's warehouse behind a name of the project."""
        for catalog in self.catalogs:
            if catalog.name.casefold() == relation.database.casefold() and catalog.original:
                return Relation(catalog.alias, relation.schema, relation.name)
        return None

    def holds(self, relation: Relation) -> bool:
        """Return whether the user's files have this relation."""
        with self.opened() as connection:
            return any(
                folded(relation) == folded(known)
                for catalog in self.catalogs
                if catalog.original is not None
                for kind in ("table", "view")
                for known in relations_of(connection, catalog, kind)
            )
