"""A shop whose sources refer to each other, as SQL that DuckDB and Postgres both read."""

from __future__ import annotations

SOURCES = """
sources:
  - name: shop
    config: {loaded_at_field: loaded_at}
    tables:
      - name: customers
        config:
          meta:
            entity_kit:
              row_key: [id]
              mask: {email: hash, name: {constant: Jane Doe}}
        columns:
          - name: note
            config: {meta: {entity_kit: {mask: null}}}
      - name: orders
        config: {meta: {entity_kit: {row_key: [id], mask: {extra: keep}}}}
        columns:
          - name: customer_id
            data_tests:
              - relationships: {arguments: {to: "source('shop', 'customers')", field: id}}
          - name: status
            data_tests: [{accepted_values: {arguments: {values: [paid, open]}}}]
          - name: email
            config: {meta: {entity_kit: {mask: hash}}}
      - name: items
        columns:
          - name: order_id
            data_tests:
              - relationships: {arguments: {to: "source('shop', 'orders')", field: id}}
          - name: product_id
            data_tests:
              - relationships: {arguments: {to: "source('shop', 'products')", field: id}}
      - name: products
        config: {meta: {entity_kit: {mask: {title: keep}}}}
      - name: countries
        config: {meta: {entity_kit: {mask: {code: keep}}}}
"""

MODEL = """
{{ config(materialized='incremental', unique_key='id') }}
select o.id, o.customer_id, o.status, c.email, o.loaded_at, i.pieces
from {{ source('shop', 'orders') }} as o
left join {{ source('shop', 'customers') }} as c on cast(c.id as varchar) = o.customer_id
left join (
    select order_id, count(*) as pieces
    from {{ source('shop', 'items') }} as i
    join {{ source('shop', 'products') }} as p on p.id = i.product_id
    cross join (select count(*) as n from {{ source('shop', 'countries') }}) as n
    group by order_id
) as i on i.order_id = o.id
{% if is_incremental() %}
where o.loaded_at > (select max(loaded_at) from {{ this }})
{% endif %}
"""

# Every 50th order is of a customer who isn't there, every 40th of nobody.
DATA = """
create schema shop;
create table shop.customers as
select i as id, 'person' || i || '@secret.example' as email, 'Secret Name ' || i as name,
    'secret note ' || i as note, timestamp '2024-01-01 06:00:00' + i * interval '1 hour' as loaded_at
from (select cast(i as int) as i from generate_series(1, 200) as g(i)) as t;
create table shop.orders as
select i as id,
    case when i % 40 = 0 then null when i % 50 = 1 then '9' || i else cast(i % 200 + 1 as varchar(9)) end
        as customer_id,
    case when i % 2 = 0 then 'paid' else 'open' end as status,
    'person' || (i % 200 + 1) || '@secret.example' as email,
    cast(i * 1.25 as decimal(12, 3)) as amount,
    timestamp with time zone '2024-03-31 00:30:00+00' + i * interval '10 minutes' as paid_at,
    cast('{"n": ' || i || '}' as json) as extra,
    date '2024-02-28' + cast(i % 3 as int) as paid_on,
    timestamp '2024-01-02 06:00:00' + cast(floor(i / 7.0) as int) * interval '1 hour' as loaded_at
from (select cast(i as int) as i from generate_series(1, 1000) as g(i)) as t;
create table shop.items as
select i as id, i % 1010 + 1 as order_id, i % 60 as product_id,
    timestamp '2024-01-02 07:00:00' + cast(floor(i / 9.0) as int) * interval '1 hour' as loaded_at
from (select cast(i as int) as i from generate_series(1, 2000) as g(i)) as t;
create table shop.products as
select i as id, 'Product ' || i as title, timestamp '2024-01-01 00:00:00' as loaded_at
from (select cast(i as int) as i from generate_series(1, 150) as g(i)) as t;
create table shop.countries as
select 'C' || i as code, timestamp '2024-01-01 00:00:00' as loaded_at
from (select cast(i as int) as i from generate_series(1, 5) as g(i)) as t;
"""
