"""What happens to the values of a column before they are stored: `keep`, `hash`, `null`, a constant.

Personal data leaves the warehouse only if the user says so: a column that may hold some needs a rule.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from entity_kit.dbt_bridge.nodes import meta_of
from entity_kit.errors import EntityKitError, closest_word
from entity_kit.sampling.columns import find_column
from entity_kit.warehouse import fold

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from entity_kit.sampling.columns import Column
    from entity_kit.sampling.tables import Reference, Table

_RULES = ("hash", "null", "keep")
_EXAMPLE = "mask: {email: hash, comment: null, name: {constant: Jane Doe}, status: keep}"
_HASHED = {"text", "integer", "uuid"}
# Kinds that can't hold a text of the user's.
_HARMLESS = {"integer", "number", "boolean", "time", "enum", "uuid"}
_PERSONAL = frozenset(
    [
        "address",
        "birth",
        "birthday",
        "birthdate",
        "bday",
        "card",
        "cellphone",
        "city",
        "contact",
        "cvv",
        "dob",
        "email",
        "e_mail",
        "fax",
        "gender",
        "firstname",
        "lastname",
        "fullname",
        "surname",
        "username",
        "nickname",
        "iban",
        "income",
        "ip",
        "ipaddr",
        "latitude",
        "lat",
        "lng",
        "lon",
        "longitude",
        "license",
        "login",
        "mail",
        "mobile",
        "name",
        "nationality",
        "passport",
        "password",
        "passwd",
        "phone",
        "postal",
        "postcode",
        "race",
        "religion",
        "salary",
        "secret",
        "sex",
        "signature",
        "ssn",
        "street",
        "tel",
        "telephone",
        "token",
        "vat",
        "zip",
        "zipcode",
    ]
)
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")


@dataclass(frozen=True, slots=True)
class Mask:
    """A rule: hash, null, keep, or constant with its `value`."""

    rule: str
    value: str = ""

    @property
    def told(self) -> str:
        return f"constant: {self.value}" if self.rule == "constant" else self.rule


KEEP = Mask("keep")


def read_masks(table: Table) -> dict[str, Mask]:
    """Return the rules that the YAML gives a table's columns, by the columns' names."""
    found: dict[str, Mask] = {}
    ours = (meta_of(table.node).get("entity_kit") or {}).get("mask")
    given = {} if ours is None else ours
    if not isinstance(given, dict):
        raise EntityKitError(
            f"{table.name}: `mask` must be a mapping of columns; got {given!r}.",
            fix=f"For example: {_EXAMPLE}",
        )
    said = list(given.items())
    for name, column in (table.node.get("columns") or {}).items():
        own = meta_of(column).get("entity_kit") or {}
        if isinstance(own, dict) and "mask" in own:
            said.append((column.get("name") or name, own["mask"]))
    for name, rule in said:
        column = find_column(table.name, str(name), table.columns, "named by `mask`")
        mask = _read_rule(f"{table.name}.{name}", rule)
        if found.setdefault(column.name, mask) != mask:
            raise EntityKitError(
                f"{table.name}.{column.name} has two rules: {found[column.name].told} for the table, "
                f"and {mask.told} for the column.",
                fix="Remove one of them.",
            )
        if mask.rule == "hash" and column.kind not in _HASHED:
            raise EntityKitError(
                f"{table.name}.{column.name} can't be hashed: a hash of {column.type} has another type, "
                "which models couldn't read.",
                fix="Use null, constant: X, or keep.",
            )
    return found


def _read_rule(where: str, given: Any) -> Mask:
    if given is None:  # YAML reads a bare null so
        return Mask("null")
    if isinstance(given, str) and given in _RULES:
        return Mask(given)
    if isinstance(given, dict) and list(given) == ["constant"]:
        value = given["constant"]
        if value is not None and not isinstance(value, (dict, list)):
            return Mask("constant", str(value).lower() if isinstance(value, bool) else str(value))
    word = next(iter(given), "") if isinstance(given, dict) else given
    raise EntityKitError(
        f"{where}: `mask` must be hash, null, keep, or {{constant: X}}; got {given!r}.",
        fix=closest_word(word, (*_RULES, "constant")),
    )


def needs_rule(column: Column, table: Table, keys: Iterable[str]) -> bool:
    """Return whether a column may hold personal data, judging by its type, name, and tests."""
    if looks_personal(column.name):
        return True
    if column.kind in _HARMLESS or column.name in table.coded:
        return False
    known = {*keys, table.loaded_column, table.event_column}
    return column.name not in known


def looks_personal(name: str) -> bool:
    words = [word.lower() for word in _WORD.findall(name)]
    pairs = {"".join(pair) for pair in pairwise(words)}
    return bool(_PERSONAL & ({*words} | pairs))


def choose_masks(
    tables: Collection[Table], keys: Mapping[str, Sequence[str]], default: str | None
) -> dict[str, dict[str, Mask]]:
    """Return the rule of each column of each table that isn't simply kept.

    `keys` are the columns of each table that identify and refer. Raises EntityKitError with the YAML to
    add if a column needs a rule and has none, unless there is a `default`.
    """
    masks: dict[str, dict[str, Mask]] = {}
    missing: dict[str, list[Column]] = {}
    for table in tables:
        found = masks[table.name] = read_masks(table)
        for column in table.columns:
            if column.name in found or not needs_rule(column, table, keys.get(table.name, ())):
                continue
            if default is None:
                missing.setdefault(table.name, []).append(column)
            elif default == "hash" and column.kind not in _HASHED:
                found[column.name] = Mask("null")
            else:
                found[column.name] = Mask(default)
    if missing:
        raise _unruled(missing, {table.name: table for table in tables})
    return masks


def _unruled(
    missing: Mapping[str, Sequence[Column]], tables: Mapping[str, Table]
) -> EntityKitError:
    listed = "\n".join(
        f"  {name}: {', '.join(column.name for column in columns)}"
        for name, columns in missing.items()
    )
    by_source: dict[str, list[str]] = {}
    for name, columns in missing.items():
        node = tables[name].node
        rules = ", ".join(
            f"{_yaml_key(column.name)}: {'hash' if column.kind in _HASHED else 'null'}"
            for column in columns
        )
        by_source.setdefault(node["source_name"], []).append(
            f"      - name: {node['name']}\n"
            f"        config: {{meta: {{entity_kit: {{mask: {{{rules}}}}}}}}}"
        )
    yaml = "\n".join(
        f"  - name: {source}\n    tables:\n" + "\n".join(lines)
        for source, lines in by_source.items()
    )
    return EntityKitError(
        f"These columns may hold personal data, and no rule says what to do with it:\n{listed}",
        fix="Give each a rule (hash, null, keep, or {constant: X}), or pass --mask-default:\n"
        f"sources:\n{yaml}",
    )


def _yaml_key(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z_]\w*", name) else '"' + name.replace('"', '\\"') + '"'


def check_references(
    references: Iterable[Reference],
    tables: Mapping[str, Table],
    masks: Mapping[str, Mapping[str, Mask]],
) -> None:
    """Refuse masks after which a column no longer finds the rows that it refers to."""
    for reference in references:
        ends = ((reference.child, reference.column), (reference.parent, reference.field))
        rules = [masks[table].get(column, KEEP) for table, column in ends]
        if rules[0].rule not in {"hash", "keep"} or rules[1].rule not in {"hash", "keep"}:
            continue
        names = [f"{table}.{column}" for table, column in ends]
        if rules[0] != rules[1]:
            raise EntityKitError(
                f"{names[0]} refers to {names[1]}, but their rules differ: {rules[0].told} and "
                f"{rules[1].told}.",
                fix="Use the same rule for both.",
            )
        kinds = [
            next(each.kind for each in tables[table].columns if fold(each.name) == fold(column))
            for table, column in ends
        ]
        if rules[0].rule == "hash" and kinds[0] != kinds[1]:
            raise EntityKitError(
                f"{names[0]} refers to {names[1]}, but their types differ, so their hashes would, too.",
                fix="Use keep, or null for both.",
            )
