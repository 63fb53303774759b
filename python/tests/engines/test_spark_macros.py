"""The macros on a local Spark: whole partitions are replaced, and the rows equal DuckDB's."""

from __future__ import annotations

import pytest
from flights_project import FlightsProject, load_engines

# The whole of it, with `--all-engines`, takes longer than a test may elsewhere.
pytestmark = [pytest.mark.slow, pytest.mark.timeout(2400)]

# For each macro that builds incrementally a model, and for each kind of partition. The whole project takes ten minutes; it
# runs with `--all-engines`.
FLIGHTS = ["stg_flights", "fct_flights", "flight_schedule", "routes_hourly"]
SHOP = [
    "customers_current",
    "variants_current",
    "customers_history",
    "customers_latest",
    "dim_customers",
    "dim_products",
    "fct_subscription_changes",
    "customers_hourly",
    "teams_history",
    "teams_daily",
    "user_visits",
]

# Columns that Spark's partitions add, as docs/engines.md lists them.
ADDED = ("bucket_of_", "partition_", "departure_day")


def test_spark_gives_what_duckdb_gives(tmp_path, spark_session, request):
    is_whole = request.config.getoption("--all-engines")
    given = load_engines.load(tmp_path / "flights.duckdb", days=2, quiet=True)
    on_duckdb = FlightsProject(tmp_path / "duckdb", "duckdb", given, None)
    on_spark = FlightsProject(tmp_path / "spark", "spark", given, spark_session)
    for project in (on_duckdb, on_spark):
        # The flights arrive in two parts, and so does the shop after them.
        for until, models in (
            ("2013-01-02 12:00:00", FLIGHTS),
            ("2024-01-25 00:00:00", FLIGHTS + SHOP),
            (None, SHOP),
        ):
            project.reveal(until)
            project.run("run", *([] if is_whole else ["--select", *models]))
    # Tests that also read models which aren't built here are left out.
    built = ["--select", "teams_daily", "customers_history", "--indirect-selection", "cautious"]
    on_spark.dbt("test", *([] if is_whole else built))

    models = on_duckdb.models()
    assert on_spark.models().keys() == models.keys()
    for model, columns in models.items():
        added = set(on_spark.models()[model]) - set(columns)
        assert all(name.startswith(ADDED) for name in added), model
        expected = on_duckdb.contents(model, columns)
        assert on_spark.contents(model, columns) == expected, model
        assert expected, model


DAYS = """{{ entity_kit.grain_table(
    'day', 'shop', source('given', 'visits'), 'visited_at', 'loaded_at', history=source('given', 'shops'),
    measures=[{'name': 'visits', 'calculation': 'count(*)', 'fill': 0}], attributes=['city'],
    partition_grain='day'
) }}"""
ENTITIES = """{{ entity_kit.entity_model(
    source('given', 'visits'), 'shop', 'loaded_at', 'visited_at',
    metrics=[{'name': 'visits', 'calculation': 'count(*)'}], buckets=4
) }}"""
SOURCES = "sources: [{name: given, schema: given, tables: [{name: visits}, {name: shops}]}]"
PROJECT_FILE = "{name: small, version: '1.0', config-version: 2, profile: flights}"


def versions(*rows: str) -> str:
    """Return a history of shops: name, beginning, loaded time."""
    each = " union all ".join(
        f"select '{name}' as shop, 'Oslo' as city, timestamp '{begins}' as valid_from,"
        f" cast(null as timestamp) as valid_to, true as is_current, false as is_deleted,"
        f" timestamp '{loaded}' as loaded_at"
        for name, begins, loaded in (row.split() for row in rows)
    )
    return f"create table given.shops using parquet as {each}"


def test_partitions_without_rows_are_dropped_and_other_columns_refused(tmp_path, spark_session):
    project = FlightsProject(tmp_path, "spark", tmp_path, spark_session)
    project.replace(
        {"days.sql": DAYS, "entities.sql": ENTITIES, "sources.yml": SOURCES}, PROJECT_FILE
    )
    spark_session.sql("drop schema if exists given cascade")
    spark_session.sql("create schema given")
    spark_session.sql(
        "create table given.visits using parquet as select 'b' as shop,"
        " timestamp '2024-01-05 12:00:00' as visited_at, timestamp '2024-01-05 13:00:00' as loaded_at"
    )
    spark_session.sql(versions("a 2024-01-01 2024-01-01", "b 2024-01-03 2024-01-03"))
    project.dbt("run")
    first = "select cast(min(period_start) as string), count(*) from analytics.days"
    assert project.query(first) == [("2024-01-01", 8)]

    # The first shop was founded with the second: two days have no row any more.
    spark_session.sql("drop table given.shops")
    spark_session.sql(versions("a 2024-01-03 2024-01-06", "b 2024-01-03 2024-01-03"))
    project.dbt("run")
    assert project.query(first) == [("2024-01-03", 6)]
    found = project.contents("days", ["shop", "period_start", "visits", "city", "surrogate_key"])
    project.dbt("run", "--full-refresh")
    assert (
        project.contents("days", ["shop", "period_start", "visits", "city", "surrogate_key"])
        == found
    )
    assert sum(found.values()) == 6

    # A range is built again: a visit has moved without a later loaded time.
    spark_session.sql("drop table given.visits")
    spark_session.sql(
        "create table given.visits using parquet as select 'a' as shop,"
        " timestamp '2024-01-04 12:00:00' as visited_at, timestamp '2024-01-05 13:00:00' as loaded_at"
    )
    again = "{entity_kit_backfill: {from: '2024-01-04', to: '2024-01-06'}}"
    project.dbt("run", "--select", "days", "--vars", again)
    found = project.contents("days", ["shop", "period_start", "visits", "city", "surrogate_key"])
    project.dbt("run", "--full-refresh", "--select", "days")
    assert (
        project.contents("days", ["shop", "period_start", "visits", "city", "surrogate_key"])
        == found
    )

    # Another number of buckets is another column.
    project.replace({"entities.sql": ENTITIES.replace("buckets=4", "buckets=8")})
    assert "bucket_of_8" in project.failure("run", "--select", "entities")


REFUSED = {
    "strategy": (
        ENTITIES.replace("buckets=4", "model_config={'incremental_strategy': 'delete+insert'}"),
        'entity_model: `model_config.incremental_strategy` must be insert_overwrite or merge on Spark; got "delete+insert".',
    ),
    "buckets": (
        ENTITIES.replace("buckets=4", "buckets=0"),
        "entity_model: `buckets` must be a whole number, one or more; got 0.",
    ),
    "taken": (
        ENTITIES.replace("buckets=4", "partition_column='loaded_at'"),
        'entity_model: `partition_column` must be names that no other column of the table has; got "loaded_at".',
    ),
    "partitions": (
        DAYS.replace("partition_grain='day'", "partition_grain='hour'"),
        'grain_table: `partition_grain` must be one of day, week, month, quarter, year; got "hour".',
    ),
}


@pytest.mark.usefixtures("spark_lane")
def test_what_spark_cannot_have_is_refused_by_name(tmp_path):
    project = FlightsProject(tmp_path, "spark", tmp_path, None)
    for model, message in REFUSED.values():
        project.replace({"wrong.sql": model, "sources.yml": SOURCES}, PROJECT_FILE)
        assert message in project.failure("parse")


OLD = """{{ config(materialized='table') }}
{{ entity_kit.deprecate(
    replacement=none, deprecation_date='2020-01-01', sunset_date='2020-06-01', reason="it's \\\\ old", owner='me'
) }}
select 1 as id"""
ABOUT_THE_PROJECT = "vars: {entity_kit_metadata: true, entity_kit_on_sunset: empty}"


def test_the_models_about_the_project(tmp_path, spark_session, request):
    if not request.config.getoption("--all-engines"):
        pytest.skip("the models about the project run on Spark with --all-engines")
    project = FlightsProject(tmp_path, "spark", tmp_path, spark_session)
    project.replace({"old.sql": OLD}, f"{PROJECT_FILE[:-1]}, {ABOUT_THE_PROJECT}}}")
    spark_session.sql("drop schema if exists analytics cascade")
    for _ in range(2):
        project.dbt("run")
    models = len(project.models())
    assert project.query("select count(*) from analytics.old") == [(0,)]
    # All but the table of the runs itself, in two runs.
    assert project.query("select count(*) from analytics.run_history") == [(2 * (models - 1),)]
    assert project.query("select distinct reason from analytics.deprecation_log") == [
        ("it's \\ old",)
    ]
