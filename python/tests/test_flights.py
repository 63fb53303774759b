"""The sample data and the consumer's project over it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import load_flights
import pytest
import yaml

from support.dbt_in_process import invoke, let_go
from support.dbt_v2_project import V2Project, copy_for_v2
from support.sample_project import copy_sample

ROOT = Path(__file__).resolve().parents[2]
PROJECT = ROOT / "integration_tests"
WRONG = ROOT / "examples" / "wrong_models"
MARTS = sorted(path.stem for path in (PROJECT / "models" / "marts").glob("*.sql"))
WRONG_MODELS = {path.stem for path in (WRONG / "models").glob("*.sql")} - {"user_activity"}


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory):
    return load_flights.load(tmp_path_factory.mktemp("year") / "flights.duckdb", quiet=True)


@pytest.fixture(scope="module")
def year(warehouse):
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        yield connection


@pytest.fixture(scope="module")
def week(tmp_path_factory):
    return load_flights.load(tmp_path_factory.mktemp("week") / "flights.duckdb", days=7, quiet=True)


def one(connection, sql):
    return connection.execute(sql).fetchone()


# What is recorded


def test_every_row_is_there(year):
    tables = ("flights", "weather", "planes", "airlines", "airports")
    counts = {table: one(year, f"select count(*) from raw.{table}")[0] for table in tables}
    assert counts == {
        "flights": 336_776,
        "weather": 26_115,
        "planes": 3_322,
        "airlines": 16,
        "airports": 1_458,
    }


def test_every_recorded_column_is_there_and_only_the_stated_ones_are_added(year):
    added = {
        "flights.csv.zip": ["flight_date", "flight_id", "occurred_at", "loaded_at"],
        "weather.csv": ["loaded_at"],
    }
    for file in load_flights.FILES:
        path = load_flights._data_folder() / file
        if path.suffix == ".zip":
            with zipfile.ZipFile(path) as archive, archive.open(path.stem) as content:
                header = content.readline().decode()
        else:
            header = path.read_text().partition("\n")[0]
        relation = year.execute(f"select * from raw.{file.partition('.')[0]} limit 0")
        columns = [column[0] for column in relation.description]
        assert columns == header.replace('"', "").strip().split(",") + added.get(file, [])


@pytest.mark.slow
def test_every_flight_and_hour_of_weather_is_as_recorded(year, tmp_path):
    with zipfile.ZipFile(load_flights._data_folder() / "flights.csv.zip") as archive:
        archive.extract("flights.csv", tmp_path)
    files = {"flights": tmp_path, "weather": load_flights._data_folder()}
    for table, folder in files.items():
        recorded = f"read_csv('{folder / table}.csv', all_varchar = true, nullstr = 'NA')"
        header = year.execute(f"select * from {recorded} limit 0").description
        columns = [f'"{column[0]}"' for column in header if column[0] != "time_hour"]
        # Numbers are compared as numbers: 0 and 0.0 are the same observation.
        names = [
            name for name in columns if name not in {'"carrier"', '"tailnum"', '"origin"', '"dest"'}
        ]
        as_numbers = ", ".join(f"{name}::double as {name}" for name in names)
        kept = f"select * replace ({as_numbers}) from (select {', '.join(columns)}, time_hour from"
        assert one(
            year,
            f"select count(*) from ({kept} raw.{table})"
            f" except all {kept} (select * replace (time_hour::timestamp as time_hour) from {recorded})))",
        ) == (0,)


@pytest.mark.slow
def test_instants_have_no_zone_and_do_not_depend_on_the_machines(tmp_path):
    def contents(zone):
        path = tmp_path / zone.replace("/", "-") / "flights.duckdb"
        code = "import sys, load_flights; load_flights.load(sys.argv[1], days=2, quiet=True)"
        environment = {**os.environ, "TZ": zone, "PYTHONPATH": str(PROJECT)}
        subprocess.run([sys.executable, "-c", code, str(path)], env=environment, check=True)
        with duckdb.connect(str(path), read_only=True) as connection:
            types = connection.execute(
                "select distinct data_type from duckdb_columns() where schema_name = 'raw'"
                " and column_name in ('occurred_at', 'loaded_at', 'time_hour')"
            ).fetchall()
            assert types == [("TIMESTAMP",)]
            return connection.execute("select * from raw.flights").fetchall()

    assert contents("UTC") == contents("Asia/Tokyo")


# What is derived


def test_a_flight_is_identified_by_its_schedule(year):
    assert one(
        year,
        "select count(distinct flight_id), count(distinct (flight_date, carrier, flight, origin))"
        " from raw.flights",
    ) == (336_776, 336_776)


def test_every_flight_occurs_in_its_recorded_hour(year):
    assert one(
        year,
        "select count(*) from raw.flights where date_trunc('hour', occurred_at) <> time_hour"
        " or extract('minute' from occurred_at) <> minute",
    ) == (0,)


def test_new_yorks_clock_shows_the_recorded_departure_of_every_flight_that_left(year):
    clock = "timezone('America/New_York', timezone('UTC', occurred_at + to_minutes(dep_delay)))"
    assert one(
        year,
        f"select count(*), count(*) filter (strftime({clock}, '%H%M')::integer = dep_time % 2400)"
        " from raw.flights where dep_time is not null",
    ) == (328_521, 328_521)


def test_from_departure_to_landing_it_is_as_long_as_the_air_time_and_some_taxiing(year):
    assert one(
        year,
        "select min(taxi), max(taxi) from (select date_diff('minute', occurred_at, loaded_at)"
        " - dep_delay - air_time as taxi from raw.flights where air_time is not null)",
    ) == (5, 235)


@pytest.mark.parametrize(
    ("flight_id", "occurred_at", "loaded_at"),
    [
        # 5:15 in New York, landed 8:30 in Houston, where it is an hour earlier.
        ("20130101-0515-UA-1545-EWR-IAH", "2013-01-01 10:15", "2013-01-01 14:30"),
        # The latest: left 1,301 minutes late, landed 12:42 the next day in Honolulu, ten hours behind.
        ("20130109-0900-HA-51-JFK-HNL", "2013-01-09 14:00", "2013-01-10 22:42"),
        # Landed at 24:00.
        ("20130101-2155-B6-1109-JFK-RDU", "2013-01-02 02:55", "2013-01-02 05:00"),
        # Phoenix keeps standard time in July.
        ("20130704-0655-US-88-EWR-PHX", "2013-07-04 10:55", "2013-07-04 15:20"),
        # The evening before the clock goes forward, to an airport that the list lacks.
        ("20130309-2359-B6-727-JFK-BQN", "2013-03-10 04:59", "2013-03-10 09:04"),
        # Landed at 2:03 by a clock that had not been moved: there is no such time, it was 3:03.
        ("20130309-2145-B6-35-JFK-PBI", "2013-03-10 02:45", "2013-03-10 07:03"),
        # The morning after: New York is four hours behind UTC, and no longer five.
        ("20130310-0500-US-1113-EWR-CLT", "2013-03-10 09:00", "2013-03-10 10:28"),
        # Landed at 1:14 in Los Angeles, which the clock showed twice that night: the first.
        ("20131102-1655-VX-413-JFK-LAX", "2013-11-02 20:55", "2013-11-03 08:14"),
        # The morning after the clock went back: five hours again.
        ("20131103-0520-UA-322-EWR-IAH", "2013-11-03 10:20", "2013-11-03 13:51"),
        # Cancelled: the end of the day, midnight in New York.
        ("20130208-0600-MQ-4650-LGA-ATL", "2013-02-08 11:00", "2013-02-09 05:00"),
        # Left after midnight and never landed: the end of the day on which it left.
        ("20130710-2245-B6-108-JFK-PWM", "2013-07-11 02:45", "2013-07-12 04:00"),
        # Diverted, but arrived in the end.
        ("20130101-1840-9E-3325-JFK-DFW", "2013-01-01 23:40", "2013-01-02 06:29"),
    ],
)
def test_instants_computed_by_hand(year, flight_id, occurred_at, loaded_at):
    found = year.execute(
        "select occurred_at, loaded_at from raw.flights where flight_id = ?", [flight_id]
    ).fetchone()
    assert found == (datetime.fromisoformat(occurred_at), datetime.fromisoformat(loaded_at))


def test_weather_loads_when_its_hour_is_over(year):
    assert one(
        year,
        "select count(*), count(*) filter (loaded_at = time_hour + interval 1 hour) from raw.weather",
    ) == (26_115, 26_115)


def test_the_clock_that_goes_back_shows_an_hour_twice(year):
    hours = year.execute(
        "select hour, strftime(time_hour, '%H:%M') from raw.weather"
        " where origin = 'JFK' and month = 11 and day = 3 and hour < 3 order by time_hour"
    ).fetchall()
    assert hours == [(1, "05:00"), (1, "06:00"), (2, "07:00")]


def test_rows_are_as_late_as_the_documentation_says_and_the_source_declares(year):
    shares = [0, 0.01, 0.5, 0.9, 0.99, 0.999, 1]
    found = one(year, f"select quantile_disc(loaded_at - occurred_at, {shares}) from raw.flights")[
        0
    ]
    minutes = [int(late.total_seconds() // 60) for late in found]
    assert minutes == [1, 51, 172, 366, 644, 1050, 1962]

    text = (ROOT / "docs" / "sample-data.md").read_text()
    told = "| 1 min | 51 min | 2 h 52 min | 6 h 6 min | 10 h 44 min | 17 h 30 min | 32 h 42 min |"
    assert told in text
    declared = yaml.safe_load((PROJECT / "models/staging/_sources.yml").read_text())
    flights = declared["sources"][0]["tables"][0]
    late_by = flights["config"]["meta"]["entity_kit"]["delivery"]["late_by"]
    assert timedelta(**late_by) > found[-1]


def test_the_documentation_counts_what_is_missing(year):
    counts = {
        "dep_time is null": 8_255,
        "arr_time is null": 8_713,
        "air_time is null": 9_430,
        "tailnum is null": 2_512,
        "tailnum is null or tailnum not in (select tailnum from raw.planes)": 52_606,
        "dest not in (select faa from raw.airports)": 7_602,
        "(origin, time_hour) not in (select (origin, time_hour) from raw.weather)": 1_556,
    }
    text = (ROOT / "docs" / "sample-data.md").read_text()
    for condition, count in counts.items():
        assert one(year, f"select count(*) from raw.flights where {condition}") == (count,), (
            condition
        )
        assert f"{count:,}" in text, condition


# How it is loaded


def test_a_sample_keeps_the_first_days_and_the_whole_reference(week):
    with duckdb.connect(str(week), read_only=True) as connection:
        assert one(
            connection,
            "select min(flight_date)::varchar, max(flight_date)::varchar from raw.flights",
        ) == ("2013-01-01", "2013-01-07")
        assert one(connection, "select max(month), max(day) from raw.weather") == (1, 7)
        assert one(connection, "select count(*) from raw.planes") == (3_322,)


def test_what_is_there_already_is_kept(week):
    before = week.stat().st_mtime_ns
    assert load_flights.load(week, days=7, quiet=True) == week
    assert week.stat().st_mtime_ns == before


@pytest.mark.slow
def test_another_number_of_days_is_another_sample(tmp_path):
    path = load_flights.load(tmp_path / "flights.duckdb", days=1, quiet=True)
    load_flights.load(path, days=2, quiet=True)
    with duckdb.connect(str(path), read_only=True) as connection:
        assert one(connection, "select count(distinct flight_date) from raw.flights") == (2,)
    assert [file.name for file in tmp_path.iterdir()] == ["flights.duckdb"]


@pytest.mark.slow
def test_a_failure_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch):
    path = load_flights.load(tmp_path / "flights.duckdb", days=1, quiet=True)
    before = path.read_bytes()
    monkeypatch.setitem(load_flights.FILES, "weather.csv", 26_114)
    with pytest.raises(ValueError, match=r"weather\.csv has .*26115.* rows, not 26114"):
        load_flights.load(path, days=2, quiet=True)
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["flights.duckdb"]


@pytest.mark.slow
def test_progress_goes_to_stderr_and_only_there(tmp_path):
    script = [sys.executable, str(PROJECT / "load_flights.py"), str(tmp_path / "flights.duckdb")]
    ended = subprocess.run([*script, "--days=1"], capture_output=True, text=True, check=True)
    assert ended.stdout == ""
    assert "336776" in ended.stderr


# The projects over it


def contents(warehouse, models):
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        return {
            model: connection.execute(f"select * from analytics.{model} order by all").fetchall()
            for model in models
        }


class Dbt:
    """A copy of one of the projects, run in process over a warehouse, with dbt's warnings."""

    def __init__(self, project, folder, warehouse):
        self.warehouse = folder / "flights.duckdb"
        shutil.copyfile(warehouse, self.warehouse)
        self.directory = folder / "project"
        unwanted = shutil.ignore_patterns("target", "logs", "dbt_packages", "warehouse")
        shutil.copytree(project, self.directory, ignore=unwanted)
        self.warnings = []
        if (self.directory / "packages.yml").exists():
            (self.directory / "packages.yml").write_text(f"packages: [{{local: '{ROOT}'}}]\n")
            self.run("deps")

    def run(self, *arguments):
        try:
            with pytest.MonkeyPatch.context() as patch:
                patch.setenv("FLIGHTS_WAREHOUSE", str(self.warehouse))
                result, _ = invoke(self.directory, *arguments, heard=self._event)
        finally:
            let_go()
        assert result.success, result.exception or [node.message for node in result.result]
        return result.result

    def contents(self, models):
        return contents(self.warehouse, models)

    def _event(self, event):
        if event.info.level in {"warn", "error"} or "Deprecat" in event.info.name:
            self.warnings.append(f"{event.info.name}: {event.info.msg}")


@pytest.fixture(scope="module")
def built(tmp_path_factory, week):
    dbt = Dbt(PROJECT, tmp_path_factory.mktemp("built"), week)
    dbt.results = dbt.run("build", "--show-all-deprecations").results
    return dbt


@pytest.mark.slow
def test_the_project_builds_and_its_data_tests_pass(built):
    assert {str(result.status) for result in built.results} == {"success", "pass"}
    assert set(MARTS) <= {result.node.name for result in built.results}


@pytest.mark.slow
def test_the_project_gives_no_warning(built):
    assert built.warnings == []


@pytest.mark.slow
def test_the_project_has_models_of_different_kinds(built):
    strategies = {
        result.node.name: result.node.config.incremental_strategy
        for result in built.results
        if result.node.config.materialized == "incremental"
    }
    assert len(MARTS) >= 8
    assert {strategies[model] for model in MARTS} == {"delete+insert", "append", "microbatch"}


@pytest.mark.slow
def test_every_source_that_arrives_says_how(built):
    manifest = built.run("parse")
    sources = {s.name: s for s in manifest.sources.values() if s.source_name == "raw"}
    assert {name for name, node in sources.items() if node.loaded_at_field} == {
        "flights",
        "weather",
    }
    for name, event_time in {"flights": "occurred_at", "weather": "time_hour"}.items():
        assert sources[name].config.event_time == event_time
        declared = sources[name].config.meta["entity_kit"]
        delivery = {"late_by", "updates", "deletes", "redelivers", "split_batches"}
        assert set(declared["delivery"]) == delivery
        assert event_time in declared["row_key"]


@pytest.mark.slow
def test_a_second_run_changes_nothing(built):
    before = built.contents(MARTS)
    assert all(before.values())
    built.run("run", "--select", "path:models/marts")
    assert built.contents(MARTS) == before


@pytest.mark.slow
def test_dbt_v2_builds_it_twice_and_each_table_is_v1_s(built, dbt_v2, week, tmp_path):
    warehouse = tmp_path / "flights.duckdb"
    copy_for_v2(week, warehouse)
    project = V2Project(dbt_v2, copy_sample(tmp_path / "project"))
    settings = (project.folder / "dbt_project.yml").read_text("utf-8")
    project.write(
        {
            "packages.yml": f"packages: [{{local: '{ROOT}'}}]",
            # With the models about the project, which v1's side leaves off.
            "dbt_project.yml": f"{settings}\nvars: {{entity_kit_metadata: true, entity_kit_metric_governance: true}}\n",
        }
    )
    shutil.rmtree(project.folder / "dbt_packages")
    project.run("deps")
    nodes = [each.node for each in built.results if each.node.resource_type != "operation"]
    expected = {node.unique_id: node for node in nodes}
    for _ in range(2):
        said = project.run("build", FLIGHTS_WAREHOUSE=str(warehouse))
        assert "run_history was not written" not in said, said
        assert set(project.statuses().values()) == {"success", "pass"}
        assert set(expected) <= set(project.statuses())
    models = [node.name for node in nodes if node.resource_type == "model"]
    assert len(models) > 60
    tables = contents(warehouse, models)
    for model, rows in built.contents(models).items():
        assert tables[model] == rows, model
    about = {file.stem for file in (ROOT / "models" / "metadata").glob("*.sql")}
    assert {f"model.entity_kit.{name}" for name in about} <= set(project.statuses())
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        runs = "select count(distinct invocation_id), count(*) from analytics.run_history"
        assert one(connection, runs) == (2, 2 * (len(models) + len(about) - 1))
        described = connection.execute("select model_name from analytics.model_inventory")
        assert {name for (name,) in described.fetchall()} >= set(models)


@pytest.mark.slow
def test_the_wrong_models_run_and_each_says_how_it_is_caught(tmp_path, week):
    dbt = Dbt(WRONG, tmp_path, week)
    dbt.run(
        "run",
        "--show-all-deprecations",
        "--event-time-start=2013-01-01",
        "--event-time-end=2013-02-01",
    )
    assert dbt.warnings == []
    manifest = dbt.run("parse")
    expected = {
        node.name: node.config.meta.get("entity_kit_expect")
        for node in manifest.nodes.values()
        if node.resource_type == "model" and node.config.materialized == "incremental"
    }
    assert set(expected) == WRONG_MODELS
    for model, expectation in expected.items():
        assert set(expectation) == {"schedule", "cause"}, model
