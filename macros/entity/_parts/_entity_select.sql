{#- The final select of an entity model: one row for each of `entities`. -#}
{%- macro _entity_select(spec) -%}
{%- set keys = spec.business_key -%}
{%- set durable_key = entity_kit._durable_key(keys, spec.types, alias='entities') -%}
{%- set columns = namespace(all=entity_kit._canonical_columns(keys, spec.types, 'entities')
    + [durable_key ~ ' as durable_key'] + entity_kit._prefixed('latest', spec.attributes)) -%}
{%- for metric in spec.metrics -%}
    {%- set value = 'metrics.' ~ metric['column'] -%}
    {%- set filled = entity_kit._case(
        'entities.entity_kit_counts = 0', entity_kit._literal(metric['fill']), value
    ) ~ ' as ' ~ metric['column'] -%}
    {%- set columns.all = columns.all + [value if metric['fill'] is none else filled] -%}
{%- endfor -%}
{%- set columns.all = columns.all + [
    'entities.entity_kit_counts = 0 as is_deleted',
    'entities.entity_kit_loaded_at as loaded_at'
] + ([entity_kit._bucket(durable_key, spec.buckets) ~ ' as ' ~ spec.bucket_column] if spec.in_buckets else []) -%}
{{ entity_kit._select('select', columns.all) }}
from entities
{%- if spec.metrics %}
left join metrics
    on {{ entity_kit._same_key('metrics', 'entities', keys) | indent(8) }}
{%- endif %}
{%- if spec.attributes %}
inner join latest
    on {{ entity_kit._same_key('latest', 'entities', keys) | indent(8) }}
{%- endif %}
{%- endmacro -%}
