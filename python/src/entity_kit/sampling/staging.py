"""Which column of a source a column of a model plainly is.

Only what the model's own text shows counts: a column that is selected, maybe under another name,
through CTEs and `select *`, from a source or from a model of which the same is true. What is
computed, cast, or written by a macro is nobody's column here.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, TypeAlias

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from entity_kit.warehouse import fold

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_RELATION = re.compile(
    r"""(?P<call>source|ref)\(\s*(['"])(?P<one>[^'"]*)\2\s*(?:,\s*(['"])(?P<two>[^'"]*)\4\s*)?\)"""
)
_EXPRESSION = re.compile(r"\{\{-?(.*?)-?\}\}", re.DOTALL)
_SILENT = re.compile(
    r"\{#.*?#\}|\{\{-?\s*config\s*\(.*?\)\s*-?\}\}"
    # What only an incremental run filters by.
    r"|\{%-?\s*if\s+is_incremental\(\)\s*-?%\}(?:(?!\{%).)*\{%-?\s*endif\s*-?%\}",
    re.DOTALL,
)
_RELATION_MARK = "entity_kit_relation_"
_OTHER_MARK = "entity_kit_other"
# A CTE's name, its query, and the CTEs that may be named in it.
_Known: TypeAlias = "dict[str, tuple[exp.Expr, _Known]]"


class Origins:
    """Finds the columns of sources behind the columns of a project's models."""

    def __init__(self, manifest: Mapping[str, Any]) -> None:
        self._dialect = str((manifest.get("metadata") or {}).get("adapter_type") or "")
        self._models: dict[str, list[Mapping[str, Any]]] = {}
        for node in manifest["nodes"].values():
            if node["resource_type"] == "model" and node.get("language", "sql") == "sql":
                self._models.setdefault(str(node["name"]), []).append(node)
        self._parsed: dict[str, tuple[exp.Expr, list[str]] | None] = {}

    def of(self, relation: str, column: str) -> tuple[str, str] | None:
        """Return the `source.table` and the column behind a column of `ref(…)` or `source(…)`."""
        return self._of(relation, column, frozenset())

    def _of(self, relation: str, column: str, seen: frozenset[str]) -> tuple[str, str] | None:
        called = _RELATION.search(relation)
        if called is None:
            return None
        if called["call"] == "source":
            return (f"{called['one']}.{called['two']}", column) if called["two"] else None
        models = self._models.get(called["two"] or called["one"], [])
        if len(models) != 1 or models[0].get("version") or models[0]["unique_id"] in seen:
            return None
        parsed = self._read(models[0])
        if parsed is None:
            return None
        tree, relations = parsed
        found = _column(tree, column, {})
        if found is None or not found[0].startswith(_RELATION_MARK):
            return None
        behind = relations[int(found[0].removeprefix(_RELATION_MARK))]
        return self._of(behind, found[1], seen | {models[0]["unique_id"]})

    def _read(self, model: Mapping[str, Any]) -> tuple[exp.Expr, list[str]] | None:
        name = str(model["unique_id"])
        if name not in self._parsed:
            self._parsed[name] = _parsed(str(model.get("raw_code") or ""), self._dialect)
        return self._parsed[name]


def _parsed(code: str, dialect: str) -> tuple[exp.Expr, list[str]] | None:
    """Parse a model's text; None if its Jinja decides more than single expressions."""
    relations: list[str] = []
    others = 0

    def marked(found: re.Match[str]) -> str:
        nonlocal others
        if _RELATION.fullmatch(found[1].strip()):
            relations.append(found[1].strip())
            return f"{_RELATION_MARK}{len(relations) - 1}"
        others += 1
        return _OTHER_MARK

    text = _EXPRESSION.sub(marked, _SILENT.sub(" ", code))
    if "{%" in text:
        return None
    try:
        tree = sqlglot.parse_one(text, dialect=dialect)
    except (SqlglotError, ValueError, RecursionError):
        return None
    # Each other expression must stand where a column could, or it may be anything.
    columns = sum(each.name == _OTHER_MARK for each in tree.find_all(exp.Column))
    names = sum(each.name == _OTHER_MARK for each in tree.find_all(exp.Identifier))
    return (tree, relations) if columns == names == others else None


def _column(query: exp.Expr | None, name: str, known: _Known) -> tuple[str, str] | None:
    """Return the table and the column that a query's column is. `known` are the CTEs it may name."""
    if isinstance(query, exp.Subquery):
        query = query.this
    if not isinstance(query, exp.Select) or query.args.get("laterals"):
        return None
    own = _with_own(query, known)
    tables = {fold(one.alias_or_name): one for one in _tables(query)}
    selected = _selected(query, name)
    if own is None or selected is None or not (selected[0] or len(tables) == 1):
        return None
    table = tables.get(selected[0]) if selected[0] else next(iter(tables.values()))
    if isinstance(table, exp.Subquery):
        return _column(table, selected[1], own)
    plain = isinstance(table, exp.Table) and isinstance(table.this, exp.Identifier)
    if table is None or not plain or table.args.get("pivots") or table.args.get("db"):
        return None
    behind = own.get(fold(table.name))
    return _column(behind[0], selected[1], behind[1]) if behind else (table.name, selected[1])


def _with_own(query: exp.Select, known: _Known) -> _Known | None:
    """Return the CTEs that a query may name, each with those that it may name itself."""
    own = dict(known)
    clause = query.args.get("with_")
    if clause is None:
        return own
    for each in clause.expressions:
        if clause.args.get("recursive") or each.args["alias"].columns:
            return None
        own[fold(each.alias)] = (each.this, dict(own))
    return own


def _tables(query: exp.Select) -> Iterator[exp.Expr]:
    """Yield what a query reads from."""
    begin = query.args.get("from_")
    for each in (*((begin,) if begin is not None else ()), *(query.args.get("joins") or ())):
        yield each.this


def _selected(query: exp.Select, name: str) -> tuple[str, str] | None:
    """Return the alias (or nothing) and the name of the column that a query selects by a name."""
    found = [one for one in query.expressions if fold(one.alias_or_name) == fold(name)]
    stars = [one for one in query.expressions if one.is_star]
    if len(found) == 1:
        value = found[0].this if isinstance(found[0], exp.Alias) else found[0]
        plain = isinstance(value, exp.Column) and not value.args.get("db")
        return (fold(value.table), value.name) if plain else None
    if found or len(stars) != 1:
        return None
    star = stars[0].this if isinstance(stars[0], exp.Column) else stars[0]
    if not isinstance(star, exp.Star) or any(star.args.values()):
        return None
    return (fold(stars[0].table) if isinstance(stars[0], exp.Column) else "", name)
