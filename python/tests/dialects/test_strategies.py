"""What `insert_overwrite` replaces, as its SQL runs."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import duckdb
import jinja2
import pytest

from entity_kit.dbt_bridge import strategies

BEFORE = """
create table target (day date, kind varchar, id int);
insert into target values
    ('2024-01-01', 'a', 1), ('2024-01-02', 'a', 2), ('2024-02-01', 'b', 3), (null, null, 4);
create table batch (id int, day date, kind varchar);
"""


def _after(config: dict[str, Any], batch: str) -> list[int]:
    """Return the ids in the table after a batch."""
    text = strategies._MACROS["duckdb__get_incremental_insert_overwrite_sql"]
    given = {
        "target_relation": "target",
        "temp_relation": "batch",
        "dest_columns": [SimpleNamespace(name=name) for name in ("day", "kind", "id")],
    }

    def refuse(message: str) -> None:
        raise ValueError(message)

    environment = jinja2.Environment(autoescape=False)  # noqa: S701  (it is SQL)
    environment.globals.update(
        config=config,
        get_quoted_csv=", ".join,
        exceptions=SimpleNamespace(raise_compiler_error=refuse),
    )
    module = environment.from_string(text).module
    sql = module.duckdb__get_incremental_insert_overwrite_sql(given)
    with duckdb.connect() as connection:
        connection.execute(BEFORE)
        if batch:
            connection.execute(f"insert into batch (id, day, kind) values {batch}")
        connection.execute(sql)
        return [row[0] for row in connection.execute("select id from target order by 1").fetchall()]


def _by(**partition: Any) -> dict[str, Any]:
    return {"entity_kit_partition_by": {"field": "day", **partition}}


@pytest.mark.parametrize(
    ("config", "batch", "ids"),
    [
        (_by(), "(10, '2024-01-02', 'a')", [1, 3, 4, 10]),
        (_by(granularity="month", data_type="DATE"), "(10, '2024-01-31', 'a')", [3, 4, 10]),
        # As on BigQuery, no row without a partition is ever replaced.
        (_by(), "(10, null, 'a')", [1, 2, 3, 4, 10]),
        ({**_by(), "partitions": ["date '2024-02-01'"]}, "(10, '2024-01-02', 'a')", [1, 2, 4, 10]),
        (_by(), "", [1, 2, 3, 4]),
        ({"entity_kit_partition_by": "kind"}, "(10, '2024-03-01', 'a')", [3, 4, 10]),
        # Elsewhere, NULL is a partition like others.
        ({"entity_kit_partition_by": ["kind", "day"]}, "(10, null, null)", [1, 2, 3, 10]),
        ({}, "(10, '2024-03-01', 'z')", [10]),
        ({}, "", []),
    ],
)
def test_insert_overwrite(config, batch, ids):
    assert _after(config, batch) == ids


def test_ingestion_time_has_no_counterpart():
    with pytest.raises(ValueError, match="no counterpart on DuckDB"):
        _after(_by(time_ingestion_partitioning=True), "")


def test_the_last_partition_of_bigquery():
    config = {"entity_kit_partition_by": {"field": "day", "data_type": "date"}}
    text = "where day >= date_sub(_dbt_max_partition, interval 1 day) and my_dbt_max_partition = 1"
    assert strategies.with_max_partition(text, config, "`p`.`d`.`t`") == (
        "where day >= date_sub((select max(day) from `p`.`d`.`t` where day is not null), "
        "interval 1 day) and my_dbt_max_partition = 1"
    )
    assert strategies.with_max_partition(text, {}, "`p`.`d`.`t`") == text
