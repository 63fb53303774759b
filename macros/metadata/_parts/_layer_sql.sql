{#- `_layer_of` for a column of models' names, as an expression: one for all is quicker than a call for each. -#}
{%- macro _layer_sql(column, layers) -%}
{%- set cases = [] -%}
{%- for layer in layers -%}
    {%- for prefix in layers[layer]['prefixes'] -%}
        {%- do cases.append(
            'when substring(' ~ column ~ ', 1, ' ~ prefix | length ~ ') = ' ~ entity_kit._text_literal(prefix)
            ~ ' then ' ~ entity_kit._text_literal(layer)
        ) -%}
    {%- endfor -%}
{%- endfor -%}
{{ return('case ' ~ cases | join(' ') ~ ' end' if cases else 'cast(null as ' ~ dbt.type_string() ~ ')') }}
{%- endmacro -%}
