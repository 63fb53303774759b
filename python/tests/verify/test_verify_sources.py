"""`verify` on all kinds of sources: how they declare arrival, what they are, and their names."""

from __future__ import annotations

from datetime import datetime, timezone
from zoneinfo import ZoneInfo

import duckdb
import pytest
import yaml

from entity_kit.arrivals.schedules import RecordedWorld
from entity_kit.arrivals.sources import Source, arrivals, resolve
from entity_kit.arrivals.timeline import cut
from entity_kit.warehouse import Relation
from support.verify_project import FCT, ORDERS, SOURCES

pytestmark = pytest.mark.slow

# Right: every order is read once it is there. It would also agree if all were there from the start.
RIGHT = """
{{{{ config(materialized='incremental', unique_key='order_id') }}}}
select order_id, customer, amount from {{{{ source({source!r}, {table!r}) }}}}
{{% if is_incremental() %}}
where order_id > (select max(order_id) from {{{{ this }}}})
{{% endif %}}
"""

# Wrong, which shows only if the orders arrive step by step.
WRONG = """
{{{{ config(materialized='incremental', unique_key='customer') }}}}
select customer, count(*) as orders, max(order_id) as last from {{{{ source({source!r}, {table!r}) }}}}
{{% if is_incremental() %}}
where order_id > (select max(last) from {{{{ this }}}})
{{% endif %}}
group by customer
"""


def models(tables, source="shop", *, wrong=()):
    """Return a right model of each table, and wrong models of some."""
    found = {f"right_{t}.sql": RIGHT.format(source=source, table=t) for t in tables}
    return found | {f"wrong_{t}.sql": WRONG.format(source=source, table=t) for t in wrong}


def expected(tables, wrong=()):
    verdicts = {f"right_{t}": "agrees" for t in tables}
    return verdicts | {f"wrong_{t}": "differs" for t in wrong}


KINDS = {
    "dates": ("loaded_at::date", None),
    "zoned": ("loaded_at::timestamptz", None),
    "nanoseconds": ("loaded_at::timestamp_ns", None),
    "milliseconds": ("loaded_at::timestamp_ms", None),
    "seconds": ("loaded_at::timestamp_s", None),
    "texts": ("strftime(loaded_at, '%d.%m.%Y %H:%M')", "strptime(arrived, '%d.%m.%Y %H:%M')"),
    "epochs": ("epoch(loaded_at)::bigint", "to_timestamp(arrived)"),
    "mixed_case": ("loaded_at", "ARRIVED"),
    "nulls": ("if(order_id = 0, null, loaded_at)", None),
    "infinite": ("if(order_id = 11, 'infinity'::timestamp, loaded_at)", None),
    "ancient": ("if(order_id = 0, '0044-03-15 (BC)'::date, loaded_at::date)", None),
    "eternal": ("if(order_id = 11, '12000-01-01'::timestamp, loaded_at)", None),
    "first_day": ("if(order_id = 0, '0001-01-01'::timestamp, loaded_at)", None),
}


def tables_of_all_kinds() -> str:
    return ORDERS + "".join(
        f"create table shop.{name} as select * exclude (loaded_at), {sql} as arrived from shop.orders;"
        for name, (sql, _) in KINDS.items()
    )


# How many of the twelve orders show at each step. Those without a time that can be told, or before
# all others', are there from the first step on; those after all others' never come.
SHOWN = {name: [1, 5, 9, 12] for name in KINDS} | {
    "dates": [3, 7, 11, 12],
    "nulls": [2, 6, 9, 12],
    "infinite": [1, 5, 8, 11],
    "ancient": [3, 7, 11, 12],
    "eternal": [1, 5, 8, 11],
    "first_day": [2, 6, 9, 12],
}


@pytest.mark.parametrize("zone", ["UTC", "Pacific/Auckland", "America/New_York"])
@pytest.mark.parametrize("name", KINDS)
def test_how_rows_say_when_they_arrived(name, zone):
    with duckdb.connect() as connection:
        connection.execute(f"set timezone = '{zone}'; {tables_of_all_kinds()}")
        source = resolve(
            connection,
            Source(
                unique_id=name,
                name=name,
                relation=Relation("memory", "shop", name),
                origin=f"shop.{name}",
                loaded_at=KINDS[name][1] or "arrived",
            ),
        )
        measured = arrivals(connection, source, datetime(2024, 1, 4, tzinfo=timezone.utc))
        instants = cut([measured], 4)
        world = RecordedWorld(
            instants, {name: measured.zoned}, ZoneInfo(zone), measured.first or instants[0]
        )
        counts = [
            connection.execute(f"select count(*) from ({world.view(source, state)})").fetchall()[0][
                0
            ]
            for state in range(len(instants) + 1)
        ]
    assert counts == [0, *SHOWN[name]]
    assert measured.rows == 12
    assert measured.nulls == (name == "nulls")
    assert measured.beyond == (name in {"infinite", "eternal"})


def test_models_of_sources_of_all_kinds(make_project):
    zone = "america/new_york"
    tables = [
        {"name": name, "config": {"loaded_at_field": field or "arrived"}}
        for name, (_, field) in KINDS.items()
    ]
    project = make_project(
        models(KINDS, wrong=["dates"]),
        data=f"set timezone = '{zone}'; {tables_of_all_kinds()}",
        sources=yaml.safe_dump({"sources": [{"name": "shop", "tables": tables}]}),
        output={"settings": {"TimeZone": zone}},
    )
    result = project.verify()
    assert {each.name: each.verdict.value for each in result.models} == expected(KINDS, ["dates"])
    assert set(result.notes) == {
        "shop.nulls: 1 of 12 rows have no loaded_at; they are visible from the first step on.",
        "shop.infinite: 1 of 12 rows have a loaded_at beyond all steps; they never arrive.",
        "shop.eternal: 1 of 12 rows have a loaded_at beyond all steps; they never arrive.",
    }


def test_sources_that_are_views(make_project):
    """Views in the warehouse read what they always read, by whatever name."""
    tables = ["of_schema", "of_main", "of_catalog", "of_view", "of_macro"]
    project = make_project(
        models(tables, wrong=["of_view"]),
        data=ORDERS
        + """
            create table elsewhere as from shop.orders;
            create macro shop.positive(x) as x >= 0;
            create view shop.of_schema as select * from shop.orders;
            create view shop.of_main as select * from elsewhere;
            create view shop.of_catalog as select * from warehouse.shop.orders;
            create view shop.of_view as select * from shop.of_schema;
            create view shop.of_macro as select * from shop.orders where shop.positive(amount);
            create view shop.broken as select * from shop.orders;
            create table gone (x int); create view stale as select * from gone; drop table gone;
        """,
        sources=yaml.safe_dump(
            {
                "sources": [
                    {
                        "name": "shop",
                        "config": {"loaded_at_field": "loaded_at"},
                        "tables": [{"name": name} for name in tables],
                    }
                ]
            }
        ),
    )
    assert project.verdicts() == expected(tables, ["of_view"])


def test_a_view_that_dbt_does_not_know_follows_the_source_that_it_reads(make_project):
    project = make_project(
        {
            "wrong.sql": WRONG.format(source="shop", table="orders").replace(
                "{{ source('shop', 'orders') }}", "shop.recent"
            )
            + "-- {{ source('shop', 'orders') }}"
        },
        data=ORDERS + "create view shop.recent as select * from shop.orders;",
    )
    assert project.verdicts() == {"wrong": "differs"}


def test_names_with_quotes_spaces_unicode_and_sql_in_them(make_project):
    # dbt doesn't double the quotes of names, so they stand doubled in the YAML.
    sources = [
        {
            "name": "odd",
            "schema": 'sch""ema; drop table x --',
            "tables": [
                {
                    "name": "orders",
                    "identifier": 'or\'ders ""é""\n{ 文件',
                    "config": {
                        "loaded_at_field": '"load""ed \'at; --"',
                        "event_time": '"order""ed \'at"',
                        "meta": {
                            "entity_kit": {
                                "row_key": ["or\"der 'id"],
                                "delivery": {
                                    "late_by": {"days": 2},
                                    "updates": True,
                                    "deletes": "hard",
                                    "redelivers": True,
                                    "split_batches": True,
                                },
                            }
                        },
                    },
                }
            ],
        }
    ]
    project = make_project(
        {
            "Bestellungen.sql": """
                {{ config(materialized='incremental', unique_key='"or\\'der; id"',
                          alias='Über "" x; --'|replace('"', ''), schema='Schéma b; --') }}
                select "or""der 'id" as "or'der; id", "load""ed 'at; --" as "select", "é %s {}"
                from {{ source('odd', 'orders') }}
                {% if is_incremental() %}
                where "load""ed 'at; --" >= (
                    select coalesce(max("select"), '1900-01-01') from {{ this }})
                {% endif %}
                qualify row_number() over (partition by "or""der 'id" order by "load""ed 'at; --" desc) = 1
            """,
        },
        data=ORDERS
        + """
            create schema "sch""ema; drop table x --";
            create table "sch""ema; drop table x --"."or'ders ""é""
{ 文件" as
            select order_id as "or""der 'id", loaded_at as "load""ed 'at; --",
                ordered_at as "order""ed 'at", 'x' as "é %s {}",
                1 as id, 2 as state, 3 as loaded, 4 as event, 5 as later, 6 as last_state,
                7 as lower_bound, 8 as upper_bound, 9 as reloaded, 10 as rowid_, 11 as d
            from shop.orders;
        """,
        sources=yaml.safe_dump({"sources": sources}, allow_unicode=True),
    )
    names = ["arrival", "late", "updates", "deletes", "redelivers", "split_batches"]
    result = project.verify(schedules=names, steps=2)
    assert {
        schedule.schedule: schedule.verdict.value for schedule in result.models[0].schedules
    } == {
        **dict.fromkeys(names, "agrees"),
        "deletes": "differs",
    }


def test_columns_named_as_ours_would_be(make_project):
    """Deliveries use tables with our own columns; the source's columns may have the same names."""
    names = [
        *("id", "loaded", "event", "state", "last_state", "later", "lower_bound", "upper_bound"),
        *("reloaded", "entity_kit_until_", "d", "shown", "instant", "weight", "t", "last_loaded"),
    ]
    columns = ", ".join(f"order_id as {name}" for name in names)
    project = make_project(
        {
            "fct.sql": """
                {{ config(materialized='incremental', unique_key='order_id') }}
                select * from {{ source('shop', 'orders') }}
                {% if is_incremental() %}
                where loaded_at >= (select coalesce(max(loaded_at), '1900-01-01') from {{ this }})
                {% endif %}
                qualify row_number() over (partition by order_id order by loaded_at desc) = 1
            """
        },
        data=ORDERS
        + f"create or replace table shop.orders as select *, {columns} from shop.orders;",
        sources=SOURCES.replace(
            "event_time: ordered_at}",
            "event_time: ordered_at, meta: {entity_kit: {row_key: order_id, delivery: "
            "{late_by: {days: 9}, updates: true, redelivers: true}}}}",
        ),
    )
    assert project.verdicts(schedules=["late", "updates", "redelivers"]) == {"fct": "agrees"}


def test_rows_that_are_in_the_warehouses_log_only(make_project):
    """What a crashed writer left in the write-ahead log is read and kept."""
    import subprocess
    import sys

    project = make_project()
    code = f"""
import duckdb, os
connection = duckdb.connect({str(project.warehouse)!r})
connection.execute("update shop.orders set amount = amount + 1 where order_id > 5")
os._exit(0)
"""
    subprocess.run([sys.executable, "-c", code], check=True)
    log = project.warehouse.with_name("warehouse.duckdb.wal")
    assert log.exists()
    assert project.verdicts() == {"fct": "agrees"}
    assert log.exists()


def external(**options):
    return yaml.safe_dump(
        {
            "sources": [
                {
                    "name": "files",
                    "config": {"external_location": "../files/{name}.parquet", **options},
                    "tables": [
                        {"name": "orders", "config": {"loaded_at_field": "loaded_at"}},
                        {
                            "name": "more",
                            "config": {
                                "loaded_at_field": "loaded_at",
                                "external_location": "read_csv('../files/{name}.csv')",
                            },
                        },
                        {"name": "customers"},
                    ],
                }
            ]
        }
    )


@pytest.fixture
def files(tmp_path):
    # Beside the project, and not beside the folder that the tests run in.
    folder = tmp_path / "deep" / "files"
    folder.mkdir(parents=True)
    with duckdb.connect() as connection:
        connection.execute(ORDERS)
        connection.execute(f"copy shop.orders to '{folder}/orders.parquet'")
        connection.execute(f"copy shop.orders to '{folder}/more.csv'")
        connection.execute(
            f"copy (select distinct customer from shop.orders) to '{folder}/customers.parquet'"
        )


@pytest.mark.usefixtures("files")
def test_sources_that_are_files(make_project):
    tables = ["orders", "more"]
    project = make_project(
        models(tables, source="files", wrong=["more"])
        | {
            "joined.sql": RIGHT.format(source="files", table="orders").replace(
                "{% if", "join {{ source('files', 'customers') }} using (customer)\n{% if"
            )
        },
        data="create table nothing (x int)",
        sources=external(),
        folder="deep/project",
    )
    assert project.verdicts() == {**expected(tables, ["more"]), "joined": "agrees"}


def test_a_source_that_a_plugin_loads(make_project):
    project = make_project(
        sources=SOURCES.replace("event_time: ordered_at", "event_time: ordered_at, plugin: excel")
    )
    assert project.refused() == (
        "Source shop.orders is loaded by dbt-duckdb's plugin `excel` at each run, so its rows can't "
        "be shown step by step.\n"
        "Load it into a table, and declare that as the source."
    )


def test_models_of_external_files_are_left_out(make_project):
    project = make_project(
        {
            "fct.sql": FCT,
            "written.sql": "{{ config(materialized='external') }}"
            " select * from {{ source('shop', 'orders') }}",
            "beyond.sql": """
                {{ config(materialized='incremental') }} select * from {{ ref('written') }}
            """,
        },
    )
    result = project.verify()
    assert {model.name: model.verdict.value for model in result.models} == {"fct": "agrees"}
    reason = "it is built from the external model written, which writes files"
    assert result.left_out == (("beyond", reason),)
    assert project.refused(select=["beyond"]) == (
        f"`--select beyond` leaves no incremental model to verify.\nbeyond is left out: {reason}."
    )
