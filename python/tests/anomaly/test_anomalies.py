"""`anomalies` against its reference: full refreshes, and incremental runs in any order of arrival.

As in the tests of `grain_table`: dbt compiles each case once, and DuckDB alone runs the inputs.
"""

from __future__ import annotations

import os
from typing import Any

import duckdb
import pytest
from anomaly_cases import (
    CASES,
    SHOWN,
    SOURCES,
    TABLE,
    assert_equals_reference,
    insert,
    model,
    series,
)
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

# Shrinking a failure takes minutes, and is worth them when somebody looks.
PHASES = [Phase.generate] if os.environ.get("ENTITY_KIT_NO_SHRINK") else list(Phase)
EXAMPLES = int(os.environ.get("ENTITY_KIT_EXAMPLES", "0")) or 10


@pytest.fixture(scope="module")
def compiled(make_project: Any) -> dict[str, dict[str, str]]:
    """Compile every case, as a first run and as an incremental one."""
    project = make_project(
        {"sources.yml": SOURCES.replace("SCHEMA", "main")}
        | {f"{name}.sql": model(case) for name, case in CASES.items()},
    )
    project.execute(TABLE)
    first = project.compiled_all(list(CASES), full_refresh=True)
    project.run("run")
    incremental = project.compiled_all(list(CASES))
    return {name: {"first": first[name], "incremental": incremental[name]} for name in CASES}


@pytest.mark.slow
@pytest.mark.parametrize("name", CASES)
def test_the_sql_is_laid_out_to_be_read(compiled: Any, name: str) -> None:
    """As the golden files of other macros are."""
    for sql in compiled[name].values():
        lines = sql.strip().split("\n")
        assert [line for line in lines if len(line) > 120] == []
        assert [line for line in lines if line != line.rstrip()] == []
        assert "\n\n\n" not in sql


@pytest.mark.slow
@pytest.mark.parametrize("name", CASES)
def test_equals_the_reference_at_every_step(compiled: Any, name: str) -> None:
    connection = duckdb.connect()
    connection.execute("attach ':memory:' as warehouse; use warehouse; set threads = 1")
    connection.execute(TABLE)
    sql, case = compiled[name], CASES[name]
    incremental = sql["incremental"].replace(f'"main"."{name}"', '"main"."built"')
    assert incremental != sql["incremental"]

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        phases=PHASES,
        suppress_health_check=list(HealthCheck),
    )
    @given(series(case), st.lists(st.sets(st.integers(0, 70)), min_size=1, max_size=2))
    def run(rows: list[dict[str, Any]], absent: list[set[int]]) -> None:
        # At each step but the last, some rows haven't come yet, or are gone: that is all that can happen to a series.
        for step, missing in enumerate([*absent, set()]):
            shown = [row for number, row in enumerate(rows) if number not in missing]
            if step % 2:
                shown = [
                    {**row, "value": 11} if number % 5 == 0 else row
                    for number, row in enumerate(shown)
                ]
            connection.execute(insert(shown))
            connection.execute(f"create or replace table afresh as {sql['first']}")
            if step == 0:
                connection.execute("create or replace table built as from afresh")
            else:
                connection.execute(
                    f"create or replace temp table made as {incremental};"
                    " delete from built where surrogate_key in (select surrogate_key from made);"
                    " insert into built by name select * from made;"
                    " delete from built where status = 'withdrawn'",
                )
            found = connection.execute(f"select {SHOWN} from afresh").fetchall()
            assert_equals_reference(found, shown, case)
            differing = connection.execute(
                "(from built except all from afresh) union all (from afresh except all from built)"
            ).fetchall()
            assert differing == [], f"step {step}, without {absent}: {rows}"

    run()
