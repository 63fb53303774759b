# ruff: noqa: DTZ001 - instants are UTC without a zone, as in the tables
"""The rest of the grain family: real dbt runs, real tests, real failures."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import duckdb
import pytest

from support.macro_project import RunError

MEASURES = (
    "[{'name': 'amount', 'calculation': 'sum(amount)', 'description': '.'},"
    " {'name': 'orders', 'calculation': 'count(*)', 'description': '.', 'fill': 0},"
    " {'name': 'best', 'calculation': 'max(amount)', 'description': '.'},"
    " {'name': 'big', 'calculation': 'count(*) filter (where amount > 4)', 'description': '.'}]"
)
MODELS = {
    "sources.yml": """
sources:
  - name: raw
    schema: main
    tables: [{name: orders}, {name: history}]
models:
  - name: days
    data_tests:
      - entity_kit.grain_unique: {arguments: {business_key: customer}}
      - entity_kit.grain_complete: {arguments: {business_key: customer}}
      - entity_kit.grain_reconciles:
          arguments:
            measure: amount
            events: "{{ source('raw', 'orders') }}"
            calculation: sum(amount)
            business_key: customer
            occurred_at: ordered_at
            loaded_at: loaded_at
            row_key: order_id
""",
    "days.sql": "{{ entity_kit.grain_table('day', 'customer', source('raw', 'orders'), 'ordered_at', "
    f"'loaded_at', measures={MEASURES}, row_key='order_id', history=source('raw', 'history'), "
    "attributes='plan') }}",
    "from_a_cte.sql": "with orders as (select * from {{ source('raw', 'orders') }} where amount > 0)\n"
    "{{ entity_kit.grain_table('day', 'customer', 'orders', 'ordered_at', 'loaded_at', "
    f"measures={MEASURES}, model_config={{'tags': ['nightly']}}) }}}}",
    "months.sql": f"{{{{ entity_kit.grain_rollup(ref('days'), 'month', {MEASURES}, attributes='plan') }}}}",
    "months_afresh.sql": "{{ entity_kit.grain_table('month', 'customer', source('raw', 'orders'), "
    f"'ordered_at', 'loaded_at', measures={MEASURES}, row_key='order_id') }}}}",
    "limited.sql": "{{ entity_kit.grain_table('hour', 'customer', source('raw', 'orders'), 'ordered_at', "
    "'loaded_at', max_periods=50) }}",
    "long.sql": "{{ entity_kit.grain_table('hour', 'customer', source('raw', 'epochs'), 'ordered_at', "
    "'loaded_at', max_periods=2000000) }}",
    "long_bounded.sql": "{{ entity_kit.grain_table('hour', 'customer', source('raw', 'epochs'), "
    "'ordered_at', 'loaded_at', occurred_from='2024-01-01') }}",
    "more.yml": "sources:\n  - {name: raw2, schema: main, tables: [{name: epochs}]}\n",
    "coverage.sql": "{{ entity_kit.grain_coverage(ref('days'), 'customer', 'day', "
    "source('raw', 'orders'), 'ordered_at') }}",
}
MODELS["sources.yml"] = MODELS["sources.yml"].replace(
    "{name: history}]", "{name: history}, {name: epochs}]"
)
del MODELS["more.yml"]
TABLES = """
create or replace table orders as select * from (values
    ('ada', 1, timestamp '2024-01-30 10:00', timestamp '2024-01-30 11:00', 10),
    ('ada', 2, timestamp '2024-02-02 10:00', timestamp '2024-02-02 11:00', 5),
    ('ada', 2, timestamp '2024-02-01 10:00', timestamp '2024-02-03 11:00', 7),
    ('ben', 3, timestamp '2024-02-03 23:59', timestamp '2024-02-04 00:30', 3),
    (null, 4, timestamp '2024-02-03 10:00', timestamp '2024-02-03 11:00', 99),
    ('ben', 5, null, timestamp '2024-02-03 11:00', 99)
) as t (customer, order_id, ordered_at, loaded_at, amount);
create or replace table history as select * from (values
    ('ada', 'free', timestamp '2024-01-29 10:00', timestamp '2024-02-01', false, false, timestamp '2024-02-01 01:00'),
    ('ada', 'paid', timestamp '2024-02-01', null, true, false, timestamp '2024-02-01 01:00'),
    ('eve', 'free', timestamp '2024-02-01 10:00', timestamp '2024-02-02 10:00', false, false, timestamp '2024-02-03')
) as t (customer, plan, valid_from, valid_to, is_current, is_deleted, loaded_at);
create or replace table epochs as
select 'x' as customer, timestamp '1900-01-01' as ordered_at, timestamp '2024-02-01' as loaded_at
union all select 'x', timestamp '2024-02-01 00:00', timestamp '2024-02-01';
"""


@pytest.fixture(scope="module")
def project(make_project: Any) -> Any:
    made = make_project(MODELS)
    made.execute(TABLES)
    made.run("run", "--select", "days+", "from_a_cte", "months_afresh", "long", "long_bounded")
    return made


def test_rows_of_a_day(project: Any) -> None:
    rows = project.query(
        "select customer, period_start, amount, orders, plan, is_deleted from days order by 1, 2",
    )
    day = lambda n: date(2024, 1, 28 + n) if n < 4 else date(2024, 2, n - 3)  # noqa: E731
    assert rows == [
        ("ada", day(1), None, 0, "free", False),
        ("ada", day(2), 10, 1, "free", False),
        # The change at midnight belongs to the next day.
        ("ada", day(3), None, 0, "free", False),
        ("ada", day(4), 7, 1, "paid", False),
        # The replaced version of order 2 left this day recorded.
        ("ada", day(5), None, 0, "paid", False),
        ("ada", day(6), None, 0, "paid", False),
        ("ben", day(6), 3, 1, None, False),
        # Only history knows eve; her deletion was loaded on the third.
        ("eve", day(4), None, 0, "free", False),
        ("eve", day(5), None, 0, None, True),
        ("eve", day(6), None, 0, None, True),
    ]


@pytest.mark.slow
def test_the_data_tests_pass_and_fail(project: Any) -> None:
    project.run("test", "--select", "days")
    project.execute("create or replace table kept as select * from days")
    for damage, failing in (
        (
            "delete from days where customer = 'ada' and orders = 0 and plan = 'free'",
            "grain_complete",
        ),
        ("insert into days select * from days where customer = 'ben'", "grain_unique"),
        ("update days set amount = amount + 1 where customer = 'ben'", "grain_reconciles"),
    ):
        project.execute(damage)
        with pytest.raises(RunError, match=f"{failing}_days"):
            project.run("test", "--select", f"test_name:{failing}")
        project.execute("delete from days; insert into days select * from kept")


@pytest.mark.slow
def test_rollup_is_built_empty(make_project: Any) -> None:
    """Build it from an empty model, which dbt then shows as a subquery."""
    names = ["sources.yml", "days.sql", "months.sql"]
    empty = make_project({name: MODELS[name] for name in names})
    empty.execute(TABLES)
    empty.run("run", "--empty")
    columns = [row[0] for row in empty.query("describe months")]
    assert columns[:4] == ["customer", "durable_key", "surrogate_key", "period_start"]
    assert columns[-1] == "history_loaded_at"
    assert empty.query("select count(*) from months") == [(0,)]


def test_rollup_equals_the_grain_computed_afresh(project: Any) -> None:
    columns = "customer, durable_key, period_start, period_end, amount, best, loaded_at, big"
    rows = project.query(f"select {columns} from months where customer <> 'eve' order by all")
    afresh = project.query(f"select {columns} from months_afresh order by all")
    assert rows == afresh
    assert [row[4] for row in rows] == [10, 7, 3]
    assert project.query("select plan, is_deleted from months order by customer, period_start") == [
        ("free", False),
        ("paid", False),
        (None, False),
        (None, True),
    ]


def test_coverage(project: Any) -> None:
    assert project.query("select * from coverage") == [
        (date(2024, 1, 29), date(2024, 2, 3), 10, 3, 0, None, 0, None, None),
    ]
    project.execute(
        "create or replace table kept as select * from days;"
        "delete from days where period_start in ('2024-01-30', '2024-02-03')",
    )
    project.run("run", "--select", "coverage")
    assert project.query("select * from coverage") == [
        (
            date(2024, 1, 29),
            date(2024, 2, 2),
            6,
            2,
            1,
            date(2024, 1, 30),
            2,
            date(2024, 1, 30),
            date(2024, 2, 3),
        ),
    ]
    project.execute("delete from days; insert into days select * from kept")


@pytest.mark.slow
def test_a_dense_spine_never_explodes(project: Any) -> None:
    with pytest.raises(RunError) as caught:
        project.run("run", "--select", "limited")
    assert (
        "grain_table: `max_periods` must be at least the number of periods of any entity; got 50,"
        " but the entity with customer = ada has 110, from 2024-01-30 10:00:00 to 2024-02-03"
        " 23:00:00. Exclude such times with occurred_from and occurred_to, or raise max_periods."
    ) in " ".join(str(caught.value).split())
    assert project.query("select count(*), count(distinct period_start) from long") == [
        (1087705, 1087705),
    ]
    assert project.query("select count(*) from long_bounded") == [(1,)]


@pytest.mark.parametrize(
    ("grain", "start", "end", "starts"),
    [
        ("day", "2024-02-28", "2024-03-01", [date(2024, 2, 28), date(2024, 2, 29)]),
        ("day", "2024-01-01", "2024-01-01", []),
        ("day", "2024-01-01", "2024-01-01 05:00", [date(2024, 1, 1)]),
        ("day", "2024-01-02", "2024-01-01", []),
        (
            "hour",
            "2024-01-01 10:30",
            "2024-01-01 11:00:01",
            [datetime(2024, 1, 1, 10), datetime(2024, 1, 1, 11)],
        ),
        ("week", "2020-12-31", "2021-01-05", [date(2020, 12, 28), date(2021, 1, 4)]),
        ("month", "2023-12-31", "2024-01-02", [date(2023, 12, 1), date(2024, 1, 1)]),
        ("quarter", "2023-12-31", "2024-01-02", [date(2023, 10, 1), date(2024, 1, 1)]),
        ("year", "2023-12-31", "2024-01-01", [date(2023, 1, 1)]),
    ],
)
def test_period_spine(project: Any, grain: str, start: str, end: str, starts: list[Any]) -> None:
    sql = project.render("{{ entity_kit.period_spine('" + grain + f"', '{start}', '{end}') }}}}")
    assert [row[0] for row in project.query(sql + " order by 1")] == starts
    assert all(low < high for low, high in project.query(sql))


@pytest.mark.slow
def test_an_empty_upstream_gives_an_empty_table_and_then_everything(project: Any) -> None:
    project.execute("create or replace table kept as select * from orders; truncate orders")
    project.run("run", "--select", "months_afresh", "--full-refresh")
    assert project.query("select count(*) from months_afresh") == [(0,)]
    project.execute("insert into orders select * from kept")
    project.run("run", "--select", "months_afresh")
    assert project.query("select count(*) from months_afresh") == [(3,)]


@pytest.mark.slow
def test_periods_that_a_correction_takes_back_go(project: Any) -> None:
    """The run writes them as empty periods, and the model's hook deletes them."""
    project.execute("create or replace table kept as select * from history")
    project.execute(
        "insert into history values ('fay', 'free', '2024-02-03 23:00', '2024-02-05', false, false, '2024-02-05'),"
        " ('fay', 'paid', '2024-02-05', null, true, false, '2024-02-05')",
    )
    project.run("run", "--select", "days")
    last = "select customer, max(period_start) from days where customer in ('ben', 'fay') group by 1 order by 1"
    assert project.query(last) == [("ben", date(2024, 2, 5)), ("fay", date(2024, 2, 5))]
    # The change of the fifth was none: the version before it goes on.
    project.execute(
        "delete from history where customer = 'fay' and plan = 'paid';"
        "update history set valid_to = null, is_current = true, loaded_at = '2024-02-06' where customer = 'fay'",
    )
    project.run("run", "--select", "days")
    assert project.query(last) == [("ben", date(2024, 2, 3)), ("fay", date(2024, 2, 3))]
    incremental = project.query("select * from days order by all")
    project.run("run", "--select", "days", "--full-refresh")
    assert project.query("select * from days order by all") == incremental
    project.execute("delete from history; insert into history select * from kept")
    project.run("run", "--select", "days", "--full-refresh")


def test_only_touched_units_are_built(project: Any) -> None:
    """One late row rebuilds its own entity's periods; a run with nothing new rebuilds the last batch."""
    project.run("run", "--select", "days", "--full-refresh")
    project.execute(
        "insert into orders values ('ada', 9, '2024-01-29 12:00', '2024-02-04 00:30', 1)",
    )
    built = project.query(
        f"select customer, period_start from ({project.compiled('days')}) as run order by all",
    )
    # The rest are ada's and eve's: the history's last batch is read again, and it may overwrite.
    assert ("ada", date(2024, 1, 29)) in built
    assert [row for row in built if row[0] == "ben"] == [("ben", date(2024, 2, 3))]
    project.execute("delete from orders where order_id = 9")


@pytest.mark.slow
def test_one_big_table(make_project: Any) -> None:
    made = make_project(
        {
            "wide.sql": "with orders as (select 1 as id, 'a' as who, timestamp '2024-01-05' as at)\n"
            "{{ entity_kit.one_big_table('orders', ["
            "{'relation': ref('people'), 'on': {'who': 'person'}, 'as_of': 'at', 'prefix': 'then_', 'columns': ['city']},"
            "{'relation': ref('people'), 'on': {'who': 'person'}, 'is_history': true, 'prefix': 'now_', 'columns': ['city']}"
            "]) }}",
            "people.sql": "select * from (values"
            " ('a', 'x', timestamp '2024-01-01', timestamp '2024-01-05', false, false),"
            " ('a', 'y', timestamp '2024-01-05', timestamp '2024-01-09', false, false),"
            " ('a', 'z', timestamp '2024-01-09', null, true, false)"
            ") as t (person, city, valid_from, valid_to, is_current, is_deleted)",
        },
    )
    made.run("run")
    assert made.query("select id, then_city, now_city from wide") == [(1, "y", "z")]


@pytest.mark.slow
def test_the_target_is_pruned_by_period_start(project: Any) -> None:
    """DuckDB uses the new rows' periods as a filter on the target, and no matching row is lost."""
    config = project.run("compile", "--select", "days").results[0].node.config
    assert config.unique_key == ["period_start", "durable_key"]
    project.execute(
        "create or replace table target as"
        " select date '2020-01-01' + cast(i // 1000 as integer) as period_start, md5(i::varchar) as durable_key"
        " from range(1000000) as r (i);"
        "create or replace table made as from target where period_start >= date '2022-09-01' limit 2000",
    )
    # What dbt-duckdb's delete+insert sends for these two columns.
    plan = project.query(
        "explain analyze delete from target as t using made"
        " where made.period_start = t.period_start and made.durable_key = t.durable_key",
    )[0][1]
    if not duckdb.__version__.startswith("1."):  # which doesn't print what a join filters by
        assert "period_start >= '2022-09-01'" in plan
    assert project.query("select count(*) from target") == [(998000,)]
