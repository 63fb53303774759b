{#- How a measure of a finer grain is put together to one of a coarser: sum, min, max or last. Refuses what can't be. -#}
{%- macro _adds_up(macro_name, argument, measure) -%}
{%- set calculation = measure['calculation'] | trim | lower -%}
{%- set called = entity_kit._single_call(measure['calculation']) -%}
{%- set way_out = 'Have grain_table compute ' ~ measure['name'] ~ ' at this grain, from the rows themselves.' -%}
{%- set expected = 'a measure that adds up: sum, count, min, max or last' -%}
{%- set is_distinct = calculation.replace(' ', '').startswith('count(distinct') -%}
{%- do entity_kit._require(
    not is_distinct, macro_name, argument, expected, measure['calculation'],
    'One that is counted in two periods would be counted twice. ' ~ way_out
) -%}
{%- do entity_kit._require(
    called in ['sum', 'count', 'min', 'max', 'last'], macro_name, argument, expected, measure['calculation'],
    'It can\'t be had from the values of the finer periods, which don\'t say how many rows each stands for. ' ~ way_out
) -%}
{%- set adds = called in ['sum', 'count'] -%}
{%- do entity_kit._require(
    measure['fill'] is none or called == 'last' or (adds and measure['fill'] == 0),
    macro_name, argument, 'left NULL' ~ (' or 0' if adds else '') ~ ' where no row counts', measure['fill'],
    'The value that fills a finer period can\'t be told from a real one. ' ~ way_out
) -%}
{{ return('sum' if adds else called) }}
{%- endmacro -%}
