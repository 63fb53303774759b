# ruff: noqa: INP001, T201, PLC0415 - a script whose output is the result; dbt loads slowly
"""Time a history of many entities, of which one in a hundred changes, against what people use today.

    python benchmarks/scd2.py --entities 5000000 --sqlmesh

`scd2_history` reads a change log; dbt's native snapshot (timestamp) and SQLMesh's SCD_TYPE_2_BY_TIME
read the table in which the changes were made. Each builds the history once and again after the
change, in its own DuckDB file. The times are the models' own, as dbt and SQLMesh report or run them,
without startup, plus the CPU time of the whole run, which a busy machine hardly affects.
`--growth 1000000,25000000` repeats ours with these numbers of entities, to show how the cost grows.
`--sqlmesh` installs SQLMesh into .cache/sqlmesh.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
import venv
from pathlib import Path
from typing import Any

import duckdb
import yaml
from claims import claim, machine

PACKAGE = Path(__file__).resolve().parents[1]
SQLMESH = PACKAGE / ".cache" / "sqlmesh"

ENTITIES = """
create schema raw;
create table raw.customers as
select
    cast(i as integer) as customer_id,
    'name ' || hash(i) % 1000003 as full_name,
    'city ' || i % 1000 as city,
    cast(i % 5 as integer) as tier,
    cast(hash(i) % 1000000 as decimal(12, 2)) / 100 as credit_limit,
    timestamp '2024-01-01' + to_seconds(cast(hash(i) % 2000000 as bigint)) as changed_at,
    {loaded} as loaded_at
from range({entities}) as numbers (i)
"""
# A log as it grew, load by load, or as one first load brought it.
LOADS = {
    "hourly": "date_trunc('hour', changed_at) + interval 1 hour",
    "once": "timestamp '2024-02-01'",
}
CHANGED = """
select customer_id, full_name, 'moved ' || city as city, tier, credit_limit,
    timestamp '2024-02-01' + to_seconds(customer_id % 80000) as changed_at,
    timestamp '2024-02-02' as loaded_at
from raw.customers
where hash(customer_id, 'changed') % {share} = 0
"""
# The log grows; the table is changed in place.
APPEND = "insert into raw.customers {changed}"
UPDATE = """
create temp table changed as {changed};
update raw.customers set city = changed.city, changed_at = changed.changed_at, loaded_at = changed.loaded_at
from changed where changed.customer_id = customers.customer_id
"""
SOURCES = "sources: [{name: raw, schema: raw, tables: [{name: customers}]}]"
HISTORY = """
{{ entity_kit.scd2_history(
    source('raw', 'customers'), 'customer_id', 'changed_at', 'loaded_at',
    tracked_columns=['full_name', 'city', 'tier', 'credit_limit']
) }}
"""
SNAPSHOT = """
snapshots:
  - name: history
    relation: source('raw', 'customers')
    config: {strategy: timestamp, unique_key: customer_id, updated_at: changed_at}
"""
SQLMESH_MODEL = """
MODEL (
    name main.history,
    kind SCD_TYPE_2_BY_TIME (unique_key customer_id, updated_at_name changed_at),
    start '2024-01-01',
    cron '@daily'
);
select customer_id::int, full_name::text, city::text, tier::int, credit_limit::decimal(14, 4),
    changed_at::timestamp, loaded_at::timestamp
from raw.customers
"""
SQLMESH_RUN = """
import json, logging, sys, time
from sqlmesh.core.context import Context
from sqlmesh.core.config import Config, DuckDBConnectionConfig, GatewayConfig, ModelDefaultsConfig

folder, database, threads, now, first = sys.argv[1:]
config = Config(
    gateways={"local": GatewayConfig(
        connection=DuckDBConnectionConfig(database=database, connector_config={"threads": int(threads)}),
        state_connection=DuckDBConnectionConfig(database=folder + "/state.duckdb"),
    )},
    default_gateway="local",
    model_defaults=ModelDefaultsConfig(dialect="duckdb"),
    disable_anonymized_analytics=True,
)
context = Context(paths=folder, config=config)
started, used = time.perf_counter(), time.process_time()
if first == "yes":
    context.plan(auto_apply=True, no_prompts=True, skip_tests=True, execution_time=now)
else:
    context.run(execution_time=now)
seconds, used = time.perf_counter() - started, time.process_time() - used
print(json.dumps({"seconds": seconds, "cpu": used, "rows": context.fetchdf("select count(*) as n from main.history").n[0].item()}))
"""


def prepare(
    folder: Path, entities: int, threads: int, files: dict[str, str], loads: str = "hourly"
) -> Path:
    """Create a dbt project and a warehouse with that many entities, and return the warehouse's path."""
    packages = folder / "dbt_packages"
    packages.mkdir(parents=True)
    (packages / "entity_kit").symlink_to(PACKAGE, target_is_directory=True)
    output = {
        "type": "duckdb",
        "path": str(folder / "warehouse.duckdb"),
        "threads": 1,
        "settings": {"threads": threads},
    }
    files |= {
        "models/raw.yml": SOURCES,
        "dbt_project.yml": yaml.safe_dump(
            {"name": "benchmark", "version": "1.0", "config-version": 2, "profile": "benchmark"}
        ),
        "packages.yml": yaml.safe_dump({"packages": [{"local": str(PACKAGE)}]}),
        "profiles.yml": yaml.safe_dump(
            {"benchmark": {"target": "dev", "outputs": {"dev": output}}}
        ),
    }
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    warehouse = folder / "warehouse.duckdb"
    execute(warehouse, ENTITIES.format(entities=entities, loaded=LOADS[loads]))
    return warehouse


def execute(warehouse: Path, sql: str) -> None:
    """Execute SQL in the warehouse."""
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute(sql)


def count(warehouse: Path) -> int:
    """Count the versions."""
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        return int(connection.execute("select count(*) from main.history").fetchall()[0][0])


def dbt(folder: Path, command: str) -> tuple[float, float]:
    """Run dbt, and return the seconds of the one node and the CPU seconds of the run."""
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager
    from dbt.cli.main import dbtRunner

    arguments: list[str] = ["--quiet", "--no-send-anonymous-usage-stats"]
    options: list[str] = [
        "--target-path",
        str(folder / "target"),
        "--log-path",
        str(folder / "logs"),
    ]
    for option in ("--project-dir", "--profiles-dir"):
        options += [option, str(folder)]
    manifest: Any = dbtRunner().invoke([*arguments, "parse", *options]).result
    used = time.process_time()
    result = dbtRunner(manifest=manifest).invoke([*arguments, command, *options])
    used = time.process_time() - used
    DuckDBConnectionManager.close_all_connections()
    if not result.success:
        raise SystemExit(str(result.exception or result.result.results[0].message))
    return float(result.result.results[0].execution_time), used


def time_dbt(
    command: str,
    files: dict[str, str],
    change: str,
    entities: int,
    share: int,
    threads: int,
    loads: str,
) -> dict[str, Any]:
    """Build with dbt, change, and run again."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "project"
        warehouse = prepare(folder, entities, threads, dict(files), loads)
        first, first_cpu = dbt(folder, command)
        execute(warehouse, change.format(changed=CHANGED.format(share=share)))
        again, again_cpu = dbt(folder, command)
        return {
            "first": first,
            "again": again,
            "first_cpu": first_cpu,
            "again_cpu": again_cpu,
            "versions": count(warehouse),
        }


def time_sqlmesh(entities: int, share: int, threads: int, loads: str) -> dict[str, Any]:
    """Build with SQLMesh, change, and run again a day later."""
    if not (SQLMESH / "bin" / "python").exists():
        venv.create(SQLMESH, with_pip=True)
        install = [SQLMESH / "bin" / "python", "-m", "pip", "install", "--quiet", "sqlmesh"]
        subprocess.run(install, check=True)  # noqa: S603 - a path of ours, no shell
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        (folder / "models").mkdir()
        (folder / "models" / "history.sql").write_text(SQLMESH_MODEL, encoding="utf-8")
        (folder / "run.py").write_text(SQLMESH_RUN, encoding="utf-8")
        warehouse = folder / "warehouse.duckdb"
        # Written by SQLMesh's own DuckDB, which may be older than ours and not read our files.
        script = (
            "import duckdb, sys; c = duckdb.connect(sys.argv[1]);"
            " [c.execute(sql) for sql in sys.stdin.read().split('----')]"
        )

        def own(sql: str) -> None:
            command = [SQLMESH / "bin" / "python", "-c", script, warehouse]
            subprocess.run(command, input=sql, text=True, check=True)  # noqa: S603

        def run(now: str, first: str) -> dict[str, Any]:
            done = subprocess.run(  # noqa: S603
                [
                    *(SQLMESH / "bin" / "python", folder / "run.py"),
                    *(folder, warehouse, str(threads), now, first),
                ],
                check=True,
                capture_output=True,
                text=True,
            )
            found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
            return found

        own(ENTITIES.format(entities=entities, loaded=LOADS[loads]))
        first = run("2024-02-02", "yes")
        own(UPDATE.format(changed=CHANGED.format(share=share)))
        again = run("2024-02-03 01:00:00", "no")
        return {
            "first": first["seconds"],
            "again": again["seconds"],
            "first_cpu": first["cpu"],
            "again_cpu": again["cpu"],
            "versions": again["rows"],
        }


def main() -> int:
    """Time them, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entities", type=int, default=1_000_000)
    parser.add_argument("--share", type=int, default=100, help="one in so many entities changes")
    parser.add_argument("--growth", default="", help="repeat ours on so many entities: N,N,...")
    parser.add_argument("--loads", choices=LOADS, default="hourly", help="how the log was loaded")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--sqlmesh", action="store_true", help="time SQLMesh too")
    arguments = parser.parse_args()
    sizes = (arguments.share, arguments.threads, arguments.loads)
    started = time.perf_counter()
    ours = ("run", {"models/history.sql": HISTORY}, APPEND)
    theirs = ("snapshot", {"snapshots/all.yml": SNAPSHOT}, UPDATE)
    print(machine())

    def note(name: str, entities: int, times: dict[str, Any]) -> dict[str, Any]:
        print(
            f"{name:<20} {entities:>11,} entities"
            f"   first {times['first']:7.2f} s ({times['first_cpu']:6.2f} of processor)"
            f"   again {times['again']:6.2f} s ({times['again_cpu']:5.2f})"
            f"   {times['versions']:>11,} versions",
            flush=True,
        )
        return times

    own = note("scd2_history", arguments.entities, time_dbt(*ours, arguments.entities, *sizes))
    others = {"dbt snapshot": time_dbt(*theirs, arguments.entities, *sizes)}
    note("dbt snapshot", arguments.entities, others["dbt snapshot"])
    if arguments.sqlmesh:
        others["SQLMesh SCD_TYPE_2"] = time_sqlmesh(arguments.entities, *sizes)
        note("SQLMesh SCD_TYPE_2", arguments.entities, others["SQLMesh SCD_TYPE_2"])
    for name, times in others.items():
        print(
            f"against {name}: the first build takes {own['first'] / times['first']:.2f} times as"
            f" long ({own['first_cpu'] / times['first_cpu']:.2f} of processor), an incremental run"
            f" is {times['again'] / own['again']:.1f} times as fast"
            f" ({times['again_cpu'] / own['again_cpu']:.1f})"
        )
        claim(f"history: {name} / ours, a run", times["again"] / own["again"], ">= 5", name)
        if name == "dbt snapshot":
            claim(
                f"history: ours / {name}, first build",
                own["first"] / times["first"],
                "<= 2.5",
                name,
            )
        if times["versions"] != own["versions"]:
            print(f"but {name} has {times['versions']:,} versions, and ours {own['versions']:,}")
            return 1
    for entities in (int(text) for text in arguments.growth.split(",") if text):
        grown = note("scd2_history", entities, time_dbt(*ours, entities, *sizes))
        print(
            f"{entities / arguments.entities:.1f} times the entities: an incremental run takes"
            f" {grown['again'] / own['again']:.1f} times as long"
            f" ({grown['again_cpu'] / own['again_cpu']:.1f} of processor)"
        )
    print(f"{time.perf_counter() - started:.0f} s in all")
    return 0


if __name__ == "__main__":
    sys.exit(main())
