"""Which models give the same rows in every warehouse that shows the same sources.

A view or a table that reads nothing incremental is built once a step, and shown to all. Nothing is
shared that could tell one run from another: the clock, the run, the environment, a hook's work, the
model's own table, what is drawn at random, or what a query of its Jinja reads.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from entity_kit.dbt_bridge.nodes import ancestors, relation_of, selector

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from entity_kit.warehouse import Relation

_BUILT = {"view", "table"}
_DBTS_OWN = {"dbt", "dbt_duckdb"}
# Of dbt's own macros, those that tell one run from another, or read what isn't among the parents.
_TELLING_MACROS = re.compile(
    r"\.(?:run_query|statement|is_incremental|should_full_refresh|load_relation|current_timestamp\w*"
    r"|snapshot_get_time|get_.*relation.*|test_\w+)$"
)
_TELLING = re.compile(
    r"""
    \b(?:
        # Jinja
        this | run_started_at | invocation_id | env_var | is_incremental | should_full_refresh
        | flags | modules | run_query | statement | load_result | load_relation | adapter | graph
        | selected_resources | thread_id | dbt_metadata_envs | invocation_args_dict | target_path
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


@dataclass(frozen=True, slots=True)
class Shareable:
    """A model that can be built once a step: what selects it for dbt, and its relation."""

    selector: str
    relation: Relation


def shareable(manifest: Mapping[str, Any], needed: Iterable[str]) -> dict[str, Shareable]:
    """Return the models that can be built once a step, by unique id.

    A model comes after those that it reads. None where the project has hooks that run beside every run: what they do isn't known.
    """
    nodes = manifest["nodes"]
    if any(unique_id.startswith("operation.") for unique_id in nodes):
        return {}
    parents = manifest["parent_map"]
    known: dict[str, bool] = {}

    def same(unique_id: str) -> bool:
        if unique_id not in known:
            known[unique_id] = False  # until it is known
            known[unique_id] = unique_id.startswith(("source.", "seed.", "snapshot.")) or (
                unique_id.startswith("model.")
                and _is_plain(nodes[unique_id], manifest["macros"])
                and all(same(parent) for parent in parents.get(unique_id, ()))
            )
        return known[unique_id]

    found = [
        unique_id
        for unique_id in needed
        if unique_id.startswith("model.")
        and same(unique_id)
        and nodes[unique_id]["config"]["materialized"] in _BUILT
    ]
    # A model after those that it reads.
    found.sort(key=lambda unique_id: (len(ancestors(manifest, [unique_id])), unique_id))
    return {u: Shareable(selector(nodes[u]), relation_of(nodes[u])) for u in found}


def _is_plain(node: Mapping[str, Any], macros: Mapping[str, Any]) -> bool:
    """Return whether a model's text, its configuration, and its macros tell no run from another."""
    config = node["config"]
    if node.get("language", "sql") != "sql" or config["materialized"] not in {*_BUILT, "ephemeral"}:
        return False
    if config.get("pre-hook") or config.get("post-hook") or config.get("grants"):
        return False
    return not any(_TELLING.search(text) for text in _texts(node, macros))


def _texts(node: Mapping[str, Any], macros: Mapping[str, Any]) -> Iterator[str]:
    """Yield a model's own text, and that of the macros that it calls at whatever depth."""
    yield node.get("raw_code") or ""
    waiting = list((node.get("depends_on") or {}).get("macros") or [])
    seen: set[str] = set()
    while waiting:
        unique_id = waiting.pop()
        if unique_id in seen:
            continue
        seen.add(unique_id)
        macro = macros.get(unique_id)
        if macro is None:
            yield "this"  # nothing is known of it
        elif macro["package_name"] in _DBTS_OWN:
            if _TELLING_MACROS.search(unique_id):
                yield "this"
        else:
            yield macro["macro_sql"]
            waiting += (macro.get("depends_on") or {}).get("macros") or []
