{#- How far two floats of the size of what is expected may be apart and still be the same number. -#}
{%- macro _anomaly_noise(expected) -%}
{{ return('(1e-12 * abs(' ~ expected ~ ') + 1e-100)') }}
{%- endmacro -%}
