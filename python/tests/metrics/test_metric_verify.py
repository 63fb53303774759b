"""`entity-kit verify` on metric tables, under all that their sources may do to them at once."""

from __future__ import annotations

from pathlib import Path

import pytest
from metrics_project import FEW, MODELS, PROPERTIES, TABLES, UPSTREAMS, model

from support.verify_project import write_project

PACKAGE = Path(__file__).resolve().parents[3]
DELIVERY = (
    "{late_by: {days: 3}, updates: true, deletes: hard, redelivers: true, split_batches: true}"
)
SOURCES = f"""
sources:
  - name: raw
    schema: raw
    tables:
      - name: orders
        config:
          loaded_at_field: loaded_at
          event_time: ordered_at
          meta: {{entity_kit: {{row_key: [order_id], delivery: {DELIVERY}}}}}
      - name: returns
        config:
          loaded_at_field: synced_at
          event_time: returned_at
          meta: {{entity_kit: {{row_key: [return_id], delivery: {DELIVERY}}}}}
      - name: customers
        config:
          loaded_at_field: updated_at
          meta: {{entity_kit: {{row_key: [customer_id], delivery: {{updates: true, deletes: hard}}}}}}
      - name: visits
        config:
          loaded_at_field: seen_at
          event_time: visited_at
          meta: {{entity_kit: {{row_key: [visit_id], delivery: {DELIVERY}}}}}
      - name: stores
        config:
          loaded_at_field: loaded_at
          meta: {{entity_kit: {{row_key: [store_id], delivery: {{updates: true, deletes: hard}}}}}}
      - name: regions
        config:
          loaded_at_field: loaded_at
          meta: {{entity_kit: {{row_key: [region_id], delivery: {{updates: true, deletes: hard}}}}}}
      - name: plans
"""
ROWS = """
insert into raw.orders
select
    i, ['a', 'b', null][1 + i % 3], ['open', 'done', null][1 + i % 3], i % 50, i % 2 = 0,
    timestamp '2024-01-20' + i * interval 9 hours, timestamp '2024-01-22' + i * interval 9 hours,
    timestamp '2024-01-20 12:00' + (i // 4) * interval 40 hours
from range(40) as t(i);
insert into raw.returns
select
    i, ['a', null][1 + i % 2], 'late', i, timestamp '2024-01-21' + i * interval 30 hours,
    timestamp '2024-01-22' + i * interval 30 hours
from range(10) as t(i);
insert into raw.visits
select
    i, ['a', 'b', null][1 + i % 3], 1 + i % 2, ['web', 'shop'][1 + i % 2], timestamp '2024-01-19' + i * interval 20 hours,
    timestamp '2024-01-20' + i * interval 20 hours
from range(16) as t(i);
insert into raw.stores values (1, 1, 'big', '2024-01-22'), (2, 2, 'small', '2024-01-28');
insert into raw.regions values (1, 'north', '2024-01-21'), (2, 'south', '2024-01-29');
insert into raw.customers
values ('a', 'gold', '2024-01-01', '2024-01-23'), ('b', 'tin', '2024-01-01', '2024-01-27');
"""


@pytest.mark.slow
def test_metric_tables_stand_a_storm(tmp_path):
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    tables = {
        "by_day.sql": model([*FEW, "last_7_days"], "day", ["customer"], UPSTREAMS),
        "by_month.sql": model([*FEW, "growth"], "month", ["customer__tier"], UPSTREAMS),
        "balances.sql": model(
            ["last_done", "opening", "ends_with", "on_average", "spined_done"],
            "month",
            ["customer"],
            UPSTREAMS,
        ),
        "conversions.sql": model(
            ["order_rate", "web_orders", "visits"], "month", ["store__region__title"], UPSTREAMS
        ),
    }
    project = write_project(
        tmp_path,
        scratch,
        MODELS | tables,
        data=TABLES.format(schema="raw") + ROWS,
        sources=SOURCES,
        files={"models/metrics.yml": PROPERTIES},
    )
    packages = project.folder / "dbt_packages"
    packages.mkdir()
    (packages / "entity_kit").symlink_to(PACKAGE, target_is_directory=True)
    project.write({"packages.yml": f"packages: [{{local: '{PACKAGE}'}}]"})
    result = project.command("--schedules", "storm", "--steps", "3")
    assert result.exit_code == 0, result.stdout
    assert "4 agree." in result.stdout
