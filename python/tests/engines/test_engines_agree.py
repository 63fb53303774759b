"""Each engine gives the same rows: the whole project, over the same rows, in three arrivals."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from flights_project import FlightsProject, load_engines, plain

pytestmark = pytest.mark.slow

# Of the flights, in the midst of the second day; of the shop, after three weeks and in the end.
ARRIVALS = ("2013-01-02 12:00:00", "2024-01-25 00:00:00", None)

# A microbatch model looks back from today, so it is told which batches there are.
BATCHES = ("--event-time-start", "2013-01-01", "--event-time-end", "2014-01-01")

# Means, which each engine divides in its own way; docs/engines.md says how. All else is equal.
MEANS = {"average_departure_delay", "avg_rating", "mean_delay"}


@pytest.fixture(scope="module")
def given(tmp_path_factory):
    path = tmp_path_factory.mktemp("given") / "flights.duckdb"
    return load_engines.load(path, days=3, quiet=True)


@pytest.fixture(scope="module")
def on_duckdb(given, tmp_path_factory):
    return arrived(FlightsProject(tmp_path_factory.mktemp("duckdb"), "duckdb", given, None))


@pytest.fixture(scope="module")
def on_postgres(given, tmp_path_factory, postgres_folder):
    folder = tmp_path_factory.mktemp("postgres")
    return arrived(FlightsProject(folder, "postgres", given, postgres_folder))


def arrived(project: FlightsProject) -> FlightsProject:
    """Run the project at each arrival, and its tests in the end."""
    for until in ARRIVALS:
        project.reveal(until)
        project.dbt("run" if until else "build", *BATCHES)
    return project


def contents(project: FlightsProject, model: str, columns: list[str]) -> Counter[Any]:
    """Count each row of a model, in plain values; a mean to nine digits."""
    rows = project.query(f"select {', '.join(columns)} from analytics.{model}")
    return Counter(
        tuple(
            float(f"{value:.9g}") if name in MEANS and value is not None else plain(value)
            for name, value in zip(columns, row, strict=True)
        )
        for row in rows
    )


def test_postgres_gives_what_duckdb_gives(on_duckdb, on_postgres):
    assert on_postgres.models() == on_duckdb.models()
    assert len(on_duckdb.models()) > 60
    empty = []
    for model, columns in on_duckdb.models().items():
        expected = contents(on_duckdb, model, columns)
        found = contents(on_postgres, model, columns)
        assert found - expected == expected - found == Counter(), model
        empty += [model] if not expected else []
    assert empty == []


def test_postgres_gives_what_its_own_full_refresh_gives(on_postgres):
    models = on_postgres.models()
    incremental = {
        model: contents(on_postgres, model, columns) for model, columns in models.items()
    }
    on_postgres.dbt("run", "--full-refresh", *BATCHES)
    for model, columns in models.items():
        found = contents(on_postgres, model, columns)
        assert found - incremental[model] == incremental[model] - found == Counter(), model
