{#- Whether a row's entity is in the CTE `touched`, or, if partitions are replaced, in one of its buckets. -#}
{%- macro _is_touched(keys, bucket=none) -%}
{%- set units = keys if bucket is none else [bucket] -%}
{{ return(entity_kit._matches_any(units, [{'keys': units, 'from': 'touched'}])) }}
{%- endmacro -%}
