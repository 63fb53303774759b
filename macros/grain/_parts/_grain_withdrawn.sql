{#-
    The CTE, from selects of them, of the periods that a full refresh wouldn't build. They pass through as empty periods, and
    the model's hook removes them.
-#}
{%- macro _grain_withdrawn(spec, selects) -%}
withdrawn_periods as (
    {{ selects | indent(4) }}
)
{%- endmacro -%}
