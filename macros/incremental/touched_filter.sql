{%- macro touched_filter(keys, upstreams, lookback_interval=none, relation=this) -%}
{{ return(adapter.dispatch('touched_filter', 'entity_kit')(keys, upstreams, lookback_interval, relation)) }}
{%- endmacro -%}

{%- macro default__touched_filter(keys, upstreams, lookback_interval, relation) -%}
{%- set name = 'touched_filter' -%}
{%- set target = entity_kit._target(relation, name) -%}
{%- set columns = entity_kit._target_columns(relation) -%}
{%- set keys = entity_kit._list(name, 'keys', keys) -%}
{%- set is_one = upstreams is mapping and not entity_kit._is_relation(upstreams) -%}
{%- set are_some = upstreams is sequence and upstreams is not string and upstreams is not mapping
    and upstreams | length > 0 -%}
{%- do entity_kit._require(
    is_one or are_some, name, 'upstreams', 'a mapping, or a list of mappings', upstreams,
    'Write {\'relation\': ref(\'…\'), \'loaded_at\': \'…\'}, or a list of such.'
) -%}
{%- set found = namespace(selects=[], outer_keys=[]) -%}
{%- for entry in ([upstreams] if is_one else upstreams) -%}
    {%- set argument = 'upstreams' if is_one else 'upstreams[' ~ loop.index0 ~ ']' -%}
    {%- set found.selects = found.selects + [
        entity_kit._upstream(entry, argument, keys, lookback_interval, target, columns, name)
    ] -%}
{%- endfor -%}
{%- for key in keys -%}
    {%- set found.outer_keys = found.outer_keys + [entity_kit._expression(key)] -%}
{%- endfor -%}
{{ return(entity_kit._matches_any(found.outer_keys, found.selects) if is_incremental() else 'true') }}
{%- endmacro -%}
