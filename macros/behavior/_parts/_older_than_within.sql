{#- The message, as a SQL text, for a new event that happened longer ago than `within`. -#}
{%- macro _older_than_within(spec) -%}
{%- set text = dbt.type_string() -%}
{%- set given = [] -%}
{%- for unit in spec.within -%}
    {%- do given.append(spec.within[unit] ~ ' ' ~ unit) -%}
{%- endfor -%}
{%- set parts = [
    "'" ~ spec.name ~ ": `within` must be at least how long an event takes to arrive; got " ~ given | join(', ')
    ~ ", but an event '"
] -%}
{%- for key in spec.business_key -%}
    {%- do parts.append(
        entity_kit._literal(('with ' if loop.first else ', ') ~ key ~ ' = ')
        ~ ' || coalesce(cast(' ~ key ~ ' as ' ~ text ~ "), 'NULL')"
    ) -%}
{%- endfor -%}
{%- do parts.append("' of ' || cast(" ~ spec.occurred_at ~ ' as ' ~ text ~ ')') -%}
{%- do parts.append("' was loaded at ' || cast(" ~ spec.loaded_at ~ ' as ' ~ text ~ ')') -%}
{%- do parts.append("'. Run the model once with --full-refresh, or raise `within`.'") -%}
{{ return(entity_kit._wrapped(parts, 96, ' || ', '\n|| ')) }}
{%- endmacro -%}
