{#- Have a source read an element, a time by its grain or a part of it. Returns the name of the column. -#}
{%- macro _metric_read(spec, metric_name, source, name, element, grain, called) -%}
{%- set is_time = element.type == 'time' -%}
{%- set grains = ['nanosecond', 'microsecond', 'millisecond', 'second', 'minute', 'hour', 'day', 'week', 'month', 'quarter', 'year'] -%}
{%- set parts = ['year', 'quarter', 'month', 'day', 'dow', 'doy'] -%}
{%- if not is_time and (grain or called.part or called.kind == 'TimeDimension') -%}
    {{ entity_kit._metric_refuse(
        spec, metric_name, called.given ~ ' isn\'t a time, so it has no grain.', 'Leave the grain out.'
    ) }}
{%- endif -%}
{%- if not is_time -%}
    {%- do source.read.update({name: element.expr}) -%}
    {{ return(name) }}
{%- endif -%}
{%- set by = grain or element.granularity -%}
{%- if by not in grains or grains.index(by) < grains.index(element.granularity) or (called.part or 'day') not in parts -%}
    {{ entity_kit._metric_refuse(
        spec, metric_name, called.given ~ ' can\'t be had by ' ~ (called.part or by) ~ '.',
        'Take a grain from ' ~ element.granularity ~ ' up to year, or a part of a date: ' ~ parts | join(', ') ~ '.'
    ) }}
{%- endif -%}
{%- if called.part -%}
    {%- set number = {'dow': 'isodow'}.get(called.part, called.part) -%}
    {%- set column = name ~ '__extract_' ~ called.part -%}
    {%- do source.read.update({column: 'extract(' ~ number ~ ' from ' ~ element.expr ~ ')'}) -%}
    {{ return(column) }}
{%- endif -%}
{%- set column = name ~ '__' ~ by -%}
{%- do source.read.update({column: entity_kit._one_line(dbt.date_trunc(by, element.expr) | trim)}) -%}
{{ return(column) }}
{%- endmacro -%}
