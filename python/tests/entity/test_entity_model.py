# ruff: noqa: DTZ001 - instants are UTC without a zone, as in the tables
"""`entity_model` against its reference: full refreshes, and incremental runs in any order of arrival.

As in the tests of `grain_table`: dbt compiles each case once, and DuckDB alone runs the inputs.
"""

from __future__ import annotations

import os
from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import duckdb
import pytest
from entity_reference import entity_model
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

# Shrinking a failure takes minutes, and is worth them when somebody looks.
PHASES = [Phase.generate] if os.environ.get("ENTITY_KIT_NO_SHRINK") else list(Phase)
EXAMPLES = int(os.environ.get("ENTITY_KIT_EXAMPLES", "0")) or 90

CASES: dict[str, Any] = {
    "plain": {"row_key": [], "deleted_when": False},
    "log": {"row_key": ["row_id"], "deleted_when": False},
    "deleting": {"row_key": [], "deleted_when": True},
    "deleting_log": {"row_key": ["row_id"], "deleted_when": True},
    # Rows that may move to one more entity of the same k1, and rows that never move.
    "half_own_log": {"row_key": ["row_id", "k1"], "deleted_when": True},
    "own_log": {"row_key": ["k2", "row_id", "k1"], "deleted_when": True},
}
METRICS = [
    {"name": "total", "calculation": "sum(amount)", "description": "."},
    {"name": "row_count", "calculation": "count(*)", "description": ".", "fill": 0},
    {"name": "names", "calculation": "count(distinct name)", "description": "."},
]
SOURCES = """
sources:
  - name: raw
    schema: main
    tables: [{name: changes}]
"""
TABLE = """
create or replace table changes (
    k1 integer, row_id integer, name varchar, k2 varchar, city varchar, deleted boolean,
    amount integer, updated_at timestamp, loaded_at timestamp
)
"""
COLUMNS = ["k1", "row_id", "name", "k2", "city", "deleted", "amount", "updated_at", "loaded_at"]


def model(*, row_key: list[str], deleted_when: bool) -> str:
    """Write the model of a case. The one with the most roles omits the attributes."""
    arguments = [
        "source('raw', 'changes')",
        "['k1', 'k2']",
        "'loaded_at'",
        "'updated_at'",
        f"metrics={METRICS!r}",
    ]
    arguments.append("attributes=['name', 'city']")
    if row_key:
        arguments.append(f"row_key={row_key!r}")
    if deleted_when:
        arguments.append("deleted_when='deleted'")
    return "{{ entity_kit.entity_model(" + ", ".join(arguments) + ") }}"


BASE = datetime(2024, 1, 1)
TIMES = st.integers(0, 5).map(lambda n: BASE + timedelta(hours=n))
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "k1": st.sampled_from([1, 1, 2, None]),
            "row_id": st.integers(1, 4),
            "name": st.sampled_from(["x", "y", None]),
            "k2": st.sampled_from(["a", None]),
            "city": st.sampled_from(["s", "t", None]),
            "deleted": st.sampled_from([False, False, True, None]),
            "amount": st.one_of(st.integers(-2, 5), st.none()),
            "updated_at": st.one_of(TIMES, TIMES, st.none()),
            "loaded_at": TIMES,
        },
    ),
    max_size=9,
)
# The session's; none changes a result.
ZONES = ["UTC", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe"]
STEPS = st.sets(TIMES, max_size=3).map(lambda steps: sorted(steps | {BASE + timedelta(hours=5)}))


def literal(value: Any) -> str:
    if value is None or isinstance(value, (bool, int)):
        return "null" if value is None else str(value).lower()
    return f"'{value}'"


@pytest.fixture(scope="module")
def compiled(make_project: Any) -> dict[str, dict[str, str]]:
    """Compile every case, as a first run and as an incremental one."""
    project = make_project(
        {"sources.yml": SOURCES} | {f"{name}.sql": model(**case) for name, case in CASES.items()},
    )
    project.execute(TABLE)

    def compile_all(*flags: str) -> dict[str, str]:
        results = project.run("compile", *flags).results
        return {result.node.name: result.node.compiled_code for result in results}

    first = compile_all("--full-refresh")
    project.run("run")
    incremental = compile_all()
    return {name: {"first": first[name], "incremental": incremental[name]} for name in CASES}


@pytest.mark.slow
@pytest.mark.parametrize("name", CASES)
def test_equals_the_reference_at_every_step(compiled: Any, name: str) -> None:
    connection = duckdb.connect()
    connection.execute("attach ':memory:' as warehouse; use warehouse; set threads = 1")
    sql = compiled[name]

    def rows(table: str, without: str = "") -> Counter[tuple[Any, ...]]:
        return Counter(connection.execute(f"select * {without} from {table}").fetchall())

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        phases=PHASES,
        suppress_health_check=list(HealthCheck),
    )
    @given(ROWS, STEPS, st.sets(st.integers(0, 8)), st.sampled_from(ZONES))
    def run(
        changes: list[dict[str, Any]], steps: list[datetime], held: set[int], zone: str
    ) -> None:
        connection.execute(f"set timezone = '{zone}'")
        for position, step in enumerate(steps):
            arrived = [(n, row) for n, row in enumerate(changes) if row["loaded_at"] <= step]
            if arrived and position + 1 < len(steps):
                # Part of the last batch may show at the next step.
                last = max(row["loaded_at"] for _, row in arrived)
                arrived = [(n, r) for n, r in arrived if r["loaded_at"] < last or n not in held]
            shown = [{column: row[column] for column in COLUMNS} for _, row in arrived]
            connection.execute(TABLE)
            if shown:
                values = ", ".join(
                    "(" + ", ".join(literal(row[c]) for c in COLUMNS) + ")" for row in shown
                )
                connection.execute(f"insert into changes values {values}")
            if position == 0:
                connection.execute(f"create or replace table built as {sql['first']}")
            else:
                connection.execute(
                    "create or replace temp table made as "
                    + sql["incremental"].replace(f'"main"."{name}"', '"main"."built"')
                    + "; delete from built where durable_key in (select durable_key from made);"
                    " insert into built by name select * from made",
                )
            connection.execute(f"create or replace table afresh as {sql['first']}")
            given_rows = f"step {step} of {steps} of {changes}, held {held}"
            expected = Counter(entity_model(shown, **CASES[name]))
            assert rows("afresh", "exclude (durable_key)") == expected, f"full: {given_rows}"
            assert rows("built") == rows("afresh"), f"incremental: {given_rows}"

    run()
