{#-
    The partitions of a grain table, where whole ones are replaced: stretches of a coarser grain, by where a period starts.
    Gives their `grain`, their `column`, and as SQL the first and the last period of the one that starts at
    `entity_kit_partition`.
-#}
{%- macro _period_partitions(macro_name, grain, partition_grain, partition_column, taken) -%}
{%- set grains = ['hour', 'day', 'week', 'month', 'quarter', 'year'] -%}
{%- set coarser = grains[{'hour': 0, 'day': 1, 'week': 2, 'month': 3, 'quarter': 4, 'year': 5}[grain]:] -%}
{%- set default_grain = {'hour': 'day', 'day': 'month'}[grain] if grain in ['hour', 'day'] else 'year' -%}
{%- set found = default_grain if partition_grain is none
    else entity_kit._one_of(macro_name, 'partition_grain', partition_grain, coarser) -%}
{%- set column = entity_kit._column_names(
    macro_name, 'partition_column', 'partition_' ~ found if partition_column is none else partition_column, taken
) | first -%}
{%- set start = 'entity_kit_partition' -%}
{%- set past = entity_kit._plus_periods(found, 1, start) -%}
{#- For example, the first week of a month is the one that starts with its first Monday. -#}
{%- set first_day = entity_kit._plus_periods('day', 6, start) if grain == 'week' and found != 'week' else start -%}
{%- set last_moment = entity_kit._dateadd('hour' if grain == 'hour' else 'day', -1, past) -%}
{{ return({
    'grain': found,
    'column': column,
    'first_period': entity_kit._period_start(grain, first_day),
    'last_period': entity_kit._period_start(grain, last_moment)
}) }}
{%- endmacro -%}
