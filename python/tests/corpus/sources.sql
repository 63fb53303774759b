-- Half a year of a small shop. Nothing is random, so that every run sees the same rows.
create schema raw;

-- Each seventh order comes two days late; the others within the hour.
create table raw.orders as
select
    id as order_id,
    id * 7 % 24 as customer_id,
    id % 8 as store_id,
    ['open', 'paid', 'shipped', 'returned'][id % 4 + 1] as status,
    case when id % 4 > 0 then 'coupon ' || id % 4 end as coupon,
    ['EUR', 'USD'][id % 2 + 1] as currency,
    cast(id * 37 % 100 + 10 as decimal(10, 2)) as amount,
    timestamp '2024-01-01 06:00' + to_hours(id * 18) as ordered_at,
    timestamp '2024-01-01 07:00' + to_hours(id * 18) + to_days(case when id % 7 = 0 then 2 else 0 end) as loaded_at
from range(240) ids (id);

-- Visits of three page views, eight hours apart, which arrive in pairs; each third pair comes late.
create table raw.events as
select
    id as event_id,
    nullif(id // 3 * 5 % 9, 4) as user_id,
    ['home', 'list', 'detail', 'cart', 'help'][id * 3 % 5 + 1] as page,
    cast(id * 13 % 60 as integer) as seconds,
    timestamp '2024-01-01 06:00' + to_hours(id // 3 * 21 + id % 3 * 8) as occurred_at,
    timestamp '2024-01-01 06:30' + to_hours((id // 2 * 2 + 1) // 3 * 21 + (id // 2 * 2 + 1) % 3 * 8)
        + to_hours(case when id // 2 % 3 = 1 then 40 else 0 end) as loaded_at
from range(600) ids (id);

-- An order is paid three days after it was placed; each fifth in two parts.
create table raw.payments as
select
    id as payment_id,
    id - id % 5 // 4 as order_id,
    ['card', 'transfer'][id % 2 + 1] as method,
    cast(id * 41 % 90 + 5 as decimal(10, 2)) as amount,
    timestamp '2024-01-04 08:00' + to_hours(id * 18) as paid_at,
    timestamp '2024-01-04 10:00' + to_hours(id * 18) as loaded_at
from range(230) ids (id);

create table raw.fees as
select currency, cast(fee as decimal(4, 3)) as fee, timestamp '2024-01-01 05:00' as loaded_at
from (values ('EUR', 0.002), ('USD', 0.015), ('JPY', 0.031)) fees (currency, fee);

create table raw.reservations as
select
    id as reservation_id,
    'room ' || id % 9 as room,
    id * 5 % 4 + 1 as nights,
    timestamp '2024-01-01 09:00' + to_hours(id * 28) as loaded_at
from range(150) ids (id);

-- Half of the customers are there from the start; the others come one after the other.
create table raw.customers as
select
    id as customer_id,
    'customer ' || id as name,
    ['private', 'business', 'public'][id % 3 + 1] as segment,
    timestamp '2024-01-01 05:00' + to_days(case when id % 2 = 0 then 0 else id * 7 end) as loaded_at
from range(24) ids (id);

create table raw.stores as
select
    id as store_id,
    ['north', 'south', 'west'][id % 3 + 1] as region,
    timestamp '2024-01-01 00:00' + to_hours(id) as loaded_at
from range(8) ids (id);

-- A week's rates are published ten days after the week began.
create table raw.rates as
select
    currency,
    cast(date '2024-01-01' + to_days(week * 7) as date) as week,
    1 + week * 7 % 10 / 100.0 as rate,
    timestamp '2024-01-11 12:00' + to_days(week * 7) as loaded_at
from range(26) weeks (week)
cross join (values ('EUR'), ('USD')) currencies (currency);

-- One sensor's clock was wrong once: that reading claims to be of 2030.
create table raw.readings as
select
    id as reading_id,
    id % 5 as sensor_id,
    id * 17 % 40 as degrees,
    case when id = 20 then timestamp '2030-01-01' else timestamp '2024-01-01 06:00' + to_hours(id * 7) end as read_at,
    timestamp '2024-01-01 06:05' + to_hours(id * 7) as loaded_at
from range(600) ids (id);

-- The changes of tickets: opened, assigned three days later, closed after forty, and some withdrawn.
-- Each third assignment is delivered only after the closing.
create table raw.ticket_changes as
select
    id * 4 + number as change_id,
    id as ticket_id,
    ['opened', 'assigned', 'closed', 'withdrawn'][number + 1] as operation,
    'agent ' || (id + number) % 5 as agent,
    timestamp '2024-01-01 08:00' + to_hours(id * 60) + to_days([0, 3, 40, 55][number + 1]) as changed_at,
    timestamp '2024-01-01 09:00' + to_hours(id * 60)
        + to_days(case when number = 1 and id % 3 = 1 then 50 else [0, 3, 40, 55][number + 1] end) as loaded_at
from range(48) ids (id)
cross join range(4) numbers (number)
where number < 3 or id % 3 = 0;

-- Monthly charges of accounts, whose amounts change; each is booked on the third of the month.
create table raw.charges as
select
    account_id * 100 + month as charge_id,
    account_id,
    cast(date '2023-07-01' + to_months(month) as date) as charged_on,
    cast(50 + account_id * 10 + month * 7 % 4 * 5 as decimal(10, 2)) as amount,
    timestamp '2023-07-03 04:00' + to_months(month) + to_hours(account_id) as loaded_at
from range(12) months (month)
cross join range(6) accounts (account_id);

-- An order is rated the day after it was placed; each third rating is delivered five days later.
create table raw.ratings as
select
    id as order_id,
    id * 11 % 5 + 1 as stars,
    timestamp '2024-01-02 06:00' + to_hours(id * 18) as rated_at,
    timestamp '2024-01-02 08:00' + to_hours(id * 18) + to_days(case when id % 3 = 1 then 5 else 0 end) as loaded_at
from range(240) ids (id)
where id % 4 < 3;
