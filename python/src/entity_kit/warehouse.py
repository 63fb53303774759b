"""DuckDB files: opening, quoting, querying. The only module that imports duckdb."""

from __future__ import annotations

import difflib
import re
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol
from weakref import WeakSet

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
RESERVED = ("memory", "system", "temp")


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


class Kept:
    """A DuckDB without a file that stays open between its uses: opening one takes ten milliseconds.

    A use may attach what it likes, which is detached at its end. It may create temporary tables only.
    """

    def __init__(self) -> None:
        self._root: Connection | None = None
        self._in_use = False
        _kept.add(self)

    @contextmanager
    def opened(self) -> Iterator[Connection]:
        """Open a connection for a `with` block. What was set globally in the last one may still be."""
        with one_thread_at_a_time():
            if self._in_use:
                with connect() as another:
                    yield another
                return
            self._root = self._root or duckdb.connect()
            connection = self._root.cursor()
            self._in_use = True
            _open.append(connection)
            try:
                yield connection
                connection.close()
                for (name,) in rows(self._root, "select database_name from duckdb_databases()"):
                    if name not in RESERVED:
                        rows(self._root, f"detach {quote(name)}")
            except BaseException:
                connection.close()
                self._in_use = False
                self.close()
                raise
            finally:
                _open.remove(connection)
                self._in_use = False

    def close(self) -> None:
        """Close it unless it is in use. It opens again when needed."""
        if self._root is not None and not self._in_use:
            self._root.close()
            self._root = None


_kept: WeakSet[Kept] = WeakSet()


@contextmanager
def nothing_open() -> Iterator[None]:
    """Wait until no other thread has a connection open, and keep it so."""
    with one_thread_at_a_time():
        for each in list(_kept):
            each.close()
        yield


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


def unquoted(part: str) -> str:
    """Return the name that a part of a written name stands for."""
    return part[1:-1].replace('""', '"') if part.startswith('"') else part
