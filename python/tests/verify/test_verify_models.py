"""`verify` on incremental models of every configuration."""

from __future__ import annotations

import os

import pytest

from support.verify_project import FCT, ORDERS

pytestmark = pytest.mark.slow

SINCE = """
{% if is_incremental() %}
where loaded_at > (select coalesce(max(loaded_at), '1900-01-01') from {{ this }})
{% endif %}
"""


def model(select: str = "select * from {{ source('shop', 'orders') }}", **config: object) -> str:
    arguments = ", ".join(f"{name}={value!r}" for name, value in config.items())
    return f"{{{{ config(materialized='incremental', {arguments}) }}}}\n{select}{SINCE}"


def test_unique_keys_of_every_form(make_project):
    project = make_project(
        {
            "a_column.sql": model(unique_key="order_id"),
            "another_case.sql": model(unique_key="ORDER_ID"),
            "quoted.sql": model(
                'select order_id as "Order Id", loaded_at from {{ source("shop", "orders") }}',
                unique_key='"Order Id"',
            ),
            "several.sql": model(unique_key=["order_id", "customer"]),
            "expression.sql": model(unique_key="order_id || '-' || customer"),
            "one_in_a_list.sql": model(unique_key=["order_id"]),
            "none.sql": model(),
            # Wrong, so that the key is also used to show what differs.
            "wrong_expression.sql": model(
                "select lower(customer) as customer, count(*) as orders, max(loaded_at) as loaded_at"
                " from {{ source('shop', 'orders') }}",
                unique_key="upper(customer)",
            )
            + " group by 1",
            "wrong_case.sql": model(
                "select customer, count(*) as orders, max(loaded_at) as loaded_at"
                " from {{ source('shop', 'orders') }}",
                unique_key="CUSTOMER",
            )
            + " group by 1",
        }
    )
    result = project.verify()
    assert {each.name: each.verdict.value for each in result.models} == {
        "a_column": "agrees",
        "another_case": "agrees",
        "quoted": "agrees",
        "several": "agrees",
        "expression": "agrees",
        "one_in_a_list": "agrees",
        "none": "agrees",
        "wrong_expression": "differs",
        "wrong_case": "differs",
    }
    by_name = {each.name: each.schedules[0] for each in result.models}
    # Rows are paired by a key of columns; by an expression, none are.
    assert by_name["wrong_case"].divergence.comparison.changed == 1
    counts = by_name["wrong_expression"].divergence.comparison
    assert (counts.only_incremental, counts.only_full_refresh, counts.changed) == (1, 1, 0)


def test_strategies_and_settings(make_project):
    contract = """
models:
  - name: contract
    config: {contract: {enforced: true}}
    columns:
      - {name: order_id, data_type: bigint, constraints: [{type: not_null}]}
      - {name: amount, data_type: "decimal(10, 2)"}
      - {name: loaded_at, data_type: timestamp}
"""
    project = make_project(
        {
            "append.sql": model(incremental_strategy="append"),
            "delete_insert.sql": model(incremental_strategy="delete+insert", unique_key="order_id"),
            "merging.sql": model(incremental_strategy="merge", unique_key="order_id"),
            "microbatches.sql": """
                {{ config(materialized='incremental', incremental_strategy='microbatch',
                          event_time='ordered_at', begin='2024-01-01', batch_size='day') }}
                select * from {{ source('shop', 'orders') }}
            """,
            "kept.sql": model(full_refresh=False, unique_key="order_id"),
            "ignoring.sql": model(on_schema_change="ignore", unique_key="order_id"),
            "appending.sql": model(on_schema_change="append_new_columns", unique_key="order_id"),
            "syncing.sql": model(on_schema_change="sync_all_columns", unique_key="order_id"),
            "failing.sql": model(on_schema_change="fail", unique_key="order_id"),
            "contract.sql": model(
                "select order_id, amount, loaded_at from {{ source('shop', 'orders') }}",
                unique_key="order_id",
                on_schema_change="fail",
            ),
            "with_indexes.sql": model(
                unique_key="order_id",
                indexes=[{"columns": ["customer"]}, {"columns": ["order_id"]}],
            ),
            "contract.yml": contract,
        }
    )
    verdicts = project.verdicts(schedules=["arrival", "empty"])
    assert len(verdicts) == 11
    assert set(verdicts.values()) == {"agrees"}


BATCHES = """
    {{ config(materialized='incremental', incremental_strategy='microbatch', event_time='ordered_at',
              begin='2024-03-01', batch_size='day', lookback=1) }}
    select * from {{ source('shop', 'orders') }}"""


@pytest.mark.parametrize(
    ("late", "steps", "cause", "evidence"),
    [
        (0, 10, None, ""),
        (
            3,
            10,
            "late-arrival",
            "Without the 2 rows of shop.orders that arrived late, the model agrees",
        ),
        (0, 3, "run-gap", "4 days passed between two runs: rows that arrived before"),
        (3, 3, "late-arrival", "Even with"),
    ],
)
def test_batches_by_the_clock_are_too_few_for_late_rows_or_for_pauses(
    make_project, late, steps, cause, evidence
):
    orders = f"""
        create schema shop;
        create table shop.orders as
        select
            i as order_id,
            timestamp '2024-03-01 01:00' + i * interval 3 hour as ordered_at,
            timestamp '2024-03-01 02:00' + i * interval 3 hour
                + case when i % 5 = 2 then interval {late} day else interval 0 day end as loaded_at
        from range(64) as t(i)"""
    result = make_project({"batches.sql": BATCHES}, data=orders).verify(
        schedules=["arrival"], steps=steps
    )
    found = result.models[0].schedules[0].cause
    assert (found and found.name) == cause
    assert evidence in (found.explanation if found else "")


AGE = """
    {{ config(materialized='incremental', unique_key='order_id') }}
    {% set today = run_started_at.strftime('%Y-%m-%d') %}
    select order_id, date '{{ today }}' - cast(loaded_at as date) as age, loaded_at
    from {{ source('shop', 'orders') }}
    {% if is_incremental() %} where loaded_at > (select max(loaded_at) from {{ this }}) {% endif %}"""


def test_a_day_that_jinja_writes_into_the_sql_is_no_window(make_project):
    """Two runs of one day agree, and more of them don't: as with a window that is too short."""
    orders = """
        create schema shop;
        create table shop.orders as
        select
            i as order_id,
            timestamp '2024-03-01 01:00' + i * interval 3 hour as ordered_at,
            timestamp '2024-03-01 02:00' + i * interval 3 hour as loaded_at
        from range(64) as t(i)"""
    result = make_project({"ages.sql": AGE}, data=orders).verify(schedules=["arrival"], steps=10)
    assert result.models[0].schedules[0].cause.name == "clock"


PIVOT = """
    {{ config(materialized='incremental', unique_key='order_id', on_schema_change='MODE') }}
    {% set customers = run_query("select distinct customer from " ~ source('shop', 'orders')
        ~ " where order_id != 5 order by 1").columns[0].values() if execute else [] %}
    select order_id, loaded_at
    {% for customer in customers %}, customer = '{{ customer }}' as "{{ customer }}"{% endfor %}
    from {{ source('shop', 'orders') }}
"""
COMES_LATER = ORDERS + "delete from shop.orders where customer = 'customer 2' and order_id < 6;"


def test_columns_that_come_with_the_data(make_project):
    """A model whose columns depend on its rows differs in its columns, and the report says so."""
    project = make_project(
        {
            f"{mode}.sql": PIVOT.replace("MODE", mode) + SINCE
            for mode in ("ignore", "append_new_columns")
        },
        # The first load has two of the three customers.
        data=COMES_LATER
        + "update shop.orders set loaded_at = timestamp '2024-01-01 12:00' where order_id < 2;",
    )
    result = project.verify()
    changes = {each.name: each.schedules[0].divergence.schema_changes for each in result.models}
    assert changes["ignore"] == ("customer 2 (BOOLEAN) is only in full_refresh",)
    assert changes["append_new_columns"] == ()
    said = {each.name: each.schedules[0].cause.explanation for each in result.models}
    assert "an incremental table keeps the columns of its first build" in said["ignore"]
    assert "The columns differ" not in said["append_new_columns"]
    assert {each.verdict.value for each in result.models} == {"differs"}


def test_a_column_that_came_after_an_earlier_step_is_not_looked_for_there(make_project):
    project = make_project(
        {"pivot.sql": PIVOT.replace("MODE", "append_new_columns") + SINCE}, data=COMES_LATER
    )
    assert project.verdicts() == {"pivot": "differs"}


def test_every_type(make_project):
    project = make_project(
        {"fct.sql": FCT, "merged.sql": model(incremental_strategy="merge", unique_key="order_id")},
        data=ORDERS
        + """
            create type shop.mood as enum ('sad', 'it''s ok');
            create or replace table shop.orders as select *,
                (order_id % 2 = 0) as a_bool, order_id::hugeint * 10::hugeint ** 30 as a_hugeint,
                order_id::uhugeint as a_uhugeint, (order_id / 3)::decimal(38, 20) as a_decimal,
                case when order_id % 3 = 0 then 'nan'::double else order_id / 7 end as a_double,
                encode('ä' || order_id) as a_blob, '0101'::bit as a_bit,
                interval (order_id) month as an_interval, uuid() as an_uuid,
                time '10:00:00' as a_time, '12:00:00+05'::timetz as a_timetz,
                ordered_at::timestamp_ns as a_ns, ordered_at::timestamptz as a_tz,
                [order_id, null] as a_list, [1, 2, 3]::integer[3] as an_array,
                {'a': order_id, 'b': [{'c': 'x'}]} as a_struct, map {order_id: 'v'} as a_map,
                union_value(num := order_id::int)::union(num int, str varchar) as a_union,
                ('{"a": ' || order_id || '}')::json as a_json,
                'sad'::shop.mood as an_enum, null as nothing
            from shop.orders;
        """,
    )
    assert project.verdicts() == {"fct": "agrees", "merged": "agrees"}


def test_what_the_warehouse_holds_beside_tables(make_project):
    """The user's own macros (overloaded, with defaults, table macros), types, and sequences."""
    project = make_project(
        {
            "fct.sql": model(
                "select order_id, util.twice(amount) as twice, util.plus(amount) as plus_one, "
                "util.plus(amount, 2) as plus_two, scaled(amount, factor := 3) as scaled, "
                "scaled(amount) as unscaled, util.known(customer) as known, "
                "nested(amount) as nested, 'sad'::util.mood as mood, "
                "(select count(*) from util.vips(1)) as vips, loaded_at "
                "from {{ source('shop', 'orders') }}",
                unique_key="order_id",
            )
        },
        data=ORDERS
        + """
            create schema util;
            create table util.vip as select 'customer 1' as name;
            create type util.mood as enum ('sad', 'it''s ok');
            create macro util.twice(x) as x * 2;
            create macro util.plus(x) as x + 1, (x, y) as x + y;
            create macro scaled(x, factor := 10) as x * factor;
            create macro nested(x) as util.twice(util.plus(x));
            create macro util.known(who) as who in (select name from util.vip);
            create macro util.vips(n) as table select * from util.vip limit n;
            create sequence util.numbers start 5;
        """,
    )
    assert project.verdicts() == {"fct": "agrees"}


def test_names_of_which_one_begins_as_another(make_project):
    """Versions of a model, a folder named like a model, and one name in two packages."""
    project = make_project(
        {
            "orders.sql": model(unique_key="order_id"),
            "orders/unrelated.sql": "select error('not selected, so not run')",
            "dim_v1.sql": model(unique_key="order_id"),
            "dim_v2.sql": model(unique_key="order_id"),
            "dim.yml": "models: [{name: dim, latest_version: 2, versions: [{v: 1}, {v: 2}]}]",
            "of_dim.sql": model("select * from {{ ref('dim', v=1) }}", unique_key="order_id"),
        }
    )
    assert project.verdicts() == {
        "orders": "agrees",
        "dim.v1": "agrees",
        "dim.v2": "agrees",
        "of_dim": "agrees",
    }


def test_a_model_whose_sources_declare_nothing(make_project):
    """Nothing arrives for it, so its agreement means little, and the result says so."""
    project = make_project(
        {
            "fct.sql": FCT,
            "idle.sql": model("select order_id, loaded_at from {{ source('quiet', 'orders') }}"),
        },
        files={
            "models/quiet.yml": "sources: [{name: quiet, schema: shop, tables: [{name: orders,"
            " identifier: quiet_orders}]}]"
        },
        data=ORDERS + "create table shop.quiet_orders as from shop.orders;",
    )
    result = project.verify()
    fct, idle = result.models
    assert idle.notes == (
        (
            "none of its sources declares when its rows arrive (loaded_at_field): every run read the "
            "same rows."
        ),
    )
    assert fct.notes == ()


def test_settings_of_the_users_shell_and_project_change_no_run(make_project, monkeypatch):
    shell = {
        "DBT_FULL_REFRESH": "true",
        "DBT_EMPTY": "true",
        "DBT_FAIL_FAST": "true",
        "DBT_WRITE_JSON": "false",
        "DBT_TARGET_PATH": "elsewhere",
        "DBT_DEFER": "true",
        "DBT_ENGINE_RESOURCE_TYPES": "seed",
        "DBT_EVENT_TIME_START": "2000-01-01",
        "DBT_EVENT_TIME_END": "2000-01-02",
    }
    for name, value in shell.items():
        monkeypatch.setenv(name, value)
    project = make_project(
        {
            "a_failing.sql": "{{ config(materialized='incremental') }} select error('no') as x"
            " from {{ source('shop', 'orders') }}",
            # Wrong, which a full refresh or an empty run would hide.
            "totals.sql": "{{ config(materialized='incremental', unique_key='customer') }}"
            " select customer, count(*) as orders, max(loaded_at) as loaded_at"
            " from {{ source('shop', 'orders') }}" + SINCE + " group by customer",
        },
        project={"flags": {"fail_fast": True, "write_json": False, "use_colors": True}},
    )
    verdicts = project.verdicts()
    assert verdicts["totals"] == "differs"
    assert verdicts["a_failing"].endswith("Invalid Input Error: no")
    assert {name: os.environ.get(name) for name in shell} == shell
