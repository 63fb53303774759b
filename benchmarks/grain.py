# ruff: noqa: INP001, T201, PLC0415, RUF005 - a script whose output is the result; dbt loads slowly
"""Three conversions, incremental beside full refresh, on one day of new data with 0.1% late rows.

    python benchmarks/grain.py --rows 50000000

User activity becomes one row per user and day, device telemetry is enriched with what the device
was at that time, financial transactions become one row each from a log of restated rows. Each model
is built over a year less a day; then the last day arrives, with late and restated rows of the whole
year. The incremental run and a full refresh elsewhere are timed as dbt reports them, and compared.
`--halves 2` repeats it on half as many rows and a quarter, to show how the cost grows.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path
from typing import Any

import duckdb
import yaml

PACKAGE = Path(__file__).resolve().parents[1]
DAYS = 365

# Rows are in the order of arrival, as an append-only table has them; every thousandth is late.
ROWS = """
create or replace table {name} as
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
    # One in fifty is a later version of the row before it.
    "transactions": "case when i % 50 = 0 then i - 1 else i end as transaction_id,"
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
select readings.*, devices.site, devices.firmware
from {{ source('raw', 'telemetry_seen') }} as readings
left join {{ source('raw', 'devices') }} as devices
    on devices.device_id = readings.device_id
        and devices.valid_from <= readings.happened
        and (devices.valid_to > readings.happened or devices.valid_to is null)
where {{ entity_kit.incremental_filter('readings.loaded_at') }}
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
    """A dbt project over one warehouse file."""

    def __init__(self, folder: Path, rows: int) -> None:
        self.folder, self.rows = folder, rows
        self.database = folder / "bench.duckdb"
        packages = folder / "dbt_packages"
        packages.mkdir()
        (packages / "entity_kit").symlink_to(PACKAGE, target_is_directory=True)
        (folder / "models").mkdir()
        names = [f"{name}_seen" for name in MODELS] + ["devices"]
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
        for name, sql in MODELS.items():
            (folder / "models" / f"{name}.sql").write_text(sql, encoding="utf-8")

    def execute(self, sql: str) -> list[tuple[Any, ...]]:
        from dbt.adapters.duckdb.connections import DuckDBConnectionManager

        DuckDBConnectionManager.close_all_connections()
        with duckdb.connect(str(self.database)) as connection:
            return connection.execute(sql).fetchall()

    def load(self, name: str) -> None:
        step = DAYS * 86_400_000_000 / self.rows
        columns = COLUMNS[name].format(users=max(1000, self.rows // 500))
        self.execute(ROWS.format(name=name, columns=columns, step=step, rows=self.rows))
        self.execute(DEVICES)

    def show(self, name: str, *, until: str) -> None:
        """Show the rows that have arrived by then."""
        self.execute(
            f"create or replace view {name}_seen as from {name} where loaded_at < timestamp '{until}'",
        )

    def run(self, name: str, target: str, *flags: str) -> float:
        """Build a model, and give the seconds that dbt spent on it."""
        from dbt.cli.main import dbtRunner

        folder = str(self.folder)
        self.execute(f"create schema if not exists {target}")
        result = dbtRunner().invoke(
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
        return float(result.result.results[0].execution_time)

    def equal(self, name: str) -> bool:
        one, other = f"from incremental.{name}", f"from full_refresh.{name}"
        query = "select count(*), sum(cast(hash(t) as hugeint)) from ({0}) as t"
        return self.execute(query.format(one)) == self.execute(query.format(other))


def measure(rows: int, names: list[str]) -> None:
    """Print one line per conversion."""
    for name in names:
        with tempfile.TemporaryDirectory() as folder:
            bench = Bench(Path(folder), rows)
            bench.load(name)
            bench.show(name, until="2024-12-30")
            started = time.monotonic()
            bench.run(name, "incremental", "--full-refresh")
            first = time.monotonic() - started
            bench.show(name, until="2025-02-01")
            incremental = bench.run(name, "incremental")
            full = bench.run(name, "full_refresh", "--full-refresh")
            verdict = "equal" if bench.equal(name) else "DIFFERENT"
            print(
                f"{rows:>12,} {name:<13} first {first:7.2f} s   incremental {incremental:7.2f} s"
                f"   full refresh {full:7.2f} s   {full / incremental:5.1f} times"
                f" (goal {GOALS[name]})   {verdict}",
                flush=True,
            )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=2_000_000)
    parser.add_argument("--halves", type=int, default=0)
    parser.add_argument("--only", choices=list(MODELS), action="append")
    arguments = parser.parse_args()
    for halves in reversed(range(arguments.halves + 1)):
        measure(arguments.rows // 2**halves, arguments.only or list(MODELS))


if __name__ == "__main__":
    main()
