{#- Whether an alias's row lies in one of a relation's units: its entity and its period. -#}
{%- macro _in_units(alias, relation, keys, period='entity_kit_period', alias_period='entity_kit_period') -%}
exists (
    select 1
    from {{ relation }}
    where {{ entity_kit._same_key(relation, alias, keys) }}
        and {{ relation }}.{{ period }} = {{ alias }}.{{ alias_period }}
)
{%- endmacro -%}
