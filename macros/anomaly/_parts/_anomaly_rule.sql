{#- Check the arguments that say what an anomaly is, and return them as a mapping. `stride` is the number of seasons. -#}
{%- macro _anomaly_rule(
    name, method, window, min_history, threshold, season, direction, grain, exclude_anomalies, min_deviation
) -%}
{%- do entity_kit._one_of(name, 'method', method, ['zscore', 'robust']) -%}
{%- do entity_kit._one_of(name, 'direction', direction, ['both', 'up', 'down']) -%}
{%- do entity_kit._one_of(name, 'grain', grain, ['hour', 'day', 'week', 'month', 'quarter', 'year']) -%}
{%- do entity_kit._require(
    window is integer and window >= 2 and window <= 1000, name, 'window', 'a whole number from 2 to 1000', window,
    'It is the number of periods before a point that it is compared with. One period has no deviation.'
) -%}
{%- do entity_kit._require(
    min_history is integer and min_history >= 2 and min_history <= window, name, 'min_history',
    'a whole number from 2 to the window, which is ' ~ window, min_history,
    'It is how many of the periods in the window must have a value before a point is judged.'
) -%}
{%- do entity_kit._require(
    threshold is number and threshold is not boolean and threshold > 0, name, 'threshold', 'a number above zero', threshold,
    'It is how many deviations a value may be away from what is expected.'
) -%}
{%- do entity_kit._require(
    min_deviation is number and min_deviation is not boolean and min_deviation >= 0, name, 'min_deviation',
    'a number, zero or more', min_deviation, 'It is the least deviation to reckon with, in the unit of the value.'
) -%}
{%- set seasons = {'weekday': ['day', 7], 'hour_of_week': ['hour', 168], 'month': ['month', 12]} -%}
{%- if season is not none -%}
    {%- do entity_kit._one_of(name, 'season', season, seasons | list) -%}
    {%- do entity_kit._require(
        grain == seasons[season][0], name, 'grain', seasons[season][0] ~ ' if `season` is ' ~ season, grain,
        'A season is weekday for days, hour_of_week for hours, month for months.'
    ) -%}
{%- endif -%}
{%- do entity_kit._require(
    exclude_anomalies is boolean, name, 'exclude_anomalies', 'true or false', exclude_anomalies,
    'If it is true, a point that is an anomaly counts in no later baseline.'
) -%}
{%- do entity_kit._require(
    not exclude_anomalies or entity_kit._walks_series(), name, 'exclude_anomalies',
    'false on an engine that can\'t judge one point after another', exclude_anomalies,
    'Leave it out, and use method=\'robust\', which a few anomalies hardly move. DuckDB and Postgres can.'
) -%}
{%- do entity_kit._require(
    not exclude_anomalies or min_history < window, name, 'min_history',
    'less than the window, which is ' ~ window ~ ', if `exclude_anomalies` is true', min_history,
    'Each point that is left out leaves a gap, so no point would be judged for a whole window after an anomaly.'
) -%}
{{ return({
    'method': method,
    'window': window,
    'min_history': min_history,
    'threshold': threshold,
    'season': season,
    'stride': 1 if season is none else seasons[season][1],
    'direction': direction,
    'grain': grain,
    'excludes': exclude_anomalies,
    'min_deviation': min_deviation,
}) }}
{%- endmacro -%}
