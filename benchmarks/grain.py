# ruff: noqa: INP001, T201, PLC0415, RUF005 - a script whose output is the result; dbt loads slowly
"""Time three conversions, incremental against full refresh, on one day of new data with 0.1% late rows.

    python benchmarks/grain.py --rows 50000000

User activity becomes one row per user and day, device telemetry is enriched with the device's
attributes at that time, and financial transactions become one row each from a log of restated rows.
Each model is built over a year less a day. Then the last day arrives with late rows: one in a
thousand of all rows, from every day of the year (for transactions, restatements of equally old ones).
The incremental run and a full refresh elsewhere are timed as dbt reports them, and compared.
`--halves 2` also measures half as many rows and a quarter, and shows how the cost grows. The data
and two warehouses are in `--folder`: about 20 GB for 50 million rows.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import yaml
from claims import claim, machine

if TYPE_CHECKING:
    from collections.abc import Mapping

PACKAGE = Path(__file__).resolve().parents[1]
DAYS = 365

# Rows lie in the order of arrival, as an append-only table has them: the late ones at the end.
TABLE = "create or replace table {name} as {rows} where i % 1000 <> 7; insert into {name} {rows} where i % 1000 = 7"
ROWS = """
select
    i as row_id,
    {columns},
    happened,
    case when i % 1000 = 7 then timestamp '2024-12-30 12:00' else happened + interval 1 hour end as loaded_at
from (
    select
        range as i,
        timestamp '2024-01-01' + to_microseconds(cast(range * {step} as bigint)) as happened
    from range({rows})
)
"""
COLUMNS = {
    "activity": "cast(hash(i) % {users} as integer) as user_id, cast(hash(i + 1) % 500 as integer) as page,"
    " cast(hash(i + 2) % 900 as integer) as seconds",
    "telemetry": "cast(hash(i) % 20000 as integer) as device_id, cast(hash(i + 1) % 4000 as integer) as reading",
    # One in fifty is a later version of the row before it, and so is every late one.
    "transactions": "case when i % 50 = 0 or i % 1000 = 7 then i - 1 else i end as transaction_id,"
    " cast(hash(i) % 90000 as integer) as account_id, cast(hash(i + 1) % 1000000 as integer) as cents,"
    " case when hash(i) % 3 = 0 then 'EUR' when hash(i) % 3 = 1 then 'USD' else 'GBP' end as currency",
}
DEVICES = """
create or replace table devices as
select
    cast(i as integer) as device_id,
    'site ' || cast(i % 40 as varchar) as site,
    '1.' || cast(n as varchar) as firmware,
    timestamp '2024-01-01' + to_days(cast(n * 90 as integer)) as valid_from,
    case when n < 4 then timestamp '2024-01-01' + to_days(cast((n + 1) * 90 as integer)) end as valid_to
from range(20000) as devices (i), range(5) as versions (n)
"""
MODELS = {
    "activity": """
{{ entity_kit.grain_table(
    'day', 'user_id', source('raw', 'activity_seen'), 'happened', 'loaded_at', spine='sparse',
    measures=[
        {'name': 'views', 'calculation': 'count(*)', 'description': '.'},
        {'name': 'pages', 'calculation': 'count(distinct page)', 'description': '.'},
        {'name': 'seconds', 'calculation': 'sum(seconds)', 'description': '.'},
    ]
) }}
""",
    "telemetry": """
{{ config(materialized='incremental', unique_key='row_id', incremental_strategy='delete+insert') }}
with readings as (
    select *
    from {{ source('raw', 'telemetry_seen') }}
    where {{ entity_kit.incremental_filter('loaded_at') }}
)

{{ entity_kit.scd2_join('readings', source('raw', 'devices'), 'device_id', 'happened', columns=['site', 'firmware']) }}
""",
    "transactions": """
{{ entity_kit.entity_model(
    source('raw', 'transactions_seen'), 'transaction_id', 'loaded_at', 'happened',
    attributes=['account_id', 'cents', 'currency'], row_key='transaction_id',
    metrics=[{'name': 'versions', 'calculation': 'count(*)', 'description': '.'}]
) }}
""",
}
GOALS = {"activity": 9, "telemetry": 20, "transactions": 15}


class Bench:
    """A dbt project over one warehouse file: each model reads a source `raw.<model>_seen`."""

    def __init__(self, folder: Path, memory_limit: str, models: Mapping[str, str] = MODELS) -> None:
        self.folder = folder
        self.settings = {"memory_limit": memory_limit, "temp_directory": str(folder / "spilled")}
        self.database = folder / "bench.duckdb"
        packages = folder / "dbt_packages"
        packages.mkdir()
        (packages / "entity_kit").symlink_to(PACKAGE, target_is_directory=True)
        (folder / "models").mkdir()
        names = [f"{name}_seen" for name in models] + ["devices"]
        files: dict[str, Any] = {
            "dbt_project.yml": {"name": "bench", "version": "1.0", "profile": "bench"},
            "profiles.yml": {
                "bench": {
                    "target": "incremental",
                    "outputs": {
                        name: {
                            "type": "duckdb",
                            "path": str(self.database),
                            "schema": name,
                            "threads": 1,
                            "config_options": self.settings,
                        }
                        for name in ("incremental", "full_refresh")
                    },
                },
            },
            "packages.yml": {"packages": [{"local": str(PACKAGE)}]},
            "models/sources.yml": {
                "sources": [
                    {
                        "name": "raw",
                        "schema": "main",
                        "tables": [{"name": n} for n in names],
                    }
                ],
            },
        }
        for name, content in files.items():
            (folder / name).write_text(yaml.safe_dump(content), encoding="utf-8")
        for name, sql in models.items():
            (folder / "models" / f"{name}.sql").write_text(sql, encoding="utf-8")

    def execute(self, sql: str) -> list[tuple[Any, ...]]:
        from dbt.adapters.duckdb.connections import DuckDBConnectionManager

        DuckDBConnectionManager.close_all_connections()
        with duckdb.connect(str(self.database), config=self.settings) as connection:
            return connection.execute(sql).fetchall()

    def load(self, name: str, rows: int) -> None:
        step = DAYS * 86_400_000_000 / rows
        columns = COLUMNS[name].format(users=max(1000, rows // 500))
        self.execute(
            TABLE.format(name=name, rows=ROWS.format(columns=columns, step=step, rows=rows))
        )
        self.execute(DEVICES)

    def show(self, name: str, *, until: str) -> None:
        """Show the rows that have arrived by then."""
        self.execute(
            f"create or replace view {name}_seen as from {name} where loaded_at < timestamp '{until}'",
        )

    def run(self, name: str, target: str, *flags: str) -> tuple[float, float]:
        """Build a model, and return the wall and CPU seconds that dbt spent on it."""
        from dbt.cli.main import dbtRunner

        folder = str(self.folder)
        self.execute(f"create schema if not exists {target}")
        clock: dict[str, float] = {}

        def listen(event: Any) -> None:
            if event.info.name in {"NodeStart", "NodeFinished"}:
                clock.setdefault(event.info.name, time.process_time())

        result = dbtRunner(callbacks=[listen]).invoke(
            [
                "--quiet",
                "run",
                "--select",
                name,
                "--target",
                target,
                "--project-dir",
                folder,
            ]
            + [
                "--profiles-dir",
                folder,
                "--target-path",
                f"{folder}/target",
                "--log-path",
                f"{folder}/logs",
            ]
            + list(flags),
        )
        if not result.success:
            raise SystemExit(str(result.exception or result.result.results[0].message))
        seconds = float(result.result.results[0].execution_time)
        return seconds, clock["NodeFinished"] - clock["NodeStart"]

    def equal(self, name: str) -> bool:
        one, other = f"from incremental.{name}", f"from full_refresh.{name}"
        query = "select count(*), sum(cast(hash(t) as hugeint)) from ({0}) as t"
        return self.execute(query.format(one)) == self.execute(query.format(other))


@dataclass(frozen=True)
class Measured:
    """Seconds for one conversion, as (wall, CPU), and whether both results are the same."""

    incremental: tuple[float, float]
    full_refresh: tuple[float, float]
    equal: bool

    def __str__(self) -> str:
        (wall, processor), (full_wall, full_processor) = self.incremental, self.full_refresh
        return (
            f"incremental {wall:6.2f} s ({processor:6.2f} s of processor)"
            f"   full refresh {full_wall:7.2f} s ({full_processor:7.2f} s)"
            f"   {full_wall / wall:5.1f} times ({full_processor / processor:.1f})   "
            + ("equal" if self.equal else "DIFFERENT")
        )


def measure(name: str, rows: int, parent: Path | None, memory_limit: str) -> Measured:
    """Measure one conversion in its own folder."""
    with tempfile.TemporaryDirectory(dir=parent) as folder:
        bench = Bench(Path(folder), memory_limit)
        bench.load(name, rows)
        bench.show(name, until="2024-12-30")
        bench.run(name, "incremental", "--full-refresh")
        bench.show(name, until="2025-02-01")
        incremental = bench.run(name, "incremental")
        full_refresh = bench.run(name, "full_refresh", "--full-refresh")
        return Measured(incremental, full_refresh, bench.equal(name))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=2_000_000)
    parser.add_argument("--halves", type=int, default=0)
    parser.add_argument("--only", choices=list(MODELS), action="append")
    parser.add_argument("--folder", type=Path, help="where to make the data, for a roomy disk")
    parser.add_argument("--memory-limit", default="8GB", help="DuckDB's own")
    arguments = parser.parse_args()
    print(machine())
    for name in arguments.only or list(MODELS):
        print(f"{name}, goal {GOALS[name]} times")
        before: Measured | None = None
        for halves in reversed(range(arguments.halves + 1)):
            rows = arguments.rows // 2**halves
            found = measure(name, rows, arguments.folder, arguments.memory_limit)
            growth = (
                f"   history doubled: incremental {found.incremental[0] / before.incremental[0]:.2f} times,"
                f" full refresh {found.full_refresh[0] / before.full_refresh[0]:.2f} times"
                if before
                else ""
            )
            print(f"{rows:>12,} rows   {found}{growth}", flush=True)
            ratio = found.full_refresh[0] / found.incremental[0]
            claim(f"{name}, {rows:,} rows", ratio, f">= {GOALS[name]}", "its own full refresh")
            before = found


if __name__ == "__main__":
    main()
