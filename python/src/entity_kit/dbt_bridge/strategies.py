"""Strategies of other adapters for dbt-duckdb, as macros that dbt finds by their names."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

MERGE = "entity_kit_merge"
PARTITION_BY = "entity_kit_partition_by"
# A variable that dbt-bigquery declares before it runs a model that names it.
_MAX_PARTITION = re.compile(r"\b_dbt_max_partition\b", re.IGNORECASE)

# BigQuery's partitions are those of the batch, or the `partitions` that the config lists; rows
# without one are never replaced. Elsewhere, partitions are columns, and NULL is a value like others;
# without any, the whole table is replaced.
_INSERT_OVERWRITE = """
{% macro duckdb__get_incremental_insert_overwrite_sql(arg_dict) %}
{%- set target = arg_dict['target_relation'] -%}
{%- set source = arg_dict['temp_relation'] -%}
{%- set columns = get_quoted_csv(arg_dict['dest_columns'] | map(attribute='name')) -%}
{%- set partition_by = config.get('entity_kit_partition_by') -%}
{%- if partition_by is mapping -%}
    {%- if partition_by.get('time_ingestion_partitioning') -%}
        {{ exceptions.raise_compiler_error(
            "partition_by.time_ingestion_partitioning has no counterpart on DuckDB. Partition by a column."
        ) }}
    {%- endif -%}
    {%- set kind = (partition_by.get('data_type') or 'date') | lower -%}
    {%- set granularity = (partition_by.get('granularity') or 'day') | lower -%}
    {%- set plain = kind == 'int64' or (kind == 'date' and granularity == 'day') -%}
    {%- set partition = partition_by['field'] if plain
        else "date_trunc('" ~ granularity ~ "', " ~ partition_by['field'] ~ ")" -%}
    {%- set partitions = config.get('partitions') -%}
    delete from {{ target }}
    where {{ partition }} in (
        {%- if partitions %}{{ partitions | join(', ') }}
        {%- else %}select {{ partition }} from {{ source }}{% endif -%}
    );
{%- elif partition_by -%}
    {%- set names = [partition_by] if partition_by is string else partition_by -%}
    delete from {{ target }} as entity_kit_target
    where exists (
        select 1 from {{ source }} as entity_kit_source
        where true
        {%- for name in names %}
            and entity_kit_source.{{ name }} is not distinct from entity_kit_target.{{ name }}
        {%- endfor %}
    );
{%- else -%}
    delete from {{ target }};
{%- endif %}
    insert into {{ target }} ({{ columns }})
    (
        select {{ columns }}
        from {{ source }}
    )
{% endmacro %}
"""
# dbt's own merge, by the columns that the table has. dbt-duckdb's goes by the batch's columns.
_MERGE = """
{% macro get_incremental_entity_kit_merge_sql(arg_dict) %}
    {{ return(default__get_merge_sql(
        arg_dict['target_relation'], arg_dict['temp_relation'], arg_dict['unique_key'],
        arg_dict['dest_columns'], arg_dict['incremental_predicates']
    )) }}
{% endmacro %}
"""
_MACROS = {
    "duckdb__get_incremental_insert_overwrite_sql": _INSERT_OVERWRITE,
    f"get_incremental_{MERGE}_sql": _MERGE,
}


def add_to(manifest: Any) -> None:
    """Add the macros to dbt's parsed project, unless it has one of that name."""
    from dbt.contracts.graph.nodes import Macro  # noqa: PLC0415  (only where dbt is importable)
    from dbt.node_types import NodeType  # noqa: PLC0415

    known = {macro.name for macro in manifest.macros.values()}
    for name, sql in _MACROS.items():
        if name in known:
            continue
        unique_id = f"macro.dbt_duckdb.{name}"
        manifest.macros[unique_id] = Macro(
            name=name,
            resource_type=NodeType.Macro,
            package_name="dbt_duckdb",
            path="entity_kit.sql",
            original_file_path="entity_kit.sql",
            unique_id=unique_id,
            macro_sql=sql.strip(),
        )


def with_max_partition(compiled: str, config: Mapping[str, Any], relation: str) -> str:
    """Write dbt-bigquery's variable for the last partition as the query that gives its value."""
    partition_by = config.get(PARTITION_BY)
    if not isinstance(partition_by, dict) or not partition_by.get("field"):
        return compiled
    field = partition_by["field"]
    query = f"(select max({field}) from {relation} where {field} is not null)"
    return _MAX_PARTITION.sub(lambda _: query, compiled)
