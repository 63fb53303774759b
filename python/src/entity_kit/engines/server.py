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
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import sqlglot
import yaml
from sqlglot.errors import SqlglotError

from entity_kit.arrivals.schedules import CRASH
from entity_kit.compare.difference import Column
from entity_kit.dbt_bridge.adapter import require_adapter
from entity_kit.dbt_bridge.nodes import source_name
from entity_kit.dbt_bridge.redirect import Redirect, moved, scratch_schema
from entity_kit.engines.duckdb import Catalog, Scratch, Warehouse, time_zone
from entity_kit.engines.postgres import Postgres
from entity_kit.engines.spark import Spark
from entity_kit.errors import EntityKitError
from entity_kit.warehouse import Relation, connect, fold, literal, quote, rows, unquoted

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

_ENGINES: dict[str, type[Any]] = {"postgres": Postgres, "spark": Spark}
_Key = tuple[str, str, str]  # a relation of the project, as its YAML and dbt name it
_STRANGER = len(" (stranger)")  # what deliveries add to a made-up key
_SPARE_TABLES = 20  # of rows that no warehouse shows now, but an experiment may soon
_SPARE_ROWS = 100_000  # at most in each of them


def make_scratch(
    root: Path, target: Target, project_dir: Path, jobs: int, *, absent: bool = False
) -> Scratch:
    """Create the scratch warehouses for a target: DuckDB files, or schemas on its engine."""
    kind = str(target.output.get("type"))
    if kind == "duckdb":
        return Scratch(root, target, project_dir, jobs, absent=absent)
    if kind not in _ENGINES:
        *others, last = ("duckdb", *_ENGINES)
        raise EntityKitError(
            f"Target `{target.name}` of profile `{target.profile}` is of type {kind!r}; verify "
            f"replays projects on {', '.join(others)} and {last}.",
            fix="Add a duckdb output to the profile and name it with --target. A DuckDB file "
            "with a sample of the source rows is enough.",
        )
    require_adapter(kind)
    return EngineScratch(root, target, project_dir, jobs, kind)


@dataclass(slots=True)
class _Rows:
    """Our table on the engine with what a source shows at some state."""

    name: str
    count: int
    shown_by: set[tuple[Path, _Key]] = field(default_factory=set)


@dataclass(slots=True)
class _Place:
    """One scratch warehouse: its schemas by the project's, and what is in them."""

    schemas: dict[str, str]
    # The query of each source whose rows it shows.
    shown: dict[_Key, str] = field(default_factory=dict)
    taken: set[str] = field(default_factory=set)


class EngineScratch(Scratch):
    """Create scratch warehouses on the engine of a project's target."""

    def __init__(self, root: Path, target: Target, project_dir: Path, jobs: int, kind: str) -> None:
        self._kind = kind
        self._prefix = f"entity_kit_{secrets.token_hex(4)}"
        self.engine: Engine = _ENGINES[kind](self._prefix)
        self.engine.refuse(target.output)
        super().__init__(root, target, project_dir, min(jobs, self.engine.most_jobs or jobs))
        self.dialect = self.engine.dialect
        self._checked = False
        self._made: dict[str, None] = {}  # schemas
        self._nodes: Mapping[str, Mapping[str, Any]] = {}
        self._keys: dict[str, _Key] = {}  # by unique id; sources may share a relation
        self._names: dict[_Key, str] = {}  # one unique id of each
        self._needed: set[str] = set()
        self._written: set[_Key] = set()  # tables that hooks write to
        self._functions: tuple[str, ...] = ()
        self._columns: dict[_Key, list[EngineColumn]] = {}
        self._fixed: dict[_Key, frozenset[str]] = {}
        self._taken: dict[_Key, Relation] = {}
        self._seeded: _Place | None = None
        self._places: dict[Path, _Place] = {}
        self._rows: dict[tuple[_Key, str], _Rows] = {}
        self._stale: list[_Rows] = []
        self._count = 0

    def _read_catalogs(self) -> tuple[list[Catalog], list[dict[str, Any]]]:
        file = self._root / "originals.duckdb"
        with connect(file, create=True):
            pass
        return [Catalog("engine", file, "entity_kit_original_0", file.name)], []

    def runner(
        self,
        project: Project,
        executable: str | None = None,
        on_progress: Callable[[str], None] = lambda _: None,
    ) -> Runner:
        if executable is not None:
            raise EntityKitError(
                f"A {self._kind} target is replayed by dbt-core in this Python, where its relations "
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

    def learn(
        self,
        nodes: Mapping[str, Mapping[str, Any]],
        relations: Mapping[str, Relation],
        needed: set[str],
    ) -> None:
        self._nodes = nodes
        self._keys = {unique_id: _key(relations[unique_id]) for unique_id in nodes}
        self._names = {key: unique_id for unique_id, key in self._keys.items()}
        self._needed = needed

    def _check(self) -> None:
        """Check the engine before the first use."""
        if self._checked:
            return
        zone = self.engine.check()
        self.time_zone = self.settings["TimeZone"] = time_zone(
            zone, "The time zone of the target's sessions", "alter role … set timezone = 'UTC'"
        )
        with self.engine.session(self._root) as session:
            self._functions = tuple(sorted(session.writing_functions()))
        self._checked = True

    def location(self, node: Mapping[str, Any]) -> str | None:  # noqa: ARG002
        return None  # external_location is for another adapter

    def expression(self, text: str, relation: Relation) -> str:
        bare = unquoted(text.strip().replace("`", '"')).casefold()
        if bare in {column.name.casefold() for column in self._columns[_key(relation)]}:
            return bare
        try:
            return sqlglot.transpile(text, read=self.dialect, write="duckdb")[0]
        except SqlglotError:
            return text

    def origin(self, relation: Relation) -> Relation | None:
        return self._taken.get(_key(relation))

    def fixed(self, relation: Relation) -> frozenset[str]:
        return self._fixed.get(_key(relation), frozenset())

    def seed_origin(self, relation: Relation) -> Relation:
        return self._taken.get(_key(relation), relation)

    def holds(self, relation: Relation) -> bool:
        self._check()
        with self.engine.session(self._root) as session:
            return bool(session.columns(self._sql_name(_key(relation))))

    def _sql_name(self, key: _Key, place: _Place | None = None) -> str:
        """Return a relation's name as dbt writes it, for the user's schema or a scratch warehouse."""
        node = self._nodes[self._names[key]]
        name = str(node["relation_name"])
        return name if place is None else moved(name, place.schemas[node["schema"]])

    def _original(self, key: _Key) -> str:
        """Return where a source's rows come from. A seed's are never the user's own."""
        return self._sql_name(key, self._seeded if self._names[key].startswith("seed.") else None)

    def build_template(self, hidden: Collection[Relation], written: Collection[str]) -> list[str]:
        """Note which of the user's tables hooks write to. Every warehouse gets a copy of them."""
        self._check()
        unseen = {_key(relation) for relation in hidden}
        written_to = [
            key
            for key, unique_id in self._names.items()
            if unique_id.startswith("model.") and key not in unseen and key[2].casefold() in written
        ]
        if written_to:
            with self.engine.session(self._root) as session:
                self._written = {k for k in written_to if session.columns(self._sql_name(k))}
        return []

    def show(self, views: Mapping[Relation, str]) -> None:
        """Do nothing: what is the same in all warehouses is read in place."""

    def seeded_from(self, warehouse: Warehouse) -> None:
        self._seeded = self._places[warehouse.profiles]

    def fetch(self, relations: Collection[Relation]) -> None:
        """Copy the rows of sources and seeds into the file that `originals` opens."""
        with (
            connect(self._root / "originals.duckdb") as connection,
            self.engine.session(self._root) as session,
        ):
            self.configure(connection)
            for key in map(_key, relations):
                if key not in self._taken:
                    self._fetch(connection, session, key)

    def _fetch(self, connection: Connection, session: Session, key: _Key) -> None:
        name = self._original(key)
        columns = self._columns_of(session, key)
        _refuse_twins(name, columns)
        table = f"rows_{len(self._taken)}"
        session.take(connection, table, name, columns)
        self._taken[key] = Relation(self.catalogs[0].alias, "main", table)
        # Their values can't be invented, only taken from elsewhere in the column.
        fixed = {column.name for column in columns if column.type is None}
        for column in columns:
            if column.most is not None:
                longest = f"select coalesce(max(length({quote(column.name)})), 0) from {table}"
                if rows(connection, longest)[0][0] + _STRANGER > column.most:
                    fixed.add(column.name)
        self._fixed[key] = frozenset(fixed)

    def _columns_of(self, session: Session, key: _Key) -> list[EngineColumn]:
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

    def create(self, name: str) -> Warehouse:
        """Create an empty warehouse: schemas for everything that is built, with nothing in them."""
        folder = self._root / "warehouses" / name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        self._count += 1
        schemas = {
            node["schema"]: scratch_schema(self._prefix, self._count, node["schema"])
            for node in self._nodes.values()
        }
        place = self._places[folder] = _Place(schemas)
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

    def _direct(self, warehouse: Warehouse, place: _Place) -> None:
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
            schemas[unique_id] = holder.schemas[self._nodes[unique_id]["schema"]]
        writable = tuple(sorted(set(place.schemas.values())))
        Redirect(self.dialect, schemas, writable, self._functions).write(warehouse.profiles)

    def _open_place(self, session: Session, place: _Place) -> None:
        """Create the schemas that will be used."""
        used = {
            node["schema"]
            for unique_id, node in self._nodes.items()
            if self._keys[unique_id] in self._written | set(place.shown)
            or (unique_id in self._needed and not unique_id.startswith("source."))
        }
        wanted = (place.schemas[schema] for schema in sorted(used))
        new = [schema for schema in wanted if schema not in self._made]
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
                table = self._bring(session, key, select)
                session.show(self._sql_name(key, place), table.name)
                for other in (*self._rows.values(), *self._stale):
                    other.shown_by.discard((warehouse.profiles, key))
                table.shown_by.add((warehouse.profiles, key))
            self._discard(session)

    def _bring(self, session: Session, key: _Key, select: str) -> _Rows:
        """Return the table with a query's rows, which all warehouses share."""
        known = self._rows.pop((key, select), None)
        if known is None:
            schema = f"{self._prefix}_rows"
            if schema not in self._made:
                self._made[schema] = None
                session.create_schemas([schema])
            self._count += 1
            table = f"{schema}.rows_{self._count}"
            columns = self._columns_of(session, key)
            with self.originals() as connection:
                count = session.bring(connection, select, table, columns, self._original(key))
            known = _Rows(table, count)
        self._rows[key, select] = known  # the last one is the last that was used
        return known

    def _discard(self, session: Session) -> None:
        """Drop the tables that no view shows, except a few small ones."""
        for stale in [table for table in self._stale if not table.shown_by]:
            session.drop_table(stale.name)
            self._stale.remove(stale)
        spare = [key for key, table in self._rows.items() if not table.shown_by]
        kept = [key for key in spare if self._rows[key].count <= _SPARE_ROWS][-_SPARE_TABLES:]
        for key in spare:
            if key not in kept:
                session.drop_table(self._rows.pop(key).name)

    @contextmanager
    def overlays(self, catalog: str) -> Iterator[Connection]:
        # Other rows may come to stand in the overlays' tables, under the same names.
        old = [key for key in self._rows if catalog in key[1]]
        self._stale += [self._rows.pop(key) for key in old]
        with super().overlays(catalog) as connection:
            yield connection

    def drop(self, warehouse: Warehouse) -> None:
        place = self._places.pop(warehouse.profiles)
        for table in (*self._rows.values(), *self._stale):
            table.shown_by = {each for each in table.shown_by if each[0] != warehouse.profiles}
        made = [schema for schema in place.schemas.values() if schema in self._made]
        with self.engine.session(self._root, writes=True) as session:
            session.drop_schemas(made)
            self._discard(session)
        for schema in made:
            del self._made[schema]
        super().drop(warehouse)

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
                self.configure(connection)
                for model in missing:
                    self._take(connection, session, model, place)
        return {str(model.relation.database): file for model in models}

    def _take(self, connection: Connection, session: Session, model: Model, place: _Place) -> None:
        name = self._sql_name(_key(model.relation), place)
        columns = session.columns(name)
        if not columns:
            return  # it failed, which is told elsewhere
        _refuse_twins(name, columns)
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
        """Return a comparison's columns with the types that the engine declares."""
        ours, theirs = (_declared(connection, side) for side in (incremental, full_refresh))
        columns = tuple(
            Column(c.name, ours.get(fold(c.name)), theirs.get(fold(c.name))) for c in found.columns
        )
        return replace(found, columns=columns)


def _declared(connection: Connection, relation: Relation) -> dict[str, str]:
    found = rows(
        connection,
        "select column_name, comment from duckdb_columns() "
        f"where database_name = {literal(relation.database)} "
        f"and schema_name = {literal(relation.schema)} and table_name = {literal(relation.name)}",
    )
    return {fold(name): comment for name, comment in found}


def _key(relation: Relation) -> _Key:
    return (str(relation.database), relation.schema, relation.name)


def _refuse_twins(relation: str, columns: Sequence[EngineColumn]) -> None:
    """Refuse columns whose names differ only in case."""
    seen: dict[str, str] = {}
    for column in columns:
        other = seen.setdefault(fold(column.name), column.name)
        if other != column.name:
            raise EntityKitError(
                f"{relation} has columns {other} and {column.name}: DuckDB, in which verify keeps "
                "and compares rows, doesn't distinguish names by case.",
                fix="Exclude the model with --exclude, or rename one of the columns.",
            )
