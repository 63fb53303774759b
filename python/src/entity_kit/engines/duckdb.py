"""Scratch warehouses on DuckDB: the project's own catalogs again, with views in place of its sources.

The user's files are attached read-only under names of ours. Each scratch warehouse is a folder
with one DuckDB file per catalog of the project, named as the original, so that the project's SQL
finds every relation under its own name, and a profile that points there. `scratch` says what each
method is for.
"""

from __future__ import annotations

import shutil
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from typing import TYPE_CHECKING, Any

import yaml

from entity_kit.dbt_bridge import external
from entity_kit.dbt_bridge.project import make_runner
from entity_kit.dbt_bridge.sharing import tells
from entity_kit.engines.catalogs import read_catalogs
from entity_kit.engines.dialect_macros import dialect_expression
from entity_kit.engines.mirror import (
    code,
    create_macros,
    create_view,
    definitions,
    drop,
    folded,
    mirror,
    replace_by_view,
    stop_clock,
)
from entity_kit.engines.originals import Originals
from entity_kit.engines.scratch import Contents, Shown, Warehouse
from entity_kit.engines.settings import one_thread, session_settings, without_ours
from entity_kit.engines.shown import read_shown, unseen
from entity_kit.warehouse import RESERVED, QueryError, Relation, attach, connect, fold, quote, rows

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from entity_kit.arrivals.model import Model
    from entity_kit.compare.difference import Diff
    from entity_kit.dbt_bridge.dialect import Dialect
    from entity_kit.dbt_bridge.profiles import Target
    from entity_kit.dbt_bridge.project import Project, Runner
    from entity_kit.warehouse import Connection

_SEEDS = "entity_kit_seeds"
_SHARED = "entity_kit_shared"
_KEPT = "entity_kit_kept"


class DuckDBScratch:
    """Makes scratch warehouses below `root`; with `absent` there need be no warehouse file yet.

    The project may be `written_in` another dialect.
    """

    dialect = "duckdb"
    shares = True
    copies = True
    billed = False

    def __init__(
        self,
        root: Path,
        target: Target,
        project_dir: Path,
        jobs: int,
        *,
        absent: bool = False,
        written_in: Dialect | None = None,
    ) -> None:
        self._root = root
        self._written_in = written_in
        self._target = target
        self.jobs = jobs
        settings = session_settings(target, jobs + 1)
        catalogs, self._foreign = read_catalogs(target, project_dir, absent=absent)
        self._originals = Originals(root, project_dir, catalogs, settings)
        self.file = catalogs[0].original
        self._template = root / "template"
        # Of each warehouse, what it shows of another, and the other's files by their names here.
        self._sharing: dict[Path, tuple[frozenset[Relation], dict[str, Path]]] = {}
        # Of each warehouse, the files of ours that its profile attaches.
        self._attached: dict[Path, dict[str, Path]] = {}

    @property
    def time_zone(self) -> str:
        return self._originals.settings["TimeZone"]

    @property
    def databases(self) -> Sequence[str]:
        return [catalog.name for catalog in self._originals.catalogs]

    def refuse(self, schedules: Collection[str]) -> None:
        pass  # all are possible

    def runner(
        self,
        project: Project,
        executable: str | None = None,
        on_progress: Callable[[str], None] = lambda _: None,
    ) -> Runner:
        runner = make_runner(project, executable=executable, on_progress=on_progress)
        self._originals.runner = runner
        return runner

    def prepare(self, contents: Contents) -> list[str]:
        """Make a template with all that the user's files hold, tables as views."""
        shutil.rmtree(self._template, ignore_errors=True)
        self._template.mkdir(parents=True)
        unseen = {folded(relation) for relation in contents.hidden}
        notes = []
        with self._open(self._template) as connection:
            for catalog in self._originals.catalogs:
                if catalog.original is not None:
                    notes += mirror(connection, catalog, unseen, contents.written)
                if self._written_in is not None:
                    create_macros(connection, catalog.name, self._written_in.macros)
        return notes

    def holds(self, relation: Relation) -> bool:
        return self._originals.holds(relation)

    def seeded_from(self, warehouse: Warehouse, version: str = "") -> None:
        self._originals.built = self._originals.built | self._named(f"{_SEEDS}{version}", warehouse)

    def seed_origin(self, relation: Relation, version: str = "") -> Relation:
        return self._there(f"{_SEEDS}{version}", relation)

    def show(self, views: Mapping[Relation, str]) -> None:
        with self._open(self._template) as connection:
            for relation, select in views.items():
                create_view(connection, relation, select)

    def shown(self) -> Shown:
        obstacle = unseen(self._target.output, self._foreign)
        if obstacle:
            return Shown("", (), obstacle)
        with self._open(self._template) as connection:
            return read_shown(connection, self.databases)

    def fetch(self, relations: Collection[Relation]) -> None:
        pass  # the rows are where they are

    def originals(self) -> AbstractContextManager[Connection]:
        return self._originals.opened()

    def overlays(self, catalog: str) -> AbstractContextManager[Connection]:
        return self._originals.overlays(catalog)

    def connection(self) -> AbstractContextManager[Connection]:
        return self._originals.connection()

    def origin(self, relation: Relation) -> Relation | None:
        main = self._originals.catalogs[0]
        if main.missing is not None and main.name.casefold() == relation.database.casefold():
            with connect(main.missing, read_only=True):
                pass  # it says what is missing, and how to fix it
        return self._originals.origin(relation)

    def location(self, node: Mapping[str, Any]) -> str | None:
        return external.location(node)

    def expression(self, text: str, relation: Relation) -> str:  # noqa: ARG002
        if self._written_in is None:
            return text
        return dialect_expression(text, self._written_in)

    def fixed(self, relation: Relation) -> frozenset[str]:  # noqa: ARG002
        return frozenset()

    def create(self, name: str) -> Warehouse:
        folder = self._root / "warehouses" / name
        shutil.rmtree(folder, ignore_errors=True)
        if self._template.exists():
            shutil.copytree(self._template, folder)
        else:
            folder.mkdir(parents=True)
            with self._open(folder):
                pass
        return self._warehouse(folder)

    def copy(self, warehouse: Warehouse, name: str) -> Warehouse:
        folder = self._root / "warehouses" / name
        shutil.rmtree(folder, ignore_errors=True)
        # What dbt parsed there may be another version of the project.
        shutil.copytree(warehouse.profiles, folder, ignore=shutil.ignore_patterns("target"))
        if warehouse.profiles in self._sharing:
            self._sharing[folder] = self._sharing[warehouse.profiles]
        return self._warehouse(folder)

    def _warehouse(self, folder: Path) -> Warehouse:
        _, shared = self._sharing.get(folder, (frozenset(), {}))
        self._write_profile(folder, shared)
        files = {catalog.name: folder / catalog.file_name for catalog in self._originals.catalogs}
        return Warehouse(folder, files)

    def reveal(self, warehouse: Warehouse, views: Mapping[Relation, str], clock: datetime) -> None:
        if self._attached[warehouse.profiles] != self._originals.ours:
            self._warehouse(warehouse.profiles)
        with self._open(warehouse.profiles) as connection:
            for relation, select in views.items():
                replace_by_view(connection, relation, select)
            for catalog in self._originals.catalogs:
                stop_clock(connection, catalog.name, clock)

    def share(
        self, warehouse: Warehouse, built: Warehouse | None, relations: Collection[Relation]
    ) -> None:
        folder = warehouse.profiles
        before, _ = self._sharing.pop(folder, (frozenset(), {}))
        if built is None and not before:
            return
        shared = self._named(_SHARED, built) if built else {}
        with self._open(folder) as connection:
            drop(connection, {*before, *relations})
            for alias, file in shared.items():
                attach(connection, file, alias)
            for relation in relations:
                create_view(connection, relation, f"from {self._there(_SHARED, relation)}")
        if built is not None:
            self._sharing[folder] = (frozenset(relations), shared)
        self._write_profile(folder, shared)

    def _named(self, prefix: str, warehouse: Warehouse) -> dict[str, Path]:
        """Return the files of a warehouse, by the names that another one attaches them under."""
        return {f"{prefix}_{n}": warehouse.files[name] for n, name in enumerate(self.databases)}

    def _there(self, prefix: str, relation: Relation) -> Relation:
        """Return where a warehouse sees a relation of another one."""
        names = [name.casefold() for name in self.databases]
        number = names.index(relation.database.casefold())
        return Relation(f"{prefix}_{number}", relation.schema, relation.name)

    def storable(
        self, warehouse: Warehouse, relations: Collection[Relation], most: int
    ) -> frozenset[Relation]:
        with self._open(warehouse.profiles) as connection:
            return frozenset(r for r in relations if _is_storable(connection, r, most))

    def keep(
        self,
        built: Warehouse,
        warehouse: Warehouse,
        tables: Collection[Relation],
        selects: Mapping[Relation, str],
        arriving: Collection[Relation],
    ) -> Mapping[Relation, str]:
        with self._open(warehouse.profiles) as connection:
            drop(connection, arriving)
            # Hooks write to tables; all else of the user's are views.
            shown = code(connection, self.databases)
            if any(sql.startswith("CREATE TABLE") or tells(sql) for sql in shown):
                return {}
            for relation, select in selects.items():
                with suppress(QueryError):
                    create_view(connection, relation, select)
            made = definitions(connection)
            kept = [relation for relation in tables if folded(relation) in made]
            for alias, file in self._named(_SHARED, built).items():
                attach(connection, file, alias)
            for relation in kept:
                rows(connection, f"drop view {relation}")
                there = self._there(_SHARED, relation)
                rows(connection, f"create table {relation} as from {there}")
        if kept:
            self._originals.built = self._originals.built | self._named(_KEPT, warehouse)
        return {relation: f"from {self._there(_KEPT, relation)}" for relation in kept}

    def alike(
        self, built: Warehouse, warehouse: Warehouse, views: Mapping[Relation, str]
    ) -> frozenset[Relation]:
        with self._open(built.profiles) as connection:
            original = definitions(connection)
        with self._open(warehouse.profiles) as connection:
            for relation, select in views.items():
                with suppress(QueryError):
                    create_view(connection, relation, select)
            made = definitions(connection)
        names = {relation: folded(relation) for relation in views}
        return frozenset(
            r for r, name in names.items() if name in made and made[name] == original.get(name)
        )

    def files(self, warehouse: Warehouse, models: Sequence[Model]) -> Mapping[str, Path]:  # noqa: ARG002
        return warehouse.files

    def in_own_types(
        self,
        connection: Connection,  # noqa: ARG002
        found: Diff,
        incremental: Relation,  # noqa: ARG002
        full_refresh: Relation,  # noqa: ARG002
    ) -> Diff:
        return found

    def drop(self, warehouse: Warehouse) -> None:
        self._sharing.pop(warehouse.profiles, None)
        self._attached.pop(warehouse.profiles, None)
        shutil.rmtree(warehouse.profiles, ignore_errors=True)

    def close(self) -> None:
        pass  # everything is in the scratch folder

    @contextmanager
    def _open(self, folder: Path) -> Iterator[Connection]:
        main = folder / self._originals.catalogs[0].file_name
        name = self._originals.catalogs[0].name
        with ExitStack() as stack:
            if self._originals.portable or fold(name) in RESERVED:
                portable = self._originals.portable
                connection = stack.enter_context(connect(main, create=True, portable=portable))
                self._originals.configure(connection)
            else:
                connection = stack.enter_context(self._originals.connection())
                attach(connection, main, name, read_only=False, create=True)
                rows(connection, f"use {quote(name)}.main")
            self._originals.attach_all(connection)
            for catalog in self._originals.catalogs[1:]:
                file = folder / catalog.file_name
                attach(connection, file, catalog.name, read_only=False, create=True)
            yield connection

    def _write_profile(self, folder: Path, shared: Mapping[str, Path] | None = None) -> None:
        """Write a warehouse's profiles.yml; `shared` are files of another, by their names here."""
        ours = self._attached[folder] = self._originals.ours
        output = dict(self._target.output)
        attachments: list[dict[str, Any]] = [
            {"path": str(catalog.original), "alias": quote(catalog.alias), "read_only": True}
            for catalog in self._originals.catalogs
            if catalog.original is not None
        ]
        attachments += [
            {"path": str(file), "alias": alias, "read_only": True}
            for alias, file in (*ours.items(), *(shared or {}).items())
        ]
        attachments += [
            {"path": str(folder / catalog.file_name), "alias": catalog.attached_as}
            for catalog in self._originals.catalogs[1:]
        ]
        output["path"] = str(folder / self._originals.catalogs[0].file_name)
        output["attach"] = attachments + self._foreign
        output["external_root"] = str(folder / "external")
        once, each = self._originals.settings_once(one_thread(output))
        output["config_options"] = {**without_ours(output.get("config_options")), **once}
        output["settings"] = {**each, **without_ours(output.get("settings"))}
        profile = {
            "target": self._target.name,
            "outputs": {self._target.name: output},
        }
        content = yaml.safe_dump({self._target.profile: profile}, allow_unicode=True)
        (folder / "profiles.yml").write_text(content, encoding="utf-8")


def _is_storable(connection: Connection, relation: Relation, most: int) -> bool:
    """Return whether a view can be read, has few rows, and has types that a table has, too."""
    try:
        types = [str(column[1]) for column in rows(connection, f"describe {relation}")]
        ((count,),) = rows(
            connection, f"select count(*) from (select 1 from {relation} limit {most + 1})"
        )
    except QueryError:
        return False
    # Older versions of DuckDB make an integer of it in a table.
    return count <= most and not any('"NULL"' in each for each in types)
