# ruff: noqa: INP001, S603, T201 - a script, not a package; it prints, and starts what it measures
"""Time `entity-kit verify` against the script that people write today, in one run on one machine.

The script does the same steps through the `dbt` command: it shows the rows that had arrived, runs
incrementally in one warehouse and with --full-refresh in another, and compares each model with
EXCEPT ALL, both ways. The case `one` compares with a single `dbt run`. `--memory` measures `verify`
over 50 million rows.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import wide
import yaml
from claims import claim, machine

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

ROOT = Path(__file__).resolve().parent.parent
FLIGHTS = ROOT / "integration_tests"
BIN = Path(sys.executable).parent
GIB = 2**30

CASES = ("one", "small", "shop", "wide", "flights")
GOALS = {"small": ">= 25", "shop": ">= 25", "wide": ">= 20", "flights": ">= 10"}

SCHEDULES = ("arrival", "rerun", "empty", "gap")
# What the cases `shop` and `wide` allow besides. The script alters rows by an expression in its views.
ALTERED = ("late", "split_batches", "storm")
DELIVERY = {"late_by": {"days": 30}, "split_batches": True}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("case", nargs="*", default=CASES, help=", ".join(CASES))
    parser.add_argument("--repeat", type=int, default=3, help="runs of each side; medians count")
    parser.add_argument("--steps", type=int, default=5)
    parser.add_argument("--memory", action="store_true", help="peak memory and scratch space")
    parser.add_argument("--rows", type=int, default=50_000_000, help="for --memory")
    given = parser.parse_args()
    print(machine())
    with tempfile.TemporaryDirectory(prefix="benchmark-") as name:
        folder = Path(name)
        if given.memory:
            measure_memory(folder, given.rows)
            return
        for case in given.case:
            project = make(case, folder)
            if case == "one":
                compare_with_a_run(project, given.steps, given.repeat)
            else:
                compare(case, project, given.steps, given.repeat)


# The projects


@dataclass(frozen=True)
class Project:
    """A dbt project, the DuckDB file with its sources, and the tables that arrive over time."""

    directory: Path
    warehouse: Path
    profile: str
    schema: str
    arriving: tuple[str, ...]
    still: tuple[str, ...] = ()
    schedules: tuple[str, ...] = SCHEDULES
    row: str = "order_id"


def make(case: str, folder: Path) -> Project:
    """Write the project of a case and its warehouse."""
    if case == "flights":
        return borrow_flights(folder)
    if case == "wide":
        return make_wide(folder / case)
    if case == "one":
        return make_shop(folder / case, models=("stg_orders", "fct_orders"))
    return make_shop(folder / case, delivery=DELIVERY if case == "shop" else None)


MODELS = {
    "stg_orders": "select * from {{ source('shop', 'orders') }}",
    "stg_customers": "select * from {{ source('shop', 'customers') }}",
    "fct_orders": """
        {{ config(materialized='incremental', unique_key='order_id') }}
        select order_id, customer_id, amount, ordered_at, loaded_at from {{ ref('stg_orders') }}
        {% if is_incremental() %}
        where loaded_at >= (select coalesce(max(loaded_at), '-infinity') from {{ this }})
        {% endif %}""",
    "daily_orders": """
        {{ config(materialized='incremental', unique_key='day') }}
        select
            cast(ordered_at as date) as day, count(*) as orders, sum(amount) as amount,
            max(loaded_at) as loaded_at
        from {{ ref('stg_orders') }}
        {% if is_incremental() %}
        where cast(ordered_at as date) in (
            select cast(ordered_at as date) from {{ ref('stg_orders') }}
            where loaded_at >= (select coalesce(max(loaded_at), '-infinity') from {{ this }}))
        {% endif %}
        group by 1""",
    "customer_totals": """
        {{ config(materialized='incremental', unique_key='customer_id') }}
        select
            orders.customer_id, any_value(customers.segment) as segment, count(*) as orders,
            sum(orders.amount) as amount, max(orders.loaded_at) as loaded_at
        from {{ ref('fct_orders') }} as orders
        left join {{ ref('stg_customers') }} as customers using (customer_id)
        {% if is_incremental() %}
        where orders.customer_id in (
            select customer_id from {{ ref('fct_orders') }}
            where loaded_at >= (select coalesce(max(loaded_at), '-infinity') from {{ this }}))
        {% endif %}
        group by 1""",
    "large_orders": """
        {{ config(materialized='incremental', unique_key='order_id') }}
        select order_id, customer_id, amount, loaded_at from {{ ref('stg_orders') }}
        where order_id % 10 = 0
        {% if is_incremental() %}
            and loaded_at >= (select coalesce(max(loaded_at), '-infinity') from {{ this }})
        {% endif %}""",
}


def make_shop(
    folder: Path,
    rows: int = 2_000,
    models: Sequence[str] = tuple(MODELS),
    delivery: Mapping[str, Any] | None = None,
    **settings: str,
) -> Project:
    """Write a project of two staging views and four incremental models, and its warehouse."""
    directory = folder / "shop"
    (directory / "models").mkdir(parents=True)
    for name in models:
        (directory / "models" / f"{name}.sql").write_text(MODELS[name])
    source = {
        "name": "shop",
        "schema": "raw",
        "tables": [
            {
                "name": "orders",
                "config": {
                    "loaded_at_field": "loaded_at",
                    "event_time": "ordered_at",
                    "meta": {"entity_kit": {"delivery": dict(delivery)}} if delivery else {},
                },
            },
            {"name": "customers"},
        ],
    }
    write_yaml(directory / "models" / "sources.yml", {"sources": [source]})
    write_yaml(
        directory / "dbt_project.yml",
        {"name": "shop", "version": "1.0", "profile": "shop", "flags": QUIET},
    )
    warehouse = folder / "shop.duckdb"
    output = {"type": "duckdb", "path": str(warehouse), "schema": "marts", "threads": 2}
    write_profile(directory, "shop", output | ({"settings": settings} if settings else {}))
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute(
            f"""
            create schema raw;
            create table raw.customers as
            select id as customer_id, 'segment ' || id % 5 as segment
            from range({max(rows // 20, 1)}) ids (id);
            create table raw.orders as
            select
                id as order_id,
                hash(id) % {max(rows // 20, 1)} as customer_id,
                cast(hash(id + 1) % 100000 / 100 as decimal(12, 2)) as amount,
                timestamp '2024-01-01' + to_seconds(id * 31536000 // {rows}) as ordered_at,
                ordered_at + to_minutes(cast(hash(id + 2) % 600 as integer)) as loaded_at
            from range({rows}) ids (id)
            """
        )
    schedules = (*SCHEDULES, *ALTERED) if delivery else SCHEDULES
    return Project(directory, warehouse, "shop", "raw", ("orders",), ("customers",), schedules)


def make_wide(folder: Path, rows: int = 2_000) -> Project:
    """Write a project of 200 models, 30 of them incremental, over four sources, and its warehouse."""
    directory = folder / "wide"
    (directory / "models").mkdir(parents=True)
    for name, sql in wide.models().items():
        (directory / "models" / f"{name}.sql").write_text(sql)
    arrives = {
        "loaded_at_field": "loaded_at",
        "event_time": "happened_at",
        "meta": {"entity_kit": {"delivery": DELIVERY}},
    }
    tables = [{"name": name, "config": arrives} for name in wide.SOURCES]
    source = {"name": "wide", "schema": "raw", "tables": [*tables, {"name": "customers"}]}
    write_yaml(directory / "models" / "sources.yml", {"sources": [source]})
    write_yaml(
        directory / "dbt_project.yml",
        {"name": "wide", "version": "1.0", "profile": "wide", "flags": QUIET},
    )
    write_yaml(directory / "packages.yml", {"packages": [{"local": str(ROOT)}]})
    warehouse = folder / "wide.duckdb"
    write_profile(
        directory,
        "wide",
        {
            "type": "duckdb",
            "path": str(warehouse),
            "schema": "marts",
            "threads": 2,
            "settings": {"TimeZone": "UTC"},
        },
    )
    run("dbt", "deps", cwd=directory)
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute(
            """
            create schema raw;
            create table raw.customers as
            select id as customer_id, 'segment ' || id % 7 as segment from range(100) ids (id)"""
        )
        for number, name in enumerate(wide.SOURCES):
            connection.execute(
                f"""
                create table raw.{name} as
                select
                    id as event_id,
                    hash(id + {number}) % 100 as customer_id,
                    'kind ' || hash(id + {number} + 1) % 20 as kind,
                    cast(hash(id + 2) % 100000 / 100 as decimal(12, 2)) as amount,
                    timestamp '2024-01-01' + to_seconds(id * 31536000 // {rows}) as happened_at,
                    happened_at + to_minutes(cast(hash(id + 3) % 600 as integer)) as loaded_at
                from range({rows}) ids (id)"""
            )
    schedules = (*SCHEDULES, *ALTERED)
    return Project(
        directory, warehouse, "wide", "raw", wide.SOURCES, ("customers",), schedules, "event_id"
    )


def borrow_flights(folder: Path) -> Project:
    """Copy the sample project, and load the flights of a whole year."""
    sys.path.insert(0, str(FLIGHTS))
    from load_flights import load  # noqa: PLC0415  (it lies with the project)

    directory = folder / "flights"
    ignored = shutil.ignore_patterns(
        "target", "dbt_packages", "logs", "warehouse", "analyses", "*.lock"
    )
    shutil.copytree(FLIGHTS, directory, ignore=ignored)
    for other in (directory / "models").iterdir():
        if other.name not in {"marts", "staging"}:
            shutil.rmtree(other)  # what isn't built from the flights
    # Microbatch counts back from now, and the script has no clock of 2013.
    (directory / "models" / "marts" / "daily_airports.sql").unlink()
    write_yaml(directory / "packages.yml", {"packages": [{"local": str(ROOT)}]})
    (directory / "package-lock.yml").unlink(missing_ok=True)
    warehouse = load(folder / "flights.duckdb", quiet=True)
    output = {"type": "duckdb", "path": str(warehouse), "schema": "analytics", "threads": 2}
    write_profile(directory, "flights", output | {"settings": {"TimeZone": "UTC"}})
    run("dbt", "deps", cwd=directory)
    still = ("planes", "airlines", "airports")
    return Project(directory, warehouse, "flights", "raw", ("flights", "weather"), still)


QUIET = {"send_anonymous_usage_stats": False}


def write_yaml(file: Path, content: Mapping[str, Any]) -> None:
    file.write_text(yaml.safe_dump(dict(content), sort_keys=False))


def write_profile(folder: Path, name: str, output: Mapping[str, Any]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    write_yaml(folder / "profiles.yml", {name: {"target": "dev", "outputs": {"dev": dict(output)}}})


# The two sides


@dataclass
class Measured:
    """Seconds of wall and CPU time; parts of the wall time by name."""

    wall: float = 0.0
    cpu: float = 0.0
    parts: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        started = time.perf_counter()
        yield
        self.parts[name] = self.parts.get(name, 0.0) + time.perf_counter() - started


@contextmanager
def measured() -> Iterator[Measured]:
    """Time a block, with the CPU time of this process and of its ended children."""
    result = Measured()
    started, before = time.perf_counter(), processor_time()
    yield result
    result.wall, result.cpu = time.perf_counter() - started, processor_time() - before


def processor_time() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


def run(command: str, *arguments: str | Path, cwd: Path, environment: Any = None) -> str:
    done = subprocess.run(
        [BIN / command, *arguments],
        cwd=cwd,
        env={**os.environ, **(environment or {})},
        check=False,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        shown = (done.stdout + done.stderr)[-2000:]
        sys.exit(f"{command} {arguments} ended with {done.returncode}\n{shown}")
    return done.stdout


def run_verify(project: Project, steps: int) -> tuple[Measured, dict[str, Any]]:
    with measured() as result:
        output = run(
            "entity-kit",
            *("verify", "--project-dir", project.directory, "--profiles-dir", project.directory),
            *(
                "--schedules",
                ",".join(project.schedules),
                "--steps",
                str(steps),
                "--format",
                "json",
                "--no-cache",
            ),
            cwd=project.directory,
        )
    return result, json.loads(output)


def run_script(project: Project, instants: Sequence[str], folder: Path) -> Measured:
    """Do by hand what `verify` does: each schedule with its own pair of warehouses."""
    last = len(instants)
    with measured() as result:
        every = dict.fromkeys(range(1, last + 1), 1)
        # A storm starts empty, misses one run and repeats another.
        stormy = {state: 2 if state == 2 else 1 for state in range(last + 1) if state != last - 1}
        plans = {
            "arrival": dict.fromkeys(range(1, last + 1), 1),
            "rerun": dict.fromkeys(range(1, last + 1), 2),
            "empty": dict.fromkeys(range(last + 1), 1),
            "gap": {1: 1, last: 1},
            "late": every,
            "split_batches": every,
            "storm": stormy,
        }
        models: list[str] = []
        refreshed: set[tuple[str, int]] = set()
        for schedule in project.schedules:
            plan = plans[schedule]
            # Those of one world show the same rows at the same step.
            world = schedule if schedule in ALTERED else "recorded"
            incremental, full = folder / f"{schedule}_incremental", folder / f"{schedule}_full"
            for state, runs in plan.items():
                say(f"script: {schedule}, step {state} of {last}")
                with result.part("dbt, incremental"):
                    show(project, incremental, instants, state, schedule)
                    for _ in range(runs):
                        dbt_run(project, incremental, folder)
                if not state:
                    continue
                again = (
                    "dbt, refreshes made again" if (world, state) in refreshed else "dbt, refreshes"
                )
                refreshed.add((world, state))
                with result.part(again):
                    show(project, full, instants, state, schedule)
                    dbt_run(project, full, folder, "--full-refresh")
                models = models or incremental_models(folder)
                with result.part("except all"):
                    hold(project, incremental, full, models)
    return result


def show(
    project: Project, folder: Path, instants: Sequence[str], state: int, schedule: str
) -> None:
    """Make a warehouse's sources show the rows that had arrived, without copying, to be fair."""
    path = folder / project.warehouse.name
    if not folder.exists():
        output = {
            "type": "duckdb",
            "path": str(path),
            "schema": "marts",
            "threads": 2,
            "attach": [{"path": str(project.warehouse), "alias": "original", "read_only": True}],
            "settings": {"TimeZone": "UTC"},
        }
        write_profile(folder, project.profile, output)
    with duckdb.connect(str(path)) as connection:
        connection.execute(f"attach '{project.warehouse}' as original (read_only)")
        connection.execute("set timezone = 'UTC'")
        connection.execute(f"create schema if not exists {project.schema}")
        until = f"timestamptz '{instants[state - 1]}'::timestamp" if state else "'-infinity'"
        for table in project.arriving:
            select = f"select * from original.{project.schema}.{table}"
            if schedule in {"late", "storm"}:
                moved = f"loaded_at + to_days(cast(hash({project.row}) % 10 = 0 as integer) * 20)"
                select = f"select * replace ({moved} as loaded_at) from ({select})"
            select = f"select * from ({select}) where loaded_at <= {until}"
            if schedule in {"split_batches", "storm"}:
                select += f" and (loaded_at < {until} or hash({project.row}) % 2 = 0)"
            connection.execute(f"create or replace view {project.schema}.{table} as {select}")
        for table in project.still:
            select = f"select * from original.{project.schema}.{table}"
            connection.execute(f"create or replace view {project.schema}.{table} as {select}")


def dbt_run(project: Project, warehouse: Path, folder: Path, *flags: str) -> None:
    run(
        "dbt",
        *("run", "--select", "+config.materialized:incremental", "--profiles-dir", warehouse),
        *("--target-path", folder / "target", "--log-path", folder / "logs", "--quiet", *flags),
        cwd=project.directory,
    )


def incremental_models(folder: Path) -> list[str]:
    nodes = json.loads((folder / "target" / "manifest.json").read_text())["nodes"].values()
    return [
        f'"{node["schema"]}"."{node["alias"]}"'
        for node in nodes
        if node["config"]["materialized"] == "incremental"
    ]


def hold(project: Project, incremental: Path, full: Path, models: Sequence[str]) -> None:
    name = project.warehouse.name
    with duckdb.connect() as connection:
        connection.execute(f"attach '{incremental / name}' as incremental (read_only)")
        connection.execute(f"attach '{full / name}' as full_refresh (read_only)")
        for model in models:
            one, other = f"incremental.{model}", f"full_refresh.{model}"
            for first, second in ((one, other), (other, one)):
                found = connection.execute(
                    f"select count(*) from (from {first} except all from {second})"
                ).fetchone()
                if found != (0,):
                    sys.exit(f"{model} differs by {found} rows: the two sides do different work")


# Side by side


def compare(case: str, project: Project, steps: int, repeat: int) -> None:
    ours, theirs, shares, compared = [], [], [], []
    for number in range(1, repeat + 1):
        say(f"{case}: verify, {number} of {repeat}")
        taken, result = run_verify(project, steps)
        timing = result["timing"]
        ours.append(taken)
        shares.append(1 - timing["dbt_s"] / timing["total_s"])
        compared.append(timing["compare_s"])
        say(f"{case}: script, {number} of {repeat}")
        with tempfile.TemporaryDirectory(prefix="benchmark-script-") as folder:
            theirs.append(run_script(project, result["steps"], Path(folder)))
    wall, cpu = (
        tuple(statistics.median(getattr(each, what) for each in side) for side in (ours, theirs))
        for what in ("wall", "cpu")
    )
    models = len(result["models"])
    print(f"\n{case}: {models} incremental models, {len(result['steps'])} steps,", end=" ")
    print(f"schedules {', '.join(project.schedules)}; medians of {repeat}")
    print(f"{'':28}{'verify':>12}{'script':>12}{'ratio':>9}")
    print(f"{'wall time':28}{wall[0]:>10.1f} s{wall[1]:>10.1f} s{wall[1] / wall[0]:>8.1f}x")
    print(f"{'CPU time':28}{cpu[0]:>10.1f} s{cpu[1]:>10.1f} s{cpu[1] / cpu[0]:>8.1f}x")
    shared = statistics.median(t.wall - t.parts["dbt, refreshes made again"] for t in theirs)
    print(f"{'  if it shared refreshes':28}{'':12}{shared:>10.1f} s{shared / wall[0]:>8.1f}x")
    for part in theirs[0].parts:
        seconds = statistics.median(each.parts[part] for each in theirs)
        print(f"{'  of it ' + part:40}{seconds:>10.1f} s")
    print(f"{'verify: comparing':28}{statistics.median(compared):>10.1f} s")
    share = statistics.median(shares)
    print(f"{'verify: time outside dbt and SQL':40}{share:>8.1%} (target: under 15%)")
    claim(f"verify, {case}", wall[1] / wall[0], GOALS[case], "a hand-written script")
    claim(f"verify, {case}: time outside dbt and SQL", 100 * share, "<= 15", "", "% of the time")


def compare_with_a_run(project: Project, steps: int, repeat: int) -> None:
    """Compare the CPU time of a verification with that of one `dbt run` of the same project."""
    ours, theirs = [], []
    for number in range(1, repeat + 1):
        say(f"one: {number} of {repeat}")
        ours.append(run_verify(project, steps)[0])
        with tempfile.TemporaryDirectory(prefix="benchmark-run-") as name:
            folder = Path(name)
            shutil.copy(project.warehouse, folder)
            output = {"type": "duckdb", "path": str(folder / project.warehouse.name)}
            write_profile(folder, project.profile, output | {"schema": "marts"})
            with measured() as taken:
                dbt_run(project, folder, folder)
            theirs.append(taken)
    cpu = [statistics.median(each.cpu for each in side) for side in (ours, theirs)]
    wall = [statistics.median(each.wall for each in side) for side in (ours, theirs)]
    print(f"\none: 1 incremental model, {steps} steps, {len(SCHEDULES)} schedules", end=" ")
    print(f"beside one dbt run; medians of {repeat}")
    print(
        f"{'CPU time':28}{cpu[0]:>10.1f} s{cpu[1]:>10.1f} s{cpu[0] / cpu[1]:>8.1f}x (target: 2.5)"
    )
    print(f"{'wall time':28}{wall[0]:>10.1f} s{wall[1]:>10.1f} s{wall[0] / wall[1]:>8.1f}x")
    claim("verify, one model / one dbt run, CPU", cpu[0] / cpu[1], "<= 2.5", "dbt run")


# Memory


def measure_memory(folder: Path, rows: int) -> None:
    say(f"memory: generating {rows:,} rows")
    models = ("stg_orders", "daily_orders", "large_orders")
    project = make_shop(folder, rows, models, memory_limit="2GiB")
    scratch = folder / "scratch"
    scratch.mkdir()
    say("memory: verify")
    started = time.perf_counter()
    process = subprocess.Popen(
        [
            *(BIN / "entity-kit", "verify", "--project-dir", project.directory),
            *("--profiles-dir", project.directory, "--schedules", "arrival,rerun", "--steps", "3"),
            "--no-cache",
        ],
        env={**os.environ, "TMPDIR": str(scratch)},
        cwd=project.directory,
    )
    peak = Peak(process.pid, scratch)
    watcher = threading.Thread(target=peak.watch, daemon=True)
    watcher.start()
    code = process.wait()
    taken = time.perf_counter() - started
    peak.stop.set()
    watcher.join()
    if code:
        sys.exit(f"verify ended with {code}")
    print(f"\nmemory: {rows:,} rows of source, memory_limit 2GiB in the profile, {taken:.0f} s")
    print(f"{'peak of resident memory, parent and children':48}{peak.rss / GIB:>8.2f} GiB (< 4)")
    claim(f"verify, memory over {rows:,} rows", peak.rss / GIB, "<= 4", "", "GiB")
    print(f"{'  the same, shared pages counted once':48}{peak.pss / GIB:>8.2f} GiB")
    print(f"{'peak of scratch space':48}{peak.disk / GIB:>8.2f} GiB")
    print(f"{'the sources, file':48}{project.warehouse.stat().st_size / GIB:>8.2f} GiB")
    print(f"{'left in the scratch folder':48}{sum(1 for _ in scratch.iterdir()):>8}")


class Peak:
    """Watch a process and its descendants through /proc, and the size of a folder."""

    def __init__(self, pid: int, folder: Path) -> None:
        self._pid = pid
        self._folder = folder
        self.stop = threading.Event()
        self.rss = self.pss = self.disk = 0

    def watch(self) -> None:
        while not self.stop.wait(0.1):
            sizes = [memory_of(pid) for pid in family(self._pid)]
            self.rss = max(self.rss, sum(rss for rss, _ in sizes))
            self.pss = max(self.pss, sum(pss for _, pss in sizes))
            self.disk = max(self.disk, size_of(self._folder))


def family(pid: int) -> set[int]:
    parents: dict[int, int] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            after_name = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        parents[int(stat.parent.name)] = int(after_name[1])
    found, added = {pid}, True
    while added:
        more = {child for child, parent in parents.items() if parent in found} - found
        found |= more
        added = bool(more)
    return found


def memory_of(pid: int) -> tuple[int, int]:
    """Return resident and proportional memory in bytes, or 0 for a process that has ended."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]
    except OSError:
        return 0, 0
    sizes = {line.split(":")[0]: int(line.split()[1]) * 1024 for line in lines}
    return sizes["Rss"], sizes["Pss"]


def size_of(folder: Path) -> int:
    total = 0
    for path, _, files in os.walk(folder):
        for name in files:
            try:
                total += os.stat(Path(path) / name).st_blocks * 512  # noqa: PTH116  (no symlinks)
            except OSError:  # noqa: PERF203  (scratch files go while we look)
                continue
    return total


def say(text: str) -> None:
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    main()
