{#- The message, as a SQL text, for an entity whose spine from `first_period` to `last_period` is too long. -#}
{%- macro _too_many_periods(macro_name, grain, keys, max_periods) -%}
{%- set text = dbt.type_string() -%}
{%- set parts = namespace(all=[
    "'" ~ macro_name ~ ": `max_periods` must be at least the number of periods of any entity; got "
    ~ max_periods ~ ", '"
]) -%}
{%- for key in keys -%}
    {%- set parts.all = parts.all + [
        entity_kit._literal(('but the entity with ' if loop.first else ', ') ~ key ~ ' = ')
        ~ ' || coalesce(cast(' ~ key ~ ' as ' ~ text ~ "), 'NULL')"
        ~ (" || ' has '" if loop.last else '')
    ] -%}
{%- endfor -%}
{%- set parts.all = parts.all + [
    'cast(' ~ entity_kit._periods_apart(grain, 'first_period', 'last_period') ~ ' + 1 as ' ~ text ~ ')',
    "', from ' || cast(first_period as " ~ text ~ ") || ' to ' || cast(last_period as " ~ text ~ ')',
    "'. Exclude such times with occurred_from and occurred_to, or raise max_periods.'"
] -%}
{{ return(entity_kit._wrapped(parts.all, 96, ' || ', '\n|| ')) }}
{%- endmacro -%}
