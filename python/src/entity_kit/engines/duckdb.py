"""Scratch warehouses in DuckDB: copies of the project's catalogs with views instead of sources.

The user's files are attached read-only under names of ours. Each scratch warehouse is a folder
with one DuckDB file per catalog of the project, named as the original, so that the project's SQL
finds every relation under its own name, and a profile that points there.
"""

from __future__ import annotations

import os
import re
import shutil
import zoneinfo
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from entity_kit.arrivals.sources import to_microseconds
from entity_kit.dbt_bridge import external
from entity_kit.dbt_bridge.project import make_runner
from entity_kit.errors import EntityKitError
from entity_kit.warehouse import (
    QueryError,
    Relation,
    attach,
    connect,
    literal,
    quote,
    rows,
    unquoted,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
    from datetime import datetime

    from entity_kit.arrivals.model import Model
    from entity_kit.compare.difference import Diff
    from entity_kit.dbt_bridge.profiles import Target
    from entity_kit.dbt_bridge.project import Project, Runner
    from entity_kit.warehouse import Connection

_REMOTE = ("md:", "motherduck:", "ducklake:", "http:", "https:", "s3:", "gs:", "gcs:", "az:")
_SEEDS = "entity_kit_seeds"


@dataclass(frozen=True, slots=True)
class Catalog:
    """One database that the project uses: its file, and the name that we attach it under.

    `attached_as` is the name as an `attach` statement takes it: dbt-duckdb doesn't quote it.
    """

    name: str
    original: Path | None
    alias: str
    file_name: str
    attached_as: str = ""


@dataclass(frozen=True, slots=True)
class Warehouse:
    """One scratch warehouse: what dbt needs to run in it, and its files by catalog name."""

    profiles: Path
    files: Mapping[str, Path]


class Scratch:
    """Create scratch warehouses under `root` for a project's target.

    Here they are DuckDB files; `server` makes others.
    """

    dialect = "duckdb"

    def __init__(
        self, root: Path, target: Target, project_dir: Path, jobs: int, *, absent: bool = False
    ) -> None:
        self._root = root
        self._target = target
        self._project_dir = project_dir
        self.jobs = jobs
        # Whether the warehouse file may be missing.
        self._absent = absent
        self.settings = _session_settings(target, jobs + 1)
        self.time_zone = self.settings["TimeZone"]
        self._seeds: dict[str, Path] = {}
        self._overlays: Path | None = None
        self._runner: Runner | None = None
        self.catalogs, self._foreign = self._read_catalogs()
        self._template = root / "template"

    def _read_catalogs(self) -> tuple[list[Catalog], list[dict[str, Any]]]:
        output = self._target.output
        if output.get("type") != "duckdb":
            raise EntityKitError(
                f"Target `{self._target.name}` of profile `{self._target.profile}` is of type "
                f"{output.get('type')!r}; verify replays projects on DuckDB.",
                fix="Add a duckdb output to the profile and name it with --target. A DuckDB file "
                "with a sample of the source rows is enough.",
            )
        main = str(output.get("path") or ":memory:")
        if main.startswith(_REMOTE):
            raise EntityKitError(
                f"Target `{self._target.name}` is at {main}; verify reads only local DuckDB files.",
                fix="Copy the sources into a local DuckDB file, and add a target for it.",
            )
        if main == ":memory:":
            catalogs = [Catalog("memory", None, "", "memory.duckdb")]
        else:
            file = self._resolve(main)
            if self._absent and not file.exists():
                return [Catalog(file.name.split(".")[0], None, "", file.name)], []
            catalogs = [Catalog(_catalog_name(file), file, "entity_kit_original_0", file.name)]
        foreign = []
        for given in output.get("attach") or []:
            path = str(given.get("path", ""))
            if path.startswith(_REMOTE) or given.get("type", "duckdb") != "duckdb":
                foreign.append({**given, "read_only": True})
                continue
            file = self._resolve(path)
            inferred = file.name.lstrip(".").split(".")[0]
            attached_as = str(given.get("alias") or quote(inferred))
            catalogs.append(
                Catalog(
                    name=unquoted(attached_as),
                    original=file,
                    alias=f"entity_kit_original_{len(catalogs)}",
                    file_name=f"{len(catalogs)}_{file.name}",
                    attached_as=attached_as,
                )
            )
        return catalogs, foreign

    def runner(
        self,
        project: Project,
        executable: str | None = None,
        on_progress: Callable[[str], None] = lambda _: None,
    ) -> Runner:
        """Return what runs dbt in these warehouses."""
        self._runner = make_runner(project, executable=executable, on_progress=on_progress)
        return self._runner

    @property
    def _portable(self) -> bool:
        return self._runner is not None and self._runner.portable_files

    def refuse(self, schedules: Collection[str]) -> None:
        """Refuse schedules that can't be replayed here."""

    def close(self) -> None:
        """Remove what is outside of the folder: nothing."""

    def learn(
        self,
        nodes: Mapping[str, Mapping[str, Any]],
        relations: Mapping[str, Relation],
        needed: set[str],
    ) -> None:
        """Take note of dbt's parsed models, seeds, and sources, and which of them are needed."""

    def location(self, node: Mapping[str, Any]) -> str | None:
        """Return the SQL for a source that is a file."""
        return external.location(node)

    def expression(self, text: str, relation: Relation) -> str:  # noqa: ARG002
        """Translate an expression over a relation from the project's SQL to DuckDB's."""
        return text

    def fetch(self, relations: Collection[Relation]) -> None:
        """Copy the rows of these relations to where `originals` sees them."""

    def fixed(self, relation: Relation) -> frozenset[str]:  # noqa: ARG002
        """Return the columns of a source for which no value can be invented."""
        return frozenset()

    def _resolve(self, path: str) -> Path:
        # dbt runs in the project's folder, so that is what a relative path is relative to.
        return (self._project_dir / Path(path).expanduser()).resolve()

    @contextmanager
    def originals(self) -> Iterator[Connection]:
        """Open a connection that sees the user's files, read-only, under our names."""
        with connect(portable=self._portable) as connection:
            self.configure(connection)
            self._attach_originals(connection)
            main = self.catalogs[0]
            if main.original is not None:
                # Where the user's views look for a name without a schema.
                rows(connection, f"set search_path = 'memory.main,{main.alias}.main'")
            yield connection

    def configure(self, connection: Connection) -> None:
        """Give one of our connections the session settings of the project's target."""
        for name, value in self.settings.items():
            rows(connection, f"set {name} = {literal(str(value))}")
        rows(connection, f"set file_search_path = {literal(str(self._project_dir))}")
        # What doesn't fit into memory must not spill into the folder that the user is in.
        rows(connection, f"set temp_directory = {literal(str(self._root / 'spill'))}")

    @contextmanager
    def overlays(self, catalog: str) -> Iterator[Connection]:
        """Open the originals and our own file for altered rows, which all warehouses then see."""
        self._overlays = None  # not read-only meanwhile
        with self.originals() as connection:
            file = self._root / f"{catalog}.duckdb"
            attach(connection, file, catalog, read_only=False, create=True)
            yield connection
        self._overlays = file

    def _attach_originals(self, connection: Connection) -> None:
        for catalog in self.catalogs:
            if catalog.original is not None:
                attach(connection, catalog.original, catalog.alias)
        for alias, file in self._seeds.items():
            attach(connection, file, alias)
        if self._overlays is not None:
            attach(connection, self._overlays, self._overlays.stem)

    def origin(self, relation: Relation) -> Relation | None:
        """Return the relation of the user's warehouse behind a name of the project."""
        for catalog in self.catalogs:
            if catalog.name.casefold() == relation.database.casefold() and catalog.original:
                return Relation(catalog.alias, relation.schema, relation.name)
        return None

    def holds(self, relation: Relation) -> bool:
        """Return whether the user's warehouse has this relation."""
        with self.originals() as connection:
            return any(
                _folded(relation) == _folded(known)
                for catalog in self.catalogs
                if catalog.original is not None
                for kind in ("table", "view")
                for known in _relations(connection, catalog, kind)
            )

    def seeded_from(self, warehouse: Warehouse) -> None:
        """Take the seeds from a warehouse that `dbt seed` ran in."""
        files = (warehouse.files[catalog.name] for catalog in self.catalogs)
        self._seeds = {f"{_SEEDS}_{number}": file for number, file in enumerate(files)}

    def seed_origin(self, relation: Relation) -> Relation:
        names = [catalog.name.casefold() for catalog in self.catalogs]
        number = names.index(relation.database.casefold())
        return Relation(f"{_SEEDS}_{number}", relation.schema, relation.name)

    def build_template(self, hidden: Collection[Relation], written: Collection[str]) -> list[str]:
        """Create the template of every warehouse: everything in the user's files, with tables as views.

        `hidden` are the relations that the project builds. Tables of a name in `written`, in lower
        case, are copied: hooks write to them. Gives a note for each relation that can't be shown.
        """
        shutil.rmtree(self._template, ignore_errors=True)
        self._template.mkdir(parents=True)
        unseen = {_folded(relation) for relation in hidden}
        notes = []
        with self._open(self._template) as connection:
            for catalog in self.catalogs:
                if catalog.original is not None:
                    notes += _mirror(connection, catalog, unseen, written)
        return notes

    def show(self, views: Mapping[Relation, str]) -> None:
        """Show more relations, with their SQL, in every warehouse created from now on."""
        with self._open(self._template) as connection:
            for relation, select in views.items():
                _create_view(connection, relation, select)

    def create(self, name: str) -> Warehouse:
        """Create an empty warehouse with the sources visible and nothing built."""
        folder = self._root / "warehouses" / name
        shutil.rmtree(folder, ignore_errors=True)
        if self._template.exists():
            shutil.copytree(self._template, folder)
        else:
            folder.mkdir(parents=True)
            with self._open(folder):
                pass
        return self._warehouse(folder)

    def drop(self, warehouse: Warehouse) -> None:
        shutil.rmtree(warehouse.profiles, ignore_errors=True)

    def files(self, warehouse: Warehouse, models: Sequence[Model]) -> Mapping[str, Path]:  # noqa: ARG002
        """Return the files with what was built for these models, by catalog."""
        return warehouse.files

    def in_own_types(
        self,
        connection: Connection,  # noqa: ARG002
        found: Diff,
        incremental: Relation,  # noqa: ARG002
        full_refresh: Relation,  # noqa: ARG002
    ) -> Diff:
        """Return a comparison's columns with the types of the engine that ran the models."""
        return found

    def reveal(self, warehouse: Warehouse, views: Mapping[Relation, str], clock: datetime) -> None:
        """Show what the sources contain at one step, and stop SQL's clock at its time."""
        with self._open(warehouse.profiles) as connection:
            for relation, select in views.items():
                _create_view(connection, relation, select)
            for catalog in self.catalogs:
                _stop_clock(connection, catalog.name, clock)

    @contextmanager
    def _open(self, folder: Path) -> Iterator[Connection]:
        main = folder / self.catalogs[0].file_name
        with connect(main, create=True, portable=self._portable) as connection:
            self.configure(connection)
            self._attach_originals(connection)
            for catalog in self.catalogs[1:]:
                file = folder / catalog.file_name
                attach(connection, file, catalog.name, read_only=False, create=True)
            yield connection

    def _warehouse(self, folder: Path) -> Warehouse:
        output = dict(self._target.output)
        attachments: list[dict[str, Any]] = [
            {"path": str(catalog.original), "alias": quote(catalog.alias), "read_only": True}
            for catalog in self.catalogs
            if catalog.original is not None
        ]
        attachments += [
            {"path": str(file), "alias": alias, "read_only": True}
            for alias, file in self._seeds.items()
        ]
        if self._overlays is not None:
            alias = self._overlays.stem
            attachments.append({"path": str(self._overlays), "alias": alias, "read_only": True})
        attachments += [
            {"path": str(folder / catalog.file_name), "alias": catalog.attached_as}
            for catalog in self.catalogs[1:]
        ]
        output["path"] = str(folder / self.catalogs[0].file_name)
        output["attach"] = attachments + self._foreign
        output["external_root"] = str(folder / "external")
        output["config_options"] = _without_ours(output.get("config_options"))
        output["settings"] = {
            **_one_thread(output),
            **_without_ours(output.get("settings")),
            **self.settings,
        }
        profile = {
            "target": self._target.name,
            "outputs": {self._target.name: output},
        }
        content = yaml.safe_dump({self._target.profile: profile}, allow_unicode=True)
        (folder / "profiles.yml").write_text(content, encoding="utf-8")
        files = {catalog.name: folder / catalog.file_name for catalog in self.catalogs}
        return Warehouse(folder, files)


def _folded(relation: Relation) -> tuple[str, str, str]:
    return (relation.database.casefold(), relation.schema.casefold(), relation.name.casefold())


def _catalog_name(file: Path) -> str:
    with connect(file, read_only=True) as connection:
        return str(rows(connection, "select current_database()")[0][0])


_OURS = {"timezone": "TimeZone", "memory_limit": "memory_limit", "max_memory": "memory_limit"}
_UNITS = {"": 1, "b": 1, "kb": 1e3, "mb": 1e6, "gb": 1e9, "tb": 1e12}
_UNITS |= {"kib": 2**10, "mib": 2**20, "gib": 2**30, "tib": 2**40}


def _session_settings(target: Target, shares: int) -> dict[str, str]:
    """Return the settings that every connection gets: the time zone, and its share of the memory."""
    given = {
        **(target.output.get("config_options") or {}),
        **(target.output.get("settings") or {}),
    }
    named = {_OURS[k.casefold()]: str(v) for k, v in given.items() if k.casefold() in _OURS}
    limit = _bytes(named["memory_limit"]) if "memory_limit" in named else 0.8 * _memory()
    return {
        "TimeZone": time_zone(
            named.get("TimeZone", "UTC"), "The profile's TimeZone", "TimeZone: Europe/Berlin"
        ),
        "memory_limit": f"{limit / shares / 2**20:.0f}MiB",
    }


def time_zone(name: str, where: str, example: str) -> str:
    """Return a zone's name in its correct case, because DuckDB takes it in any case."""
    known = {zone.casefold(): zone for zone in ("UTC", *zoneinfo.available_timezones())}
    found = known.get(name.casefold())
    if found is None:
        raise EntityKitError(
            f"{where} {name!r} isn't a time zone that both DuckDB and Python know.",
            fix=f"For example: {example}",
        )
    return found


def _one_thread(output: Mapping[str, Any]) -> dict[str, int]:
    """Make a run add its floats in the same order each time, unless the profile sets threads.

    Several threads give other sums at each run; docs/decisions/float-tolerance.md has the numbers.
    """
    given = {**(output.get("config_options") or {}), **(output.get("settings") or {})}
    wanted = {"threads", "worker_threads"} & {name.casefold() for name in given}
    return {} if wanted else {"threads": 1}


def _without_ours(given: Mapping[str, Any] | None) -> dict[str, Any]:
    return {k: v for k, v in (given or {}).items() if k.casefold() not in _OURS}


def _bytes(text: str) -> float:
    found = re.fullmatch(r"\s*([\d.]+)\s*([a-z]*|%)\s*", text.casefold())
    if found and found[2] == "%":
        return float(found[1]) / 100 * _memory()
    if found and found[2] in _UNITS:
        return float(found[1]) * _UNITS[found[2]]
    raise EntityKitError(
        f"The profile's memory_limit {text!r} isn't a size.", fix="For example: memory_limit: 4GB"
    )


def _memory() -> float:
    return float(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))


def _create_view(connection: Connection, relation: Relation, select: str) -> None:
    schema = f"{quote(relation.database)}.{quote(relation.schema)}"
    rows(connection, f"create schema if not exists {schema}")
    rows(connection, f"create or replace view {relation} as {select}")


def _mirror(
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
    tables, views = (_relations(connection, catalog, kind) for kind in ("table", "view"))
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
        if _folded(view) in hidden:
            rows(connection, f"drop view if exists {view}")
    for relation in (*tables, *(() if mirrored else views)):
        if relation in copied or _folded(relation) in hidden:
            continue
        try:
            _create_view(connection, relation, f"select * from {_original(catalog, relation)}")
        except QueryError as error:
            name = f"{relation.schema}.{relation.name}"
            notes.append(f"{name} can't be read and isn't visible: {error}")
    return notes


def _relations(connection: Connection, catalog: Catalog, kind: str) -> list[Relation]:
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


def _stop_clock(connection: Connection, catalog: str, clock: datetime) -> None:
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
    for name, expression in expressions.items():
        rows(connection, f"create or replace macro {quote(catalog)}.main.{name}() as {expression}")
