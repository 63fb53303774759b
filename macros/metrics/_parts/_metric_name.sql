{#- A name such as order__created_at__month as its `links` (order), its `element` (created_at), and its `suffix` (month). -#}
{%- macro _metric_name(name) -%}
{%- set parts = name.split('__') -%}
{%- set grains = ['nanosecond', 'microsecond', 'millisecond', 'second', 'minute', 'hour', 'day', 'week', 'month', 'quarter', 'year'] -%}
{%- set has_suffix = parts | length > 1 and parts[-1] | lower in grains -%}
{%- set names = parts[:-1] if has_suffix else parts -%}
{{ return({
    'links': names[:-1], 'element': names[-1], 'suffix': parts[-1] | lower if has_suffix else none
}) }}
{%- endmacro -%}
