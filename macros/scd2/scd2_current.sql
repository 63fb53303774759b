{%- macro scd2_current(history) -%}
{{ return(adapter.dispatch('scd2_current', 'entity_kit')(history)) }}
{%- endmacro -%}

{%- macro default__scd2_current(history) -%}
select *
from {{ entity_kit._relation(history, 'scd2_current', 'history') }}
where is_current
{%- endmacro -%}
