{#- Refuse to add to a table that was built with other columns, because its older versions would lack them. -#}
{%- macro _scd2_same_columns(macro_name, relation, columns) -%}
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
        differences | length == 0, macro_name, 'tracked_columns', 'those that ' ~ relation ~ ' was built with',
        differences | join('; '),
        'The history must be rebuilt from the whole log: run the model once with --full-refresh.'
    ) -%}
{%- endif -%}
{%- endmacro -%}
