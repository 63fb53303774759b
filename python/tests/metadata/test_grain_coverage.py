"""The model `grain_coverage`: what each grain table contains, by its recorded grain."""

from __future__ import annotations

from datetime import datetime

import pytest

EVENTS = """select who, happened, loaded_at from (values
    ('ada', timestamp '2024-01-01 10:00:00', timestamp '2024-01-05'),
    ('ada', timestamp '2024-01-04 10:00:00', timestamp '2024-01-05'),
    ('ben', timestamp '2024-01-03 10:00:00', timestamp '2024-01-05')
) as t (who, happened, loaded_at)"""
TABLE = (
    "{{{{ entity_kit.grain_table('{grain}', 'who', ref('events'), 'happened', 'loaded_at', spine='{spine}', "
    "measures=[{{'name': 'n', 'calculation': 'count(*)'}}]) }}}}"
)


@pytest.fixture(scope="module")
def project(make_project, engine):
    return make_project(
        {
            "events.sql": "{{ config(materialized='table') }}" + EVENTS,
            "days.sql": TABLE.format(grain="day", spine="dense"),
            "busy_days.sql": TABLE.format(grain="day", spine="sparse"),
            "months.sql": "{{ entity_kit.grain_rollup(ref('days'), 'month', [{'name': 'n', 'calculation': 'count(*)'}]) }}",
            "hours.sql": TABLE.format(grain="hour", spine="sparse"),
            "plain.sql": "select 1 as x",
        },
        variables={"entity_kit_grain_coverage": True},
        engine=engine,
    )


@pytest.mark.slow
def test_it_says_what_each_table_holds(project):
    project.run("run", "-s", "events", "days", "busy_days", "months")
    project.run("run", "-s", "grain_coverage")
    rows = project.query(
        "select model_name, grain, business_key, spine, is_built, first_period, last_period, row_count, "
        "entity_count, gap_count, first_gap from grain_coverage order by 1"
    )

    def day(number):
        return datetime.fromisoformat(f"2024-01-0{number}")

    assert rows == [
        ("busy_days", "day", "who", "sparse", True, day(1), day(4), 3, 2, 1, day(2)),
        ("days", "day", "who", "dense", True, day(1), day(4), 6, 2, 0, None),
        ("hours", "hour", "who", "sparse", False, None, None, None, None, None, None),
        ("months", "month", None, None, True, day(1), day(1), 2, 2, 0, None),
    ]


@pytest.mark.slow
def test_without_grain_tables_it_is_empty(make_project, engine):
    project = make_project(variables={"entity_kit_grain_coverage": True}, engine=engine)
    project.run("run")
    assert project.query("select * from grain_coverage") == []
