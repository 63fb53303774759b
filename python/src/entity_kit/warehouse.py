"""DuckDB files: opening, quoting, querying. The only module that imports duckdb."""

from __future__ import annotations

import difflib
import re
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import duckdb

from entity_kit.errors import EntityKitError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

Connection = duckdb.DuckDBPyConnection

_turn = threading.RLock()


@contextmanager
def one_thread_at_a_time() -> Iterator[None]:
    """Wait until no other thread is in such a block. A thread that is in one can enter another.

    Three things of this process bear only one thread:

    - Connections. DuckDB refuses a file that another database of the same process has attached,
      and all schedules attach the same sources.
    - Forks. A child has a copy of every thread's memory, but only the thread that forked: what
      another thread's DuckDB had locked stays locked in it, and a socket has two readers.
    - dbt without a fork, which changes the working directory and stdout of all threads.
    """
    with _turn:
        yield


class Interruptible(Protocol):
    """Running work that another thread can stop."""

    def interrupt(self) -> None: ...


_open: list[Interruptible] = []

# A DuckDB file carries this after the checksum of its first block.
_MAGIC, _MAGIC_AT = b"DUCK", 8

# DuckDB keeps these names of databases for itself.
_RESERVED = ("memory", "system", "temp")

_PART = r'(?:"(?:[^"]|"")+"|[^".:]+)'
_NAME = re.compile(rf"(?:(?P<file>.+?):)?(?:(?P<schema>{_PART})\.)?(?P<name>{_PART})", re.DOTALL)


def quote(name: str) -> str:
    """Return an identifier in double quotes, whatever it contains."""
    return '"' + name.replace('"', '""') + '"'


def literal(value: str) -> str:
    """Return a string as a SQL literal, whatever it contains."""
    return "'" + value.replace("'", "''") + "'"


class QueryError(Exception):
    """DuckDB refused a statement; the message is its own."""


@dataclass(frozen=True, slots=True)
class Relation:
    """A table or view by its full name."""

    database: str
    schema: str
    name: str

    def __str__(self) -> str:
        return f"{quote(self.database)}.{quote(self.schema)}.{quote(self.name)}"


DUCKDB = str(duckdb.__version__)
# What DuckDB 1 writes is readable by itself; only later versions know the name of this format.
_PORTABLE: dict[str, Any] = {"storage_compatibility_version": "v1.5.0"} if DUCKDB[0] != "1" else {}


@contextmanager
def connect(
    path: str | Path = ":memory:",
    *,
    read_only: bool = False,
    create: bool = False,
    portable: bool = False,
) -> Iterator[Connection]:
    """Open a DuckDB file for a `with` block. Only `create` makes a new one.

    Files that a `portable` connection makes can be read by DuckDB 1.5, too.
    Raises EntityKitError if the file is missing, held by another process, or not DuckDB's.
    """
    with one_thread_at_a_time():
        with explained(path, create=create):
            settings = _PORTABLE if portable else {}
            connection = duckdb.connect(str(path), read_only=read_only, config=settings)
        _open.append(connection)
        try:
            yield connection
        finally:
            _open.remove(connection)
            connection.close()


def interrupt() -> None:
    """Stop the running queries from another thread; they raise KeyboardInterrupt."""
    for connection in _open.copy():  # others may open and close meanwhile
        connection.interrupt()


@contextmanager
def interruptible(stop: Callable[[], None]) -> Iterator[None]:
    """Let `interrupt` also stop another engine's work in the block."""
    work = _Work(stop)
    _open.append(work)
    try:
        yield
    finally:
        _open.remove(work)


@dataclass(frozen=True, eq=False)
class _Work:
    interrupt: Callable[[], None]


def attach(
    connection: Connection,
    path: str | Path,
    alias: str,
    *,
    read_only: bool = True,
    create: bool = False,
) -> None:
    """Attach a DuckDB file under an alias; errors as in `connect`."""
    mode = " (read_only)" if read_only else ""
    with explained(path, create=create):
        connection.execute(f"attach {literal(str(path))} as {quote(alias)}{mode}")


@contextmanager
def explained(path: str | Path, *, create: bool = False) -> Iterator[None]:
    """Turn DuckDB's errors about a file into messages with a fix."""
    if str(path) != ":memory:" and not (create and not Path(path).exists()):
        _require_warehouse(Path(path))
    try:
        yield
    except duckdb.InterruptException as error:
        raise KeyboardInterrupt from error
    except duckdb.Error as error:
        text = str(error)
        if "Could not set lock" in text or "being used by another process" in text:
            raise EntityKitError(
                f"{path} is locked by another process.\n{text.splitlines()[0]}",
                fix="Close the other program (a dbt run, a notebook, a DuckDB shell) and try again.",
            ) from error
        if "Unique file handle conflict" in text or "different configuration" in text:
            raise EntityKitError(
                f"{path} is already open in this process with other settings.",
                fix="Close the other connection to it first.",
            ) from error
        raise EntityKitError(f"{path} can't be opened.\n{text}") from error


def _require_warehouse(path: Path) -> None:
    """Raise EntityKitError if there is no DuckDB file.

    DuckDB itself is only asked about its own files: for another database's, it would go and fetch
    an extension.
    """
    if not path.exists():
        raise EntityKitError(
            f"There is no warehouse file at {path}.",
            fix="Build the project once with dbt, or correct `path` in the profile.",
        )
    if path.is_dir():
        raise EntityKitError(f"{path} is a folder.", fix="Use the path of a DuckDB file.")
    try:
        with path.open("rb") as file:
            header = file.read(_MAGIC_AT + len(_MAGIC))
    except OSError as error:
        raise EntityKitError(f"{path} can't be read: {error.strerror}.") from error
    if header[_MAGIC_AT:] != _MAGIC:
        raise EntityKitError(
            f"{path} is not a DuckDB database file.",
            fix="Correct the path. For other file types, use a source's `external_location`.",
        )


def statements_of(connection: Connection, text: str) -> list[str]:
    """Split a text into its statements. Raises QueryError if it isn't DuckDB's SQL."""
    try:
        return [str(each.query) for each in connection.extract_statements(text)]
    except duckdb.Error as error:
        raise QueryError(str(error)) from error


def rows(connection: Connection, sql: str, parameters: object = None) -> list[tuple[Any, ...]]:
    """Run a query and return all its rows. Raise QueryError if DuckDB refuses it."""
    try:
        return connection.execute(sql, parameters).fetchall()
    except duckdb.InterruptException as error:
        raise KeyboardInterrupt from error
    except duckdb.Error as error:
        raise QueryError(str(error)) from error
    except RuntimeError as error:
        if str(error) == "Query interrupted":  # what DuckDB makes of a Ctrl-C that it noticed
            raise KeyboardInterrupt from error
        raise


@contextmanager
def answered(doing: str) -> Iterator[None]:
    """Turn DuckDB's refusal of a statement into an EntityKitError that names its purpose."""
    try:
        yield
    except QueryError as error:
        short = "Out of Memory" in str(error) or "No space left" in str(error)
        raise EntityKitError(
            f"DuckDB could not {doing}.\n{error}",
            fix="Free some disk space, or set TMPDIR to a folder with more." if short else "",
        ) from error


def columns(connection: Connection, relation: Relation) -> list[tuple[str, str]]:
    """Return a relation's columns in order, with their types as DuckDB writes them in full."""
    return [(str(row[0]), str(row[1])) for row in rows(connection, f"describe {relation}")]


# The types whose values are rounded.
FLOATS = frozenset({"FLOAT", "DOUBLE"})


class Parts(NamedTuple):
    """A parsed type: STRUCT, LIST, and ARRAY have parts; all other types are only a name."""

    kind: str
    text: str
    children: tuple[tuple[str, Parts], ...] = ()


def parts(kind: str) -> Parts:
    """Parse a type, as DuckDB writes it in full.

    Only of a type with a float in it, in lists and structs whose fields have names.
    """
    if not re.search("FLOAT|DOUBLE", kind):
        return Parts(kind, kind)
    try:
        return _parts(duckdb.sqltype(kind))
    except duckdb.Error:  # it reads no such type by itself: that of a catalog, for example
        return Parts(kind, kind)


def _parts(of: Any) -> Parts:
    name, text = str(of.id).upper(), str(of)
    if name not in {"STRUCT", "LIST", "ARRAY"}:
        return Parts(text, text)
    inside = of.children if name == "STRUCT" else of.children[:1]
    if name == "STRUCT" and not all(field for field, _ in inside):
        return Parts(text, text)
    return Parts(name, text, tuple((field, _parts(child)) for field, child in inside))


def fold(name: str) -> str:
    """Return the form in which DuckDB compares names: A to Z in lower case, the rest as it is."""
    return re.sub("[A-Z]+", lambda capitals: capitals[0].lower(), name)


def closest(name: str, known: Sequence[str]) -> str:
    """Return a sentence with the closest known names."""
    if not known:
        return "There are none."
    folded = {fold(each): each for each in known}
    found = difflib.get_close_matches(fold(name), folded, n=3, cutoff=0.5)
    names = [folded[each] for each in found] or sorted(known)[:10]
    return f"{'Closest' if found else 'There are'}: {', '.join(names)}."


class Files:
    """DuckDB files attached to a connection, read-only, and the relations in them."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._aliases: dict[Path, str] = {}

    def relation(self, text: str, *, default: str | Path) -> Relation:
        """Find `table`, `schema.table` or `other.duckdb:schema.table`, whatever its case.

        Raises EntityKitError if the text isn't a name, or if no relation or several match.
        """
        parts = _NAME.fullmatch(text)
        if parts is None:
            raise EntityKitError(
                f"{text!r} isn't a relation.",
                fix="Write table, schema.table or other.duckdb:schema.table; a name that holds a "
                'dot, a colon or a quote stands in double quotes: "my.schema"."my table".',
            )
        path = Path(parts["file"] or default)
        alias = self._attach(path)
        known = _relations(self._connection, alias)
        name, schema = unquoted(parts["name"]), unquoted(parts["schema"] or "")
        found = [each for each in known if fold(each.name) == fold(name)]
        if schema:
            found = [each for each in found if fold(each.schema) == fold(schema)]
        else:
            found = [each for each in found if each.schema == "main"] or found
        if not found:
            wanted = _written(schema, name) if schema else _written(name)
            names = {
                _written(each.schema, each.name) if schema else _written(each.name)
                for each in known
            }
            raise EntityKitError(
                f"There is no relation {wanted} in {path}.", fix=closest(wanted, sorted(names))
            )
        if len(found) > 1:
            choice = ", ".join(_written(each.schema, each.name) for each in found)
            raise EntityKitError(
                f"{path} has {_written(name)} in several schemas.", fix=f"Write which: {choice}."
            )
        only = found[0]
        if only.is_view and alias != _stem(path):
            raise EntityKitError(
                f"{_written(only.schema, only.name)} in {path} is a view, and the other file has "
                "the same name, so the view's SQL might read the wrong file.",
                fix="Rename one of the two files.",
            )
        return Relation(alias, only.schema, only.name)

    def _attach(self, path: Path) -> str:
        real = path.resolve()
        if real not in self._aliases:
            # A view's SQL may name its database, which is the file's name.
            alias, taken = _stem(path), {*_RESERVED, *map(fold, self._aliases.values())}
            while fold(alias) in taken:
                alias += "_"
            attach(self._connection, path, alias)
            self._aliases[real] = alias
        return self._aliases[real]


def _stem(path: Path) -> str:
    """Return the name under which DuckDB attaches a file by itself."""
    return path.name.split(".")[0]


def _written(*parts: str) -> str:
    """Return a name as `Files.relation` reads it."""
    return ".".join(quote(part) if re.search('[".:]', part) else part for part in parts)


def unquoted(part: str) -> str:
    """Return the name that a part of a written name stands for."""
    return part[1:-1].replace('""', '"') if part.startswith('"') else part


class _Known(NamedTuple):
    schema: str
    name: str
    is_view: bool


def _relations(connection: Connection, database: str) -> list[_Known]:
    """Return every table and view of a database."""
    found = rows(
        connection,
        """
        select schema_name, table_name, false as is_view from duckdb_tables()
        where database_name = $1 and not internal
        union all
        select schema_name, view_name, true from duckdb_views()
        where database_name = $1 and not internal
        order by all
        """,
        [database],
    )
    return [_Known(*row) for row in found]
