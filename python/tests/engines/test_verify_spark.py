"""`entity-kit verify` in a local Spark session: DuckDB's verdicts, and nothing left behind."""

from __future__ import annotations

import textwrap
from pathlib import Path

import duckdb
import pytest

from entity_kit import EntityKitError, verify

pytestmark = pytest.mark.slow

COLUMNS = """
    cast({i} as int) as order_id,
    case when {i} % 5 = 3 then null else concat('O\\'Neill ', cast({i} % 3 as {text})) end as customer,
    cast({i} * 1.5 as decimal(10, 2)) as amount,
    {list} as tags,
    cast('2024-03-30 05:00:00' as {plain}) + {i} * interval '3' hour
        - case when {i} % 7 = 4 then interval '30' hour else interval '0' hour end as `Ordered At`,
    cast('2024-03-30 06:00:00+00' as {zoned}) + {i} * interval '3' hour as loaded_at
"""
SPARK = {
    "i": "id",
    "text": "string",
    "list": "array(id, null)",
    "plain": "timestamp_ntz",
    "zoned": "timestamp",
}
DUCK = {
    "i": "id",
    "text": "varchar",
    "list": "[id, null]",
    "plain": "timestamp",
    "zoned": "timestamptz",
}
SOURCES = """
sources:
  - name: engine_shop
    tables:
      - name: orders
        config:
          loaded_at_field: loaded_at
          event_time: Ordered At
          meta: {entity_kit: {row_key: [order_id], delivery: {late_by: {days: 2}}}}
"""
MODELS = {
    "appended": """
        {{ config(materialized='incremental', incremental_strategy='append') }}
        select order_id, customer, tags, loaded_at, current_timestamp as seen_at
        from {{ source('engine_shop', 'orders') }}
        {% if is_incremental() %} where loaded_at > (select max(loaded_at) from {{ this }}) {% endif %}
    """,
    "by_day": """
        {% set on_spark = target.type == 'spark' %}
        {{ config(
            materialized='incremental', unique_key=none if on_spark else 'day', partition_by=['day'],
            incremental_strategy='insert_overwrite' if on_spark else 'delete+insert') }}
        select count(*) as n, sum(amount) as amount, max(loaded_at) as loaded_at,
            cast(ordered_at as date) as day
        from {{ ref('arrived') }}
        {% if is_incremental() %}
        where cast(ordered_at as date) in (
            select cast(ordered_at as date) from {{ ref('arrived') }}
            where loaded_at >= (
                select coalesce(max(loaded_at), timestamp '1900-01-01 00:00:00') from {{ this }})
        )
        {% endif %}
        group by cast(ordered_at as date)
    """,
    "not_now": """
        {{ config(enabled=false) }} select 1 as x
    """,
    "arrived": """
        {{ config(materialized='view', schema='staging') }}
        select order_id, amount, loaded_at, {{ adapter.quote('Ordered At') }} as ordered_at
        from {{ source('engine_shop', 'orders') }}
    """,
}
OUTPUT = {
    "type": "spark",
    "method": "session",
    "host": "localhost",
    "schema": "engine_analytics",
    "threads": 1,
}


def told(result):
    return {
        (model.name, each.schedule): (
            each.verdict.value,
            each.failure,
            each.cause and each.cause.name,
            [(s.number, c.only_incremental, c.only_full_refresh, c.changed)
             for s in each.steps for c in [s.comparison]],
        )
        for model in result.models
        for each in model.schedules
    }  # fmt: skip


def files():
    models = {f"models/{name}.sql": textwrap.dedent(text) for name, text in MODELS.items()}
    return {**models, "models/sources.yml": SOURCES}


def state(spark):
    folder = Path(spark.conf.get("spark.sql.warehouse.dir").removeprefix("file:"))
    paths = (path for path in folder.rglob("*") if path.is_file())
    return (
        sorted(row[0] for row in spark.sql("show schemas").collect()),
        sorted((str(path), path.stat().st_mtime_ns) for path in paths),
        spark.conf.get("spark.sql.parquet.outputTimestampType"),
    )


def test_the_same_as_on_duckdb(spark_session, write_target, tmp_path):
    spark_session.sql("create schema engine_shop")
    orders = f"create table engine_shop.orders using parquet as select {COLUMNS.format(**SPARK)} from range(20)"
    spark_session.sql(orders)
    with duckdb.connect(str(tmp_path / "shop.duckdb")) as connection:
        connection.execute("set TimeZone = 'UTC'; create schema engine_shop")
        columns = COLUMNS.replace("\\'", "''").replace("`", '"').format(**DUCK)
        connection.execute(
            f"create table engine_shop.orders as select {columns} from range(20) t(id)"
        )
    duck = {"type": "duckdb", "path": str(tmp_path / "shop.duckdb"), "threads": 1}
    folder = write_target({"spark": OUTPUT, "duckdb": duck}, files())
    before = state(spark_session)
    try:
        spark, duck = (
            verify(folder, target=name, steps=2, schedules=["arrival", "late"])
            for name in ("spark", "duckdb")
        )
        assert told(spark) == told(duck)
        assert spark.notes == duck.notes
        verdicts = {model.name: model.verdict.value for model in spark.models}
        assert verdicts == {"appended": "differs", "by_day": "agrees"}
        assert spark.models[0].schedules[0].cause.name == "clock"
        assert state(spark_session) == before
    finally:
        spark_session.sql("drop schema engine_shop cascade")


@pytest.mark.usefixtures("spark_lane")
class TestRefusals:
    def refused(self, write_target, **output):
        with pytest.raises(EntityKitError) as caught:
            verify(write_target({"spark": {**OUTPUT, **output}}, files()))
        return str(caught.value)

    def test_of_a_server(self, write_target):
        assert self.refused(write_target, method="thrift").startswith(
            "The target connects to Spark by the method 'thrift'; verify runs in a local session."
        )

    def test_without_java(self, write_target, monkeypatch, tmp_path):
        monkeypatch.setenv("JAVA_HOME", str(tmp_path))
        assert self.refused(write_target) == (
            f"Spark needs Java, and there is no `java` in {tmp_path}.\n"
            "Install Java 17, or set JAVA_HOME."
        )
