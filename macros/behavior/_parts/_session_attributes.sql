{#-
    Check the attributes of sessions. A name stands for `first_…` and `last_…`; a mapping says which of the two, and how
    they are called. Returns `all`, a list of mappings of `column`, `name`, and `place` (first or last), and the names of the
    table's `names` and the events' `columns`.
-#}
{%- macro _session_attributes(macro_name, attributes, taken) -%}
{%- do entity_kit._require(
    attributes is string or (attributes is sequence and attributes is not mapping), macro_name, 'attributes',
    'a list of columns or mappings', attributes,
    'Write [\'page\'], or [{\'column\': \'page\', \'first\': \'landing_page\', \'last\': \'exit_page\'}].'
) -%}
{%- set found = namespace(all=[], names=[], columns=[]) -%}
{%- for given in ([attributes] if attributes is string else attributes) -%}
    {%- set argument = 'attributes[' ~ loop.index0 ~ ']' -%}
    {%- if given is string -%}
        {%- set each = {'column': given, 'first': 'first_' ~ entity_kit._unquoted(given), 'last': 'last_' ~ entity_kit._unquoted(given)} -%}
    {%- else -%}
        {%- set each = entity_kit._mapping(macro_name, argument, given, ['column'], ['first', 'last']) -%}
    {%- endif -%}
    {%- do entity_kit._require(
        'first' in each or 'last' in each, macro_name, argument, 'a mapping with first, last, or both', given,
        'Name the new column: {\'column\': \'page\', \'first\': \'landing_page\'}.'
    ) -%}
    {%- set column = entity_kit._column_names(macro_name, argument, each['column']) | first -%}
    {%- set found.columns = found.columns + [column] -%}
    {%- for place in ['first', 'last'] if place in each -%}
        {%- set name = entity_kit._column_names(
            macro_name, argument ~ '.' ~ place, each[place], (taken + found.names) | map('lower') | list
        ) | first -%}
        {%- set found.names = found.names + [name] -%}
        {%- set found.all = found.all + [{'column': column, 'name': name, 'place': place}] -%}
    {%- endfor -%}
{%- endfor -%}
{{ return({'all': found.all, 'names': found.names, 'columns': found.columns | unique(case_sensitive=true) | list}) }}
{%- endmacro -%}
