{#-
    What an aggregation means, as a mapping: of a measure, or of a metric that aggregates by itself (`name` is its
    column if it has no expression).
-#}
{%- macro _definition_aggregation(given, model, name) -%}
{%- set time_name = given['agg_time_dimension'] or (model['defaults'] or {})['agg_time_dimension'] -%}
{%- set time = namespace(text=time_name) -%}
{%- for each in model['dimensions'] or [] if each['name'] == time_name -%}
    {%- set time.text = (each['expr'] or each['name']) ~ ' by ' ~ (each['type_params'] or {})['time_granularity'] | string -%}
{%- endfor -%}
{%- set found = {
    'aggregation': given['agg'] | string | lower,
    'expression': (given['expr'] if given['expr'] is not none else name) | string,
    'model': model['depends_on']['nodes'] | first, 'time': time.text
} -%}
{%- do found.update({'expression': found.expression.split() | join(' ')}) -%}
{%- for key in ['agg_params', 'non_additive_dimension'] if given[key] -%}
    {%- do found.update({key: given[key]}) -%}
{%- endfor -%}
{{ return(found) }}
{%- endmacro -%}
