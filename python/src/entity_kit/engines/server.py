"""Scratch warehouses on another engine: our own schemas next to the user's, with a prefix.

The sources' rows are taken once into a DuckDB file that plays the part of the user's file, so that
worlds, deliveries, searches and causes work as on DuckDB. Which rows a source shows is asked of
that file; they are brought to the engine, where all warehouses that show the same share one table,
behind a view of the source's name. What the models build is taken into DuckDB files again, and
compared there.
"""

from __future__ import annotations

import secrets
import shutil
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

import yaml

from entity_kit.arrivals.schedules import CRASH
from entity_kit.dbt_bridge.nodes import source_name
from entity_kit.dbt_bridge.redirect import Redirect
from entity_kit.engines.columns import fixed_columns, refuse_twins, to_duckdb, with_declared_types
from entity_kit.engines.originals import Originals
from entity_kit.engines.places import Place, make_place, what_is_made
from entity_kit.engines.scratch import Catalog, Contents, Shown, Warehouse
from entity_kit.engines.settings import session_settings, time_zone
from entity_kit.engines.shared_rows import Key, SharedRows
from entity_kit.errors import EntityKitError
from entity_kit.warehouse import Relation, connect, literal, quote, rows

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from entity_kit.arrivals.model import Model
    from entity_kit.compare.difference import Diff
    from entity_kit.dbt_bridge.profiles import Target
    from entity_kit.dbt_bridge.project import Project, Runner
    from entity_kit.engines.engine import Engine, EngineColumn, Session
    from entity_kit.warehouse import Connection

_ROWS = "entity_kit_original_0"  # the file with the sources' rows, as DuckDB attaches it


class ServerScratch:
    """Create scratch warehouses on the engine of a project's target."""

    file: Path | None = None
    shares = False
    copies = False

    def __init__(
        self, root: Path, target: Target, project_dir: Path, jobs: int, engine: type[Any]
    ) -> None:
        self._root = root
        self._target = target
        self._prefix = f"entity_kit_{secrets.token_hex(4)}"
        self._database: str | None = None  # that everything of ours is in, if there are several
        self.engine: Engine = engine(self._prefix)
        self.engine.refuse(target.output)
        self.billed = self.engine.billed
        self.jobs = min(jobs, self.engine.most_jobs or jobs)
        file = root / "originals.duckdb"
        with connect(file, create=True):
            pass
        self._originals = Originals(
            root,
            project_dir,
            [Catalog("engine", file, _ROWS, file.name)],
            session_settings(target, self.jobs + 1),
        )
        self.dialect = self.engine.dialect
        self._checked = False
        self._made: dict[str, None] = {}  # schemas
        self._nodes: Mapping[str, Mapping[str, Any]] = {}
        self._keys: dict[str, Key] = {}  # by unique id; sources may share a relation
        self._names: dict[Key, str] = {}  # one unique id of each
        self._needed: frozenset[str] = frozenset()
        self._written: set[Key] = set()  # tables that hooks write to
        self._functions: tuple[str, ...] = ()
        self._columns: dict[Key, list[EngineColumn]] = {}
        self._fixed: dict[Key, frozenset[str]] = {}
        self._taken: dict[Key, Relation] = {}
        self._seeded: Place | None = None
        self._places: dict[Path, Place] = {}
        self._rows = SharedRows(f"{self._prefix}_rows")
        self._count = 0

    @property
    def time_zone(self) -> str:
        return self._originals.settings["TimeZone"]

    @property
    def databases(self) -> Sequence[str]:
        return sorted({key[0] for key in self._keys.values()})

    def runner(
        self,
        project: Project,
        executable: str | None = None,
        on_progress: Callable[[str], None] = lambda _: None,
    ) -> Runner:
        if executable is not None:
            raise EntityKitError(
                f"A {self._target.output['type']} target is replayed by dbt-core in this Python, where its relations "
                f"can be led into scratch schemas; an executable ({executable}) would write to the "
                "project's own.",
                fix="Omit --dbt.",
            )
        return self.engine.runner(project, on_progress)

    def refuse(self, schedules: Collection[str]) -> None:
        if CRASH in schedules:
            raise EntityKitError(
                f"The schedule `{CRASH}` kills runs at random moments; it is supported on DuckDB only.",
                fix=f"Omit {CRASH}, or name a duckdb target with --target.",
            )

    def close(self) -> None:
        """Drop everything created on the engine, once nothing runs there anymore."""
        if not self._made:
            return
        try:
            self.engine.stop()
            with self.engine.session(self._root, writes=True, cleaning=True) as session:
                session.drop_schemas(list(self._made))
        except EntityKitError as error:
            raise EntityKitError(
                f"The scratch schemas couldn't be dropped.\n{error.message}",
                fix=f"Drop the schemas that start with {self._prefix} by hand.",
            ) from error
        self._made.clear()

    def _check(self) -> None:
        """Check the engine before the first use."""
        if self._checked:
            return
        zone = self.engine.check()
        self._database = self.engine.database
        self._originals.settings["TimeZone"] = time_zone(
            zone, "The time zone of the target's sessions", "alter role … set timezone = 'UTC'"
        )
        with self.engine.session(self._root) as session:
            self._functions = tuple(sorted(session.writing_functions()))
        self._checked = True

    def location(self, node: Mapping[str, Any]) -> None:
        pass  # external_location is for another adapter

    def expression(self, text: str, relation: Relation) -> str:
        return to_duckdb(text, self.dialect, self._columns[_key(relation)])

    def originals(self) -> AbstractContextManager[Connection]:
        return self._originals.opened()

    def connection(self) -> AbstractContextManager[Connection]:
        return self._originals.connection()

    def origin(self, relation: Relation) -> Relation | None:
        return self._taken.get(_key(relation))

    def fixed(self, relation: Relation) -> frozenset[str]:
        return self._fixed.get(_key(relation), frozenset())

    def seed_origin(self, relation: Relation, version: str = "") -> Relation:  # noqa: ARG002
        return self._taken.get(_key(relation), relation)

    def holds(self, relation: Relation) -> bool:
        self._check()
        with self.engine.session(self._root) as session:
            return bool(session.columns(self._sql_name(_key(relation))))

    def _sql_name(self, key: Key, place: Place | None = None) -> str:
        """Return a relation's name as dbt writes it, for the user's schema or a scratch warehouse."""
        node = self._nodes[self._names[key]]
        return str(node["relation_name"]) if place is None else place.name_of(node)

    def _original(self, key: Key) -> str:
        """Return where a source's rows come from. A seed's are never the user's own."""
        return self._sql_name(key, self._seeded if self._names[key].startswith("seed.") else None)

    def prepare(self, contents: Contents) -> list[str]:
        """Note which of the user's tables hooks write to. Every warehouse gets a copy of them."""
        self._nodes = contents.nodes
        self._keys = {
            unique_id: _key(contents.relations[unique_id]) for unique_id in contents.nodes
        }
        self._names = {key: unique_id for unique_id, key in self._keys.items()}
        self._needed = contents.needed
        self._check()
        unseen = {_key(relation) for relation in contents.hidden}
        written_to = [
            key
            for key, unique_id in self._names.items()
            if unique_id.startswith("model.")
            and key not in unseen
            and key[2].casefold() in contents.written
        ]
        if written_to:
            with self.engine.session(self._root) as session:
                self._written = {k for k in written_to if session.columns(self._sql_name(k))}
        if not self.billed:
            return []
        used = [self._nodes[u] for u in contents.needed if u in self._nodes]
        return [what_is_made(self._prefix, used, self._database)]

    def show(self, views: Mapping[Relation, str]) -> None:
        """Do nothing: what is the same in all warehouses is read in place."""

    def seeded_from(self, warehouse: Warehouse, version: str = "") -> None:  # noqa: ARG002
        self._seeded = self._places[warehouse.profiles]

    def shown(self) -> Shown:
        return Shown("", (), "the warehouse isn't a DuckDB file")

    def fetch(self, relations: Collection[Relation]) -> None:
        """Copy the rows of sources and seeds into the file that `originals` opens."""
        with (
            connect(self._root / "originals.duckdb") as connection,
            self.engine.session(self._root) as session,
        ):
            self._originals.configure(connection)
            for key in map(_key, relations):
                if key not in self._taken:
                    self._fetch(connection, session, key)

    def _fetch(self, connection: Connection, session: Session, key: Key) -> None:
        name = self._original(key)
        columns = self._columns_of(session, key)
        refuse_twins(name, columns)
        table = f"rows_{len(self._taken)}"
        session.take(connection, table, name, columns)
        self._taken[key] = Relation(_ROWS, "main", table)
        self._fixed[key] = fixed_columns(connection, table, columns)

    def _columns_of(self, session: Session, key: Key) -> list[EngineColumn]:
        if key not in self._columns:
            name = self._original(key)
            columns = session.columns(name)
            if not columns:
                source = source_name(self._nodes[self._names[key]])
                raise EntityKitError(
                    f"Source {source} can't be read: there is no {name}.",
                    fix="Load it, or correct its database, schema, or identifier in the YAML.",
                )
            self._columns[key] = columns
        return self._columns[key]

    def copy(self, warehouse: Warehouse, name: str) -> Warehouse:
        raise NotImplementedError

    def create(self, name: str) -> Warehouse:
        """Create an empty warehouse: schemas for everything that is built, with nothing in them."""
        folder = self._root / "warehouses" / name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        self._count += 1
        place = self._places[folder] = make_place(
            self._prefix,
            self._count,
            self._nodes.values(),
            self._database,
            capitals=self.engine.capitals,
        )
        output = self.engine.output(self._target.output)
        profile = {"target": self._target.name, "outputs": {self._target.name: output}}
        content = yaml.safe_dump({self._target.profile: profile}, allow_unicode=True)
        (folder / "profiles.yml").write_text(content, encoding="utf-8")
        warehouse = Warehouse(folder, {})
        if self._nodes:
            self._direct(warehouse, place)
            with self.engine.session(self._root, writes=True) as session:
                self._open_place(session, place)
                for key in self._written:
                    session.copy(self._sql_name(key), self._sql_name(key, place))
        return warehouse

    def _direct(self, warehouse: Warehouse, place: Place) -> None:
        """Tell dbt where each relation is. Relations not named stay in the user's schemas."""
        schemas = {}
        for unique_id, key in self._keys.items():
            seed = unique_id.startswith("seed.")
            if seed and key not in place.shown and self._seeded is not None:
                holder = self._seeded
            elif seed or unique_id.startswith("model.") or key in place.shown:
                holder = place
            else:
                continue
            schemas[unique_id] = holder.schema_of(self._nodes[unique_id])
        writable = tuple(sorted(set(place.schemas.values())))
        Redirect(self.dialect, schemas, writable, self._functions, self._database).write(
            warehouse.profiles
        )

    def _open_place(self, session: Session, place: Place) -> None:
        """Create the schemas that will be used."""
        used = {
            place.schema_of(node)
            for unique_id, node in self._nodes.items()
            if self._keys[unique_id] in self._written | set(place.shown)
            or (unique_id in self._needed and not unique_id.startswith("source."))
        }
        new = [schema for schema in sorted(used) if schema not in self._made]
        self._made.update(dict.fromkeys(new))  # before they are there, so that none is forgotten
        session.create_schemas(new)

    def reveal(
        self,
        warehouse: Warehouse,
        views: Mapping[Relation, str],
        clock: datetime,  # noqa: ARG002  (dbt's statements get it; see patches.sql)
    ) -> None:
        """Show what the sources contain at one step."""
        place = self._places[warehouse.profiles]
        place.taken.clear()
        wanted = {_key(relation): select for relation, select in views.items()}
        changed = {key: select for key, select in wanted.items() if place.shown.get(key) != select}
        place.shown |= wanted
        self._direct(warehouse, place)
        with self.engine.session(self._root, writes=True) as session:
            self._open_place(session, place)
            for key, select in changed.items():
                found = self._rows.find(key, select, partial(self._bring, session, key, select))
                session.show(self._sql_name(key, place), found.name)
                self._rows.show(found, warehouse.profiles, key)
            self._rows.discard(session)

    def _bring(self, session: Session, key: Key, select: str, table: str) -> int:
        """Make a table with a query's rows; return how many it has."""
        schema = table.partition(".")[0]
        if schema not in self._made:
            self._made[schema] = None
            session.create_schemas([schema])
        columns = self._columns_of(session, key)
        with self._originals.opened() as connection:
            return session.bring(connection, select, table, columns, self._original(key))

    @contextmanager
    def overlays(self, catalog: str) -> Iterator[Connection]:
        # Other rows may come to stand in the overlays' tables, under the same names.
        self._rows.outdate(catalog)
        with self._originals.overlays(catalog) as connection:
            yield connection

    def drop(self, warehouse: Warehouse) -> None:
        place = self._places.pop(warehouse.profiles)
        self._rows.let_go(warehouse.profiles)
        made = [schema for schema in place.schemas.values() if schema in self._made]
        with self.engine.session(self._root, writes=True) as session:
            session.drop_schemas(made)
            self._rows.discard(session)
        for schema in made:
            del self._made[schema]
        shutil.rmtree(warehouse.profiles, ignore_errors=True)

    def share(self, *_: object) -> Any:
        raise NotImplementedError

    storable = keep = alike = share

    def files(self, warehouse: Warehouse, models: Sequence[Model]) -> Mapping[str, Path]:
        """Copy what was built for these models into a file of the warehouse."""
        place = self._places[warehouse.profiles]
        file = warehouse.profiles / "built.duckdb"
        missing = [model for model in models if model.unique_id not in place.taken]
        if missing:
            with (
                connect(file, create=True) as connection,
                self.engine.session(warehouse.profiles) as session,
            ):
                self._originals.configure(connection)
                for model in missing:
                    self._take(connection, session, model, place)
        return {str(model.relation.database): file for model in models}

    def _take(self, connection: Connection, session: Session, model: Model, place: Place) -> None:
        name = self._sql_name(_key(model.relation), place)
        columns = session.columns(name)
        if not columns:
            return  # it failed, which is told elsewhere
        refuse_twins(name, columns)
        schema = quote(model.relation.schema)
        table = f"{schema}.{quote(model.relation.name)}"
        rows(connection, f"create schema if not exists {schema}")
        session.take(connection, table, name, columns, compared_as=model.unique_id)
        for column in columns:
            declared = literal(column.declared)
            rows(connection, f"comment on column {table}.{quote(column.name)} is {declared}")
        place.taken.add(model.unique_id)

    def in_own_types(
        self, connection: Connection, found: Diff, incremental: Relation, full_refresh: Relation
    ) -> Diff:
        return with_declared_types(connection, found, incremental, full_refresh)


def _key(relation: Relation) -> Key:
    return (str(relation.database), relation.schema, relation.name)
