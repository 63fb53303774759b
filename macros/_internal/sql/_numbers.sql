{#-
    The CTEs of the whole numbers from 0 on, at least a million of them and as many as are asked for, for `_each_period`.
    Nothing on engines that make series themselves.
-#}
{%- macro _numbers(at_least) -%}
{{ return(adapter.dispatch('_numbers', 'entity_kit')(at_least)) }}
{%- endmacro -%}

{#- SQL that any engine has, and of whole numbers throughout. -#}
{%- macro default___numbers(at_least) -%}
{%- set digits = [6, (at_least - 1) | string | length] | max -%}
{%- set terms = namespace(all=['digit_1.digit']) -%}
{%- for place in range(2, digits + 1) -%}
    {%- set terms.all = terms.all + [10 ** (place - 1) ~ ' * digit_' ~ place ~ '.digit'] -%}
{%- endfor -%}
entity_kit_digits as (
    select 0 as digit union all select 1 union all select 2 union all select 3 union all select 4
    union all select 5 union all select 6 union all select 7 union all select 8 union all select 9
),

entity_kit_numbers as (
    select {% for line in terms.all | batch(3) -%}
        {{ line | join(' + ') }}{{ ' as entity_kit_number' if loop.last else '\n        + ' }}
        {%- endfor %}
    from entity_kit_digits as digit_1
    {%- for places in range(2, digits + 1) | batch(2) %}
    {%- for place in places %}
    {{- '\n    ' if loop.first else ' ' }}cross join entity_kit_digits as digit_{{ place }}
    {%- endfor %}
    {%- endfor %}
)
{%- endmacro -%}

{%- macro duckdb___numbers(at_least) -%}
{{ return('') }}
{%- endmacro -%}

{%- macro postgres___numbers(at_least) -%}
{{ return('') }}
{%- endmacro -%}

{#- Redshift has series only on the leader node, so it uses the default. -#}
{%- macro redshift___numbers(at_least) -%}
{{ return(entity_kit.default___numbers(at_least)) }}
{%- endmacro -%}

{%- macro spark___numbers(at_least) -%}
{{ return('') }}
{%- endmacro -%}
