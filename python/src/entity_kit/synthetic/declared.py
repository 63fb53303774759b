"""What the YAML says about the sources to make up. What it doesn't say is asked for, never guessed."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from entity_kit.arrivals import sources as arriving
from entity_kit.arrivals.sources import Delivery
from entity_kit.dbt_bridge.nodes import source_name
from entity_kit.errors import EntityKitError
from entity_kit.sampling.columns import duckdb_type
from entity_kit.sampling.tables import source_named, tests_of
from entity_kit.synthetic.values import is_known
from entity_kit.warehouse import fold, unquoted

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

_TIME = "TIMESTAMP"


@dataclass(frozen=True, slots=True)
class Field:
    """A column to make up. `accepted` are all values that it may have, as text.

    `refers_to` is a table and a column of it. `least` and `most` bound a number.
    """

    name: str
    type: str | None = None
    not_null: bool = False
    unique: bool = False
    accepted: tuple[str, ...] = ()
    refers_to: tuple[str, str] | None = None
    least: float | None = None
    most: float | None = None


@dataclass(frozen=True, slots=True)
class Spec:
    """A source to make up: `name` is `source.table`. All names are those of `fields`."""

    name: str
    source: str
    table: str
    fields: tuple[Field, ...]
    row_key: tuple[str, ...] = ()
    loaded_at: str | None = None
    event_time: str | None = None
    delivery: Delivery = field(default_factory=Delivery)

    def field(self, name: str) -> Field:
        return next(each for each in self.fields if fold(each.name) == fold(name))


def read_specs(
    manifest: Mapping[str, Any],
    nodes: Iterable[Mapping[str, Any]],
    dialect: str,
    undeclared: Mapping[str, Sequence[str]],
) -> list[Spec]:
    """Return what is declared of these sources.

    `undeclared` are names of columns that models read and the YAML doesn't have, by table. Raises
    EntityKitError with the YAML to add if any column's type can't be known.
    """
    specs = {spec.name: spec for spec in (_read(manifest, node, dialect) for node in nodes)}
    specs |= _referred(manifest, specs, dialect)
    specs = {name: _without_strangers(spec, specs) for name, spec in specs.items()}
    specs = _typed_by_references(specs)
    _refuse_unknown(specs.values(), undeclared)
    return list(specs.values())


def _referred(
    manifest: Mapping[str, Any], specs: Mapping[str, Spec], dialect: str
) -> dict[str, Spec]:
    """Return the sources that only references name, without the columns that nobody needs to know."""
    known = {source_name(node): node for node in manifest["sources"].values()}
    wanted: dict[str, set[str]] = {}
    for spec in specs.values():
        for each in spec.fields:
            if each.refers_to and each.refers_to[0] in known and each.refers_to[0] not in specs:
                wanted.setdefault(each.refers_to[0], set()).add(fold(each.refers_to[1]))
    found = {}
    for name, columns in wanted.items():
        spec = _read(manifest, known[name], dialect)
        fields = tuple(
            replace(each, refers_to=None)
            for each in spec.fields
            if each.type is not None or fold(each.name) in columns
        )
        found[name] = replace(spec, fields=fields, row_key=(), loaded_at=None, event_time=None)
    return found


def _read(manifest: Mapping[str, Any], node: Mapping[str, Any], dialect: str) -> Spec:
    name = source_name(node)
    said = arriving.declared(node) or {}
    fields: dict[str, Field] = {}
    for key, column in (node.get("columns") or {}).items():
        given = unquoted(str(column.get("name") or key))
        kind = column.get("data_type")
        constraints = {str(each.get("type")) for each in column.get("constraints") or []}
        fields[fold(given)] = Field(
            given,
            duckdb_type(str(kind), dialect) if kind else None,
            not_null=bool(constraints & {"not_null", "primary_key"}),
            unique=bool(constraints & {"unique", "primary_key"}),
        )
    for test, column, arguments in tests_of(manifest, node):
        found = fields.get(fold(column)) or Field(column)
        fields[fold(column)] = _with_test(found, test, arguments)
    for column in said.get("row_key", ()):
        found = fields.get(fold(column)) or Field(column)
        fields[fold(column)] = replace(found, not_null=True)
    loaded_at = _time_column(name, "loaded_at_field", said.get("loaded_at"), fields)
    event_time = _time_column(name, "event_time", said.get("event_time"), fields)
    return Spec(
        name,
        node["source_name"],
        node["name"],
        tuple(fields.values()),
        row_key=tuple(fields[fold(column)].name for column in said.get("row_key", ())),
        loaded_at=loaded_at,
        event_time=event_time,
        delivery=said.get("delivery") or Delivery(),
    )


def _with_test(given: Field, test: str, arguments: Mapping[str, Any]) -> Field:
    if test == "not_null":
        return replace(given, not_null=True)
    if test == "unique":
        return replace(given, unique=True)
    if test == "accepted_values" and arguments.get("values"):
        values = list(arguments["values"])
        plain = arguments.get("quote") is False or not all(isinstance(v, str) for v in values)
        texts = tuple(str(v).lower() if isinstance(v, bool) else str(v) for v in values)
        return replace(
            given, accepted=texts, type=given.type or (_type_of(texts) if plain else "VARCHAR")
        )
    if test == "relationships" and arguments.get("field"):
        parent = source_named(arguments.get("to"))
        return replace(given, refers_to=(parent, str(arguments["field"]))) if parent else given
    if test == "accepted_range":  # of dbt_utils
        bounds = {"least": arguments.get("min_value"), "most": arguments.get("max_value")}
        numbers = {key: v for key, v in bounds.items() if isinstance(v, (int, float))}
        return replace(given, **numbers)  # type: ignore[arg-type]
    return given


def _type_of(values: Sequence[str]) -> str | None:
    if all(value in {"true", "false"} for value in values):
        return "BOOLEAN"
    if all(value.lstrip("-").isdigit() for value in values):
        return "BIGINT"
    return None


def _time_column(
    table: str, option: str, declared: str | None, fields: dict[str, Field]
) -> str | None:
    """Return the column that a declaration names; it is there, and a timestamp if the YAML doesn't say."""
    if not declared:
        return None
    name = unquoted(str(declared).strip())
    found = fields.get(fold(name))
    if found is None and not name.isidentifier():
        raise EntityKitError(
            f"{table} declares {option}: {declared}, an expression. Only for a column can times be "
            "made up.",
            fix=f"Name a column in {option}, or use real rows with --samples.",
        )
    found = found or Field(name)
    kind = found.type or _TIME
    if not kind.startswith(("TIMESTAMP", "DATE")):
        raise EntityKitError(
            f"{table}.{found.name} is declared as {option}, and its data_type is {kind}.",
            fix="Declare a date or a timestamp.",
        )
    fields[fold(name)] = replace(found, type=kind, not_null=True)
    return found.name


def _without_strangers(spec: Spec, specs: Mapping[str, Spec]) -> Spec:
    """Forget references to what isn't made up, or isn't a column there."""

    def known(each: Field) -> bool:
        if each.refers_to is None:
            return True
        parent = specs.get(each.refers_to[0])
        return parent is not None and fold(each.refers_to[1]) in {
            fold(f.name) for f in parent.fields
        }

    fields = (each if known(each) else replace(each, refers_to=None) for each in spec.fields)
    return replace(spec, fields=tuple(fields))


def _typed_by_references(specs: Mapping[str, Spec]) -> dict[str, Spec]:
    """Give a column without a type that of the column at the other end of its reference."""
    found = dict(specs)
    for _ in range(len(specs)):  # along a chain
        for name, spec in list(found.items()):
            for each in spec.fields:
                if each.refers_to is None:
                    continue
                parent = found[each.refers_to[0]]
                end = parent.field(each.refers_to[1])
                if each.type is None and end.type is not None:
                    found[name] = _retyped(found[name], each, end.type)
                elif end.type is None and each.type is not None:
                    found[parent.name] = _retyped(parent, end, each.type)
    return found


def _retyped(spec: Spec, old: Field, kind: str) -> Spec:
    fields = (replace(each, type=kind) if each.name == old.name else each for each in spec.fields)
    return replace(spec, fields=tuple(fields))


def _refuse_unknown(specs: Iterable[Spec], undeclared: Mapping[str, Sequence[str]]) -> None:
    missing: dict[str, tuple[Spec, list[str]]] = {}
    for spec in specs:
        names = [each.name for each in spec.fields if each.type is None]
        known = {fold(each.name) for each in spec.fields}
        names += [name for name in undeclared.get(spec.name, ()) if fold(name) not in known]
        if names or not spec.fields:
            missing[spec.name] = (spec, names)
        for each in spec.fields:
            if each.type is not None and not is_known(each.type):
                raise EntityKitError(
                    f"{spec.name}.{each.name}: no values of the type {each.type} can be made up.",
                    fix="Use real rows with --samples.",
                )
    if not missing:
        return
    listed = "\n".join(
        f"  {name}: {', '.join(names) or 'no column at all'}"
        for name, (_, names) in missing.items()
    )
    by_source: dict[str, list[str]] = {}
    for spec, names in missing.values():
        columns = "".join(
            f"\n          - {{name: {name}, data_type: …}}" for name in names or ["…"]
        )
        by_source.setdefault(spec.source, []).append(
            f"      - name: {spec.table}\n        columns:{columns}"
        )
    yaml = "\n".join(
        f"  - name: {source}\n    tables:\n" + "\n".join(tables)
        for source, tables in by_source.items()
    )
    raise EntityKitError(
        f"To make up rows, the type of each column must be known. It isn't of:\n{listed}",
        fix=f"Add a data_type for each, and for any other column that models read:\nsources:\n{yaml}",
    )
