"""Which models give the same rows in every warehouse that shows the same sources.

A view or a table that reads nothing incremental is built once a step, and shown to all. Nothing is
shared that could tell one run from another: the clock, the run, the environment, a hook's work, the
model's own table, what is drawn at random, or what a query of its Jinja reads.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, partial
from typing import TYPE_CHECKING, Any

from entity_kit.dbt_bridge.nodes import (
    DBTS_OWN,
    ancestors,
    called_macros,
    has_contract,
    relation_of,
    selector,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from entity_kit.warehouse import Relation

_BUILT = {"view", "table"}
_OUR_HOOKS = "operation.entity_kit."
# Of dbt's own macros, those that tell one run from another, or read what isn't among the parents.
_TELLING_MACROS = re.compile(
    r"\.(?:run_query|statement|is_incremental|should_full_refresh|load_relation|current_timestamp\w*"
    r"|snapshot_get_time|get_.*relation.*|test_\w+)$"
)
# How a project builds its views and tables, where that isn't dbt's own way.
_OWN_KIND = re.compile(r"macro\.(?!dbt\.|dbt_duckdb\.).*\.materialization_(?:view|table)_\w+")
_TELLING = re.compile(
    r"""
    \b(?:
        # Jinja
        this | run_started_at | invocation_id | env_var | is_incremental | should_full_refresh
        | flags | modules | run_query | statement | load_result | load_relation | graph
        | selected_resources | thread_id | dbt_metadata_envs | invocation_args_dict | target_path
        # What a dispatch by name leads to is among the called macros.
        | adapter (?!\s*\.\s*dispatch\s*\(\s*(?:macro_name\s*=\s*)?['"])
        # SQL: the clock, the session, chance
        | current_\w+ | localtime\w* | get_current_\w+ | transaction_timestamp | getvariable
        | sysdate | getdate | nextval | currval | uuid\w* | gen_random_uuid | random | setseed
        | sample | tablesample | txid_current | rowid | getenv | query | query_table | duckdb_\w+
        | information_schema | pragma\w* | sqlite_master | pg_\w+
    )\b
    | \b(?:now|today|age|version|read_\w+|glob|parquet_\w+)\s*\(
    | from\s+'
    """,
    re.IGNORECASE | re.VERBOSE,
)


def tells(text: str) -> bool:
    """Return whether SQL or Jinja has a word that could tell one run from another."""
    return _TELLING.search(text) is not None


@dataclass(frozen=True, slots=True)
class Shareable:
    """A model that can be built once a step: what selects it for dbt, and its relation.

    Of a view that could as well be a table, `scans` counts the tables and sources that a query of
    it reads, each as often as it reads it. Of any other model it is 1.
    """

    selector: str
    relation: Relation
    scans: int = 1
    # Of a view, the shared models that it is built from; None for a table.
    above: frozenset[str] | None = None


def shareable(manifest: Mapping[str, Any], needed: Iterable[str]) -> dict[str, Shareable]:
    """Return the models that can be built once a step, by unique id.

    A model comes after those that it reads. There are none where the project has hooks that run
    beside every run, because what they do isn't known; of ours, it is: it logs the run.
    """
    nodes = manifest["nodes"]
    if any(u.startswith("operation.") and not u.startswith(_OUR_HOOKS) for u in nodes):
        return {}
    parents = manifest["parent_map"]
    # Many models call the same macros, and have the same parents.
    macro_tells = cache(partial(_macro_tells, manifest["macros"]))

    @cache
    def same(unique_id: str) -> bool:
        return unique_id.startswith(("source.", "seed.", "snapshot.")) or (
            unique_id.startswith("model.")
            and _is_plain(manifest, nodes[unique_id], macro_tells)
            and all(same(parent) for parent in parents.get(unique_id, ()))
        )

    found = [
        unique_id
        for unique_id in needed
        if unique_id.startswith("model.")
        and same(unique_id)
        and nodes[unique_id]["config"]["materialized"] in _BUILT
    ]
    # A model after those that it reads.
    found.sort(key=lambda unique_id: (len(ancestors(manifest, [unique_id])), unique_id))
    scans = _scans(manifest)

    def above(unique_id: str) -> frozenset[str] | None:
        if nodes[unique_id]["config"]["materialized"] != "view":
            return None
        return frozenset(ancestors(manifest, [unique_id]) - {unique_id}) & frozenset(found)

    return {
        u: Shareable(selector(nodes[u]), relation_of(nodes[u]), scans(u), above(u)) for u in found
    }


def _scans(manifest: Mapping[str, Any]) -> Callable[[str], int]:
    """Return what counts the scans behind a model; 1 for all where tables or views are the project's own."""
    nodes, parents = manifest["nodes"], manifest["parent_map"]
    if any(_OWN_KIND.fullmatch(unique_id) for unique_id in manifest["macros"]):
        return lambda _: 1

    @cache
    def behind(unique_id: str) -> int:
        config = nodes[unique_id]["config"] if unique_id in nodes else {}
        if config.get("materialized") not in {"view", "ephemeral"}:
            return 1
        return sum(map(behind, parents.get(unique_id, ()))) or 1

    def scans(unique_id: str) -> int:
        node = nodes[unique_id]
        config = node["config"]
        is_plain_view = config["materialized"] == "view" and not has_contract(node)
        return behind(unique_id) if is_plain_view and not config.get("indexes") else 1

    return scans


def _is_plain(
    manifest: Mapping[str, Any], node: Mapping[str, Any], macro_tells: Callable[[str], bool]
) -> bool:
    """Return whether a model's text, its configuration, and its macros tell no run from another.

    `macro_tells` answers that for one macro, by its unique id.
    """
    config = node["config"]
    if node.get("language", "sql") != "sql" or config["materialized"] not in {*_BUILT, "ephemeral"}:
        return False
    if config.get("pre-hook") or config.get("post-hook") or config.get("grants"):
        return False
    if tells(node.get("raw_code") or ""):
        return False
    return not any(macro_tells(u) for u, _ in called_macros(manifest, node, into=_is_foreign))


def _is_foreign(macro: Mapping[str, Any]) -> bool:
    """Return whether a macro isn't dbt's own."""
    return macro["package_name"] not in DBTS_OWN


def _macro_tells(macros: Mapping[str, Any], unique_id: str) -> bool:
    """Return whether a macro by itself can tell one run from another. Of an unknown one, assume it."""
    macro = macros.get(unique_id)
    if macro is None:
        return True
    if _is_foreign(macro):
        return tells(macro["macro_sql"])
    return _TELLING_MACROS.search(unique_id) is not None
