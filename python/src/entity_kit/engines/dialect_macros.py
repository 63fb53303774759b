"""What is written in a project's dialect outside of its models, and the user's own DuckDB macros for it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from entity_kit.dbt_bridge.dialect_text import (
    translated_expression,
    with_double_quotes,
)
from entity_kit.dialects import UnsupportedError
from entity_kit.errors import EntityKitError
from entity_kit.warehouse import QueryError, connect, rows, statements_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from entity_kit.dbt_bridge.dialect import Dialect

_NAME = re.compile(r'\s*(?:\w+|"(?:[^"]|"")+"|`[^`]+`)\s*')
_CREATES = re.compile(
    r"(?:\s|--[^\n]*\n|/\*.*?\*/)*create\s+(?:or\s+replace\s+)?(?:macro|function)\s+"
    r"(?:if\s+not\s+exists\s+)?(?P<name>\w+)\s*\(",
    re.IGNORECASE | re.DOTALL,
)
_EXAMPLE = "For example: create or replace macro hash(x) as md5(cast(x as varchar));"


def read_macros(files: Sequence[Path]) -> tuple[tuple[str, ...], frozenset[str]]:
    """Return the statements of the files, and the lower-case names of the macros that they create.

    Raises EntityKitError for a statement that isn't `create macro`, or that DuckDB refuses.
    """
    found = []
    names = set()
    for file in files:
        for statement in _statements(file):
            created = _CREATES.match(statement)
            if created is None:
                raise EntityKitError(
                    f"{file} may only create macros; it has: {statement.strip().splitlines()[0]}",
                    fix=_EXAMPLE,
                )
            names.add(created["name"].casefold())
            found.append(statement)
    return tuple(found), frozenset(names)


def check_macros(ours: Sequence[str], theirs: Sequence[str]) -> None:
    """Refuse macros of the user's that DuckDB can't create. They may call ours."""
    with connect() as connection:
        for statement in ours:
            rows(connection, statement)
        for statement in theirs:
            try:
                rows(connection, statement)
            except QueryError as error:  # noqa: PERF203
                raise EntityKitError(
                    f"A macro of --dialect-macro can't be created.\n{error}\n{statement.strip()}",
                    fix=_EXAMPLE,
                ) from error


def _statements(file: Path) -> list[str]:
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise EntityKitError(
            f"{file} can't be read: {error}", fix="Correct --dialect-macro."
        ) from error
    try:
        with connect() as connection:
            return statements_of(connection, text)
    except QueryError as error:
        raise EntityKitError(f"{file} isn't SQL of DuckDB's.\n{error}", fix=_EXAMPLE) from error


def dialect_expression(text: str, dialect: Dialect) -> str:
    """Translate an expression over a source's columns, such as its loaded_at_field."""
    if _NAME.fullmatch(text):
        return with_double_quotes(text)
    try:
        return translated_expression(text, dialect)
    except UnsupportedError as error:
        raise EntityKitError(
            f"`{text}`, in a source's YAML, can't be translated from {dialect.name} to DuckDB: "
            f"{error.construct}. {error.why}",
            fix="Write it with other functions, or name a column.",
        ) from error
