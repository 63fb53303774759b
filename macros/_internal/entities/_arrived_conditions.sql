{#-
    The conditions for rows that arrived since the last run, or another version of them. They are two instead of one with
    `or`, which would make engines read more than either needs.
-#}
{%- macro _arrived_conditions(spec) -%}
{%- set arrived = [spec.past_watermark, entity_kit._operand(spec.loaded_at) ~ ' is null'] -%}
{%- if not spec.rows_move -%}
{{ return(arrived) }}
{%- endif -%}
{{ return([entity_kit._matches_any(spec.row_key, [
    {'keys': spec.row_key, 'from': spec.relation, 'where': arrived[0]},
    {'keys': spec.row_key, 'from': spec.relation, 'where': arrived[1]}
])]) }}
{%- endmacro -%}
