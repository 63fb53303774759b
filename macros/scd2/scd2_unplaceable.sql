{#- The body of the data test `scd2_placeable`. -#}
{%- macro scd2_unplaceable(changes, business_key, changed_at, loaded_at=none) -%}
{{ return(adapter.dispatch('scd2_unplaceable', 'entity_kit')(changes, business_key, changed_at, loaded_at)) }}
{%- endmacro -%}

{%- macro default__scd2_unplaceable(changes, business_key, changed_at, loaded_at) -%}
{%- set name = 'scd2_placeable' -%}
{%- set keys = entity_kit._column_names(name, 'business_key', business_key) -%}
{%- set changed = entity_kit._column_names(name, 'changed_at', entity_kit._string(name, 'changed_at', changed_at)) | first -%}
{%- set has_key = entity_kit._not_all_null(keys) -%}
{%- set loaded = none -%}
{%- if loaded_at is not none -%}
    {%- set loaded = entity_kit._column_names(name, 'loaded_at', entity_kit._string(name, 'loaded_at', loaded_at)) | first -%}
{%- endif -%}
{%- do entity_kit._scd2_must_have(name, 'business_key', keys, changes) -%}
{%- do entity_kit._scd2_must_have(name, 'changed_at', [changed], changes) -%}
{%- do entity_kit._scd2_must_have(name, 'loaded_at', [loaded] if loaded is not none else [], changes) -%}
with checked as (
    select *
    from {{ changes }}
)

select
    checked.*,
    case
        when not {{ has_key }} and {{ changed }} is null then 'its business key and its {{ changed | replace("'", "''") }} are null'
        when not {{ has_key }} then 'its business key is null'
        {%- if loaded is not none %}
        when {{ loaded }} is null then 'its {{ loaded | replace("'", "''") }} is null'
        {%- endif %}
        else 'its {{ changed | replace("'", "''") }} is null'
    end as failure_reason
from checked
where not {{ has_key }}
    or {{ changed }} is null
{%- if loaded is not none %}
    or {{ loaded }} is null
{%- endif %}
{%- endmacro -%}
