{#-
    The CTE of the entities to recompute: those with a row that arrived since the last run, and those that had one
    before it moved to another entity.
-#}
{%- macro _entity_touched(spec) -%}
{#- Two conditions instead of one with `or`, which would make engines read more than either needs. -#}
{%- set arrived = [spec.past_watermark, spec.loaded_at ~ ' is null'] -%}
{%- if spec.rows_move -%}
    {%- set arrived = [entity_kit._matches_any(spec.row_key, [
        {'keys': spec.row_key, 'from': spec.relation, 'where': arrived[0]},
        {'keys': spec.row_key, 'from': spec.relation, 'where': arrived[1]}
    ])] -%}
{%- endif -%}
touched as (
    {%- for condition in arrived %}
    select {{ spec.key_list }}
    from {{ spec.relation }}
    where {{ entity_kit._not_all_null(spec.business_key) }}
        and {{ condition | indent(8) }}
    {{- '\n    union all' if not loop.last }}
    {%- endfor %}
)
{%- endmacro -%}
