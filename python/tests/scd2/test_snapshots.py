"""Native snapshots: the same versions as ours where possible, and converting one to the other."""

from __future__ import annotations

from datetime import datetime

import pytest

pytestmark = pytest.mark.slow

RENAMED = {
    "dbt_valid_from": "seen_from",
    "dbt_valid_to": "seen_to",
    "dbt_updated_at": "noted_at",
    "dbt_scd_id": "note_id",
    "dbt_is_deleted": "was_removed",
}
OPEN_END = "cast('9999-12-31' as timestamp)"

# Name to what its config has beside the unique key.
SNAPSHOTS = {
    "by_time": {"strategy": "timestamp", "updated_at": "changed_at"},
    "by_time_invalidate": {
        "strategy": "timestamp",
        "updated_at": "changed_at",
        "hard_deletes": "invalidate",
    },
    "by_time_record": {
        "strategy": "timestamp",
        "updated_at": "changed_at",
        "hard_deletes": "new_record",
        "snapshot_meta_column_names": RENAMED,
        "dbt_valid_to_current": OPEN_END,
    },
    "by_check": {"strategy": "check", "check_cols": ["name", "city"], "hard_deletes": "invalidate"},
    "by_check_record": {
        "strategy": "check",
        "check_cols": ["name", "city"],
        "hard_deletes": "new_record",
    },
}

# The mutable table after each change, and the rows that the log gets: one change a key and run.
STAGES = [
    [(1, "Ada", "Oslo", 1), (2, "Ben", "Lima", 1), (3, "Eve", None, 1)],
    [(1, "Ada", "Gent", 2), (2, "Ben", "Lima", 1), (3, "Eve", None, 1)],
    [(1, "Ada", None, 3), (3, "Eve", "", 3)],
    [(1, "Ada", None, 3), (2, "Ben", "Kyoto", 5), (3, "Eve", "Turin", 4)],
]


def configuration(settings):
    own = {"unique_key": "id", "schema": None} | settings
    return {name: value for name, value in own.items() if value is not None}


def model(name, macro, arguments=""):
    return f"{{{{ entity_kit.{macro}(ref('{name}'), 'id'{arguments}) }}}}"


@pytest.fixture(scope="module")
def project(make_project):
    import yaml

    history = (
        "{{{{ entity_kit.scd2_history(source('raw', 'log'), 'id', 'changed_at', 'loaded_at',"
        " tracked_columns=['name', 'city'], deleted_when='removed', hard_deletes='{}') }}}}"
    )
    taken_over = (
        "with log as ({{{{ entity_kit.scd2_changes_from_snapshot(ref('{}'), 'id',"
        " tracked_columns=['name', 'city']) }}}})"
        "{{{{ entity_kit.scd2_history('log', 'id', 'changed_at', 'loaded_at', ['name', 'city'],"
        " deleted_when='is_deleted', hard_deletes='{}', model_config={{'materialized': 'table'}}) }}}}"
    )
    project = make_project(
        {
            "raw.yml": "sources: [{name: raw, schema: main, tables: [{name: people}, {name: log}]}]",
            **{f"history_{mode}.sql": history.format(mode) for mode in MODES},
            **{
                f"{name}_here.sql": model(
                    name, "scd2_from_snapshot", ", tracked_columns=['name', 'city']"
                )
                for name in SNAPSHOTS
            },
            **{
                f"{name}_taken_over.sql": taken_over.format(
                    name, "new_record" if name.endswith("record") else "invalidate"
                )
                for name in SNAPSHOTS
            },
        }
    )
    project.write(
        {
            "snapshots/all.yml": yaml.safe_dump(
                {
                    "snapshots": [
                        {
                            "name": name,
                            "relation": "source('raw', 'people')",
                            "config": configuration(settings),
                        }
                        for name, settings in SNAPSHOTS.items()
                    ]
                }
            )
        }
    )
    project.execute(
        "create table people (id int, name varchar, city varchar, changed_at timestamp);"
        "create table log (id int, name varchar, city varchar, removed boolean,"
        " changed_at timestamp, loaded_at timestamp)"
    )
    before: dict[int, tuple] = {}
    for number, stage in enumerate(STAGES):
        now = {row[0]: row for row in stage}
        project.execute("delete from people")
        for row in stage:
            project.execute(f"insert into people values {literal(row[:3], row[3])}")
            if before.get(row[0]) != row:
                log(project, (*row[:3], False), row[3], number + 1)
        for key in before.keys() - now.keys():
            log(project, (*before[key][:3], True), number + 1, number + 1)
        before = now
        project.run("snapshot")
        project.run("run", "--select", "history_*")
    project.run("run", "--select", "*_here", "*_taken_over")
    return project


MODES = ["ignore", "invalidate", "new_record"]


def day(number):
    # dbt ends a missing row by its own clock: what comes back must come back after that.
    return datetime(2024 if number < 5 else 2100, 1, number)  # noqa: DTZ001 - it has no zone


def literal(values, *days):
    texts = [
        "null" if value is None else str(value) if not isinstance(value, str) else f"'{value}'"
        for value in values
    ]
    return "(" + ", ".join([*texts, *(f"timestamp '{day(number)}'" for number in days)]) + ")"


def log(project, values, changed, loaded):
    project.execute(f"insert into log values {literal(values, changed, loaded)}")


# What dbt takes from its clock, when a row is missing, has no counterpart in a log.
EXACT = "id, name, city, durable_key, surrogate_key, hashdiff, valid_from, is_current, is_deleted"
CONTENT = "id, name, city, durable_key, hashdiff, is_current, is_deleted, valid_to is null"


@pytest.mark.parametrize(
    ("snapshot", "mode"),
    [("by_time", "ignore"), ("by_time_invalidate", "invalidate"), ("by_check", "invalidate")],
)
def test_a_snapshot_and_a_log_give_the_same_versions(snapshot, mode, project):
    columns = EXACT if snapshot != "by_check" else CONTENT
    order = "id, valid_from"
    ours = project.query(f"select {columns} from history_{mode} order by {order}")
    theirs = project.query(f"select {columns} from {snapshot}_here order by {order}")
    assert ours == theirs
    assert len(ours) == 8


@pytest.mark.parametrize("snapshot", ["by_time_record", "by_check_record"])
def test_deletions_are_records_in_both(snapshot, project):
    ours = project.query(f"select {CONTENT} from history_new_record order by id, valid_from")
    theirs = project.query(f"select {CONTENT} from {snapshot}_here")
    assert sorted(map(str, theirs)) == sorted(map(str, ours))
    assert sum(row[6] for row in ours) == 1


def test_open_ends_are_null_whatever_the_snapshot_has(project):
    assert project.query("select count(*) from by_time_record where seen_to is null") == [(0,)]
    assert project.query("select count(*) from by_time_record_here where is_current") == [(3,)]
    assert project.query(
        "select max(valid_to) < timestamp '9000-01-01' from by_time_record_here"
    ) == [(True,)]


@pytest.mark.parametrize("snapshot", SNAPSHOTS)
def test_nothing_is_lost_on_the_way_to_a_log(snapshot, project):
    columns = "id, name, city, surrogate_key, valid_from, valid_to, is_current, is_deleted"
    order = "order by id, valid_from, is_deleted"
    taken_over = project.query(f"select {columns} from {snapshot}_taken_over {order}")
    assert taken_over == project.query(f"select {columns} from {snapshot}_here {order}")


def test_a_source_that_a_snapshot_reads_can_be_extracted_too(make_project):
    """What a snapshot finds in the table, `feed='snapshots'` finds in the extracts."""
    project = make_project(
        {
            "raw.yml": "sources: [{name: raw, schema: main, tables: [{name: extracts}]}]",
            "history.sql": """{{ entity_kit.scd2_history(
                source('raw', 'extracts'), 'id', 'changed_at', 'extracted_at',
                feed='snapshots', hard_deletes='new_record'
            ) }}""",
        }
    )
    project.execute(
        "create table extracts (id int, name varchar, city varchar, changed_at timestamp,"
        " extracted_at timestamp)"
    )
    for number, stage in enumerate(STAGES):
        for row in stage:
            project.execute(f"insert into extracts values {literal(row[:3], row[3], number + 1)}")
        project.run("run")
    assert project.query(
        "select name, city, valid_from, valid_to, is_deleted from history where id = 2"
        " order by valid_from"
    ) == [
        ("Ben", "Lima", day(1), day(3), False),
        ("Ben", "Lima", day(3), day(5), True),
        ("Ben", "Kyoto", day(5), None, False),
    ]


def test_a_snapshot_is_known_when_dbt_shows_none_of_its_rows(project):
    project.run("run", "--empty", "--select", "by_time_record_here")
    assert project.query("select count(*) from by_time_record_here") == [(0,)]
    project.run("run", "--select", "by_time_record_here")
    assert project.query("select count(*) > 0 from by_time_record_here") == [(True,)]
