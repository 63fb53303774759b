"""Each metric table equals what MetricFlow answers to the same question, row for row."""

from __future__ import annotations

import random
from datetime import date, datetime, time, timedelta

import duckdb
import pytest
from metrics_project import MODELS, PROPERTIES, SOURCES, TABLES, TABLES_OF_METRICS, tables
from rows import as_multiset, rows_of

from support import lanes
from support.metricflow import MetricFlow

# What MetricFlow calls the dimensions of these tables.
FULL_NAMES = {"reason": "return__reason"}

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def project(make_project):
    obstacle = lanes.metricflow_obstacle()
    if obstacle:
        pytest.skip(obstacle)
    project = make_project(MODELS | tables())
    project.write({"models/metrics.yml": PROPERTIES, "models/sources.yml": SOURCES})
    project.execute(TABLES.format(schema="raw"))
    with duckdb.connect(str(project.database)) as connection:
        fill(connection)
    project.run("run")
    return project


@pytest.fixture(scope="module")
def metricflow(project):
    return MetricFlow(project.manifest(), project.folder)


def fill(connection):
    """Insert rows of four months in which every value is NULL at times, and some customers have returns only."""
    draw = random.Random(17)  # noqa: S311

    def instant():
        day = datetime(2023, 12, 28) + timedelta(days=draw.randrange(110), hours=draw.randrange(24))  # noqa: DTZ001
        return draw.choice([day, day, day, None])

    for number in range(300):
        connection.execute(
            "insert into raw.orders values (?, ?, ?, ?, ?, ?, ?, ?)",
            [
                number,
                draw.choice(["a", "b", "c", None]),
                draw.choice(["done", "open", None]),
                draw.choice([None, draw.randrange(-5, 60), draw.randrange(60)]),
                draw.choice([True, False, None]),
                instant(),
                instant(),
                datetime(2024, 6, 1),  # noqa: DTZ001
            ],
        )
    for number in range(60):
        connection.execute(
            "insert into raw.returns values (?, ?, ?, ?, ?, ?)",
            [
                number,
                draw.choice(["a", "b", "d", None]),
                draw.choice(["late", None]),
                draw.choice([None, draw.randrange(40)]),
                instant(),
                datetime(2024, 6, 1),  # noqa: DTZ001
            ],
        )
    # One visit a day and customer: MetricFlow takes any of several.
    for number, (customer, day) in enumerate(
        (c, d) for c in ("a", "b", "e") for d in range(0, 100, 3)
    ):
        connection.execute(
            "insert into raw.visits values (?, ?, ?, ?, ?, ?)",
            [
                draw.choice([number, None]),
                draw.choice([customer, customer, None]),
                draw.choice([1, 2, 3, None]),
                draw.choice(["web", "done", None]),
                datetime(2023, 12, 28, 9) + timedelta(days=day),  # noqa: DTZ001
                datetime(2024, 6, 1),  # noqa: DTZ001
            ],
        )
    connection.execute("""
        insert into raw.stores values
            (1, 1, 'big', '2024-06-01'), (2, 2, null, '2024-06-01'), (4, 9, 'big', '2024-06-01');
        insert into raw.regions values (1, 'north', '2024-06-01'), (3, 'east', '2024-06-01');
        insert into raw.customers values
            ('a', 'gold', '2023-12-05', '2024-06-01'), ('b', null, '2024-01-31', '2024-06-01'),
            ('z', 'tin', '2024-02-01', '2024-06-01');
        insert into raw.plans values
            (1, 'a', 'free', '2023-01-01', '2024-01-20', '2024-06-01'),
            (2, 'a', 'paid', '2024-01-20', null, '2024-06-01'),
            (3, 'b', 'free', '2024-02-10 13:00', '2024-03-01', '2024-06-01')
    """)


@pytest.mark.parametrize("name", TABLES_OF_METRICS)
def test_a_metric_table_is_what_metricflow_answers(project, metricflow, name):
    """MetricFlow groups rows without a time under a period NULL. A metric table leaves them out."""
    metrics, grain, dimensions = TABLES_OF_METRICS[name]
    groups = [FULL_NAMES.get(each, each) for each in dimensions]
    sql = metricflow.sql(metrics, [f"metric_time__{grain}", *groups])
    with duckdb.connect(str(project.database)) as connection:
        answered = rows_of(connection, f"({sql}) where metric_time__{grain} is not null")
        built = rows_of(connection, name)
    assert len(built) > 3
    names = dict(
        zip(["period_start", *dimensions], [f"metric_time__{grain}", *groups], strict=True)
    )
    assert as_multiset(
        [
            {
                key: as_date(row[names.get(key, key)])
                for key in ["period_start", *dimensions, *metrics]
            }
            for row in answered
        ]
    ) == as_multiset(
        [
            {key: as_date(row[key]) for key in ["period_start", *dimensions, *metrics]}
            for row in built
        ]
    )


def as_date(value):
    """Return an instant at midnight as its date: MetricFlow's periods are timestamps."""
    is_midnight = isinstance(value, datetime) and value.time() == time()
    return value.date() if is_midnight else value


@pytest.mark.parametrize("name", TABLES_OF_METRICS)
def test_periods_end_where_the_next_one_starts(project, name):
    grain = TABLES_OF_METRICS[name][1]
    step = {"quarter": "3 months"}.get(grain, f"1 {grain}")
    kind = "timestamp" if grain == "hour" else "date"
    assert project.query(
        f"select count(*) from {name} where period_end is distinct from cast(period_start + interval {step} as {kind})"
    ) == [(0,)]
    assert isinstance(project.query(f"select min(period_start) from {name}")[0][0], date)


def test_an_alias_that_a_dimension_has_means_the_input(project):
    """MetricFlow takes it for the dimension."""
    rows = project.query(
        "select aliased, revenue from aliased_by_customer where revenue is not null"
    )
    assert len(rows) > 3
    assert all(aliased == 2 * revenue for aliased, revenue in rows)
