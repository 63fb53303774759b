"""`entity-kit verify` on tables of anomalies, over a grain table whose source may do all that a source can."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.verify_project import write_project

PACKAGE = Path(__file__).resolve().parents[3]
SOURCES = """
sources:
  - name: shop
    schema: shop
    tables:
      - name: daily
        config:
          loaded_at_field: loaded_at
          event_time: day
          meta:
            entity_kit:
              row_key: [store, day]
              delivery: {late_by: {days: 3}, updates: true, deletes: hard, redelivers: false, split_batches: true}
"""
ROWS = """
create schema shop;
create table shop.daily as
select
    ['a', null][1 + i % 2] as store, timestamp '2024-01-01' + (i // 2) * interval 1 day as day,
    case when i % 17 = 0 then 90 else 10 + (i * 7) % 5 end as revenue,
    timestamp '2024-01-01 22:00' + (i // 2) * interval 1 day as loaded_at
from range(48) as t(i);
"""
CALL = "{{ entity_kit.anomalies(source('shop', 'daily'), 'revenue', period='day', by='store', loaded_at='loaded_at', "
MODELS = {
    "by_mean.sql": CALL + "min_history=4, threshold=1.5) }}",
    "by_median.sql": CALL + "method='robust', window=3, min_history=2, season='weekday') }}",
    "without.sql": CALL + "min_history=3, threshold=1.5, exclude_anomalies=true) }}",
}


@pytest.mark.slow
def test_tables_of_anomalies_stand_a_storm(tmp_path):
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    project = write_project(tmp_path, scratch, MODELS, data=ROWS, sources=SOURCES)
    packages = project.folder / "dbt_packages"
    packages.mkdir()
    (packages / "entity_kit").symlink_to(PACKAGE, target_is_directory=True)
    project.write({"packages.yml": f"packages: [{{local: '{PACKAGE}'}}]"})
    result = project.command("--schedules", "storm,late,deletes", "--steps", "3")
    assert result.exit_code == 0, result.stdout
    assert "3 agree." in result.stdout
