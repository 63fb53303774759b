{#- On engines that can: partitioned by month or sorted by time, and clustered by device. DuckDB has neither. #}
{{ entity_kit.grain_table(
    'hour', business_key='device_id', events=source('shop_events', 'telemetry_log'), occurred_at='measured_at',
    loaded_at='loaded_at', row_key='reading_id',
    measures=[
        {'name': 'readings', 'calculation': 'count(*)', 'description': 'Readings received', 'fill': 0},
        {'name': 'max_temperature', 'calculation': 'max(temperature)', 'description': 'Highest reading', 'unit': '°C'},
        {'name': 'errors', 'calculation': 'sum(error_count)', 'description': 'Errors reported', 'fill': 0},
    ],
    trailing=[{'name': 'errors_24h', 'calculation': 'sum(error_count)', 'periods': 24, 'fill': 0,
        'description': 'Errors reported in 24 hours'}],
    history=ref('devices_history'), attributes=['location', 'team_id', 'firmware'], overwrite_attributes=[],
    model_config={
        'bigquery': {
            'partition_by': {'field': 'period_start', 'data_type': 'datetime', 'granularity': 'month'},
            'cluster_by': ['device_id'],
        },
        'snowflake': {'cluster_by': ['to_date(period_start)', 'device_id']},
        'databricks': {'liquid_clustered_by': ['period_start', 'device_id']},
        'redshift': {'sort': ['period_start', 'device_id'], 'dist': 'device_id'},
    }.get(target.type, {})
) }}
