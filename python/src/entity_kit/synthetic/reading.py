"""Columns of sources that models read, as far as their text tells."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.scope import Scope, traverse_scope

from entity_kit.dbt_bridge.nodes import source_name
from entity_kit.warehouse import fold

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_SOURCE = re.compile(r"""\{\{-?\s*source\(\s*(['"])(.*?)\1\s*,\s*(['"])(.*?)\3\s*\)\s*-?\}\}""")
_SILENT = re.compile(r"\{#.*?#\}|\{\{-?\s*config\s*\(.*?\)\s*-?\}\}", re.DOTALL)
_TAG = re.compile(r"\{%.*?%\}", re.DOTALL)
_RELATION = re.compile(r"\{\{-?\s*(?:ref\s*\(.*?\)|this)\s*-?\}\}", re.DOTALL)
_EXPRESSION = re.compile(r"\{\{.*?\}\}", re.DOTALL)
_MARK = "entity_kit_source_"


def undeclared_columns(
    models: Iterable[Mapping[str, Any]], sources: Iterable[Mapping[str, Any]], dialect: str
) -> dict[str, list[str]]:
    """Return the columns that models read by name and the YAML lacks, by `source.table`."""
    known = {
        source_name(node): {
            fold(str(c.get("name") or k)) for k, c in (node.get("columns") or {}).items()
        }
        for node in sources
    }
    found: dict[str, dict[str, str]] = {}
    for model in models:
        for table, column in read_columns(str(model.get("raw_code") or ""), dialect):
            if table in known and fold(column) not in known[table]:
                found.setdefault(table, {}).setdefault(fold(column), column)
    return {table: list(columns.values()) for table, columns in found.items()}


def read_columns(code: str, dialect: str) -> Iterator[tuple[str, str]]:
    """Yield tables and columns that a model's text reads. Yield nothing of what can't be parsed."""
    tables: list[str] = []

    def marked(found: re.Match[str]) -> str:
        tables.append(f"{found[2]}.{found[4]}")
        return f"{_MARK}{len(tables) - 1}"

    text = _SOURCE.sub(marked, _SILENT.sub("", code))
    text = _EXPRESSION.sub(" null ", _RELATION.sub(" entity_kit_relation ", _TAG.sub(" ", text)))
    try:
        parsed = sqlglot.parse_one(text, dialect=dialect)
        for each in parsed.find_all(exp.CTE):
            if not isinstance(each.this, exp.Query):  # a macro writes it
                each.set("this", exp.select("*").from_("entity_kit_relation"))
        scopes = list(traverse_scope(parsed))
    except (SqlglotError, ValueError, RecursionError):
        return
    for scope in scopes:
        yield from _read(scope, tables)


def _table(found: Any, tables: list[str]) -> str | None:
    """Return the table that a name stands for: itself, or through `select * from` it."""
    if isinstance(found, exp.Table):
        marked = found.name.startswith(_MARK)
        return tables[int(found.name.removeprefix(_MARK))] if marked else None
    query = found.expression if isinstance(found, Scope) else None
    if not isinstance(query, exp.Select) or len(found.sources) != 1:
        return None
    whole = [each for each in query.expressions if isinstance(each, exp.Star)]
    if len(query.expressions) != 1 or not whole or any(whole[0].args.values()):
        return None
    return _table(next(iter(found.sources.values())), tables)


def _read(scope: Scope, tables: list[str]) -> Iterator[tuple[str, str]]:
    named = {fold(alias): _table(found, tables) for alias, found in scope.sources.items()}
    sources = {alias: table for alias, table in named.items() if table is not None}
    aliases = {fold(each.alias) for each in scope.expression.find_all(exp.Alias)}
    only = next(iter(sources.values())) if len(scope.sources) == 1 and sources else None
    for column in scope.columns:
        if isinstance(column.this, exp.Star):
            continue
        if column.table:
            table = sources.get(fold(column.table))
        else:
            own = column.find_ancestor(exp.Alias, exp.Select)  # `trim(name) as name` reads it
            renamed = isinstance(own, exp.Alias) and fold(own.alias) == fold(column.name)
            table = None if fold(column.name) in aliases and not renamed else only
        # A subquery may read a column of the query around it.
        if table is not None and not (scope.is_correlated_subquery and not column.table):
            yield table, column.name
