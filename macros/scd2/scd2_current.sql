{%- macro scd2_current(history) -%}
{{ return(adapter.dispatch('scd2_current', 'entity_kit')(history)) }}
{%- endmacro -%}

{%- macro default__scd2_current(history) -%}
{{ entity_kit._scd2_one_each('scd2_current', history, 'is_current') }}
{%- endmacro -%}
