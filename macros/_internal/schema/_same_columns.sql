{#- Refuse to add to a table that was built with other columns, because its older rows would lack them. -#}
{%- macro _same_columns(macro_name, relation, columns, argument, table) -%}
{%- set built = entity_kit._target_columns(relation) -%}
{%- if built is not none -%}
    {%- set changes = namespace(added=[], names=[]) -%}
    {%- for column in columns -%}
        {%- set name = entity_kit._unquoted(column) | lower -%}
        {%- set changes.names = changes.names + [name] -%}
        {%- if name not in built -%}
            {%- set changes.added = changes.added + [name] -%}
        {%- endif -%}
    {%- endfor -%}
    {%- set removed = built | reject('in', changes.names) | list -%}
    {%- set differences = (['new: ' ~ changes.added | join(', ')] if changes.added else [])
        + (['removed: ' ~ removed | join(', ')] if removed else []) -%}
    {%- do entity_kit._require(
        differences | length == 0, macro_name, argument, 'those that ' ~ relation ~ ' was built with',
        differences | join('; '),
        table ~ ' must be rebuilt from the whole log: run the model once with --full-refresh.'
    ) -%}
{%- endif -%}
{%- endmacro -%}
