{#-
    The time of a measure: its `name`, its `granularity`, its SQL (`expr`), the same in `utc`, and as it is `shown` in the table's
    zone. `relation` says of which type it is.
-#}
{%- macro _metric_time_of(spec, metric_name, semantic_model, measure, relation) -%}
{%- set name = measure['agg_time_dimension'] or (semantic_model['defaults'] or {}).get('agg_time_dimension') -%}
{%- set found = namespace(time=none) -%}
{%- for dimension in semantic_model['dimensions'] if dimension['name'] == name and dimension['type'] == 'time' -%}
    {%- set found.time = dimension -%}
{%- endfor -%}
{%- if found.time is none -%}
    {{ entity_kit._metric_refuse(
        spec, metric_name, 'Its measure ' ~ measure['name'] ~ ' has no time dimension to place it in a period.',
        'Set agg_time_dimension to a time dimension of ' ~ semantic_model['name'] ~ '.'
    ) }}
{%- endif -%}
{%- set expr = found.time['expr'] or entity_kit._column(name) -%}
{%- set utc = expr if entity_kit._time_kind_of(relation, expr) == 'plain' else entity_kit._utc(expr) -%}
{{ return({
    'name': name,
    'granularity': found.time['type_params']['time_granularity'],
    'expr': expr,
    'utc': utc,
    'shown': expr if spec.zone == 'UTC' else entity_kit._in_zone(utc, spec.zone)
}) }}
{%- endmacro -%}
