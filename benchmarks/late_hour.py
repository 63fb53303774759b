# ruff: noqa: INP001, T201, PLC0415 - a script whose output is the result; dbt loads slowly
"""Measure the cost of a late hour compared with one that is on time, for a larger fleet of devices.

    python benchmarks/late_hour.py [--devices 500] [--days 60]

The models `devices_history` and `devices_hourly` are built over a reading every five minutes from
each device. Then, each time from that same state, one more hour of readings arrives: the next one,
or one that is late. The output has the number of rows that the run replaces, the number of readings
that its query's scans return (engines skip most of them in their own ways), and the run's duration
as dbt reports it. The last line is a full refresh.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import yaml

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGE = Path(__file__).resolve().parents[1]
MODELS = PACKAGE / "integration_tests" / "models" / "shop"
MODEL = "devices_hourly"
START = "timestamp '2024-01-01'"

READINGS = """
select
    {first} + row_number() over () as reading_id,
    'd-' || device as device_id,
    cast(hash(device + minute) % 5500 / 100 - 10 as decimal(6, 2)) as temperature,
    cast(hash(device * minute) % 20 = 0 as integer) as error_count,
    {start} + to_minutes(cast(minute as integer)) as measured_at,
    {loaded_at} as loaded_at
from range({devices}) as devices (device), range({since}, {until}, 5) as minutes (minute)
where {only}
order by minute, device
"""
# On time means: with the hour that follows.
ON_TIME = f"{START} + to_hours(cast(minute // 60 + 1 as integer))"
DEVICES = f"""
create or replace table shop.devices_log as
select
    'd-' || device as device_id,
    ['hall', 'yard', 'roof'][1 + (device + change) % 3] as location,
    'team-' || device % 40 as team_id,
    '1.' || change as firmware,
    false as is_retired,
    {START} + to_hours(cast(change * 480 + device * 37 % 480 as integer)) as changed_at,
    changed_at as loaded_at
from range({{devices}}) as devices (device), range(3) as changes (change)
where change * 480 + device * 37 % 480 < {{hours}}
"""


@dataclass(frozen=True, slots=True)
class Case:
    """One more hour of readings: `hours_ago` before the first one that hasn't arrived."""

    title: str
    hours_ago: int
    only: str


CASES = (
    Case("the next hour, all devices", 0, "true"),
    Case("an hour of yesterday, one device", 24, "device = 7"),
    Case("an hour of 30 days ago, one device", 720, "device = 7"),
    Case("an hour of 30 days ago, all devices", 720, "true"),
)


class Bench:
    """A dbt project with the fleet's two models, over one warehouse file."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.database = folder / "bench.duckdb"
        (folder / "dbt_packages").mkdir()
        (folder / "dbt_packages" / "entity_kit").symlink_to(PACKAGE, target_is_directory=True)
        (folder / "models").mkdir()
        for name in ("devices/devices_history.sql", "devices/devices_hourly.sql"):
            shutil.copy(MODELS / name, folder / "models")
        tables = [{"name": "devices_log"}, {"name": "telemetry_log"}]
        files: dict[str, Any] = {
            "dbt_project.yml": {"name": "bench", "version": "1.0", "profile": "bench"},
            "packages.yml": {"packages": [{"local": str(PACKAGE)}]},
            "models/sources.yml": {
                "sources": [{"name": "shop_events", "schema": "shop", "tables": tables}]
            },
        }
        for name, content in files.items():
            (folder / name).write_text(yaml.safe_dump(content), encoding="utf-8")
        self.use(self.database)

    def use(self, database: Path) -> None:
        """Use this warehouse from now on."""
        self.database = database
        output = {"type": "duckdb", "path": str(database), "schema": "analytics"}
        profile = {"bench": {"target": "dev", "outputs": {"dev": output}}}
        (self.folder / "profiles.yml").write_text(yaml.safe_dump(profile), encoding="utf-8")

    def execute(self, sql: str) -> list[tuple[Any, ...]]:
        from dbt.adapters.duckdb.connections import DuckDBConnectionManager

        DuckDBConnectionManager.close_all_connections()
        with duckdb.connect(str(self.database)) as connection:
            return connection.execute(sql).fetchall()

    def dbt(self, *arguments: str) -> Any:
        """Invoke dbt, and return the result of the fleet's model."""
        from dbt.cli.main import dbtRunner

        folder = str(self.folder)
        places = ("--project-dir", folder, "--profiles-dir", folder)
        places += ("--target-path", f"{folder}/target", "--log-path", f"{folder}/logs")
        with contextlib.redirect_stdout(io.StringIO()):
            result = dbtRunner().invoke(["--quiet", *arguments, *places])
        if not result.success:
            raise SystemExit(str(result.exception or result.result.results[0].message))
        return next(each for each in result.result.results if each.node.name == MODEL)

    def arrive(self, devices: int, hour: int, case: Case, loaded_hour: int) -> None:
        readings = READINGS.format(
            first="(select max(reading_id) from shop.telemetry_log)",
            start=START,
            loaded_at=f"{START} + to_hours({loaded_hour + 1})",
            devices=devices,
            since=hour * 60,
            until=hour * 60 + 60,
            only=case.only,
        )
        # What is late didn't arrive before.
        self.execute(f"insert into shop.telemetry_log {readings}")

    def cost(self) -> tuple[int, int]:
        """Return the rows that the next run replaces, and the readings that its scans return."""
        sql = self.dbt("compile", "--select", MODEL).node.compiled_code
        replaced = self.execute(f"select count(*) from ({sql})")[0][0]
        plan = json.loads(self.execute(f"explain (analyze, format json) {sql}")[0][1])
        scans = [each for each in _operators(plan["operator"]) if each["type"] == "TABLE_SCAN"]
        return replaced, sum(
            scan["intermediate_rows"]
            for scan in scans
            if scan["extra_info"].get("Table", "").endswith("telemetry_log")
        )


def _operators(nodes: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for node in nodes:
        yield node
        yield from _operators(node.get("children", []))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--devices", type=int, default=500)
    parser.add_argument("--days", type=int, default=60)
    arguments = parser.parse_args()
    hours = max(arguments.days, 31) * 24
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder))
        readings = READINGS.format(
            first=0,
            start=START,
            loaded_at=ON_TIME,
            devices=arguments.devices,
            since=0,
            until=hours * 60,
            only="true",
        )
        bench.execute(f"create schema shop; create table shop.telemetry_log as {readings}")
        bench.execute(DEVICES.format(devices=arguments.devices, hours=hours))
        full = bench.dbt("run").execution_time
        built = bench.execute(f"select count(*) from analytics.{MODEL}")[0][0]
        count = bench.execute("select count(*) from shop.telemetry_log")[0][0]
        first = bench.database
        bench.execute("checkpoint")
        print(
            f"{arguments.devices:,} devices, {count:,} readings, {built:,} rows, DuckDB {duckdb.__version__}"
        )
        print(f"{'arrives':<38}{'rows replaced':>16}{'readings passed on':>20}{'run':>10}")
        for number, case in enumerate(CASES):
            bench.use(first.with_stem(f"case_{number}"))
            shutil.copy(first, bench.database)
            bench.arrive(arguments.devices, hours - case.hours_ago, case, hours)
            replaced, passed = bench.cost()
            seconds = bench.dbt("run", "--select", MODEL).execution_time
            share = f"{replaced:,} ({replaced / built:.1%})"
            print(f"{case.title:<38}{share:>16}{passed:>20,}{seconds:>8.2f} s", flush=True)
        print(f"{'full refresh':<38}{built:>16,}{'':>20}{full:>8.2f} s")


if __name__ == "__main__":
    main()
