{#-
    Which rows a non-additive measure takes, as the SQL of their rank, which must be 1: those of the latest (or earliest) time in
    the period, or in the period and each of `window_groupings`. None for a measure that adds up. `{counts}` stands for the
    column that says which rows count, since these are ranked by themselves.
-#}
{%- macro _metric_balance(spec, metric_name, source, measure, shift) -%}
{%- set balance = measure['non_additive_dimension'] -%}
{%- if not balance -%}
    {{ return(none) }}
{%- endif -%}
{%- if shift is not none and shift.kind not in ['offset', 'offset_to'] -%}
    {{ entity_kit._metric_refuse(
        spec, metric_name, 'It is cumulative, and its measure ' ~ measure['name'] ~ ' is non-additive: balances don\'t add up over time.',
        'Ask for the simple metric, by the period of which you want the balance.'
    ) }}
{%- elif balance['name'] != source.time_name -%}
    {{ entity_kit._metric_refuse(
        spec, metric_name, 'Its measure ' ~ measure['name'] ~ ' takes one ' ~ balance['name'] ~ ' of all periods, since its time is '
        ~ source.time_name ~ '.', 'Set agg_time_dimension to ' ~ balance['name'] ~ '.'
    ) }}
{%- endif -%}
{%- set found = namespace(groups=[], known=[]) -%}
{%- for name in balance['window_groupings'] or [] -%}
    {%- set called = {'kind': 'Entity', 'given': name, 'links': [], 'path': [], 'element': name, 'suffix': none, 'part': none,
        'asked': none} -%}
    {%- set column = entity_kit._metric_element(spec, metric_name, source, called) -%}
    {%- set found.groups = found.groups + [column] -%}
    {%- set found.known = found.known + [column ~ ' is not null'] -%}
{%- endfor -%}
{%- set cut = entity_kit._one_line(dbt.date_trunc(source.granularity, source.shown_time) | trim) -%}
{%- do source.read.update({'entity_kit_balance_at': cut}) -%}
{%- set way = 'asc' if balance['window_choice'] == 'min' else 'desc' -%}
{{ return({
    'rank': 'rank() over (partition by ' ~ (['entity_kit_period'] + found.groups + ['{counts}']) | join(', ')
        ~ ' order by entity_kit_balance_at ' ~ way ~ ')',
    'known': found.known
}) }}
{%- endmacro -%}
