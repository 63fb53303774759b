{#-
    The conditions, as a list, of a source's rows that are touched by what arrived: their own, and that a row arrived which
    has the key by which they join. The latter is asked of the keys, so that a row finds the ones it isn't joined with yet.
-#}
{%- macro _metric_arrived(spec, source) -%}
{%- set own = entity_kit._past_watermark(
    'entity_kit_loaded_at', source.id ~ '_loaded_at', this | string, spec.lookback_interval, spec.name, 'lookback_interval'
) -%}
{%- set found = namespace(all=[own, 'entity_kit_loaded_at is null']) -%}
{%- if source.conversions is not none -%}
    {%- set found.all = found.all + [
        entity_kit._past_watermark(
            'entity_kit_converted_loaded_at', source.id ~ '_conversions_loaded_at', this | string, spec.lookback_interval, spec.name,
            'lookback_interval'
        ),
        'entity_kit_converted_loaded_at is null'
    ] -%}
{%- endif -%}
{%- for id in source.joins -%}
    {%- set join = source.joins[id] -%}
    {%- set arrived = entity_kit._past_watermark(
        entity_kit._qualified('entity_kit_upstream', join.loaded_at), id ~ '_loaded_at', this | string, spec.lookback_interval,
        spec.name, 'lookback_interval'
    ) -%}
    {%- set from = join.relation ~ ' as entity_kit_upstream' -%}
    {%- set keys = [entity_kit._qualified('entity_kit_upstream', join.right)] -%}
    {%- set is_null = entity_kit._qualified('entity_kit_upstream', join.loaded_at) ~ ' is null' -%}
    {%- set found.all = found.all + [entity_kit._matches_any(
        [source.id ~ '_rows.' ~ join.key],
        [{'keys': keys, 'from': from, 'where': arrived}, {'keys': keys, 'from': from, 'where': is_null}]
    )] -%}
{%- endfor -%}
{{ return(found.all) }}
{%- endmacro -%}
