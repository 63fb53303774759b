{#-
    How the rows of a source that is shifted in time reach other periods, as MetricFlow does it, by the project's time spine:
    a condition between the row's own period and each `entity_kit_spine.entity_kit_shown`, with the `relation` of these.
    `shift` has its `kind` (offset, offset_to, window, to_date, or running), and a `count` of a `unit`.
-#}
{%- macro _metric_spine(spec, metric_name, shift, granularity) -%}
{%- set grains = ['hour', 'day', 'week', 'month', 'quarter', 'year'] -%}
{%- set is_offset = shift.kind in ['offset', 'offset_to'] -%}
{%- if shift.unit is not none and (
    shift.unit not in grains or is_offset and grains.index(shift.unit) < grains.index(spec.grain)
) -%}
    {{ entity_kit._metric_refuse(
        spec, metric_name, 'It reaches over a ' ~ shift.unit ~ ', of which a ' ~ spec.grain ~ ' isn\'t a part.',
        'Ask for a grain up to ' ~ (shift.unit if shift.unit in grains else 'a standard one') ~ '.'
    ) }}
{%- endif -%}
{%- if not is_offset and granularity != spec.grain -%}
    {{ entity_kit._metric_refuse(
        spec, metric_name, 'It is cumulative: its value is known at each ' ~ granularity ~ ', and a ' ~ spec.grain ~ ' has several.',
        'Ask for grain=\'' ~ granularity ~ '\', and take from each ' ~ spec.grain ~ ' the one you mean.'
    ) }}
{%- endif -%}
{%- set shown = 'entity_kit_spine.entity_kit_shown' -%}
{%- set own = 'entity_kit_read.entity_kit_period' -%}
{%- set unit, size = entity_kit._period_step(shift.unit or 'day') -%}
{%- set moved = entity_kit._dateadd(unit, -size * (shift.count or 0), shown) -%}
{%- set back = moved if spec.grain == 'hour' else 'cast(' ~ moved ~ ' as date)' -%}
{%- set cut = entity_kit._period_start(shift.unit, shown) if shift.unit else '' -%}
{%- set start = 'cast(' ~ cut ~ ' as ' ~ entity_kit._plain_timestamp_type() ~ ')' if spec.grain == 'hour' else cut -%}
{{ return({
    'source': entity_kit._metric_time_spine(spec, metric_name),
    'condition': {
        'offset': own ~ ' = ' ~ back,
        'offset_to': own ~ ' = ' ~ start,
        'window': own ~ ' <= ' ~ shown ~ '\nand ' ~ own ~ ' > ' ~ back,
        'to_date': own ~ ' <= ' ~ shown ~ '\nand ' ~ own ~ ' >= ' ~ start,
        'running': own ~ ' <= ' ~ shown
    }[shift.kind]
}) }}
{%- endmacro -%}
