{#- The CTE of the links that name an identifier in the CTE `connected`, with all of their versions. -#}
{%- macro _identity_related(spec) -%}
{%- set names_one = [] -%}
{%- for end in spec.ends -%}
    {%- do names_one.append(
        entity_kit._matches_any([end.node], [
            {'keys': ['node'], 'from': 'connected', 'where': 'node_type = ' ~ end.type}
        ]) if end.is_typed
        else entity_kit._matches_any([end.type, end.node], [{'keys': ['node_type', 'node'], 'from': 'connected'}])
    ) -%}
{%- endfor -%}
{%- set is_related = names_one | join('\nor ') -%}
{%- if spec.rows_move -%}
    {%- set is_related = entity_kit._matches_any(
        spec.row_key, [{'keys': spec.row_key, 'from': spec.relation, 'where': is_related}]
    ) -%}
{%- endif -%}
related as (
    select entity_kit_row.*
    from {{ spec.relation }} as entity_kit_row
    where {{ is_related | indent(4) }}
)
{%- endmacro -%}
