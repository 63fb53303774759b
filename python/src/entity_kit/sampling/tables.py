"""The source tables to sample: what the project's YAML says about them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from entity_kit.arrivals import sources as arriving
from entity_kit.dbt_bridge.nodes import ancestors, source_name
from entity_kit.errors import EntityKitError, closest_word
from entity_kit.sampling.columns import Column, find_column
from entity_kit.sampling.staging import Origins
from entity_kit.warehouse import fold, unquoted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

_TO_SOURCE = re.compile(r"""\bsource\(\s*(['"])(.*?)\1\s*,\s*(['"])(.*?)\3\s*\)""")


@dataclass(frozen=True, slots=True)
class Reference:
    """A column of one table that refers to a column of another; both by their names in the YAML."""

    child: str
    column: str
    parent: str
    field: str


@dataclass(frozen=True, slots=True)
class Table:
    """A source table: `name` is `source.table`, `relation` its SQL.

    `loaded_at` is SQL, too, and `loaded_column` the column that it is, if it is just that.
    `unique` are columns with a `unique` test, `coded` those whose values the YAML lists.
    """

    name: str
    node: Mapping[str, Any]
    relation: str
    columns: tuple[Column, ...]
    row_key: tuple[str, ...] = ()
    loaded_at: str | None = None
    loaded_column: str | None = None
    event_column: str | None = None
    unique: tuple[str, ...] = ()
    coded: frozenset[str] = frozenset()

    def column(self, name: str, where: str) -> Column:
        return find_column(self.name, name, self.columns, where)


def chosen_sources(
    manifest: Mapping[str, Any], selected: Sequence[str] | None
) -> list[dict[str, Any]]:
    """Return the sources that the selected models read; None selects all incremental models."""
    models = selected
    if models is None:
        models = [
            unique_id
            for unique_id, node in manifest["nodes"].items()
            if node["resource_type"] == "model" and node["config"]["materialized"] == "incremental"
        ]
    needed = ancestors(manifest, models)
    found = [node for unique_id, node in manifest["sources"].items() if unique_id in needed]
    if not found:
        which = "No incremental model" if selected is None else "None of the selected models"
        raise EntityKitError(
            f"{which} reads a source, so there is nothing to sample.",
            fix="Name models that read sources with --select.",
        )
    for node in found:
        for name in (node["source_name"], node["name"]):
            if re.search(r"[/\\\0]", name) or name.startswith("."):
                raise EntityKitError(
                    f"Source {source_name(node)} can't be a file: `{name}` isn't a file name.",
                    fix="Give it another name in the YAML, and the old one as its identifier.",
                )
    return sorted(found, key=lambda node: (source_name(node), node["unique_id"]))


def make_table(
    node: Mapping[str, Any],
    relation: str,
    columns: Sequence[Column],
    manifest: Mapping[str, Any],
    quote: Any,
) -> Table:
    """Put together what the YAML says about a table, and refuse columns that it doesn't have."""
    name = source_name(node)
    said = arriving.declared(node) or {}

    def real(column: str, where: str) -> str:
        return find_column(name, column, columns, where).name

    def bare(text: str | None) -> str | None:
        known = {fold(column.name): column.name for column in columns}
        return known.get(fold(unquoted(text.strip()))) if text else None

    tests = list(tests_of(manifest, node))
    loaded_at = said.get("loaded_at")
    loaded_column = bare(loaded_at)
    return Table(
        name,
        node,
        relation,
        tuple(columns),
        row_key=tuple(real(column, "declared in row_key") for column in said.get("row_key", ())),
        loaded_at=(quote(loaded_column) if loaded_column else loaded_at and f"({loaded_at})"),
        loaded_column=loaded_column,
        event_column=bare(said.get("event_time")),
        unique=tuple(real(column, "tested") for kind, column, _ in tests if kind == "unique"),
        coded=frozenset(
            real(column, "tested") for kind, column, _ in tests if kind == "accepted_values"
        ),
    )


def find_references(manifest: Mapping[str, Any], tables: Mapping[str, Table]) -> list[Reference]:
    """Return the references between the tables, as `relationships` tests declare them.

    Those of the sources come first, in the order of the YAML. A test of a model counts where its
    columns are plainly the sources' and it leads in no circle.
    """
    found: dict[Reference, None] = {}
    for table in tables.values():
        order = {
            fold(column): place for place, column in enumerate(table.node.get("columns") or {})
        }
        tests = [each for each in tests_of(manifest, table.node) if each[0] == "relationships"]
        for _, column, arguments in sorted(tests, key=lambda each: order.get(fold(each[1]), 0)):
            parent = tables.get(source_named(arguments.get("to")) or "")
            if parent is None or not arguments.get("field"):
                continue
            where = f"tested by relationships of {table.name}.{column}"
            found[
                Reference(
                    table.name,
                    table.column(column, where).name,
                    parent.name,
                    parent.column(str(arguments["field"]), where).name,
                )
            ] = None
    for one in _references_of_models(manifest, tables):
        if not _leads(found, one.parent, one.child):
            found[one] = None
    return list(found)


def _references_of_models(
    manifest: Mapping[str, Any], tables: Mapping[str, Table]
) -> Iterator[Reference]:
    """Yield the references between columns of sources that tests of models declare."""
    origins = Origins(manifest)
    for test, column, arguments in _tests(manifest):
        if test != "relationships" or source_named(arguments.get("model")):
            continue
        ends = []
        for relation, name in (("model", column), ("to", arguments.get("field"))):
            table, behind = origins.of(str(arguments.get(relation)), str(name)) or ("", "")
            known = tables[table].columns if table in tables else ()
            ends += [(table, one.name) for one in known if fold(one.name) == fold(behind)]
        if len(ends) == 2:
            yield Reference(*ends[0], *ends[1])


def _leads(references: Iterable[Reference], begin: str, end: str) -> bool:
    """Return whether references lead from one table to another, or the two are one."""
    reached, left = {begin}, [begin]
    while left:
        table = left.pop()
        following = {one.parent for one in references if one.child == table} - reached
        reached |= following
        left += following
    return end in reached


def source_named(text: Any) -> str | None:
    """Return the `source.table` that a call of `source()` in a test's arguments names."""
    found = _TO_SOURCE.search(str(text or ""))
    return f"{found[2]}.{found[4]}" if found else None


def tests_of(
    manifest: Mapping[str, Any], node: Mapping[str, Any]
) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Yield the generic tests of a source's columns: their name, the column, their arguments."""
    for name, column, arguments in _tests(manifest):
        # A test of a source isn't attached to it.
        if source_named(arguments.get("model")) == source_name(node):
            yield name, column, arguments


def _tests(manifest: Mapping[str, Any]) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    for test in manifest["nodes"].values():
        if test["resource_type"] != "test" or not test.get("test_metadata"):
            continue
        arguments = test["test_metadata"].get("kwargs") or {}
        arguments = {**arguments, **(arguments.get("arguments") or {})}
        column = test.get("column_name") or arguments.get("column_name")
        if column:
            yield test["test_metadata"]["name"], unquoted(str(column)), arguments


def find_table(given: str, tables: Iterable[str], option: str) -> str:
    """Return the table that an option names."""
    known = list(tables)
    for name in known:
        if fold(name) == fold(given):
            return name
    raise EntityKitError(
        f"{option} {given}: the selected models read no source of this name; "
        f"they read {', '.join(known)}.",
        fix=closest_word(given, known),
    )


def read_keys(given: Iterable[str], tables: Mapping[str, Table]) -> dict[str, str]:
    """Read `source.table.column`, and return the column of each table."""
    keys: dict[str, str] = {}
    for text in given:
        table, dot, column = text.rpartition(".")
        if not dot or "." not in table:
            raise EntityKitError(
                f"--key must be SOURCE.TABLE.COLUMN; got {text}.",
                fix="For example: --key shop.orders.customer_id",
            )
        name = find_table(table, tables, "--key")
        found = tables[name].column(column, f"named by --key {text}").name
        if keys.setdefault(name, found) != found:
            raise EntityKitError(
                f"--key names two columns of {name}: {keys[name]} and {found}.",
                fix="Name the one that identifies the entity.",
            )
    return keys
