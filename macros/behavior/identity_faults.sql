{#- The body of the data test `identities_valid`. -#}
{%- macro identity_faults(model, ignore=[]) -%}
{{ return(adapter.dispatch('identity_faults', 'entity_kit')(model, ignore)) }}
{%- endmacro -%}

{%- macro default__identity_faults(model, ignore) -%}
{%- set messages = {
    'max_steps': 'what it is linked with was cut short: raise max_steps',
    'shared_device': 'it is linked to more identifiers than `shared` allows, and joins nobody',
    'one_to_one': 'it would join two identifiers of a one_to_one type',
    'max_members': 'it would be of a person with more than max_members identifiers',
} -%}
{%- for reason in entity_kit._list('identities_valid', 'ignore', ignore, may_be_empty=true) -%}
    {%- do entity_kit._one_of('identities_valid', 'ignore', reason, messages | list) -%}
{%- endfor -%}
with counted as (
    select
        identity.*,
        count(*) over (partition by durable_key) as entity_kit_of_key,
        count(*) over (partition by person_id) as entity_kit_of_person,
        max(case when durable_key = person_id then 1 else 0 end) over (partition by person_id) as entity_kit_has_name,
        min(component_id) over (partition by person_id) as entity_kit_first_component,
        max(component_id) over (partition by person_id) as entity_kit_last_component
    from {{ model }} as identity
),

judged as (
    select
        counted.*,
        case
            when node_type is null or node is null then 'it has no type or no value'
            when entity_kit_of_key > 1 then 'it has more than one row'
            when person_id is null then 'it has no person_id'
            when entity_kit_of_person <> members or members is null
                then 'its members are not the number of identifiers with its person_id'
            when entity_kit_has_name = 0 then 'its person_id is not the durable_key of an identifier of the person'
        {%- for reason in messages if reason not in ignore %}
            when reason = '{{ reason }}' then '{{ reason }}: {{ messages[reason] }}'
        {%- endfor %}
            when reason is null and entity_kit_first_component <> entity_kit_last_component
                then 'its person has identifiers that no link connects'
        end as failure_reason
    from counted
)

select *
from judged
where failure_reason is not null
{%- endmacro -%}
