"""What a model promises: its columns with their types and nullability, its keys, and its grain.

Names of columns are compared in lowercase. What isn't declared is read from the model's SQL.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlglot import exp
from sqlglot.errors import SqlglotError

from entity_kit.dbt_bridge.nodes import meta_of, parents_of
from entity_kit.project_health.sql_dialect import sql_dialect

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from entity_kit.project_health.column_lineage import ColumnLineage

Key = tuple[str, ...]
# The argument of a data test that has the key, and what belongs to the key besides.
_UNIQUE_TESTS: dict[str, tuple[str, Key]] = {
    "unique": ("column_name", ()),
    "unique_combination_of_columns": ("combination_of_columns", ()),
    "grain_unique": ("business_key", ("period_start",)),
}
_UNIQUE = ("primary_key", "unique")
_NOT_NULL = ("primary_key", "not_null")


@dataclass(frozen=True, slots=True)
class Type:
    """A type as it is written, and in the spelling that `int` and `INTEGER` share."""

    text: str
    canonical: str


@dataclass(frozen=True, slots=True)
class Shape:
    """What a model promises.

    `types` has the columns in order; None for a type that isn't known. `unknown` says why there may
    be more columns than these, or is ''. `required` are the columns that are never NULL. `promised`
    has the keys, each with what declares it.
    """

    types: Mapping[str, Type | None]
    unknown: str
    required: frozenset[str]
    promised: Mapping[Key, tuple[str, ...]]
    grain: str | None


class Shapes:
    """Reads the shapes of a project's models. `lineage` reads what isn't declared."""

    def __init__(self, manifest: Mapping[str, Any], lineage: ColumnLineage) -> None:
        self.manifest = manifest
        self.lineage = lineage
        self._dialect = sql_dialect(manifest) or None
        self._tests: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
        for node in manifest["nodes"].values():
            if node["resource_type"] == "test":
                attached = node.get("attached_node")
                for model in [attached] if attached else parents_of(node):
                    self._tests[model].append(node)

    def read(self, unique_id: str) -> Shape:
        """Return what a model promises."""
        node = self.manifest["nodes"][unique_id]
        declared = {
            name.lower(): self._type(column.get("data_type"))
            for name, column in (node.get("columns") or {}).items()
        }
        names, unknown = self.lineage.columns(unique_id), ""
        if names is None:
            said = self.lineage.reading(unique_id).unresolved
            unknown = "; ".join(said) or "its columns can't be known from its SQL"
            names = tuple(declared)
        casts = self.lineage.types(unique_id)
        types = {name: declared.get(name) or self._type(casts.get(name)) for name in names}
        constraints = list(_constraints(node))
        tests = [(_test_name(test), test) for test in self._tests.get(unique_id, ())]
        required = {
            column for kind, columns in constraints if kind in _NOT_NULL for column in columns
        }
        required |= {
            str(test["column_name"]).lower()
            for name, test in tests
            if name == "not_null" and test.get("column_name")
        }
        return Shape(
            types, unknown, frozenset(required), _keys(node, constraints, tests), _grain(node)
        )

    def _type(self, text: Any) -> Type | None:
        if not text:
            return None
        written = " ".join(str(text).split())
        try:
            canonical = exp.DataType.build(written, dialect=self._dialect).sql(self._dialect)
        except (SqlglotError, ValueError):
            canonical = written
        return Type(written, canonical.lower())


def _constraints(node: Mapping[str, Any]) -> Iterator[tuple[str, Key]]:
    for name, column in (node.get("columns") or {}).items():
        for each in column.get("constraints") or ():
            yield str(each.get("type")), (name.lower(),)
    for each in node.get("constraints") or ():
        yield str(each.get("type")), _columns(each.get("columns"))


def _test_name(test: Mapping[str, Any]) -> str:
    """Return a data test's name, or '' if it looks at a part of the rows only."""
    if (test.get("config") or {}).get("where"):
        return ""
    return str((test.get("test_metadata") or {}).get("name") or "")


def _keys(
    node: Mapping[str, Any],
    constraints: list[tuple[str, Key]],
    tests: list[tuple[str, Mapping[str, Any]]],
) -> dict[Key, tuple[str, ...]]:
    found: dict[Key, list[str]] = defaultdict(list)
    if unique_key := _columns((node.get("config") or {}).get("unique_key")):
        found[tuple(sorted(unique_key))].append("unique_key")
    for kind, columns in constraints:
        if kind in _UNIQUE and columns:
            found[tuple(sorted(columns))].append(f"{kind} constraint")
    for name, test in tests:
        if name in _UNIQUE_TESTS:
            argument, more = _UNIQUE_TESTS[name]
            given = (test.get("test_metadata") or {}).get("kwargs") or {}
            given = {**given, **(given.get("arguments") or {})}
            if columns := _columns(given.get(argument)):
                found[tuple(sorted({*columns, *more}))].append(f"{name} test")
    return {key: tuple(dict.fromkeys(said)) for key, said in found.items()}


def _columns(given: Any) -> Key:
    listed = [given] if isinstance(given, str) else given if isinstance(given, list) else []
    return tuple(str(each).strip().strip('"`').lower() for each in listed if str(each).strip())


def _grain(node: Mapping[str, Any]) -> str | None:
    meta = meta_of(node)
    ours = meta.get("entity_kit")
    declared = (ours.get("grain") if isinstance(ours, dict) else None) or meta.get("grain")
    note = meta.get("entity_kit_grain") or meta.get("entity_kit_rollup")
    if not declared and isinstance(note, dict):
        declared = note.get("grain")
    if isinstance(declared, list):
        declared = ", ".join(map(str, declared))
    return str(declared) if declared else None
