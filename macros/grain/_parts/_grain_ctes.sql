{#- The names of all CTEs that a grain table may have. The user's CTEs can't use them. -#}
{%- macro _grain_ctes(widths) -%}
{%- set names = namespace(all=[
    'events_with_period', 'history_versions', 'last_arrival', 'reach', 'entity_ranges',
    'entity_spines', 'built_ranges', 'ended_ranges', 'arrived_events', 'recent_events', 'touched_ranges', 'touched_periods',
    'ranges_to_build', 'withdrawn_periods', 'periods_to_build', 'build_ranges', 'periods_to_read',
    'row_keys_to_read', 'event_versions', 'counted_events', 'loaded_at_by_period', 'trailing_loaded_at',
    'period_measures', 'version_at_period_end', 'built_rows', 'changed_periods', 'touched_partitions',
    'partition_ranges'
]) -%}
{%- for width in widths -%}
    {%- set names.all = names.all + ['trailing_' ~ width] -%}
{%- endfor -%}
{{ return(names.all) }}
{%- endmacro -%}
