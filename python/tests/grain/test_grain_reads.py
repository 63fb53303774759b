"""An incremental run of a grain table reads only rows near the periods that it builds."""

from __future__ import annotations

import json
from typing import Any

import duckdb
import pytest

MEASURES = "[{'name': 'orders', 'calculation': 'count(*)', 'description': '.'}]"
TRAILING = "[{'name': 'orders_7d', 'calculation': 'count(*)', 'periods': 7, 'description': '.'}]"
ARGUMENTS = "'day', 'customer', source('raw', 'orders'), 'ordered_at', 'loaded_at'"
MODELS = {
    "sources.yml": "sources: [{name: raw, schema: main, tables: [{name: orders}]}]",
    "flow.sql": f"{{{{ entity_kit.grain_table({ARGUMENTS}, {MEASURES}, spine='sparse') }}}}",
    "flow_7d.sql": f"{{{{ entity_kit.grain_table({ARGUMENTS}, [], {TRAILING}, spine='sparse') }}}}",
    "zoned.sql": f"{{{{ entity_kit.grain_table({ARGUMENTS}, {MEASURES}, spine='sparse',"
    " timezone='Pacific/Kiritimati') }}",
    "dense.sql": f"{{{{ entity_kit.grain_table({ARGUMENTS}, {MEASURES}, {TRAILING}) }}}}",
    "dense_loaded.sql": f"{{{{ entity_kit.grain_table({ARGUMENTS}, {MEASURES}, reach='loaded',"
    " timezone='Pacific/Kiritimati') }}",
}
NAMES = [path.removesuffix(".sql") for path in MODELS if path.endswith(".sql")]
WIDE = {"flow_7d", "dense"}
# A thousand rows a day for 400 days, as they arrive, and some on the day after, one of which is two days late.
ORDERS = """
create or replace table orders as
select
    i % 50 as customer,
    cast(timestamp '2023-01-01' + to_seconds(i * 86) as {type}) as ordered_at,
    cast(timestamp '2023-01-01' + to_seconds(i * 86) as {type}) as loaded_at
from range(400000) as r (i)
"""
ARRIVE = """
insert into orders
select customer, ordered_at + interval '1 day', loaded_at + interval '1 day' from orders
where ordered_at > (select max(ordered_at) - interval '8 hours' from orders);
insert into orders
select customer, ordered_at - interval '2 days', loaded_at from orders order by loaded_at desc limit 1
"""


def rows_out_of_scans(profile: str) -> list[int]:
    """Return how many rows each scan of the orders returned, from DuckDB's JSON profile (old or new)."""
    found = []
    pending = [json.loads(profile)]
    while pending:
        node = pending.pop()
        pending += node.get("children", []) + node.get("operator", [])
        if str(node.get("extra_info", {}).get("Table", "")).endswith("orders"):
            found.append(int(node.get("intermediate_rows", node.get("operator_cardinality"))))
    return found


@pytest.mark.slow
@pytest.mark.parametrize("time_type", ["timestamp", "timestamptz"])
def test_a_run_reads_what_lies_near_its_periods(make_project: Any, time_type: str) -> None:
    project = make_project(MODELS)
    project.execute(ORDERS.format(type=time_type))
    project.run("run")
    project.execute(ARRIVE)
    for name, sql in project.compiled_all(NAMES).items():
        profile = project.query(f"explain (analyze, format json) {sql}")[0][1]
        days = 7 + 4 if name in WIDE else 7
        scanned = rows_out_of_scans(profile)
        assert scanned
        if not duckdb.__version__.startswith("1."):  # which filters no scan by what it joins
            assert 0 < sum(scanned) < 2 * days * 1005, f"{name}: {scanned}"
    project.run("run")
    incremental = {name: project.query(f"from {name} order by all") for name in NAMES}
    project.run("run", "--full-refresh")
    for name, rows in incremental.items():
        assert project.query(f"from {name} order by all") == rows
