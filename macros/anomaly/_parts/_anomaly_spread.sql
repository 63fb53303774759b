{#- The deviation to reckon with: at least `min_deviation`. -#}
{%- macro _anomaly_spread(rule, deviation) -%}
{{ return(
    deviation if rule.min_deviation == 0
    else 'greatest(' ~ deviation ~ ', ' ~ rule.min_deviation ~ ')'
) }}
{%- endmacro -%}
