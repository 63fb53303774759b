"""What is read from a native snapshot, on tables with dbt's columns from hypothesis.

The rows may be such as no dbt would leave: whatever overlaps, the open row stays the current version.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from .reference import versions
from .snapshot_reading import Noted, changes, current, spans

pytestmark = pytest.mark.slow

FIRST = datetime(2024, 1, 1)  # noqa: DTZ001 - a plain timestamp is one without a zone
TABLE = """
create or replace table snap (
    id integer, name varchar, city varchar, dbt_scd_id varchar, dbt_updated_at timestamp,
    dbt_valid_from timestamp, dbt_valid_to timestamp, dbt_is_deleted varchar
)
"""
LOG = "with log as ({{{{ entity_kit.scd2_changes_from_snapshot(source('raw', 'snap'), 'id') }}}})"
MODELS = {
    "raw.yml": "sources: [{name: raw, schema: main, tables: [{name: snap}]}]",
    "here.sql": "{{ entity_kit.scd2_from_snapshot(source('raw', 'snap'), 'id') }}",
    "changes.sql": "{{ entity_kit.scd2_changes_from_snapshot(source('raw', 'snap'), 'id') }}",
    **{
        f"history_{mode}.sql": LOG.format()
        + "{{ entity_kit.scd2_history('log', 'id', 'changed_at', 'loaded_at', ['name', 'city'],"
        f" deleted_when='is_deleted', hard_deletes='{mode}') }}}}"
        for mode in ("ignore", "invalidate", "new_record")
    },
}
MODES = ["ignore", "invalidate", "new_record"]

moments = st.integers(0, 5).map(lambda number: FIRST + timedelta(days=number))
noted = st.builds(
    Noted,
    key=st.sampled_from([1, 1, 1, 2]),
    tracked=st.tuples(st.sampled_from(["u", "v", None]), st.sampled_from(["x", "y"])),
    began=moments,
    ended=st.one_of(moments, moments, st.none()),
    updated=moments,
    deleted=st.sampled_from([False, False, False, True]),
)


@pytest.fixture(scope="module")
def compiled(make_project):
    project = make_project(MODELS)
    project.execute(TABLE)
    project.run("run")
    names = [name.removesuffix(".sql") for name in MODELS if name.endswith(".sql")]
    incremental = project.compiled_all([f"history_{mode}" for mode in MODES])
    full = project.compiled_all(names, full_refresh=True)
    with project.scratch() as warehouse:
        warehouse.execute("set threads = 1;" + TABLE)
        yield warehouse, full, incremental


def show(warehouse, rows):
    warehouse.execute("delete from snap")
    if rows:
        values = [
            (row.key, *row.tracked, row.updated, row.began, row.ended, str(row.deleted))
            for row in rows
        ]
        warehouse.execute(
            "insert into snap values " + ", ".join(["(?, ?, ?, 'id', ?, ?, ?, ?)"] * len(values)),
            [value for row in values for value in row],
        )


def rows_of(warehouse, sql):
    return sorted(warehouse.execute(sql).fetchall(), key=repr)


def quick(examples):
    return settings(
        max_examples=examples,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )


@given(st.lists(noted, max_size=7))
@quick(60)
def test_the_versions_and_the_log_are_those_of_the_plain_reading(compiled, rows):
    warehouse, full, _ = compiled
    show(warehouse, rows)
    columns = "id, name, city, valid_from, valid_to, is_current, is_deleted, loaded_at"
    assert rows_of(warehouse, f"select {columns} from ({full['here']})") == sorted(
        (
            (
                span.row.key,
                *span.row.tracked,
                span.start,
                span.end if span.lived else None,
                span.end is None and not span.row.deleted,
                span.row.deleted or not span.lived,
                max(span.loaded, span.end or span.loaded),
            )
            for span in spans(rows)
        ),
        key=repr,
    )
    columns = "id, name, city, changed_at, is_deleted, loaded_at"
    said = f"select {columns} from ({full['changes']}) where changed_at is not null"
    assert rows_of(warehouse, said) == sorted(
        ((*row.key, *row.tracked, row.at, row.gone, row.loaded) for row in changes(rows)), key=repr
    )


@given(st.lists(noted, max_size=7))
@quick(30)
def test_no_two_versions_of_an_entity_overlap(compiled, rows):
    warehouse, full, _ = compiled
    show(warehouse, rows)
    assert (
        rows_of(
            warehouse,
            f"""
            with here as ({full["here"]})
            select one.* from here as one
            join here as two on one.id = two.id and one.surrogate_key <> two.surrogate_key
                and one.valid_from <= two.valid_from
                and coalesce(one.valid_to, 'infinity') > two.valid_from
            """,
        )
        == []
    )


def with_one_open_row_at_most(rows):
    found, is_open = [], set()
    for row in rows:
        if row.ended is not None or row.key not in is_open:
            found.append(row)
        if row.ended is None:
            is_open.add(row.key)
    return found


@pytest.mark.parametrize("mode", MODES)
def test_what_the_snapshot_says_is_current_is_current_in_the_history(compiled, mode):
    warehouse, full, _ = compiled

    @given(st.lists(noted, max_size=7).map(with_one_open_row_at_most))
    @quick(30)
    def check(rows):
        show(warehouse, rows)
        sql = full[f"history_{mode}"]
        found = rows_of(warehouse, f"select id, name, city from ({sql}) where is_current")
        if mode != "ignore":
            assert found == current(rows)
        here = f"select id, name, city from ({full['here']}) where is_current"
        assert rows_of(warehouse, here) == current(rows)
        right = versions(changes(rows), hard_deletes=mode)
        columns = "name, city, valid_from, valid_to, is_current, is_deleted, loaded_at"
        assert rows_of(warehouse, f"select id, {columns} from ({sql})") == sorted(
            (
                (
                    *version.key,
                    *version.tracked,
                    version.valid_from,
                    version.valid_to,
                    version.is_current,
                    version.is_deleted,
                    version.loaded_at,
                )
                for version in right
            ),
            key=repr,
        )

    check()


@pytest.mark.parametrize("mode", MODES)
def test_a_history_that_follows_a_snapshot_is_its_full_refresh(compiled, mode):
    """Rows arrive with old times and are closed in place; nothing in a snapshot says when."""
    warehouse, full, incremental = compiled
    name = f"history_{mode}"
    # A history that ignores deletions has nothing to say of an entity with no other rows.
    notes = noted if mode != "ignore" else noted.map(lambda row: replace(row, deleted=False))

    @given(st.lists(st.lists(st.tuples(notes, moments), max_size=3), min_size=2, max_size=4))
    @quick(10)
    def check(rounds):
        warehouse.execute(f"create or replace table {name} as {full[name]} limit 0")
        shown: list[Noted] = []
        for arrived in rounds:
            for row, end in arrived:
                shown = [
                    replace(old, ended=end) if old.key == row.key and old.ended is None else old
                    for old in shown
                ]
                shown.append(row)
            show(warehouse, shown)
            warehouse.execute(
                f"create or replace temp table arrived as {incremental[name]};"
                f"delete from {name} where durable_key in (select durable_key from arrived);"
                f"insert into {name} from arrived"
            )
            everything = f"select * from {name}"
            assert rows_of(warehouse, everything) == rows_of(warehouse, full[name])

    check()
