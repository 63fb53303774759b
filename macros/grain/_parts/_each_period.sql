{#-
    The rows of a relation, each once per period from its `first_period` to its `last_period`, inclusive, with the
    period under a name. No row if either is NULL, or if the last is before the first.
-#}
{%- macro _each_period(grain, relation, columns, name, first_period='first_period', last_period='last_period') -%}
{{ return(adapter.dispatch('_each_period', 'entity_kit')(grain, relation, columns, name, first_period, last_period)) }}
{%- endmacro -%}

{#-
    The first million numbers, made of digits, which works on any engine. dbt's macro uses powers of two, which are
    floats on most engines.
-#}
{%- macro default___each_period(grain, relation, columns, name, first_period, last_period) -%}
{%- set unit, size = entity_kit._period_step(grain) -%}
{%- set moved = dbt.dateadd(unit, '(numbers.entity_kit_number * ' ~ size ~ ')', first_period) | trim -%}
select
    {{ columns | join(',\n    ') }},
    {{ moved if grain == 'hour' else 'cast(' ~ moved ~ ' as date)' }} as {{ name }}
from {{ relation }}
inner join (
    select cast(generated_number as {{ dbt.type_bigint() }}) - 1 as entity_kit_number
    from ({{ dbt.generate_series(1000000) }}) as generated
) as numbers
    on numbers.entity_kit_number * {{ size }} <= {{ dbt.datediff(first_period, last_period, unit) | trim }}
{%- endmacro -%}

{%- macro duckdb___each_period(grain, relation, columns, name, first_period, last_period) -%}
{%- set unit, size = entity_kit._period_step(grain) -%}
{%- set type = 'timestamp' if grain == 'hour' else 'date' -%}
select
    {{ columns | join(',\n    ') }},
    cast(
        unnest(generate_series({{ first_period }}, {{ last_period }}, interval '{{ size }} {{ unit }}')) as {{ type }}
    ) as {{ name }}
from {{ relation }}
{%- endmacro -%}

{#- On Postgres, `generate_series` of dates returns zoned timestamps in the session's zone, hence the casts. -#}
{%- macro postgres___each_period(grain, relation, columns, name, first_period, last_period) -%}
{%- set unit, size = entity_kit._period_step(grain) -%}
{%- set type = 'timestamp' if grain == 'hour' else 'date' -%}
select
    {{ columns | join(',\n    ') }},
    cast(
        generate_series(
            cast({{ first_period }} as timestamp), cast({{ last_period }} as timestamp), interval '{{ size }} {{ unit }}'
        ) as {{ type }}
    ) as {{ name }}
from {{ relation }}
{%- endmacro -%}

{#- Redshift has series only on the leader node, so it uses the default. -#}
{%- macro redshift___each_period(grain, relation, columns, name, first_period, last_period) -%}
{{ return(entity_kit.default___each_period(grain, relation, columns, name, first_period, last_period)) }}
{%- endmacro -%}

{%- macro spark___each_period(grain, relation, columns, name, first_period, last_period) -%}
{%- set unit, size = entity_kit._period_step(grain) -%}
select
    {{ columns | join(',\n    ') }},
    explode(
        case
            when {{ first_period }} <= {{ last_period }}
                then sequence({{ first_period }}, {{ last_period }}, interval {{ size }} {{ unit }})
        end
    ) as {{ name }}
from {{ relation }}
{%- endmacro -%}
