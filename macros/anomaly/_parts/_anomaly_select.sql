{#- The final select of a table of anomalies: one row for each point of `judged`. -#}
{%- macro _anomaly_select(spec) -%}
{%- set rule = spec.rule -%}
{%- do spec.types.update({'period_start': ''}) -%}
{%- set text = dbt.type_string() -%}
{%- set before = {
    'none': 'the periods before it', 'weekday': 'the same weekdays before it',
    'hour_of_week': 'the same hours of the week before it', 'month': 'the same months of the years before it'
}['none' if rule.season is none else rule.season] -%}
{%- set columns = entity_kit._canonical_columns(spec.by, spec.types) + [
    entity_kit._durable_key(spec.by + ['period_start'], spec.types) ~ ' as surrogate_key',
    'period_start',
    'value',
    'entity_kit_history as history',
    'expected',
    ('cast(null as ' ~ spec.number_type ~ ') as lower') if rule.direction == 'up' else 'lower',
    ('cast(null as ' ~ spec.number_type ~ ') as upper') if rule.direction == 'down' else 'upper',
    "case when status in ('normal', 'anomaly') then score end as score",
    "case status when 'anomaly' then true when 'normal' then false end as is_anomaly",
    'status',
    "case status"
    ~ "\n    when 'no_period' then 'the point has no period'"
    ~ "\n    when 'several_rows' then 'the series has several rows for this period'"
    ~ "\n    when 'not_over' then 'the period is not over'"
    ~ "\n    when 'no_value' then 'the value is NULL, or not a number to reckon with'"
    ~ "\n    when 'too_little_history'"
    ~ "\n        then 'only ' || cast(entity_kit_history as " ~ text ~ ")"
    ~ "\n            || ' of the "
    ~ rule.min_history ~ " values needed are in " ~ before ~ "'"
    ~ "\n    when 'no_deviation' then 'the value differs from " ~ before ~ ", and these do not vary'"
    ~ "\n    when 'anomaly' then 'the value is ' || case when score > 0 then 'higher' else 'lower' end"
    ~ "\n        || ' than expected from " ~ before ~ "'"
    ~ "\nend as failure_reason",
] + (['loaded_at'] if spec.loaded_at is not none else []) -%}
{{ entity_kit._select('select', columns) }}
from judged
{%- endmacro -%}
