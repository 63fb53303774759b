"""A shop whose warehouse is there already: its metrics, and tables that hold them rightly and wrongly.

No dbt run has built it. So tests of what reads a warehouse need no run either.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import yaml

from support.macro_project import PACKAGE
from support.verify_project import Project, write_project

if TYPE_CHECKING:
    from pathlib import Path

ORDERS = [
    # order, status, amount in cents, day
    (1, "new", 1000, "2026-01-05"),
    (2, "old", 2000, "2026-01-20"),
    (3, None, 550, "2026-01-20"),
    (4, "new", 725, "2026-02-01"),
    (5, "old", 300, "2026-02-27"),
]
# One month's rows of the mart are wrong, lacking, doubled, or too many.
BOARD = [
    ("2026-01-01", "new", 1100),
    ("2026-01-01", "old", None),
    ("2026-02-01", "new", 725),
    ("2026-02-01", "new", 725),
    ("2026-02-01", "old", 300),
    ("2026-03-01", "new", 100),
]
METRICS: dict[str, dict[str, Any]] = {
    "revenue": {"type": "simple", "type_params": {"measure": "amount"}},
    "new_revenue": {
        "type": "simple",
        "type_params": {"measure": "amount"},
        "filter": "{{ Dimension('order__status') }} = 'new'",
    },
    # What its owner forgot: rows without a status are no "not old" ones.
    "not_old_revenue": {
        "type": "simple",
        "type_params": {"measure": "amount"},
        "filter": "{{ Dimension('order__status') }} <> 'old'",
    },
    # Written otherwise, and never another number.
    "positive_revenue": {
        "type": "simple",
        "type_params": {"measure": "amount"},
        "filter": "{{ Dimension('order__amount_in_cents') }} > 0",
    },
    "orders": {"type": "simple", "type_params": {"measure": "orders_counted"}},
    "goal": {"type": "simple", "type_params": {"measure": "goal"}},
}
PLACES: dict[str, dict[str, Any]] = {
    "revenue": {
        "model": "board",
        "column": "total",
        "grain": "month",
        "period": "month",
        "dimensions": {"order__status": "state"},
    },
    "new_revenue": {"model": "monthly", "column": "from_new", "grain": "month"},
    "not_old_revenue": {"model": "board", "column": "total", "grain": "month", "period": "month"},
    "positive_revenue": {
        "model": "monthly",
        "column": "rounded",
        "grain": "month",
        "tolerance": 0.5,
    },
    "orders": {"model": "daily", "column": "orders", "grain": "day"},
    "goal": {"model": "monthly", "column": "from_new", "grain": "day"},
}
TABLES = """
create table orders (order_id integer, status varchar, amount decimal(10, 2), ordered_at timestamp);
create table goals as select date '2026-01-01' as month, 10 as goal;
create table days as select cast(day as date) as day
from generate_series(timestamp '2026-01-01', timestamp '2026-03-31', interval 1 day) as t (day);
create table board (month date, state varchar, total decimal(10, 2));
create table monthly (period_start date, from_new decimal(10, 2), rounded integer);
insert into monthly values ('2026-01-01', 10, 36), ('2026-02-01', 7.25, 10);
create table daily (period_start timestamp, orders bigint);
"""
PROPERTIES: dict[str, Any] = {
    "models": [
        {
            "name": "days",
            "time_spine": {"standard_granularity_column": "day"},
            "columns": [{"name": "day", "granularity": "day"}],
        },
        {
            "name": "daily",
            "config": {
                "meta": {
                    "entity_kit_metric_table": {
                        "metrics": ["orders"],
                        "grain": "day",
                        "dimensions": [],
                        "timezone": "UTC",
                    }
                }
            },
        },
    ],
    "semantic_models": [
        {
            "name": "orders",
            "model": "ref('orders')",
            "defaults": {"agg_time_dimension": "ordered_at"},
            "entities": [{"name": "order", "type": "primary", "expr": "order_id"}],
            "dimensions": [
                {"name": "ordered_at", "type": "time", "type_params": {"time_granularity": "day"}},
                {"name": "status", "type": "categorical"},
                {"name": "amount_in_cents", "type": "categorical", "expr": "amount * 100"},
            ],
            "measures": [
                {"name": "amount", "agg": "sum"},
                {"name": "orders_counted", "agg": "count", "expr": "order_id"},
            ],
        },
        {
            "name": "goals",
            "model": "ref('goals')",
            "defaults": {"agg_time_dimension": "since"},
            "entities": [{"name": "goal_of_month", "type": "primary", "expr": "month"}],
            "dimensions": [
                {
                    "name": "since",
                    "type": "time",
                    "expr": "month",
                    "type_params": {"time_granularity": "month"},
                }
            ],
            "measures": [{"name": "goal", "agg": "sum"}],
        },
    ],
}


def write_shop(tmp_path: Path) -> Project:
    """Write the project, with its warehouse."""
    metrics = [
        {
            "name": name,
            "label": name,
            "description": f"The {name}.",
            "config": {
                "meta": {"entity_kit": {"business_owner": "Sales", "materialized_in": PLACES[name]}}
            },
            **given,
        }
        for name, given in METRICS.items()
    ]
    models = ("orders", "goals", "days", "board", "monthly", "daily")
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    project = write_project(
        tmp_path,
        scratch,
        {f"{name}.sql": "select 1 as never_built" for name in models},
        data=TABLES,
        sources="",
        files={"models/metrics.yml": yaml.safe_dump({**PROPERTIES, "metrics": metrics})},
    )
    for order, status, cents, day in ORDERS:
        name = "null" if status is None else f"'{status}'"
        project.execute(f"insert into orders values ({order}, {name}, {cents / 100}, '{day}')")
        project.execute(f"insert into daily select '{day}', 1 where '{day}' <> '2026-01-20'")
    project.execute("insert into daily values ('2026-01-20', 2)")
    for month, state, cents in BOARD:
        total = "null" if cents is None else cents / 100
        project.execute(f"insert into board values ('{month}', '{state}', {total})")
    packages = project.folder / "dbt_packages"
    packages.mkdir()
    (packages / "entity_kit").symlink_to(PACKAGE, target_is_directory=True)
    project.write({"packages.yml": f"packages: [{{local: '{PACKAGE}'}}]"})
    return project
