# ruff: noqa: INP001, T201 - a script whose output is the result
"""Measure the cost of a day as history grows: an entity table, a history, a grain table, within 8 GiB.

    python benchmarks/scale.py --rows 1000000,10000000,100000000 --folder /somewhere/roomy

The same day arrives on top of histories of different lengths: 27,397 rows, one in a thousand of
them a month late. Each model is built once over all days but the last, then run for the last day,
each time in its own process. The output has the wall and CPU seconds that dbt spent on the model,
the peak of resident memory, and the peak of what DuckDB spilled to disk. A plain append is measured
too; it is wrong as soon as a row arrives late or again. 100 million rows take about 25 GB.
`--json FILE` writes the numbers to a file.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import resource
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

from claims import machine

from grain import Bench

ROWS_A_DAY = 27_397  # ten million a year
DAY = "timestamp '2015-01-01' + to_days(cast({day} as integer))"

# In the order of arrival; on the last day come some rows of a month ago.
TABLE = """
create or replace table {name} as
select
    {columns},
    case when is_late then happened - interval 30 day else happened end as happened,
    happened + interval 1 hour as loaded_at
from (
    select
        range as i,
        timestamp '2015-01-01' + to_microseconds(cast(range * (86400000000 / {a_day}) as bigint)) as happened,
        range >= {rows} - {a_day} and range % 1000 = 7 as is_late
    from range({rows})
)
"""
COLUMNS = {
    "append": "i as row_id, cast(hash(i) % 20000 as integer) as user_id, cast(hash(i + 2) % 900 as integer) as seconds",
    # One in fifty is a later version of the row before it.
    "entity": "case when i % 50 = 0 and i > 0 then i - 1 else i end as transaction_id,"
    " cast(hash(i) % 90000 as integer) as account_id, cast(hash(i + 1) % 1000000 as integer) as cents",
    # Ten changes a customer.
    "history": "cast(hash(i) % {tenth} as integer) as customer_id,"
    " cast(hash(i + 1) % 1000 as integer) as city, cast(hash(i + 2) % 5 as integer) as tier",
    "grain": "cast(hash(i) % 20000 as integer) as user_id, cast(hash(i + 2) % 900 as integer) as seconds",
}
# What a blind append costs: every row once, whatever came late or again.
APPEND = """
{{ config(materialized='incremental', incremental_strategy='append') }}
select * from {{ source('raw', 'append_seen') }}
{% if is_incremental() %}
where loaded_at > (select max(loaded_at) from {{ this }})
{% endif %}
"""
MODELS = {
    "append": APPEND,
    "entity": """
{{ entity_kit.entity_model(
    source('raw', 'entity_seen'), 'transaction_id', 'loaded_at', 'happened', attributes=['account_id', 'cents'],
    row_key='transaction_id', metrics=[{'name': 'versions', 'calculation': 'count(*)', 'description': '.'}]
) }}
""",
    "history": """
{{ entity_kit.scd2_history(
    source('raw', 'history_seen'), 'customer_id', 'happened', 'loaded_at', tracked_columns=['city', 'tier']
) }}
""",
    "grain": """
{{ entity_kit.grain_table(
    'day', 'user_id', source('raw', 'grain_seen'), 'happened', 'loaded_at', spine='sparse',
    measures=[
        {'name': 'views', 'calculation': 'count(*)', 'description': '.'},
        {'name': 'seconds', 'calculation': 'sum(seconds)', 'description': '.'},
    ]
) }}
""",
}


def spilled(folder: Path) -> int:
    """Return the bytes in DuckDB's temporary folder, which may be gone by now."""
    try:
        return sum(file.stat().st_size for file in folder.iterdir())
    except OSError:
        return 0


def build(bench: Bench, name: str, target: str, flags: tuple[str, ...], answer: Any) -> None:
    """Build a model in this process, which is only for this model, and send the measurements."""
    peak, done = 0, threading.Event()

    def watch() -> None:
        nonlocal peak
        while not done.wait(0.05):
            peak = max(peak, spilled(bench.folder / "spilled"))

    watcher = threading.Thread(target=watch)
    watcher.start()
    wall, processor = bench.run(name, target, *flags)
    done.set()
    watcher.join()
    resident = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    answer.send({"wall": wall, "processor": processor, "resident": resident, "spilled": peak})


def alone(function: Any, *arguments: Any) -> dict[str, Any]:
    """Call a function in a new process, and return what it sends."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=function, args=(*arguments, theirs))
    process.start()
    theirs.close()
    try:
        found: dict[str, Any] = ours.recv()
    except EOFError:
        raise SystemExit("A build ended without a result: see above.") from None
    process.join()
    return found


def load(bench: Bench, name: str, rows: int, answer: Any) -> None:
    """Create the source in its own process, so that its memory isn't counted."""
    columns = COLUMNS[name].format(tenth=max(1, rows // 10))
    bench.execute(TABLE.format(name=name, columns=columns, rows=rows, a_day=ROWS_A_DAY))
    answer.send({})


def show(bench: Bench, name: str, condition: str, answer: Any) -> None:
    """Show the rows of the source that have arrived."""
    bench.execute(f"create or replace view {name}_seen as from {name} where {condition}")
    answer.send({})


def measure(name: str, rows: int, parent: Path | None, memory_limit: str) -> dict[str, Any]:
    """Measure a model over a number of rows: its first build, and the last day."""
    with tempfile.TemporaryDirectory(dir=parent) as folder:
        bench = Bench(Path(folder), memory_limit, MODELS)
        alone(load, bench, name, rows)
        last = DAY.format(day=rows // ROWS_A_DAY - 1)
        alone(show, bench, name, f"loaded_at < {last} + interval 1 hour")
        first = alone(build, bench, name, "incremental", ("--full-refresh",))
        alone(show, bench, name, "true")
        day = alone(build, bench, name, "incremental", ())
        return {"model": name, "rows": rows, "first": first, "day": day}


def told(what: dict[str, Any]) -> str:
    return (
        f"{what['wall']:8.2f} s ({what['processor']:7.2f}) {what['resident'] / 2**30:6.2f} GiB"
        f" {what['spilled'] / 2**30:6.2f} GiB"
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--rows", default="1000000,10000000", help="N,N,...")
    parser.add_argument("--only", choices=list(MODELS), action="append")
    parser.add_argument("--folder", type=Path, help="where to make the data, for a roomy disk")
    parser.add_argument("--memory-limit", default="6GB", help="DuckDB's own")
    parser.add_argument("--json", type=Path, help="write the numbers here, too")
    arguments = parser.parse_args()
    print(machine())
    print(f"{ROWS_A_DAY:,} rows a day; DuckDB may take {arguments.memory_limit}")
    head = f"{'wall':>10} {'(processor)':>10} {'resident':>9} {'spilled':>10}"
    print(f"{'':8}{'rows':>12}   {'first build:' + head}   {'the last day:' + head}")
    found = []
    started = time.perf_counter()
    for name in arguments.only or list(MODELS):
        for rows in map(int, arguments.rows.split(",")):
            one = measure(name, rows, arguments.folder, arguments.memory_limit)
            found.append(one)
            print(f"{name:8}{rows:>12,}   {told(one['first'])}   {told(one['day'])}", flush=True)
    print(f"{time.perf_counter() - started:.0f} s in all")
    if arguments.json:
        arguments.json.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
