{#- How to combine a measure of a finer grain: sum, min, max, or last. Refuse what can't be combined. -#}
{%- macro _adds_up(macro_name, argument, measure) -%}
{%- set calculation = measure['calculation'] | trim | lower -%}
{%- set called = entity_kit._single_call(measure['calculation']) -%}
{%- set way_out = 'Have grain_table compute ' ~ measure['name'] ~ ' at this grain, from the rows themselves.' -%}
{%- set expected = 'an additive measure: sum, count, min, max, or last' -%}
{%- set is_distinct = calculation.replace(' ', '').startswith('count(distinct') -%}
{%- do entity_kit._require(
    not is_distinct, macro_name, argument, expected, measure['calculation'],
    'A value in two periods would be counted twice. ' ~ way_out
) -%}
{%- do entity_kit._require(
    called in ['sum', 'count', 'min', 'max', 'last'], macro_name, argument, expected, measure['calculation'],
    'It can\'t be computed from the values of the finer periods, which don\'t include the number of rows. ' ~ way_out
) -%}
{%- set adds = called in ['sum', 'count'] -%}
{%- do entity_kit._require(
    measure['fill'] is none or called == 'last' or (adds and measure['fill'] == 0),
    macro_name, argument, 'left NULL' ~ (' or 0' if adds else '') ~ ' when no row counts', measure['fill'],
    'A filled value of a finer period looks like a real one. ' ~ way_out
) -%}
{{ return('sum' if adds else called) }}
{%- endmacro -%}
