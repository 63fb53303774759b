{{ config(unique_key='charge_id') }}

select
    charge_id,
    account_id,
    charged_on,
    sum(amount) over (partition by account_id order by charged_on) as paid_so_far,
    loaded_at
from {{ source('raw', 'charges') }}
{% if is_incremental() %}
where account_id in (
    select account_id
    from {{ source('raw', 'charges') }}
    where loaded_at >= (select coalesce(max(loaded_at), '-infinity') from {{ this }})
)
{% endif %}
