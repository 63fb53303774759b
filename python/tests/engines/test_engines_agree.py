"""Each engine returns the same rows: the whole project, over the same rows, in three arrivals."""

from __future__ import annotations

import pytest
from flights_project import FlightsProject, load_engines

pytestmark = pytest.mark.slow

# Of the flights, in the midst of the second day; of the shop, after three weeks and in the end.
ARRIVALS = ("2013-01-02 12:00:00", "2024-01-25 00:00:00", None)


# One test, for its engines are built once for each process that runs one.
def test_postgres_gives_what_duckdb_gives(tmp_path, postgres_folder):
    given = load_engines.load(tmp_path / "flights.duckdb", days=3, quiet=True)
    on_duckdb = FlightsProject(tmp_path / "duckdb", "duckdb", given, None)
    on_postgres = FlightsProject(tmp_path / "postgres", "postgres", given, postgres_folder)
    for project in (on_duckdb, on_postgres):
        for until in ARRIVALS:
            project.reveal(until)
            project.run("run" if until else "build")

    models = on_duckdb.models()
    assert len(models) > 60
    assert on_postgres.models() == models
    expected = {model: on_duckdb.contents(model, columns) for model, columns in models.items()}
    assert [model for model, rows in expected.items() if not rows] == []
    for model, columns in models.items():
        assert on_postgres.contents(model, columns) == expected[model], model

    on_postgres.run("run", "--full-refresh")
    for model, columns in models.items():
        assert on_postgres.contents(model, columns) == expected[model], model
