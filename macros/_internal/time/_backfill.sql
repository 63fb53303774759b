{#-
    The periods that the variable `entity_kit_backfill` asks an incremental run to build again, with their first and last
    as SQL; none without it. Its two days, of which `to` is the first past the range, are those that the table shows.
-#}
{%- macro _backfill(macro_name, grain) -%}
{%- set given = var('entity_kit_backfill', false) -%}
{%- if given is none or given == false -%}
{{ return(none) }}
{%- endif -%}
{%- set name = 'the variable entity_kit_backfill' -%}
{%- do entity_kit._mapping(macro_name, name, given, ['from', 'to']) -%}
{%- set starts = entity_kit._date(macro_name, name ~ '.from', given['from']) -%}
{%- set ends = entity_kit._date(macro_name, name ~ '.to', given['to']) -%}
{%- do entity_kit._require(
    starts < ends, macro_name, name ~ '.to', 'later than `from`, ' ~ starts, ends,
    'It is the first day that isn\'t built again: for a single day, name the day after it.'
) -%}
{%- if grain == 'hour' -%}
    {%- set type = entity_kit._plain_timestamp_type() -%}
    {%- set past = "cast('" ~ ends ~ " 00:00:00' as " ~ type ~ ')' -%}
    {{ return({
        'first': "cast('" ~ starts ~ " 00:00:00' as " ~ type ~ ')',
        'last': entity_kit._plus_periods('hour', -1, past)
    }) }}
{%- endif -%}
{%- set first_day = "cast('" ~ starts ~ "' as date)" -%}
{%- set last_day = entity_kit._plus_periods('day', -1, "cast('" ~ ends ~ "' as date)") -%}
{{ return({
    'first': first_day if grain == 'day' else entity_kit._period_start(grain, first_day),
    'last': last_day if grain == 'day' else entity_kit._period_start(grain, last_day)
}) }}
{%- endmacro -%}
