{#- How far two floats of the size of what is expected may be apart and still be the same number. -#}
{%- macro _anomaly_noise(expected) -%}
{#- As text, because some engines read such a literal as a decimal number, and that as zero. -#}
{{ return('(1e-12 * abs(' ~ expected ~ ") + cast('1e-100' as " ~ entity_kit._column_type('number') ~ '))') }}
{%- endmacro -%}
