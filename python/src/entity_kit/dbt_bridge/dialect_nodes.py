"""Adapt the configs of a project that was written for another adapter to dbt-duckdb."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from entity_kit.dbt_bridge import strategies
from entity_kit.dbt_bridge.dialect_types import duckdb_type
from entity_kit.dbt_bridge.nodes import has_contract

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from entity_kit.dbt_bridge.dialect import Dialect
    from entity_kit.dbt_bridge.invocation import Manifest

# Materializations of which only the rows count here.
TABLES = frozenset({"dynamic_table", "materialized_view", "streaming_table"})
# They say how a table is stored, or who may do what with it.
IGNORED = frozenset(
    {
        *("cluster_by", "automatic_clustering", "transient", "copy_grants", "secure", "query_tag"),
        *("snowflake_warehouse", "target_lag", "refresh_mode", "initialize", "tmp_relation_type"),
        *("partition_by", "require_partition_filter", "partition_expiration_days", "labels"),
        *("kms_key_name", "hours_to_expiration", "grant_access_to", "copy_partitions"),
        *("dist", "sort", "sort_type", "backup", "bind", "file_format", "location_root"),
        *("clustered_by", "buckets", "liquid_clustered_by", "tblproperties", "databricks_tags"),
        *("auto_liquid_cluster", "unlogged", "indexes", "grants", "enable_refresh"),
    }
)
# dbt-duckdb reads these, and takes them for its own.
_OTHER_MEANING = ("partition_by", "partitioned_by", "sort_by", "sorted_by", "indexes")
# Whose default is a merge. Elsewhere it is `delete+insert`, as in dbt-duckdb.
_MERGING = frozenset({"snowflake", "bigquery", "databricks"})


def adapt(manifest: Any, written: Manifest, dialect: Dialect) -> None:
    """Change dbt's manifest, and what it wrote of it, for runs with dbt-duckdb."""
    strategies.add_to(manifest)
    for unique_id, node in manifest.nodes.items():
        seen = written["nodes"].get(unique_id, {}).get("config", {})
        for config in (node.config, seen):
            for name, value in changes(seen if config is seen else _plain(config), dialect):
                _set(config, name, value)
        contract = getattr(node, "contract", None)
        if contract is not None and contract.enforced:
            # Its types are the warehouse's, and so is what they are held to.
            contract.enforced = node.config.contract.enforced = False


def changes(config: Mapping[str, Any], dialect: Dialect) -> Iterator[tuple[str, Any]]:
    """Yield what to change in a node's config: names with their new values, None for none."""
    if config.get("materialized") in TABLES:
        yield "materialized", "table"
    if config.get("materialized") == "incremental":
        strategy = config.get("incremental_strategy")
        merges = strategy in {None, "default"} and dialect.name in _MERGING
        if strategy == "merge" or (merges and config.get("unique_key")):
            yield "incremental_strategy", strategies.MERGE
    if config.get("partition_by"):
        yield strategies.PARTITION_BY, config["partition_by"]
    for name in _OTHER_MEANING:
        if config.get(name):
            yield name, None
    types = config.get("column_types")  # of a seed
    if types:
        # What DuckDB has no type for stays, so that its error names it.
        yield (
            "column_types",
            {name: duckdb_type(str(t), dialect.name) or str(t) for name, t in types.items()},
        )


def _plain(config: Any) -> dict[str, Any]:
    found: dict[str, Any] = config.to_dict(omit_none=True)
    return found


def _set(config: Any, name: str, value: Any) -> None:
    if isinstance(config, dict):
        config[name] = value
    elif value is None and name in config.extra:
        del config.extra[name]
    else:
        config[name] = value


def noted(nodes: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return notes about what has no effect, or another one, on DuckDB; `nodes` are as dbt wrote them."""
    ignored: set[str] = set()
    tables: dict[str, list[str]] = {}
    for node in nodes:
        config = node.get("config") or {}
        given = {name for name, value in config.items() if value not in (None, {}, [], False)}
        given |= {"partition_by"} if strategies.PARTITION_BY in given else set()
        if config.get("incremental_strategy") == "insert_overwrite":
            given -= {"partition_by", "copy_partitions"}
        ignored |= given & IGNORED
        kind = str(node.get("unrendered_config", {}).get("materialized", ""))
        if kind in TABLES:
            tables.setdefault(kind, []).append(str(node["name"]))
    notes = []
    if ignored:
        notes.append(
            f"Configs without an effect on rows are ignored: {', '.join(sorted(ignored))}."
        )
    contracts = [str(node["name"]) for node in nodes if has_contract(node)]
    if contracts:
        notes.append(f"Contracts aren't enforced: {', '.join(sorted(contracts))}.")
    notes += [
        f"Built as a table instead of a {kind.replace('_', ' ')}: {', '.join(sorted(names))}."
        for kind, names in sorted(tables.items())
    ]
    return notes
