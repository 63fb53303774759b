{#- The CTE that compares each valid row with the previous one. -#}
{%- macro _scd2_compared(spec) -%}
{%- set before -%}
over (
    partition by {{ spec.key_list }}, entity_kit_stands
    order by entity_kit_changed_at
)
{%- endset -%}
{%- set says_nothing_new = ['lag(entity_kit_hashdiff) ' ~ before ~ ' = entity_kit_hashdiff']
    + (['lag(entity_kit_deletes) ' ~ before ~ ' = entity_kit_deletes'] if spec.marks_deletions else []) -%}
{%- set never_lived = [
    'min(entity_kit_deletes) over (partition by ' ~ spec.key_list ~ ', entity_kit_stands) = 1',
    'lag(entity_kit_deletes) ' ~ before ~ ' = 1'
] -%}
-- A row that says nothing new begins no version.
compared as (
    select *,
        case
            when entity_kit_stands = 0 then 0
            when {{ says_nothing_new | join('\nand ') | indent(16) }}
                then 0
            {%- if spec.marks_deletions %}
            -- An entity that never lived is one version.
            when {{ never_lived | join('\nand ') | indent(16) }}
                then 0
            {%- endif %}
            else 1
        end as entity_kit_begins
    from in_order
)
{%- endmacro -%}
