"""The target's own DuckDB file needn't exist if no source is in it."""

from __future__ import annotations

import duckdb
import pytest

from support.verify_project import FCT, ORDERS

SOURCES = """
sources:
  - name: shop
    database: raw
    tables:
      - name: orders
        config: {loaded_at_field: loaded_at}
"""


@pytest.mark.slow
def test_sources_may_all_be_in_an_attached_file(make_project, tmp_path):
    raw = tmp_path / "raw.duckdb"
    with duckdb.connect(str(raw)) as connection:
        connection.execute(ORDERS)
    project = make_project(
        {"fct.sql": FCT}, sources=SOURCES, output={"attach": [{"path": str(raw), "alias": "raw"}]}
    )
    project.warehouse.unlink()
    assert project.verdicts(steps=2) == {"fct": "agrees"}
    assert not project.warehouse.exists()
