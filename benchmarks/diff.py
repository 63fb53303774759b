"""Time `entity_kit.diff` against what people use today, in one run, on the same two tables.

Each contender runs several times in its own process, in turn; startup and imports aren't counted.
All must find the same rows. README.md explains what is compared with what, and why.

    make setup && .venv/bin/python benchmarks/diff.py
"""

# ruff: noqa: INP001, T201 - a script that prints
# ruff: noqa: PLC0415 - each contender imports its own tool, where only that is installed

from __future__ import annotations

import argparse
import json
import resource
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from claims import claim, machine

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

RELADIFF = "0.6.0"
ROOT = Path(__file__).resolve().parents[1]
CACHE = ROOT / ".cache" / "benchmarks"
LOADER = ROOT / "integration_tests" / "load_flights.py"
KEY = "flight_key"
DIFFERING = 22

# Ten columns of the sample data's real flights, repeated year after year up to the rows wanted.
TABLE = """
    select
        {key} as flight_key,
        carrier,
        flight,
        tailnum,
        origin,
        dest,
        occurred_at + to_years(copy::integer) as occurred_at,
        loaded_at + to_years(copy::integer) as loaded_at,
        dep_delay,
        arr_delay
    from (select *, row_number() over () - 1 as place from flights.raw.flights), range({copies}) as t(copy)
    where copy * {recorded} + place < {rows}
    order by copy, place
"""
KEYS = {
    "number": "(copy * {recorded} + place)::bigint",
    "text": "flight_id || '-' || copy",
}


@dataclass(frozen=True)
class Run:
    """One timed run. `seconds` is wall time, `cpu` is CPU time, `peak` is bytes of memory."""

    seconds: float
    cpu: float
    peak: int
    found: list[str]


def build(path: Path, rows: int, key: str) -> None:
    """Create the tables: 14 rows changed, 4 missing, 4 extra; and a copy without differences."""
    import duckdb

    flights = CACHE / "flights.duckdb"
    subprocess.run([sys.executable, LOADER, flights], check=True, stdout=subprocess.DEVNULL)  # noqa: S603
    say(f"Building {rows:,} rows three times, once, in {path}")
    part = path.with_suffix(".part")
    part.unlink(missing_ok=True)
    with duckdb.connect(str(part)) as connection:
        connection.execute(f"attach '{flights}' as flights (read_only)")
        recorded = connection.execute("select count(*) from flights.raw.flights").fetchone()[0]
        every = TABLE.format(
            key=KEYS[key].format(recorded=recorded),
            copies=rows // recorded + 1,
            recorded=recorded,
            rows=rows + 4,
        )
        connection.execute(f"create table full_refresh as {every} limit {rows}")
        connection.execute("create table identical as from full_refresh")
        places = ", ".join(str(n * (rows // DIFFERING)) for n in range(DIFFERING))
        connection.execute(
            "create temp table differing as select flight_key, row_number() over () as n "
            f"from full_refresh where rowid in ({places})"
        )
        connection.execute(f"""
            create table incremental as
            with missing as (select flight_key from differing where n <= 4),
            changed as (select flight_key from differing where n > 4 and n <= 18)
            select * replace (
                case when flight_key in (from changed) then arr_delay + 1 else arr_delay end
                    as arr_delay,
                case when flight_key in (from changed) then 'late' else tailnum end as tailnum
            )
            from full_refresh
            where flight_key not in (from missing)
            union all
            from ({every} offset {rows})
        """)
        connection.execute("checkpoint")
    part.rename(path)


def ours(path: str, incremental: str) -> list[str]:
    from entity_kit import diff

    found = diff(path, incremental, "full_refresh", key=[KEY], limit=1000)
    counts = found.comparison
    assert not found.schema_changes  # noqa: S101
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
    """Read and hash every row of both tables once, the minimum for any comparison of content."""
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
    """Run one contender in this process, and write its measurements to stdout as JSON."""
    import duckdb  # noqa: F401

    if name == "entity-kit":
        import entity_kit  # noqa: F401
    elif name == "reladiff":
        import reladiff as _  # noqa: F401
    started, cpu = time.perf_counter(), time.process_time()
    found = CONTENDERS[name](path, incremental)
    seconds, cpu = time.perf_counter() - started, time.process_time() - cpu
    sys.stdout.write(json.dumps([seconds, cpu, peak_memory(), sorted(found)]))


def peak_memory() -> int:
    """Return the peak memory of this process, in bytes."""
    status = Path("/proc/self/status")
    if status.exists():
        # `getrusage` would count what the parent held before it started us.
        line = next(each for each in status.read_text().splitlines() if each.startswith("VmHWM:"))
        return int(line.split()[1]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def run(python: Path, name: str, path: Path, incremental: str) -> Run:
    say(f"  {name} on {incremental}")
    done = subprocess.run(  # noqa: S603
        [python, __file__, "--work", name, "--tables", path, incremental],
        check=False,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        sys.exit(f"{name} failed with {done.returncode}:\n{done.stderr}")
    return Run(*json.loads(done.stdout))


def reladiff_python() -> Path:
    """Return a Python that has reladiff with our DuckDB, created once."""
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
    """Run all contenders in turn, so that other load on the machine affects all of them alike."""
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
            ">= 8",
        ),
        (
            "EXCEPT ALL / entity-kit",
            ("EXCEPT ALL", "incremental"),
            ("entity-kit", "incremental"),
            ">= 15",
        ),
        (
            "entity-kit, identical / hashing",
            ("entity-kit", "identical"),
            ("hashing", "identical"),
            "<= 1.5",
        ),
    ):
        # Ratios of the same turn: what else the machine does differs from turn to turn.
        ratios = [
            [getattr(one, part) / getattr(other, part) for part in ("seconds", "cpu")]
            for one, other in zip(runs[slow], runs[quick], strict=True)
        ]
        wall, cpu = (statistics.median(each) for each in zip(*ratios, strict=True))
        print(f"{label:36}{wall:9.2f}{cpu:9.2f}{target:>10}")
        rival = f"reladiff {RELADIFF}" if slow[0] == "reladiff" else ""
        claim(f"diff: {label}", wall, target, rival)


def check(runs: dict[tuple[str, str], list[Run]]) -> None:
    """Stop if a contender found other rows than the others."""
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


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=10_000_000, help="rows of each table")
    parser.add_argument("--repeat", type=int, default=3, help="turns; medians are printed")
    parser.add_argument(
        "--key", choices=KEYS, default="number", help="what the key is; text takes 30 characters"
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
    path = CACHE / f"diff-{options.rows}-{options.key}.duckdb"
    if not path.exists():
        build(path, options.rows, options.key)
    runs = measure(path, options.repeat)
    check(runs)
    print(f"{options.rows:,} rows of 10 columns in each table, key: {options.key}")
    print(f"{machine()}, reladiff {RELADIFF}")
    report(runs)


if __name__ == "__main__":
    main(sys.argv[1:])
