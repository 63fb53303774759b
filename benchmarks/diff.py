"""Times `entity_kit.diff` beside what people use today, in one run, on the same two tables.

Each contender runs in a process of its own, in turn, a few times over; start-up and imports are
not counted. All must find the same rows. See README.md for what is compared with what, and why.

    make setup && .venv/bin/python benchmarks/diff.py
"""

# ruff: noqa: INP001, T201 - a script that prints
# ruff: noqa: PLC0415 - each contender imports its own tool, where only that is installed

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

RELADIFF = "0.6.0"
CACHE = Path(__file__).resolve().parents[1] / ".cache" / "benchmarks"
KEY = "order_id"
DIFFERING = 22

# One row in so many differs; the others are what a fact table usually holds: keys, times, numbers,
# a few words. The text is short, as codes and names are; `--surrogate-key` adds a long one.
TABLE = """
    select
        {key} as order_id,
        (hash(i, 1) % 1000000)::integer as customer_id,
        timestamp '2023-01-01' + to_seconds((hash(i, 2) % 63072000)::bigint) as ordered_at,
        timestamp '2023-01-02' + to_seconds((hash(i, 3) % 63072000)::bigint) as loaded_at,
        ['open', 'paid', 'shipped', 'returned'][1 + (hash(i, 4) % 4)::integer] as status,
        'SKU-' || lpad((hash(i, 5) % 50000)::varchar, 6, '0') as product,
        case when hash(i, 6) % 5 > 0 then 'city ' || hash(i, 6) % 20000 end as city,
        ((hash(i, 7) % 100000) / 100)::decimal(18, 2) as amount,
        (hash(i, 8) % 1000) / 7.0::double as weight,
        hash(i, 9) % 3 = 0 as is_gift
    from range({start}, {stop}) as t(i)
"""


@dataclass(frozen=True)
class Run:
    """One timed run. `seconds` is wall time, `cpu` the processor's, `peak` bytes of memory."""

    seconds: float
    cpu: float
    peak: int
    found: list[str]


def build(path: Path, rows: int, *, surrogate_key: bool) -> None:
    """Make the tables: 14 rows changed, 4 missing, 4 too many; and a copy without a difference."""
    import duckdb

    key = "md5(i::varchar)" if surrogate_key else "i"
    part = path.with_suffix(".part")
    part.unlink(missing_ok=True)
    say(f"Building {rows:,} rows twice, once, in {path}")
    with duckdb.connect(str(part)) as connection:
        connection.execute("set enable_progress_bar = true")
        table = TABLE.format(key=key, start=0, stop=rows)
        connection.execute(f"create table full_refresh as {table}")
        connection.execute("create table identical as from full_refresh")
        spread = max(1, rows // DIFFERING)
        places = [place * spread for place in range(DIFFERING)]
        literals = [
            connection.execute(f"select {key} from (select {p}::bigint as i)").fetchone()[0]
            for p in places
        ]
        missing = ", ".join(repr(value) for value in literals[:4])
        changed = ", ".join(repr(value) for value in literals[4:18])
        connection.execute(f"""
            create table incremental as
            select * replace (
                case when order_id in ({changed}) then amount + 1 else amount end as amount,
                case when order_id in ({changed}) then 'late' else status end as status
            )
            from full_refresh
            where order_id not in ({missing})
            union all
            {TABLE.format(key=key, start=rows, stop=rows + 4)}
        """)
        connection.execute("checkpoint")
    part.rename(path)


def ours(path: str, incremental: str) -> list[str]:
    from entity_kit import diff

    found = diff(path, incremental, "full_refresh", key=[KEY], limit=1000)
    counts = found.comparison
    assert counts.only_incremental + counts.only_full_refresh + counts.changed == len(found.sample)  # noqa: S101
    return [str(row.row[KEY]) for row in found.sample]


def except_all(path: str, incremental: str) -> list[str]:
    import duckdb

    with duckdb.connect(path, read_only=True) as connection:
        tables = (incremental, "full_refresh")
        found = [
            row[0]
            for one, other in (tables, tables[::-1])
            for row in connection.execute(
                f"select * from {one} except all select * from {other}"
            ).fetchall()
        ]
    return sorted({str(key) for key in found})


def reladiff(path: str, incremental: str) -> list[str]:
    import reladiff as tool

    database = tool.connect(f"duckdb:///{path}")
    tables = [
        tool.TableSegment(database, (name,), (KEY,)) for name in (incremental, "full_refresh")
    ]
    columns = tuple(name for name in database.query_table_schema(("full_refresh",)) if name != KEY)
    keys = {str(row[0]) for _, row in tool.diff_tables(*tables, extra_columns=columns)}
    return sorted(keys)


def hashing(path: str, incremental: str) -> list[str]:
    """Read and hash every row of both tables once: what no comparison of content can go below."""
    import duckdb

    with duckdb.connect(path, read_only=True) as connection:
        names = [row[0] for row in connection.execute("describe full_refresh").fetchall()]
        row_hash = f"hash({', '.join(names)})"
        connection.execute(
            f"select (select sum({row_hash}) from {incremental}), "
            f"(select sum({row_hash}) from full_refresh)"
        ).fetchall()
    return []


CONTENDERS: dict[str, Callable[[str, str], list[str]]] = {
    "entity-kit": ours,
    "reladiff": reladiff,
    "EXCEPT ALL": except_all,
    "hashing": hashing,
}


def work(name: str, path: str, incremental: str) -> None:
    """Run one contender in this process; what it took goes to stdout, as JSON."""
    if name == "entity-kit":
        import entity_kit  # noqa: F401
    elif name == "reladiff":
        import reladiff as _  # noqa: F401
    else:
        import duckdb  # noqa: F401
    started, cpu = time.perf_counter(), time.process_time()
    found = CONTENDERS[name](path, incremental)
    seconds, cpu = time.perf_counter() - started, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    sys.stdout.write(json.dumps([seconds, cpu, peak, sorted(found)]))


def run(python: Path, name: str, path: Path, incremental: str) -> Run:
    say(f"  {name} on {incremental}")
    done = subprocess.run(  # noqa: S603
        [python, __file__, "--work", name, "--tables", path, incremental],
        check=False,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        sys.exit(f"{name} failed:\n{done.stderr}")
    return Run(*json.loads(done.stdout))


def reladiff_python() -> Path:
    """Give a Python that has reladiff, with our DuckDB; made once."""
    import duckdb

    folder = CACHE / f"reladiff-{RELADIFF}-duckdb-{duckdb.__version__}"
    python = folder / "bin" / "python"
    if not (folder / "ready").exists():
        say(f"Installing reladiff {RELADIFF} into {folder}, once")
        subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)  # noqa: S603
        packages = [f"reladiff=={RELADIFF}", f"duckdb=={duckdb.__version__}"]
        subprocess.run([python, "-m", "pip", "install", "--quiet", *packages], check=True)  # noqa: S603
        (folder / "ready").touch()
    return python


def measure(path: Path, repeat: int) -> dict[tuple[str, str], list[Run]]:
    """Run all contenders in turn, so that what else the machine does hits each alike."""
    other = reladiff_python()
    runs: dict[tuple[str, str], list[Run]] = {}
    for turn in range(repeat):
        say(f"Turn {turn + 1} of {repeat}")
        for name, incremental in (
            ("entity-kit", "incremental"),
            ("reladiff", "incremental"),
            ("EXCEPT ALL", "incremental"),
            ("entity-kit", "identical"),
            ("hashing", "identical"),
        ):
            python = other if name == "reladiff" else Path(sys.executable)
            runs.setdefault((name, incremental), []).append(run(python, name, path, incremental))
    return runs


def report(runs: dict[tuple[str, str], list[Run]]) -> None:
    """Print medians, and the ratios that the project aims at."""
    names = {
        ("entity-kit", "incremental"): f"entity-kit diff, {DIFFERING} rows differ",
        ("reladiff", "incremental"): "reladiff, the same",
        ("EXCEPT ALL", "incremental"): "EXCEPT ALL both ways, the same",
        ("entity-kit", "identical"): "entity-kit diff, identical tables",
        ("hashing", "identical"): "hashing every row of both once",
    }
    medians = {
        each: [
            statistics.median(getattr(run, part) for run in done)
            for part in ("seconds", "cpu", "peak")
        ]
        for each, done in runs.items()
    }
    print(f"\n{'':36}{'wall s':>9}{'cpu s':>9}{'peak MiB':>10}")
    for each, (seconds, cpu, peak) in medians.items():
        print(f"{names[each]:36}{seconds:9.2f}{cpu:9.2f}{peak / 2**20:10.0f}")
    print(f"\n{'ratio':36}{'wall':>9}{'cpu':>9}{'target':>10}")
    for label, slow, quick, target in (
        (
            "reladiff / entity-kit",
            ("reladiff", "incremental"),
            ("entity-kit", "incremental"),
            "≥ 8",
        ),
        (
            "EXCEPT ALL / entity-kit",
            ("EXCEPT ALL", "incremental"),
            ("entity-kit", "incremental"),
            "≥ 15",
        ),
        (
            "entity-kit, identical / hashing",
            ("entity-kit", "identical"),
            ("hashing", "identical"),
            "≤ 1.5",
        ),
    ):
        # Ratios of the same turn: what else the machine does differs from turn to turn.
        ratios = [
            [getattr(one, part) / getattr(other, part) for part in ("seconds", "cpu")]
            for one, other in zip(runs[slow], runs[quick], strict=True)
        ]
        wall, cpu = (statistics.median(each) for each in zip(*ratios, strict=True))
        print(f"{label:36}{wall:9.2f}{cpu:9.2f}{target:>10}")


def check(runs: dict[tuple[str, str], list[Run]]) -> None:
    """Stop where a contender found other rows than the others."""
    found = {
        tuple(each.found)
        for (_, table), done in runs.items()
        for each in done
        if table == "incremental"
    }
    if len(found) != 1 or len(next(iter(found))) != DIFFERING:
        sys.exit(f"The contenders found different rows: {found}")
    if any(each.found for each in runs["entity-kit", "identical"]):
        sys.exit("Identical tables differ.")


def machine() -> str:
    import duckdb

    cpu = Path("/proc/cpuinfo")
    models = [
        line.partition(":")[2].strip()
        for line in (cpu.read_text().splitlines() if cpu.exists() else [])
        if line.startswith("model name")
    ]
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{(models or [platform.machine()])[0]}, {os.cpu_count()} cores, {memory:.0f} GiB, "
        f"{platform.system()}; Python {platform.python_version()}, DuckDB {duckdb.__version__}, "
        f"reladiff {RELADIFF}"
    )


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=10_000_000, help="rows of each table")
    parser.add_argument("--repeat", type=int, default=3, help="turns; medians are printed")
    parser.add_argument(
        "--surrogate-key", action="store_true", help="let the key be a hash of 32 characters"
    )
    parser.add_argument("--work", choices=CONTENDERS, help=argparse.SUPPRESS)
    parser.add_argument("--tables", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.work:
        work(options.work, *options.tables)
        return
    if options.rows < 1000 or options.repeat < 1:
        parser.error("at least 1000 rows, and one turn")
    CACHE.mkdir(parents=True, exist_ok=True)
    kind = "surrogate" if options.surrogate_key else "integer"
    path = CACHE / f"diff-{options.rows}-{kind}-key.duckdb"
    if not path.exists():
        build(path, options.rows, surrogate_key=options.surrogate_key)
    runs = measure(path, options.repeat)
    check(runs)
    print(f"{options.rows:,} rows of 10 columns in each table, {kind} key")
    print(machine())
    print(f"load while running: {', '.join(f'{load:.1f}' for load in os.getloadavg())}")
    report(runs)


if __name__ == "__main__":
    main(sys.argv[1:])
