{%- macro identity_map(
    links, nodes, loaded_at, max_members=none, lookback_interval=none, linked_at=none, row_key=none, deleted_when=none,
    updated_at=none, shared={}, one_to_one=[], handover='nobody', max_steps=50, model_config={}
) -%}
{{ return(adapter.dispatch('identity_map', 'entity_kit')(
    links, nodes, loaded_at, max_members, lookback_interval, linked_at, row_key, deleted_when, updated_at, shared,
    one_to_one, handover, max_steps, model_config
)) }}
{%- endmacro -%}

{#- A project with such a model still parses, so that it can disable the model for this target. -#}
{%- macro default__identity_map(
    links, nodes, loaded_at, max_members, lookback_interval, linked_at, row_key, deleted_when, updated_at, shared,
    one_to_one, handover, max_steps, model_config
) -%}
{%- do entity_kit._require(
    not execute, 'identity_map', 'target', 'DuckDB or Postgres', target.type,
    'It follows links with window functions in a recursive query, which this engine lacks or which nobody has run there.'
    ~ ' Disable the model for this target with `enabled`.'
) -%}
{%- endmacro -%}

{%- macro duckdb__identity_map(
    links, nodes, loaded_at, max_members, lookback_interval, linked_at, row_key, deleted_when, updated_at, shared,
    one_to_one, handover, max_steps, model_config
) -%}
{{ entity_kit._identity_model(entity_kit._identity_spec(
    links, nodes, loaded_at, max_members, lookback_interval, linked_at, row_key, deleted_when, updated_at, shared,
    one_to_one, handover, max_steps
), model_config) }}
{%- endmacro -%}

{%- macro postgres__identity_map(
    links, nodes, loaded_at, max_members, lookback_interval, linked_at, row_key, deleted_when, updated_at, shared,
    one_to_one, handover, max_steps, model_config
) -%}
{{ entity_kit.duckdb__identity_map(
    links, nodes, loaded_at, max_members, lookback_interval, linked_at, row_key, deleted_when, updated_at, shared,
    one_to_one, handover, max_steps, model_config
) }}
{%- endmacro -%}

{#- dbt takes Redshift for a kind of Postgres, but its recursive queries have no window functions. -#}
{%- macro redshift__identity_map(
    links, nodes, loaded_at, max_members, lookback_interval, linked_at, row_key, deleted_when, updated_at, shared,
    one_to_one, handover, max_steps, model_config
) -%}
{{ entity_kit.default__identity_map(
    links, nodes, loaded_at, max_members, lookback_interval, linked_at, row_key, deleted_when, updated_at, shared,
    one_to_one, handover, max_steps, model_config
) }}
{%- endmacro -%}
