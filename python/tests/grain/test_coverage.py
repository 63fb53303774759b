"""`entity-kit coverage`: what grain tables contain and lack, on real tables through dbt itself."""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from entity_kit.cli.coverage import coverage, read_range
from entity_kit.errors import DbtError, EntityKitError
from entity_kit.project_health.coverage import as_json, grain_tables, read_coverage, text_lines

ORDERS = "[{'name': 'orders', 'calculation': 'count(*)', 'description': '.', 'fill': 0}]"
MODELS = {
    "sources.yml": """
sources:
  - name: raw
    schema: main
    tables: [{name: orders}, {name: history}, {name: gone}]
""",
    # Bounds, a CTE and a zone: what is to be built is what the model itself says.
    "days.sql": "with events as (select * from {{ source('raw', 'orders') }} where amount > 0)\n"
    "{{ entity_kit.grain_table('day', 'customer', 'events', 'ordered_at', 'loaded_at', "
    f"measures={ORDERS}, history=source('raw', 'history'), attributes='plan', "
    "timezone='Europe/Berlin', occurred_from='2024-01-01') }}",
    "weeks.sql": f"{{{{ entity_kit.grain_rollup(ref('days'), 'week', {ORDERS}) }}}}",
    "hours.sql": "{{ entity_kit.grain_table('hour', ['customer', 'shop'], source('raw', 'orders'), "
    f"'ordered_at', 'loaded_at', measures={ORDERS}, row_key='order_id', spine='sparse') }}}}",
    "no_grain.sql": "select 1 as id",
}
TABLES = """
create or replace table orders as select * from (values
    ('ada', 'a', 1, timestamp '2024-01-30 23:30', timestamp '2024-01-31 00:30', 10),
    ('ada', 'a', 2, timestamp '2024-02-02 10:00', timestamp '2024-02-02 11:00', 5),
    ('ada', null, 2, timestamp '2024-02-01 10:00', timestamp '2024-02-03 11:00', 7),
    ('ben', 'a', 3, timestamp '2024-02-03 12:00', timestamp '2024-02-04 00:30', 3),
    ('ben', 'a', 4, timestamp '1900-01-01', timestamp '2024-02-03 11:00', 3),
    ('cai', 'a', 5, timestamp '2024-02-03 12:00', timestamp '2024-02-04 00:30', 0)
) as t (customer, shop, order_id, ordered_at, loaded_at, amount);
create or replace table history as select * from (values
    ('eve', 'free', timestamp '2024-02-01 10:00', null::timestamp, true, false, timestamp '2024-02-03')
) as t (customer, plan, valid_from, valid_to, is_current, is_deleted, loaded_at);
"""


@pytest.fixture(scope="module")
def project(make_project: Any) -> Any:
    made = make_project(MODELS)
    made.execute(TABLES)
    made.run("run")
    return made


@pytest.fixture
def built(project: Any) -> Any:
    """Return the project with its tables as they are after a run."""
    yield project
    project.execute(TABLES)
    project.run("run", "--full-refresh")


def ask(project: Any, *words: str) -> tuple[int, str]:
    """Run the command, as the command line does, and return its exit code and what it prints."""
    project.close()
    folder = str(project.folder)
    words = ("--project-dir", folder, "--profiles-dir", folder, *words)
    result = CliRunner().invoke(coverage, words)
    assert not multiprocessing.active_children()  # what ran dbt has ended
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.stdout


@pytest.mark.slow
def test_complete_tables(project: Any) -> None:
    file = project.folder / "warehouse.duckdb"
    project.close()
    before = hashlib.sha256(file.read_bytes()).hexdigest()
    code, said = ask(project)
    assert said.splitlines() == [
        "   model  grain  first             last              rows  entities  gaps  to build",
        "✓  days   day    2024-01-31        2024-02-03           8         3     0         0",
        "✓  hours  hour   1900-01-01 00:00  2024-02-03 12:00     6         4     2         0",
        "✓  weeks  week   2024-01-29        2024-01-29           3         3     0         0",
        "",
        "3 grain tables: 3 complete, 0 not.",
    ]
    assert code == 0
    assert hashlib.sha256(file.read_bytes()).hexdigest() == before
    assert [path.name for path in project.folder.glob("warehouse*")] == [file.name]


@pytest.mark.slow
def test_what_a_table_lacks(built: Any) -> None:
    # A day without an order, of ada, and all of eve, whom only the history knows.
    built.execute(
        "delete from days where (customer = 'ada' and period_start = '2024-02-02') or customer = 'eve';"
        "drop table hours",
    )
    code, said = ask(built, "--format", "json")
    assert code == 1
    answer = json.loads(said)
    assert (answer["version"], answer["verdict"]) == (1, "incomplete")
    days, hours, weeks = answer["models"]
    assert days == {
        "name": "days",
        "unique_id": "model.consumer.days",
        "grain": "day",
        "spine": "dense",
        "complete": False,
        "row_count": 4,
        "entity_count": 2,
        "gap_count": 1,
        "units_to_build": 4,
        "first_period": "2024-01-31",
        "last_period": "2024-02-03",
        "first_gap": "2024-02-02",
        "build_from": "2024-02-01",
        "build_to": "2024-02-03",
        "full_refresh_s": None,
        "full_refresh_at": None,
    }
    assert (hours["row_count"], hours["first_period"], hours["units_to_build"]) == (0, None, 6)
    assert (hours["build_from"], hours["build_to"]) == (
        "1900-01-01T00:00:00",
        "2024-02-03T12:00:00",
    )
    # The rollup has what the days no longer have: nothing is lacking there.
    assert (weeks["spine"], weeks["complete"], weeks["row_count"]) == (None, True, 3)


@pytest.mark.slow
def test_what_has_arrived_since(built: Any) -> None:
    built.execute("insert into orders values ('ada', 'a', 9, '2024-02-05 10:00', '2024-02-06', 1)")
    code, said = ask(built, "--select", "days weeks")
    assert code == 1
    assert said.splitlines()[3:] == [
        "",
        # The spines of all three customers go on to the fifth.
        "days lacks 6 rows, from 2024-02-04 to 2024-02-05.",
        (
            "The next run builds what has arrived since the last one. To build the rest, run: "
            "dbt run --full-refresh --select days"
        ),
        "2 grain tables: 1 complete, 1 not.",
    ]
    built.run("run", "--select", "days")
    code, said = ask(built, "--select", "days weeks")
    assert code == 1
    assert said.splitlines()[4] == "weeks lacks 3 rows, from 2024-02-05 to 2024-02-05."


@pytest.mark.slow
def test_what_it_says_is_what_a_full_refresh_adds(built: Any) -> None:
    built.execute(
        "delete from days where hash(customer || period_start) % 2 = 0;"
        "delete from hours where customer = 'ada'",
    )
    tables = ("days", "hours")
    before = {name: built.query(f"select count(*) from {name}")[0][0] for name in tables}
    _, said = ask(built, "--select", "days hours", "--format", "json")
    built.run("run", "--full-refresh", "--select", *tables)
    for each in json.loads(said)["models"]:
        added = built.query(f"select count(*) from {each['name']}")[0][0] - before[each["name"]]
        assert each["units_to_build"] == added
        assert added > 0


@pytest.mark.slow
def test_how_long_a_backfill_takes(make_project: Any) -> None:
    made = make_project(MODELS, variables={"entity_kit_run_history": True})
    made.execute(TABLES)
    made.run("run", "--select", "run_history")
    made.run("run", "--select", "days", "weeks", "hours")
    made.execute("drop table hours; delete from days")
    # None of these was a full refresh: nothing is known.
    assert "took" not in ask(made, "--select", "days")[1]
    made.execute(
        """insert into run_history (unique_id, started_at, target_name, status, seconds, is_full_refresh)
        values ('model.consumer.days', '2024-03-01', 'dev', 'success', 99, true),
            ('model.consumer.days', '2024-03-02 04:00', 'dev', 'success', 63.2, true),
            ('model.consumer.days', '2024-03-03', 'dev', 'error', 1, true),
            ('model.consumer.days', '2024-03-04', 'prod', 'success', 2, true),
            ('model.consumer.days', '2024-03-05', 'dev', 'success', 3, false),
            ('model.consumer.weeks', '2024-03-06', 'dev', 'success', 4, true)"""
    )
    code, said = ask(made)
    assert (code, said.splitlines()[-2]) == (
        1,
        (
            "By the last full refreshes, that takes about 1 min 03 s, and 1 table with no recorded "
            "full refresh (days took 1 min 03 s on 2024-03-02)."
        ),
    )
    answer = json.loads(ask(made, "--format", "json")[1])
    assert [(each["full_refresh_s"], each["full_refresh_at"]) for each in answer["models"]] == [
        (63.2, "2024-03-02T04:00:00"),
        (None, None),
        (4.0, "2024-03-06T00:00:00"),
    ]
    # A range takes its share of it.
    code, said = ask(made, "--backfill", "2024-02-01", "2024-02-03")
    assert said.splitlines()[-5:] == [
        "From 2024-02-01 up to 2024-02-03, without that day, a backfill builds again:",
        "  days: 4 of 8 rows, about 31.6 s, as its last full refresh took 1 min 03 s on 2024-03-02",
        "  hours: 2 of 6 rows, for an unknown time: run_history has no full refresh of it",
        "  and all of weeks, by grain_rollup",
        "Run: dbt run --select days hours weeks --vars \"{entity_kit_backfill: {from: '2024-02-01', to: '2024-02-03'}}\"",
    ]
    # What the hook records is found, too.
    made.run("run", "--full-refresh", "--select", "days", "hours")
    made.execute("drop table hours; delete from days")
    said = ask(made)[1].splitlines()[-2]
    assert "with no recorded" not in said
    assert "days took" in said
    assert "hours took" in said


@pytest.mark.slow
def test_wrong_selections(project: Any) -> None:
    with pytest.raises(EntityKitError) as caught:
        ask(project, "--select", "no_grain")
    assert str(caught.value) == (
        "No grain table is selected by no_grain.\nLeave --select out to see all of them."
    )
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    ("days", "said"),
    [
        (("2026-03", "2026-04-01"), "takes two days as YYYY-MM-DD; got 2026-03"),
        (("2026-02-30", "2026-04-01"), "takes two days as YYYY-MM-DD; got 2026-02-30"),
        (("2026-04-01", "2026-04-01"), "ends before it starts: 2026-04-01 to 2026-04-01"),
    ],
)
def test_wrong_ranges(days: tuple[str, str], said: str) -> None:
    with pytest.raises(EntityKitError, match=said):
        read_range(*days)


@pytest.mark.slow
def test_a_project_without_grain_tables_or_without_a_warehouse(make_project: Any) -> None:
    made = make_project({"one.sql": "select 1 as id"})
    with pytest.raises(EntityKitError, match="There is no warehouse file"):
        ask(made)
    made.execute("create table t as select 1")
    assert ask(made) == (0, "No model of this project is a grain table.\n")
    made.write(
        {
            "models/sources.yml": MODELS["sources.yml"],
            "models/lost.sql": "{{ entity_kit.grain_table('day', 'customer', source('raw', 'gone'), "
            f"'ordered_at', 'loaded_at', measures={ORDERS}) }}}}",
        }
    )
    with pytest.raises(DbtError, match="gone") as caught:
        ask(made)
    assert caught.value.exit_code == 3


@pytest.mark.slow
def test_through_a_dbt_executable(project: Any) -> None:
    dbt = str(Path(sys.executable).with_name("dbt"))
    code, said = ask(project, "--select", "hours", "--dbt", dbt)
    assert code == 0
    assert said.splitlines()[1].split() == [
        *("✓", "hours", "hour", "1900-01-01", "00:00", "2024-02-03", "12:00", "6", "4", "2", "0"),
    ]


def test_notes_are_read_as_data() -> None:
    def node(name: str, meta: dict[str, Any]) -> dict[str, Any]:
        return {
            "resource_type": "model",
            "name": name,
            "unique_id": f"model.p.{name}",
            "package_name": "p",
            "config": {"meta": meta},
        }

    nodes = [
        node("b", {"entity_kit_rollup": {"grain": "week"}}),
        node("a", {"entity_kit_grain": {"grain": "day", "spine": "dense"}}),
        node("c", {"owner": "me"}),
    ]
    found = grain_tables({"nodes": {each["unique_id"]: each for each in nodes}})
    assert [each["name"] for each in found] == ["a", "b"]
    # As JSON of another dbt has them: numbers with a fraction, no periods.
    row = dict.fromkeys(("row_count", "entity_count", "gap_count", "units_to_build"), 0.0)
    row |= dict.fromkeys(("first_period", "last_period", "first_gap", "build_from", "build_to"))
    read = [read_coverage(found[0], row | {"units_to_build": 1.0})]
    assert as_json(read)["verdict"] == "incomplete"
    assert list(text_lines(read))[1].split() == ["✗", "a", "day", "-", "-", "0", "0", "0", "1"]
    assert list(text_lines(read))[3] == "a lacks 1 row, from - to -."
    assert as_json([])["verdict"] == "complete"
