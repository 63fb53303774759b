{#-
    How the rows of a source that is shifted in time reach other periods, as MetricFlow does it, by the project's time spine:
    a condition between the row's own period and each `entity_kit_spine.entity_kit_shown`, with the `source` of these, and
    what the rows have of it. `shift` has its `kind` (offset, offset_to, window, to_date, or running), and a `count` of a
    `unit`. A cumulative metric is computed `by` the grain of its time; a longer period then has several values.
-#}
{%- macro _metric_spine(spec, metric_name, shift, by) -%}
{%- set grains = ['hour', 'day', 'week', 'month', 'quarter', 'year'] -%}
{%- set is_offset = shift.kind in ['offset', 'offset_to'] -%}
{%- if shift.unit is not none and (
    shift.unit not in grains or is_offset and grains.index(shift.unit) < grains.index(spec.grain)
) -%}
    {{ entity_kit._metric_refuse(
        spec, metric_name, 'It reaches over a ' ~ shift.unit ~ ', of which a ' ~ spec.grain ~ ' isn\'t a part.',
        'Ask for a grain up to ' ~ (shift.unit if shift.unit in grains else 'a standard one') ~ '.'
    ) }}
{%- elif by not in grains -%}
    {{ entity_kit._metric_refuse(
        spec, metric_name, 'It is cumulative, and its value is known at each ' ~ by ~ ', which is too often to compute.',
        'Give its measure a time by hour or longer.'
    ) }}
{%- elif by == 'hour' and spec.zone != 'UTC' and shift.kind in ['offset_to', 'to_date'] -%}
    {{ entity_kit._metric_refuse(
        spec, metric_name, 'It counts from the start of a ' ~ shift.unit ~ ', and hours are those of UTC.', 'Ask for timezone=\'UTC\'.'
    ) }}
{%- endif -%}
{%- set shown = 'entity_kit_spine.entity_kit_shown' -%}
{%- set own = 'entity_kit_read.entity_kit_period' -%}
{%- set unit, size = entity_kit._period_step(shift.unit or 'day') -%}
{%- set moved = entity_kit._dateadd(unit, -size * (shift.count or 0), shown) -%}
{%- set back = moved if by == 'hour' else 'cast(' ~ moved ~ ' as date)' -%}
{%- set cut = entity_kit._period_start(shift.unit, shown) if shift.unit else '' -%}
{%- set start = 'cast(' ~ cut ~ ' as ' ~ entity_kit._plain_timestamp_type() ~ ')' if by == 'hour' else cut -%}
{{ return({
    'source': entity_kit._metric_time_spine(spec, metric_name, by),
    'keeps': [shown ~ ' as entity_kit_period'] if by == spec.grain
        else ['entity_kit_spine.entity_kit_period', shown, 'entity_kit_spine.entity_kit_spine_rows'],
    'condition': {
        'offset': own ~ ' = ' ~ back,
        'offset_to': own ~ ' = ' ~ start,
        'window': own ~ ' <= ' ~ shown ~ '\nand ' ~ own ~ ' > ' ~ back,
        'to_date': own ~ ' <= ' ~ shown ~ '\nand ' ~ own ~ ' >= ' ~ start,
        'running': own ~ ' <= ' ~ shown
    }[shift.kind]
}) }}
{%- endmacro -%}
