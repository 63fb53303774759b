{#-
    Refuse columns that have two roles that contradict each other. `roles` are mappings of an `argument` and its `names`:
    the business key, `changed_at`, `loaded_at`, the sequence, the tracked columns and the overwritten ones.
-#}
{%- macro _scd2_check_roles(macro_name, roles, known) -%}
{%- set tracked, overwrite = roles[4], roles[5] -%}
{%- for given in [tracked, overwrite] -%}
    {%- for name in given.names -%}
        {#-
            The times of change and arrival may be overwritten but never tracked, because each row would start a
            version.
        -#}
        {%- for role in roles[:3] if given.argument == 'tracked_columns' or role.argument == 'business_key' -%}
            {%- for taken_name in role.names -%}
                {%- do entity_kit._require(
                    not entity_kit._scd2_is_same_name(name, taken_name, known), macro_name, given.argument,
                    'columns without another role', entity_kit._unquoted(name),
                    'It is ' ~ ('the' if role.argument != 'business_key' else 'part of the') ~ ' `' ~ role.argument
                    ~ '`: leave it out of `' ~ given.argument ~ '`.'
                ) -%}
            {%- endfor -%}
        {%- endfor -%}
        {%- for other in tracked.names if given.argument == 'overwrite_columns' -%}
            {%- do entity_kit._require(
                not entity_kit._scd2_is_same_name(name, other, known), macro_name, 'overwrite_columns',
                'columns without another role', entity_kit._unquoted(name),
                'It is in `tracked_columns` too: leave it out of one of them.'
            ) -%}
        {%- endfor -%}
    {%- endfor -%}
{%- endfor -%}
{%- for role in roles[1:3] -%}
    {%- do entity_kit._require(
        role.names[0] not in roles[0].names, macro_name, role.argument, 'a column without another role', role.names[0],
        'It is part of the `business_key`: an entity has one key at all times.'
    ) -%}
{%- endfor -%}
{%- endmacro -%}
