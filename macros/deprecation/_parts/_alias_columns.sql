{#- The columns of an alias, each as a mapping. A bare name means `{column: name}`. -#}
{%- macro _alias_columns(macro_name, columns) -%}
{%- do entity_kit._require(
    columns is mapping, macro_name, 'columns', 'a mapping of each old column to what it is now', columns,
    'Write {\'name\': \'full_name\'} where the column `name` is called `full_name` now.'
) -%}
{%- set specs = {} -%}
{%- for old in columns -%}
    {%- set given = columns[old] -%}
    {%- set argument = 'columns.' ~ old -%}
    {%- if given is string -%}
        {%- do specs.update({old: {'column': entity_kit._string(macro_name, argument, given)}}) -%}
    {%- else -%}
        {%- do entity_kit._mapping(macro_name, argument, given, [], ['column', 'expression', 'default', 'data_type']) -%}
        {%- set kinds = namespace(given=[]) -%}
        {%- for kind in ['column', 'expression', 'default'] -%}
            {%- if kind in given -%}
                {%- set kinds.given = kinds.given + [kind] -%}
            {%- endif -%}
        {%- endfor -%}
        {%- do entity_kit._require(
            kinds.given | length == 1, macro_name, argument, 'one of column, expression and default', given,
            'Use only one of them.'
        ) -%}
        {%- do specs.update({old: given}) -%}
    {%- endif -%}
{%- endfor -%}
{{ return(specs) }}
{%- endmacro -%}
