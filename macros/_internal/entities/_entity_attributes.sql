{#- The default attributes: all columns of the source that are neither `used` nor part of `deleted_when`. -#}
{%- macro _entity_attributes(
    macro_name, source, used, deleted_when, own_names, argument='attributes', source_argument='source'
) -%}
{%- set not_shown = namespace(names=entity_kit._words_in(deleted_when) if deleted_when is not none else []) -%}
{%- for column in used -%}
    {%- set not_shown.names = not_shown.names + [entity_kit._unquoted(column) | lower] -%}
{%- endfor -%}
{%- set found = namespace(all=[]) -%}
{%- for column in entity_kit._columns_in(source, macro_name, source_argument) if column.name | lower not in not_shown.names -%}
    {%- do entity_kit._require(
        column.name | lower not in own_names, macro_name, argument,
        'set if a column of `' ~ source_argument ~ '` has the name of one of ours', column.name,
        'Rename it in a CTE or an upstream model, or leave it out.'
    ) -%}
    {%- set found.all = found.all + [entity_kit._column(column.name)] -%}
{%- endfor -%}
{{ return(found.all) }}
{%- endmacro -%}
