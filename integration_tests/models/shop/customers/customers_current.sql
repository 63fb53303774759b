{#-
    The latest change in the log is the customer's current state, so each has one row that counts, or none if it was
    deleted. Of two changes at the same time, the one with the greater revision is later.
#}
with changes as (

    select
        *,
        {{ {
            'bigquery': 'datetime_add(changed_at, interval revision microsecond)',
            'trino': "date_add('millisecond', revision, changed_at)",
        }.get(target.type, "changed_at + revision * interval '1 microsecond'") }} as changed_in_order
    from {{ source('shop', 'customers_log') }}

)

{{ entity_kit.entity_model(
    'changes', business_key='customer_id', loaded_at='loaded_at', updated_at='changed_in_order',
    attributes=['full_name', 'city', 'segment', 'credit_limit', 'email', 'changed_at'], row_key='customer_id',
    deleted_when="operation = 'delete'", source_columns='operation'
) }}
