{#-
    A filter as a condition on the columns that its source reads. As MetricFlow does, each `{{ … }}` in it becomes the name
    of the column that it stands for, and all else stays as it is.
-#}
{%- macro _metric_filter(spec, metric_name, source, text) -%}
{%- set parts = text.split('{{') -%}
{%- set found = namespace(sql=parts[0], is_broken='{%' in text or '{#' in text) -%}
{%- for part in parts[1:] -%}
    {%- set pieces = part.split('}}') -%}
    {%- if pieces | length != 2 -%}
        {%- set found.is_broken = true -%}
    {%- else -%}
        {%- set called = entity_kit._metric_filter_call(spec, metric_name, pieces[0] | trim, text) -%}
        {%- set found.sql = found.sql ~ entity_kit._metric_element(spec, metric_name, source, called) ~ pieces[1] -%}
    {%- endif -%}
{%- endfor -%}
{%- if found.is_broken -%}
    {{ entity_kit._metric_refuse(
        spec, metric_name, 'Its filter has Jinja that MetricFlow doesn\'t read either: ' ~ text,
        'Write Dimension(…), TimeDimension(…), or Entity(…) in double braces.'
    ) }}
{%- endif -%}
{{ return('(' ~ found.sql | trim ~ ')') }}
{%- endmacro -%}
