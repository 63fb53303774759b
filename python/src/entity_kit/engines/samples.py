"""Scratch warehouses whose sources are a folder of files, because their warehouse isn't at hand.

The files are loaded into DuckDB files of ours, one per database of the project, which then count as
the user's own.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from entity_kit.dbt_bridge.dialect_types import duckdb_type
from entity_kit.dbt_bridge.nodes import source_name
from entity_kit.engines.duckdb import DuckDBScratch
from entity_kit.engines.mirror import folded
from entity_kit.engines.sample_files import find_files, require_samples
from entity_kit.engines.scratch import Catalog
from entity_kit.errors import EntityKitError
from entity_kit.warehouse import QueryError, attach, literal, quote, rows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from entity_kit.dbt_bridge.dialect import Dialect
    from entity_kit.dbt_bridge.profiles import Target
    from entity_kit.engines.sample_files import SampleFile
    from entity_kit.engines.scratch import Contents
    from entity_kit.warehouse import Connection, Relation

    # Returns the folder with the samples, once it is known what the project reads. It may write them.
    Samples = Callable[[Contents], Path]

_LOADED = "entity_kit_sample"
_EXACT_NUMBER = re.compile(r"U?(?:TINY|SMALL|BIG|HUGE)?INT(?:EGER)?|DECIMAL\(\d+,\d+\)")
_NUMBER_OR_TEXT = re.compile(rf"VARCHAR|FLOAT|DOUBLE|{_EXACT_NUMBER.pattern}")


class SampledScratch(DuckDBScratch):
    """Scratch warehouses for a target whose database needn't exist: its sources come from files.

    `samples` says where they are. The project may be `written_in` another dialect.
    """

    def __init__(
        self,
        root: Path,
        target: Target,
        project_dir: Path,
        jobs: int,
        samples: Samples,
        *,
        written_in: Dialect | None = None,
    ) -> None:
        named = str(target.output.get("path") or ":memory:")
        name = (
            "memory" if named == ":memory:" else named.rsplit("/", 1)[-1].split(".", maxsplit=1)[0]
        )
        # Nothing of the user's is opened: not the target's own file, nor what it attaches.
        output = {k: v for k, v in target.output.items() if k != "attach"}
        output["path"] = str(root / "no warehouse" / f"{name}.duckdb")
        super().__init__(
            root,
            replace(target, output=output),
            project_dir,
            jobs,
            absent=True,
            written_in=written_in,
        )
        self._folder = root / "samples"
        self._samples = samples
        self._files: Mapping[str, SampleFile] = {}

    def prepare(self, contents: Contents) -> list[str]:
        """Load the files of the sources, and then make the template from them."""
        folder = self._samples(contents)
        require_samples(folder)
        sources = [node for node in contents.nodes.values() if "source_name" in node]
        self._files = find_files(folder, sources, ())
        there = {folded(contents.relations[u]) for u in self._files}
        find_files(
            folder,
            sources,
            [
                node["unique_id"]
                for node in sources
                if node["unique_id"] in contents.needed
                and super(SampledScratch, self).location(node) is None
                # A table may be the source of several names.
                and folded(contents.relations[node["unique_id"]]) not in there
            ],
        )
        chosen = _one_a_relation([n for n in sources if n["unique_id"] in self._files], contents)
        databases = [contents.relations[u].database for u in contents.relations]
        catalogs = self._catalogs(databases)
        self._folder.mkdir(parents=True, exist_ok=True)
        notes = []
        for catalog in catalogs:
            assert catalog.original is not None  # noqa: S101  (made here)
            catalog.original.unlink(missing_ok=True)
            with self.connection() as connection:
                attach(connection, catalog.original, _LOADED, read_only=False, create=True)
                for node in chosen:
                    relation = contents.relations[node["unique_id"]]
                    if relation.database.casefold() == catalog.name.casefold():
                        notes += self._load(connection, node, relation)
        self._originals.catalogs = catalogs
        return [*notes, *super().prepare(contents)]

    def location(self, node: Mapping[str, Any]) -> str | None:
        """Return the SQL for a source that is a file of the project's, unless there is a sample of it."""
        return None if node.get("unique_id") in self._files else super().location(node)

    def _catalogs(self, databases: Iterable[str]) -> list[Catalog]:
        """Return a catalog per database, with the target's own first."""
        main = self._originals.catalogs[0]
        named = {main.name.casefold(): main.name}
        for database in databases:
            named.setdefault(database.casefold(), database)
        return [
            Catalog(
                name,
                self._folder / f"{number}.duckdb",
                f"entity_kit_original_{number}",
                main.file_name if number == 0 else f"{number}_{name}.duckdb",
                attached_as=quote(name),
            )
            for number, name in enumerate(named.values())
        ]

    def _load(
        self, connection: Connection, node: Mapping[str, Any], relation: Relation
    ) -> list[str]:
        """Create the table of one source, and return what is to be noted of it."""
        file = self._files[node["unique_id"]]
        given = {str(c["name"]).casefold(): c for c in (node.get("columns") or {}).values()}
        typed = {name: str(c["data_type"]) for name, c in given.items() if c.get("data_type")}
        try:
            names = [str(name) for name in _columns(connection, file.reader())]
            if file.is_csv:
                _refuse_one_name(file, _header(connection, file))
                texts = [name for name in names if name.casefold() in typed]
                reader = file.reader(texts)
            else:
                _refuse_one_name(file, _parquet_columns(connection, file))
                reader = file.reader()
            kinds = _columns(connection, reader)
        except QueryError as error:
            raise EntityKitError(
                f"{file.path} can't be read.\n{error}", fix="Write the file again."
            ) from error
        notes = []
        selected = []
        for name in names:
            wanted = typed.get(name.casefold())
            cast = None if wanted is None else _type(connection, wanted, self._written_in)
            if wanted is not None and cast is None:
                notes.append(
                    f"{source_name(node)}: DuckDB has no type {wanted}, so the column {name} keeps "
                    "its type in the file."
                )
            if cast is None or cast == kinds[name]:
                selected.append(quote(name))
                continue
            _require_fit(connection, file, reader, name, (kinds[name], cast, wanted or cast))
            selected.append(f"cast({quote(name)} as {cast}) as {quote(name)}")
        lacking = sorted(given.keys() - {name.casefold() for name in names})
        lacking = [name for name in lacking if "." not in name]  # a part of a nested column
        if lacking:
            notes.append(
                f"{file.path.name} of source {source_name(node)} lacks "
                f"{', '.join(lacking)}, which the YAML declares."
            )
        schema = f"{quote(_LOADED)}.{quote(relation.schema)}"
        rows(connection, f"create schema if not exists {schema}")
        rows(
            connection,
            f"create table {schema}.{quote(relation.name)} as "
            f"select {', '.join(selected)} from {reader}",
        )
        return notes


def _one_a_relation(
    nodes: Sequence[Mapping[str, Any]], contents: Contents
) -> list[Mapping[str, Any]]:
    """Return one source for each table. Refuse two tables whose names differ only in case."""
    found: dict[tuple[str, str, str], Mapping[str, Any]] = {}
    for node in nodes:
        relation = contents.relations[node["unique_id"]]
        other = found.setdefault(folded(relation), node)
        named = contents.relations[other["unique_id"]].name
        if named != relation.name:
            raise EntityKitError(
                f"Sources {source_name(other)} and {source_name(node)} are tables whose names differ "
                f"only in case ({named}, {relation.name}). DuckDB can't hold both.",
                fix="Leave out the models that read one of them, with --exclude.",
            )
    return list(found.values())


def _columns(connection: Connection, reader: str) -> dict[str, str]:
    return {str(r[0]): str(r[1]) for r in rows(connection, f"describe select * from {reader}")}


def _header(connection: Connection, file: SampleFile) -> list[str]:
    """Return the names in a CSV file's first line."""
    found = rows(
        connection,
        f"select * from read_csv({_sql(file)}, header = false, all_varchar = true) limit 1",
    )
    return [str(name) for name in found[0]] if found else []


def _parquet_columns(connection: Connection, file: SampleFile) -> list[str]:
    """Return the names of the columns as the files have them: DuckDB numbers those that it takes for one."""
    found: dict[str, None] = {}
    for part in file.parts:
        schema = rows(
            connection, f"select name, num_children from parquet_schema({literal(str(part))})"
        )
        at = 1  # after the root
        while at < len(schema):
            found.setdefault(str(schema[at][0]))
            left = int(schema[at][1] or 0)
            at += 1
            while left:  # what is inside of a nested column
                left += int(schema[at][1] or 0) - 1
                at += 1
    return list(found)


def _sql(file: SampleFile) -> str:
    return ", ".join(literal(str(part)) for part in file.parts)


def _refuse_one_name(file: SampleFile, names: Sequence[str]) -> None:
    known: dict[str, str] = {}
    for name in names:
        other = known.setdefault(name.casefold(), name)
        if other != name:
            raise EntityKitError(
                f"{file.path} has two columns whose names differ only in case: {other} and {name}. "
                "DuckDB can't hold both.",
                fix="Rename or remove one of them in the file.",
            )


def _type(connection: Connection, declared: str, dialect: Dialect | None) -> str | None:
    """Return a declared type as DuckDB writes it, or None if it has no such type."""
    named = declared if dialect is None else duckdb_type(declared, dialect.name)
    if named is None:
        return None
    try:
        found = rows(connection, f"describe select cast(null as {named}) as c")
    except QueryError:
        return None
    return str(found[0][1])


def _require_fit(
    connection: Connection,
    file: SampleFile,
    reader: str,
    name: str,
    types: tuple[str, str, str],
) -> None:
    """Refuse a value that the declared type doesn't hold; `types` are the file's, DuckDB's, and as declared."""
    held, cast, declared = types
    column = quote(name)
    lost = f"try_cast({column} as {cast}) is null"
    if _EXACT_NUMBER.fullmatch(cast) and _NUMBER_OR_TEXT.fullmatch(held):
        # A cast rounds: 1.5 would become 2.
        number = f"try_cast({column} as double)"
        near = f"abs({number} - cast(try_cast({column} as {cast}) as double))"
        lost = f"({lost} or {near} > 1e-9 * greatest(1, abs({number})))"
    try:
        found = rows(
            connection,
            f"select cast({column} as varchar) from {reader} "
            f"where {column} is not null and {lost} limit 1",
        )
    except QueryError as error:
        raise EntityKitError(
            f"{file.path}: column {name} is {held} and can't become {declared}, as the source's YAML "
            f"declares it.\n{error}",
            fix="Correct the data_type, or the file.",
        ) from error
    if found:
        raise EntityKitError(
            f"{file.path}: column {name} has the value {found[0][0]!r}, which isn't of type "
            f"{declared}, as the source's YAML declares it.",
            fix="Correct the data_type, or the file.",
        )
