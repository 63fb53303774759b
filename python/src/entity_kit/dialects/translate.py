"""Translate a dialect's SQL into DuckDB's."""

from __future__ import annotations

from functools import lru_cache

from sqlglot import exp

from entity_kit.dialects.checking import Walker
from entity_kit.dialects.constructs import table_of
from entity_kit.dialects.parsing import parse
from entity_kit.dialects.unsupported import UnsupportedError
from entity_kit.dialects.writing import write

DIALECTS = ("snowflake", "bigquery", "redshift", "databricks", "postgres")

__all__ = ["DIALECTS", "UnsupportedError", "prelude", "to_duckdb"]


def to_duckdb(
    sql: str,
    dialect: str,
    known: frozenset[str] = frozenset(),
    *,
    header: str = "",
    named: bool = True,
) -> str:
    """Return one or several statements of the dialect as DuckDB SQL that means the same.

    `known` holds the lower-case names of DuckDB macros that the user has written: calls of them
    pass as they are. `header` is what stands before the SQL, and may create functions. `named` says
    whether columns without an alias need the name that they have in the dialect. Raise UnsupportedError at what isn't known to mean the same.
    """
    found = _read(sql, dialect, known, header, named)
    if isinstance(found, UnsupportedError):
        raise UnsupportedError(found.construct, found.line, found.why)
    return found


@lru_cache(maxsize=4096)
def _read(
    sql: str, dialect: str, known: frozenset[str], header: str, named: bool
) -> str | UnsupportedError:
    """Translate a text, or say why not: once, although each step and schedule asks again."""
    walk = Walker(dialect, known, named=named)
    try:
        for statement in parse(header, dialect) if header else ():
            if isinstance(statement, exp.Create):
                walk.visit(statement)
        written = []
        for statement in parse(sql, dialect):
            if walk.table.prepare is not None:
                walk.table.prepare(statement)
            made = walk.visit(statement)
            if walk.table.check is not None:
                walk.table.check(walk, made)
            written.append(write(made))
        return ";\n".join(filter(None, written))
    except UnsupportedError as error:
        return error.with_traceback(None)
    except RecursionError:
        return UnsupportedError("statement", 1, "It is nested too deeply to be read.")


def prelude(dialect: str) -> tuple[str, ...]:
    """Return the statements that create the macros of which translated SQL may make use."""
    return table_of(dialect).macros
