# ruff: noqa: INP001, T201, PLC0415 - a script whose output is the result; dbt loads slowly
"""Time a metric table with one new day, against its full refresh and against MetricFlow's own SQL.

    python benchmarks/metric_table.py --rows 50000000

Ten metrics by day and three dimensions, over a year of orders. The table is built over the year less a
day. Then the last day arrives. The incremental run, and a full refresh elsewhere, are timed as dbt
reports them, and compared. Where metricflow is installed, the SQL with which it answers the same
question is timed too, as a `create table`, and must give the same rows.
"""

from __future__ import annotations

import argparse
import importlib.util
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import yaml
from claims import claim, machine

from grain import DAYS, PACKAGE, Bench

GOALS = {"refresh": ">= 15", "metricflow": "<= 1.3"}
ROWS = """
create or replace table orders as
select
    range as order_id,
    cast(hash(range) % {customers} as integer) as customer_id,
    'country ' || cast(hash(range + 1) % 20 as varchar) as country,
    'channel ' || cast(hash(range + 2) % 5 as varchar) as channel,
    'plan ' || cast(hash(range + 3) % 4 as varchar) as plan,
    cast(hash(range + 4) % 100000 as integer) as cents,
    cast(hash(range + 5) % 20000 as integer) as cost,
    hash(range + 6) % 10 > 0 as is_done,
    timestamp '2024-01-01' + to_microseconds(cast(range * {step} as bigint)) as ordered_at,
    timestamp '2024-01-01 01:00' + to_microseconds(cast(range * {step} as bigint)) as loaded_at
from range({rows})
"""
MEASURES = {
    "revenue": {"agg": "sum", "expr": "cents"},
    "costs": {"agg": "sum", "expr": "cost"},
    "orders_placed": {"agg": "count", "expr": "order_id"},
    "buyers": {"agg": "count_distinct", "expr": "customer_id"},
    "mean_order": {"agg": "average", "expr": "cents"},
    "largest_order": {"agg": "max", "expr": "cents"},
    "smallest_order": {"agg": "min", "expr": "cents"},
}
DONE = "{{ Dimension('order__is_done') }}"
MADE: list[dict[str, Any]] = [
    {
        "name": "done_revenue",
        "type": "simple",
        "type_params": {"measure": "sum_of_revenue"},
        "filter": DONE,
    },
    {
        "name": "done_share",
        "type": "ratio",
        "type_params": {"numerator": "done_revenue", "denominator": "revenue"},
    },
    {
        "name": "margin",
        "type": "derived",
        "type_params": {"expr": "revenue - costs", "metrics": ["revenue", "costs"]},
    },
]
NAMES = [*MEASURES, *(each["name"] for each in MADE)]
DIMENSIONS = ["country", "channel", "plan"]
TABLE = f"{{{{ entity_kit.metric_table({NAMES!r}, 'day', {DIMENSIONS!r}) }}}}"


def properties() -> dict[str, Any]:
    """Return the semantic model of the orders, and the ten metrics."""
    metrics = [
        {"name": name, "type": "simple", "type_params": {"measure": f"sum_of_{name}"}}
        for name in MEASURES
    ]
    return {
        "models": [
            {
                "name": "days",
                "time_spine": {"standard_granularity_column": "day"},
                "columns": [{"name": "day", "granularity": "day"}],
            }
        ],
        "semantic_models": [
            {
                "name": "orders",
                "model": "ref('orders_placed')",
                "defaults": {"agg_time_dimension": "ordered_at"},
                "config": {"meta": {"entity_kit": {"loaded_at": "loaded_at"}}},
                "entities": [{"name": "order", "type": "primary", "expr": "order_id"}],
                "dimensions": [
                    {
                        "name": "ordered_at",
                        "type": "time",
                        "type_params": {"time_granularity": "day"},
                    },
                    *({"name": name, "type": "categorical"} for name in (*DIMENSIONS, "is_done")),
                ],
                "measures": [{"name": f"sum_of_{n}", **given} for n, given in MEASURES.items()],
            }
        ],
        "metrics": [{"label": each["name"], **each} for each in (*metrics, *MADE)],
    }


def project(folder: Path, memory_limit: str) -> Bench:
    """Write the project."""
    bench = Bench(folder, memory_limit, {"orders": "select 1 as unused"})
    (folder / "models" / "orders.sql").unlink()
    models = {
        "orders_placed.sql": "{{ config(materialized='view') }} select * from {{ source('raw', 'orders_seen') }}",
        "days.sql": "select date '2024-01-01' as day",
        "metrics_by_day.sql": TABLE,
        "metrics.yml": yaml.safe_dump(properties()),
    }
    for name, text in models.items():
        (folder / "models" / name).write_text(text, encoding="utf-8")
    return bench


def metricflow_sql(folder: Path) -> str | None:
    """Return MetricFlow's SQL for the same question, or None where it isn't installed."""
    if importlib.util.find_spec("metricflow") is None:
        return None
    sys.path.insert(0, str(PACKAGE / "python" / "tests"))
    from dbt.cli.main import dbtRunner

    from support.metricflow import MetricFlow

    places = [f"--project-dir={folder}", f"--profiles-dir={folder}", "--target=full_refresh"]
    parsed = dbtRunner().invoke(["--quiet", "parse", *places])
    if not parsed.success:
        raise SystemExit(str(parsed.exception))
    groups = ["metric_time__day", *(f"order__{name}" for name in DIMENSIONS)]
    return MetricFlow(parsed.result, folder).sql(NAMES, groups)


def same(bench: Bench) -> bool:
    """Return whether MetricFlow's rows are those of the table, but for the rounding of floats."""
    columns = ", ".join(
        ["metric_time__day::date as day", *(f"order__{name}" for name in DIMENSIONS)]
        + [f"round({name}::double, 6) as {name}" for name in NAMES]
    )
    ours = columns.replace("metric_time__day", "period_start").replace("order__", "")
    (count,) = bench.execute(
        f"select count(*) from ((select {columns} from asked except all select {ours} from "
        f"full_refresh.metrics_by_day) union all (select {ours} from full_refresh.metrics_by_day "
        f"except all select {columns} from asked))"
    )[0]
    return not count


def measure(rows: int, parent: Path | None, memory_limit: str) -> None:
    """Measure it all in a folder of its own, and print it."""
    with tempfile.TemporaryDirectory(dir=parent) as name:
        bench = project(Path(name), memory_limit)
        step = DAYS * 86_400_000_000 / rows
        bench.execute(ROWS.format(rows=rows, step=step, customers=max(1000, rows // 100)))
        last = f"2024-01-01'::timestamp + interval {DAYS - 1} days + interval '1 hour"
        bench.show("orders", until=last)
        for target in ("incremental", "full_refresh"):
            bench.run("orders_placed", target)
        bench.run("metrics_by_day", "incremental", "--full-refresh")
        bench.show("orders", until="2026-01-01")
        incremental, _ = bench.run("metrics_by_day", "incremental")
        full_refresh, _ = bench.run("metrics_by_day", "full_refresh", "--full-refresh")
        ratio = full_refresh / incremental
        equal = "equal" if bench.equal("metrics_by_day") else "DIFFERENT"
        print(
            f"{rows:>12,} rows   incremental {incremental:.2f} s   full refresh {full_refresh:.2f} s"
        )
        print(f"full refresh / incremental: {ratio:.1f} times (goal {GOALS['refresh']})   {equal}")
        claim(f"metric table, {rows:,} rows", ratio, GOALS["refresh"], "its own full refresh")
        sql = metricflow_sql(Path(name))
        if sql is None:
            print("MetricFlow isn't installed: pip install dbt-metricflow")
            return
        began = time.perf_counter()
        bench.execute(f"create or replace table asked as {sql}")
        asked = time.perf_counter() - began
        equal = "equal" if same(bench) else "DIFFERENT"
        print(f"MetricFlow's SQL {asked:.2f} s")
        ratio = full_refresh / asked
        print(
            f"full refresh / MetricFlow: {ratio:.2f} times (goal {GOALS['metricflow']})   {equal}"
        )
        claim(f"metric table / MetricFlow, {rows:,} rows", ratio, GOALS["metricflow"], "MetricFlow")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=50_000_000)
    parser.add_argument("--folder", type=Path, help="where to make the data, for a roomy disk")
    parser.add_argument("--memory-limit", default="8GB", help="DuckDB's own")
    arguments = parser.parse_args()
    print(machine())
    measure(arguments.rows, arguments.folder, arguments.memory_limit)


if __name__ == "__main__":
    main()
