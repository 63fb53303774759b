"""Relations of DuckDB files by the names that people type."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from entity_kit.errors import EntityKitError
from entity_kit.warehouse import RESERVED, Relation, attach, closest, fold, quote, rows, unquoted

if TYPE_CHECKING:
    from entity_kit.warehouse import Connection

_PART = r'(?:"(?:[^"]|"")+"|[^".:]+)'
_NAME = re.compile(rf"(?:(?P<file>.+?):)?(?:(?P<schema>{_PART})\.)?(?P<name>{_PART})", re.DOTALL)


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
            alias, taken = _stem(path), {*RESERVED, *map(fold, self._aliases.values())}
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
