"""Find a deprecated model's columns: from its alias, the warehouse, dbt's catalog, or contracts."""

from __future__ import annotations

import itertools
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from entity_kit import warehouse
from entity_kit.dbt_bridge.nodes import has_contract
from entity_kit.errors import EntityKitError
from entity_kit.project_health.deprecations import shown_name
from entity_kit.project_health.rewrite.columns import Columns, Key, Now, plain

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from entity_kit.dbt_bridge.profiles import Target
    from entity_kit.project_health.deprecations import Deprecation

_READ = ("model", "seed", "snapshot", "source")


@dataclass(frozen=True, slots=True)
class Known:
    """The columns of relations that exist, with their types, in order, by unique id."""

    columns: Mapping[str, Mapping[str, str]]

    def names(self, unique_id: str) -> tuple[str, ...] | None:
        found = self.columns.get(unique_id)
        return None if found is None else tuple(found)


def read_known(project_dir: Path, manifest: Mapping[str, Any], target: Target) -> Known:
    """Read what the warehouse has, if it is a DuckDB file, else dbt's catalog; contracts fill gaps."""
    nodes = {**manifest["nodes"], **manifest["sources"]}
    nodes = {key: each for key, each in nodes.items() if each["resource_type"] in _READ}
    found = {
        key: {name: str(column.get("data_type") or "") for name, column in each["columns"].items()}
        for key, each in nodes.items()
        if has_contract(each)
    }
    found.update(_catalog(project_dir))
    found.update(_warehouse(project_dir, nodes, target))
    return Known({key: columns for key, columns in found.items() if columns})


def _catalog(project_dir: Path) -> dict[str, dict[str, str]]:
    try:
        catalog = json.loads((project_dir / "target" / "catalog.json").read_text(encoding="utf-8"))
        return {
            key: {
                str(column["name"]): str(column["type"]).lower()
                for column in sorted(each["columns"].values(), key=lambda c: int(c["index"]))
            }
            for section in ("nodes", "sources")
            for key, each in catalog[section].items()
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}  # no catalog, or one of another make: then nothing is known from it


def _warehouse(
    project_dir: Path, nodes: Mapping[str, Mapping[str, Any]], target: Target
) -> dict[str, dict[str, str]]:
    path = str(target.output.get("path") or ":memory:")
    if target.output.get("type") != "duckdb" or path == ":memory:" or ":" in path:
        return {}
    query = (
        "select lower(database_name), lower(schema_name), lower(table_name), column_name, "
        "lower(data_type) from duckdb_columns() order by table_oid, column_index"
    )
    tables: dict[tuple[str, str, str], dict[str, str]] = {}
    try:
        with warehouse.connect(project_dir / Path(path).expanduser(), read_only=True) as connection:
            for database, schema, table, column, kind in warehouse.rows(connection, query):
                tables.setdefault((database, schema, table), {})[column] = kind
    except EntityKitError:
        return {}  # not built yet, or at work: then nothing is known from it
    found = {}
    for key, node in nodes.items():
        name = node.get("alias") or node.get("identifier") or node["name"]
        place = (node.get("database"), node.get("schema"), name)
        columns = tables.get(tuple(str(part).lower() for part in place))  # type: ignore[arg-type]
        if columns is not None:
            found[key] = columns
    return found


def read_columns(manifest: Mapping[str, Any], deprecation: Deprecation, known: Known) -> Columns:
    """Return what the old model's columns are in the final replacement, across all in between."""
    nodes = manifest["nodes"]
    ids = [deprecation.unique_id, *_chain_ids(manifest, deprecation)]
    steps = [_step(nodes[before], nodes[after], known) for before, after in itertools.pairwise(ids)]
    relations = dict(_relations(manifest, known))
    first = steps[0]
    if len(steps) == 1:
        return _with(first, relations)
    names = first.old_columns
    if names is None:
        return Columns(others="check", relations=relations)
    return Columns(
        {name: _through(name, steps) for name in names},
        "drop",
        new=known.names(ids[-1]),
        relations=relations,
    )


def _chain_ids(manifest: Mapping[str, Any], deprecation: Deprecation) -> Iterator[str]:
    for shown in deprecation.chain:
        yield next(
            key
            for key, node in sorted(
                manifest["nodes"].items(),
                key=lambda item: item[1]["package_name"] != deprecation.package,
            )
            if shown_name(node) == shown
            and node["resource_type"] in {"model", "seed", "snapshot"}
            and (shown != deprecation.chain[-1] or key == deprecation.final_id)
        )


def _step(old: Mapping[str, Any], new: Mapping[str, Any], known: Known) -> Columns:
    """Return what the columns of one model are in the next."""
    alias = ((old.get("config") or {}).get("meta") or {}).get("entity_kit_alias") or {}
    of_new = known.columns.get(new["unique_id"])
    names = None if of_new is None else tuple(of_new)
    if alias.get("replacement") in {shown_name(new), new["name"]}:
        now = {old: _now(given) for old, given in (alias.get("columns") or {}).items()}
        return Columns(now, str(alias.get("others") or "keep"), new=names)
    of_old = known.columns.get(old["unique_id"])
    return Columns(
        {},
        "check",
        old=None if of_old is None else tuple(of_old),
        new=names,
        old_types={plain(name): kind for name, kind in (of_old or {}).items() if kind},
        new_types={plain(name): kind for name, kind in (of_new or {}).items() if kind},
    )


def _now(given: Any) -> Now:
    if isinstance(given, str):
        return Now(given)
    kind = given.get("data_type")
    if "column" in given:
        return Now(given["column"], kind)
    cast = f", as {kind}" if kind else ""
    if "expression" in given:
        return Now(None, said=f"now it is `{given['expression']}`{cast}")
    return Now(None, said=f"now it is always {given.get('default')!r}{cast}")


def _through(name: str, steps: list[Columns]) -> Now:
    """Follow one column across several replacements."""
    kinds: list[str] = []
    column = name
    for step in steps:
        now = step.after(column)
        if now.column is None:
            return now
        column = now.column
        kinds += [now.data_type] if now.data_type else []
    if len(kinds) > 1:
        return Now(None, said=f"now it is `{column}`, cast to {' and then '.join(reversed(kinds))}")
    return Now(column, kinds[0] if kinds else None)


def _with(columns: Columns, relations: Mapping[Key, tuple[str, ...]]) -> Columns:
    return Columns(
        columns.now,
        columns.others,
        columns.old,
        columns.new,
        columns.old_types,
        columns.new_types,
        relations,
    )


def _relations(manifest: Mapping[str, Any], known: Known) -> Iterator[tuple[Key, tuple[str, ...]]]:
    for key, node in {**manifest["nodes"], **manifest["sources"]}.items():
        names = known.names(key)
        if names is None or node.get("version") is not None:
            continue
        if node["resource_type"] == "source":
            yield ("source", node["source_name"], node["name"]), names
        else:
            yield ("ref", node["name"]), names
            yield ("ref", node["package_name"], node["name"]), names
