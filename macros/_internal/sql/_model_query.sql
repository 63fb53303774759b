{#-
    The query of a model: its CTEs and its final select. It is a subquery where the rows come from a CTE of the user's own,
    which a second `with` may not follow.
-#}
{%- macro _model_query(spec, ctes, final_select, is_recursive=false) -%}
{%- if spec.is_wrapped %}
select *
from (
{% endif -%}
with {{ 'recursive ' if is_recursive }}{{ ctes | join(',\n\n') }}

{{ final_select }}
{%- if spec.is_wrapped %}
) as {{ spec.name }}
{%- endif %}
{%- endmacro -%}
