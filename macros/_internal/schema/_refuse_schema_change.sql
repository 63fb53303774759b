{#-
    The hook that `_fail_on_schema_change` sets. It runs no SQL, and stops a run whose columns don't match its table.
-#}
{%- macro _refuse_schema_change() -%}
{%- if execute and is_incremental() -%}
    {%- set changes = entity_kit._schema_changes(this) -%}
    {%- set retyped = namespace(all=[]) -%}
    {%- for column in changes['new_target_types'] -%}
        {%- set retyped.all = retyped.all + [column['column_name'] ~ ' ' ~ column['new_type']] -%}
    {%- endfor -%}
    {%- set differences = namespace(all=[]) -%}
    {%- for label, names in [
        ('new', changes['source_not_in_target'] | map(attribute='name') | list),
        ('removed', changes['target_not_in_source'] | map(attribute='name') | list),
        ('changed type', retyped.all),
    ] -%}
        {%- if names -%}
            {%- set differences.all = differences.all + [label ~ ': ' ~ names | join(', ')] -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if differences.all -%}
        {%- do exceptions.raise_compiler_error(
            'entity_kit: the columns of this model are not those that ' ~ this ~ ' was built with ('
            ~ differences.all | join('; ') ~ '). Run the model once with --full-refresh.'
        ) -%}
    {%- endif -%}
{%- endif -%}
{%- endmacro -%}
