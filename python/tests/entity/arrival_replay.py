# ruff: noqa: DTZ001 - instants are UTC without a zone, as in the tables
"""Replay a compiled model of this family in any order of arrival, beside its reference.

dbt compiles each case once, and DuckDB alone runs the inputs.
"""

from __future__ import annotations

import os
from collections import Counter
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from support.planned import PlannedWarehouse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

# Shrinking a failure takes minutes, and is worth them when somebody looks.
PHASES = [Phase.generate] if os.environ.get("ENTITY_KIT_NO_SHRINK") else list(Phase)
EXAMPLES = int(os.environ.get("ENTITY_KIT_EXAMPLES", "0")) or 90

BASE = datetime(2024, 1, 1)
TIMES = st.integers(0, 5).map(lambda n: BASE + timedelta(hours=n))
STEPS = st.sets(TIMES, max_size=3).map(lambda steps: sorted(steps | {BASE + timedelta(hours=5)}))
# The session's; none changes a result.
ZONES = ["UTC", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe"]


def compile_twice(
    make_project: Any, sources: str, table: str, models: Mapping[str, str]
) -> dict[str, dict[str, str]]:
    """Compile every model, as a first run and as an incremental one."""
    project = make_project(
        {"sources.yml": sources} | {f"{n}.sql": sql for n, sql in models.items()}
    )
    project.execute(table)

    def compile_all(*flags: str) -> dict[str, str]:
        results = project.run("compile", *flags).results
        return {result.node.name: result.node.compiled_code for result in results}

    first = compile_all("--full-refresh")
    project.run("run")
    incremental = compile_all()
    return {name: {"first": first[name], "incremental": incremental[name]} for name in models}


def literal(value: Any) -> str:
    if value is None or isinstance(value, (bool, int)):
        return "null" if value is None else str(value).lower()
    return f"'{value}'"


def replay_every_order(
    sql: Mapping[str, str],
    name: str,
    source: tuple[str, list[str], st.SearchStrategy[list[dict[str, Any]]]],
    reference: Callable[[list[dict[str, Any]]], Iterable[tuple[Any, ...]]],
) -> None:
    """Compare the table with its reference and its full refresh after each step of random logs.

    `source` is the statement that creates the table `changes`, its columns, and what draws rows.
    """
    table, columns, drawn = source
    incremental = sql["incremental"].replace(f'"main"."{name}"', '"main"."built"')
    warehouse = PlannedWarehouse()
    warehouse.execute(table)
    for built in ("built", "afresh"):
        warehouse.execute(f"create table {built} as {sql['first']}")
    warehouse.execute(f"create temp table made as {incremental} limit 0")

    def rows(name_of: str, without: str = "") -> Counter[tuple[Any, ...]]:
        return Counter(warehouse.run(f"select * {without} from {name_of}").fetchall())

    def fill(name_of: str, statement: str) -> None:
        warehouse.run(f"truncate {name_of}")
        warehouse.run(f"insert into {name_of} {statement}")

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        phases=PHASES,
        suppress_health_check=list(HealthCheck),
    )
    @given(drawn, STEPS, st.sets(st.integers(0, 8)), st.sampled_from(ZONES))
    def run(
        changes: list[dict[str, Any]], steps: list[datetime], held: set[int], zone: str
    ) -> None:
        warehouse.use_zone(zone)
        for position, step in enumerate(steps):
            arrived = [(n, row) for n, row in enumerate(changes) if row["loaded_at"] <= step]
            if arrived and position + 1 < len(steps):
                # Part of the last batch may show at the next step.
                last = max(row["loaded_at"] for _, row in arrived)
                arrived = [(n, r) for n, r in arrived if r["loaded_at"] < last or n not in held]
            shown = [{column: row[column] for column in columns} for _, row in arrived]
            warehouse.run("truncate changes")
            if shown:
                values = ", ".join(
                    "(" + ", ".join(literal(row[c]) for c in columns) + ")" for row in shown
                )
                warehouse.execute(f"insert into changes values {values}")
            if position == 0:
                fill("built", sql["first"])
            else:
                fill("made", incremental)
                warehouse.run(
                    "delete from built where durable_key in (select durable_key from made)"
                )
                warehouse.run("insert into built by name select * from made")
            fill("afresh", sql["first"])
            given_rows = f"step {step} of {steps} of {changes}, held {held}"
            expected = Counter(reference(shown))
            assert rows("afresh", "exclude (durable_key)") == expected, f"full: {given_rows}"
            assert rows("built") == rows("afresh"), f"incremental: {given_rows}"

    run()
