{#- The CTE, under a name, of the periods of a dense spine to build. -#}
{%- macro _grain_dense_periods(spec, name) -%}
{{ name }} as (
    {{ entity_kit._each_period(
        spec.grain, 'ranges_to_build', spec.business_key, 'entity_kit_period', distinct=true
    ) | indent(4) }}
)
{%- endmacro -%}
