{#- From where on a model is a problem: variables `entity_kit_slow_seconds`, `_failure_rate` and `_complexity`. -#}
{%- macro _performance_limits() -%}
{%- set limits = {
    'seconds': var('entity_kit_slow_seconds', 300),
    'failure_rate': var('entity_kit_failure_rate', 0.05),
    'complexity': var('entity_kit_complexity', 100)
} -%}
{%- for limit in limits -%}
    {%- do entity_kit._require(
        limits[limit] is number and limits[limit] is not boolean and limits[limit] >= 0, 'model_performance',
        'vars.entity_kit_' ~ ('slow_seconds' if limit == 'seconds' else limit), 'a number, 0 or more', limits[limit],
        'Write it without quotes.'
    ) -%}
{%- endfor -%}
{{ return(limits) }}
{%- endmacro -%}
