{#- The body of the data test `no_anomalies`. -#}
{%- macro anomaly_findings(
    model, value=none, period='period_start', by=[], method='zscore', window=7, min_history=7, threshold=2.5, season=none,
    direction='both', loaded_at=none, grain='day', exclude_anomalies=false, min_deviation=0, as_of=none, timezone='UTC',
    metric_name=none, statuses=['anomaly', 'no_deviation', 'several_rows', 'no_period'], last_periods=none
) -%}
{{ return(adapter.dispatch('anomaly_findings', 'entity_kit')(
    model, value, period, by, method, window, min_history, threshold, season,
    direction, loaded_at, grain, exclude_anomalies, min_deviation, as_of, timezone,
    metric_name, statuses, last_periods
)) }}
{%- endmacro -%}

{#- Without a `value` the model is a table that `anomalies` built. -#}
{%- macro default__anomaly_findings(
    model, value, period, by, method, window, min_history, threshold, season,
    direction, loaded_at, grain, exclude_anomalies, min_deviation, as_of, timezone,
    metric_name, statuses, last_periods
) -%}
{%- set name = 'no_anomalies' -%}
{%- set rule = entity_kit._anomaly_rule(
    name, method, window, min_history, threshold, season, direction, grain, exclude_anomalies, min_deviation
) -%}
{%- set known = [
    'anomaly', 'no_deviation', 'several_rows', 'no_period', 'no_value', 'too_little_history', 'not_over', 'normal'
] -%}
{%- for status in entity_kit._list(name, 'statuses', statuses) -%}
    {%- do entity_kit._one_of(name, 'statuses', status, known) -%}
{%- endfor -%}
{%- do entity_kit._require(
    last_periods is none or (last_periods is integer and last_periods >= 1), name, 'last_periods',
    'a whole number, one or more', last_periods, 'It is how many of the newest periods that are over the test looks at.'
) -%}
{%- set columns = entity_kit._column_names(name, 'by', by, may_be_empty=true) -%}
{%- set metric = value if metric_name is none else entity_kit._string(name, 'metric_name', metric_name, 'a name') -%}
{%- set shown = [] -%}
{%- for column in columns -%}
    {%- do shown.append(
        entity_kit._text_literal((', ' if shown else '') ~ entity_kit._unquoted(column) ~ '=') ~ " || coalesce(cast(" ~ column ~ ' as '
        ~ dbt.type_string() ~ "), 'NULL')"
    ) -%}
{%- endfor -%}
{%- set listed = [] -%}
{%- for status in statuses -%}
    {%- do listed.append("'" ~ status ~ "'") -%}
{%- endfor -%}
{%- set series = 'entity_kit_series' -%}
{%- set spec = none if value is none else entity_kit._anomaly_spec(
    name, 'model', series if model is string else model, value, period, columns, loaded_at, as_of, timezone, rule, false
) -%}
with {{ 'recursive ' if rule.excludes and value is not none }}{% if value is none -%}
found as (
    select *
    from {{ model }}
)
{%- else -%}
{%- if model is string -%}
entity_kit_series as (
    select *
    from {{ model }}
),

{% endif -%}
{{ entity_kit._anomaly_ctes(spec) | join(',\n\n') }},

found as (
    {{ entity_kit._anomaly_select(spec) | indent(4) }}
)
{%- endif %}

select
    {{ entity_kit._text_literal('value' if metric is none else metric) }} as metric,
    period_start,
    {{ shown | join('\n        || ') if shown else 'cast(null as ' ~ dbt.type_string() ~ ')' }} as group_name,
    value,
    expected,
    lower,
    upper,
    score,
    status,
    case
        when failure_reason is null then 'the value is as expected'
        else failure_reason
    end as failure_reason
from found
where status in ({{ listed | join(', ') }})
{%- if last_periods is not none %}
    and (
        period_start is null
        or period_start >= (
            select {{ entity_kit._plus_periods(grain, 1 - last_periods, 'max(period_start)') }}
            from found
            where status <> 'not_over'
        )
    )
{%- endif %}
{%- endmacro -%}
