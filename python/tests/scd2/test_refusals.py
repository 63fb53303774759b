"""What `scd2_history` and its family refuse, with complete messages; and the smallest input that works."""

from __future__ import annotations

import pytest

from support.macro_project import RunError, refusal

SOURCES = "sources: [{name: raw, schema: main, tables: [{name: log}, {name: taken}]}]"
LOG = (
    "create table log (id int, name varchar, city varchar, changed_at timestamp,"
    " loaded_at timestamp, is_gone boolean);"
    "create table taken (id int, hashdiff varchar, changed_at timestamp, loaded_at timestamp)"
)


@pytest.fixture(scope="module")
def project(make_project):
    project = make_project(
        {
            "raw.yml": SOURCES,
            "history.sql": "{{ entity_kit.scd2_history(source('raw', 'log'), 'id', 'changed_at',"
            " 'loaded_at', var('tracked', none), deleted_when=var('when', 'is_gone')) }}",
        }
    )
    project.execute(LOG)
    return project


def call(arguments, macro="scd2_history", relation="source('raw', 'log')"):
    return f"{{{{ entity_kit.{macro}({relation}, {arguments}) }}}}"


ROLES = "'id', 'changed_at', 'loaded_at'"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("snippet", "message"),
    [
        (
            call("'idd', 'changed_at', 'loaded_at'"),
            (
                'scd2_history: `business_key` must be a column of "warehouse"."main"."log"; got "idd".\n'
                "Closest: id."
            ),
        ),
        (
            call("'id', 'updated_on', 'loaded_at'"),
            (
                'scd2_history: `changed_at` must be a column of "warehouse"."main"."log";'
                ' got "updated_on".\nIts columns are id, name, city, changed_at, loaded_at, is_gone.'
            ),
        ),
        (
            call(f"{ROLES}, tracked_columns=['nam']"),
            (
                'scd2_history: `tracked_columns` must be a column of "warehouse"."main"."log";'
                ' got "nam".\nClosest: name.'
            ),
        ),
        (
            call(f"{ROLES}, tracked_columns=['name'], sequence=['lsn']"),
            (
                'scd2_history: `sequence` must be a column of "warehouse"."main"."log"; got "lsn".\n'
                "Its columns are id, name, city, changed_at, loaded_at, is_gone."
            ),
        ),
        (
            call(f"{ROLES}, overwrite_columns='citi'"),
            (
                'scd2_history: `overwrite_columns` must be a column of "warehouse"."main"."log";'
                ' got "citi".\nClosest: city.'
            ),
        ),
        (
            call(f"{ROLES}, tracked_columns=['id', 'name']"),
            (
                'scd2_history: `tracked_columns` must be columns without another role; got "id".\n'
                "It is part of the `business_key`: leave it out of `tracked_columns`."
            ),
        ),
        (
            call(f"{ROLES}, tracked_columns=['changed_at', 'name']"),
            (
                "scd2_history: `tracked_columns` must be columns without another role;"
                ' got "changed_at".\n'
                "It is the `changed_at`: leave it out of `tracked_columns`."
            ),
        ),
        (
            call(f"{ROLES}, tracked_columns=['name'], overwrite_columns=['name']"),
            (
                'scd2_history: `overwrite_columns` must be columns without another role; got "name".\n'
                "It is in `tracked_columns` too: leave it out of one of them."
            ),
        ),
        (
            call(f"{ROLES}, overwrite_columns=['id']"),
            (
                'scd2_history: `overwrite_columns` must be columns without another role; got "id".\n'
                "It is part of the `business_key`: leave it out of `overwrite_columns`."
            ),
        ),
        (
            call("['id', 'changed_at'], 'changed_at', 'loaded_at'"),
            (
                'scd2_history: `changed_at` must be a column without another role; got "changed_at".\n'
                "It is part of the `business_key`: an entity has one key at all times."
            ),
        ),
        (
            call(f"{ROLES}, tracked_columns=['ID', 'name']"),
            (
                'scd2_history: `tracked_columns` must be columns without another role; got "ID".\n'
                "It is part of the `business_key`: leave it out of `tracked_columns`."
            ),
        ),
        (
            call(f"{ROLES}, tracked_columns=['name'], overwrite_columns=['Name']"),
            (
                'scd2_history: `overwrite_columns` must be columns without another role; got "Name".\n'
                "It is in `tracked_columns` too: leave it out of one of them."
            ),
        ),
        (
            call(f"{ROLES}, model_config={{'incremental_strategy': 'merge'}}"),
            (
                "scd2_history: `model_config.incremental_strategy` must be one that replaces all rows"
                ' of an entity; got "merge".\n'
                "Leave it out: a late row may withdraw versions, and this strategy would keep them."
            ),
        ),
        (
            call(f"{ROLES}, model_config={{'unique_key': 'surrogate_key'}}", macro="scd1_current"),
            (
                "scd1_current: `model_config.unique_key` must be the entity's, which is id;"
                ' got "surrogate_key".\n'
                "Leave it out: an entity is replaced as a whole."
            ),
        ),
        (
            call(f"{ROLES}, model_config='table'"),
            (
                'scd2_history: `model_config` must be a mapping of configs; got "table".\n'
                "Write it as {'tags': ['nightly']}."
            ),
        ),
        (
            call("'id', 'change_at'", macro="scd2_unplaceable"),
            (
                'scd2_placeable: `changed_at` must be a column of "warehouse"."main"."log";'
                ' got "change_at".\nClosest: changed_at.'
            ),
        ),
        (
            call("'idd'", macro="scd2_faults"),
            (
                'scd2_valid: `business_key` must be a column of "warehouse"."main"."log"; got "idd".\n'
                "Closest: id."
            ),
        ),
        (
            call(
                "'id', 'nam'",
                macro="scd2_mismatches",
                relation="source('raw', 'log'), source('raw', 'log')",
            ),
            (
                'scd2_matches_source: `columns` must be a column of "warehouse"."main"."log";'
                ' got "nam".\nClosest: name.'
            ),
        ),
        (
            call(f"{ROLES}, hard_deletes='invalid'"),
            (
                "scd2_history: `hard_deletes` must be one of invalidate, new_record, ignore;"
                ' got "invalid".\nClosest: invalidate.'
            ),
        ),
        (
            call(f"{ROLES}, feed='snapshot'"),
            (
                "scd2_history: `feed` must be one of changes, snapshots;"
                ' got "snapshot".\nClosest: snapshots.'
            ),
        ),
        (
            call(f"{ROLES}, extracted_at='loaded_at'"),
            (
                'scd2_history: `extracted_at` must be omitted if `feed` is "changes";'
                ' got "loaded_at".\n'
                "It is the time of a complete extract; rows of a change log have `changed_at`."
            ),
        ),
        (
            call(f"{ROLES}, deleted_when=is_gone"),
            (
                "scd2_history: `deleted_when` must be a condition on the rows;"
                " got an undefined name (are quotes missing?).\n"
                "Write it as text, in quotes, such as 'deleted_when'."
            ),
        ),
        (
            call(ROLES, relation="'log'"),
            (
                "scd2_history: `tracked_columns` must be set if `changes` is a CTE or an ephemeral"
                " model; got none.\n"
                "Its columns aren't known while dbt compiles: list those to track."
            ),
        ),
        (
            call(f"{ROLES}, ['name']", relation="'stated'"),
            (
                'scd2_history: `changes` must be a CTE with another name; got "stated".\n'
                "The macro uses a CTE with this name. Rename yours."
            ),
        ),
        (
            call(ROLES, relation="source('raw', 'taken')"),
            (
                "scd2_history: `tracked_columns` must be set if a column of `changes` has the name"
                ' of one of ours; got "hashdiff".\n'
                "Rename it in a CTE or an upstream model, or leave it out."
            ),
        ),
        (
            call(f"{ROLES}, tracked_columns=['valid_to']"),
            (
                "scd2_history: `tracked_columns` must be names that no other column of the table has;"
                ' got "valid_to".\nRename it in a CTE or an upstream model.'
            ),
        ),
        (
            call("'lower(name)', 'changed_at', 'loaded_at'"),
            (
                'scd2_history: `business_key` must be names of columns; got "lower(name)".\n'
                "Give the expression a name in a CTE or an upstream model."
            ),
        ),
        (
            call("['id'], 'changed_at', ['loaded_at']"),
            (
                "scd2_history: `loaded_at` must be a column name or expression; got ['loaded_at'].\n"
                "Write it as text, in quotes, such as 'loaded_at'."
            ),
        ),
        (
            call("'id', 'changed_at', 'loadedat', 'name'", macro="scd1_current"),
            (
                'scd1_current: `loaded_at` must be a column of "warehouse"."main"."log";'
                ' got "loadedat".\nClosest: loaded_at.'
            ),
        ),
        (
            call("'id', 'changed_at', before_first='none'", macro="scd2_join", relation="'a', 'b'"),
            'scd2_join: `before_first` must be one of null, first; got "none".\nChoose one of these.',
        ),
        (
            call("'id', 'changed_at'", macro="scd2_join", relation="'a', 'b'"),
            (
                "scd2_join: `columns` must be set if `history` is a CTE or an ephemeral model;"
                " got none.\nIts columns aren't known while dbt compiles: list those to add."
            ),
        ),
        (
            call(
                "'id', 'changed_at', columns='city'",
                macro="scd2_join",
                relation="source('raw', 'log'), source('raw', 'log')",
            ),
            (
                'scd2_join: `columns` must be names that the facts don\'t have; got "city".\n'
                "Rename it: columns={'city': '…_city'}."
            ),
        ),
        (
            call("as_off", macro="scd2_as_of"),
            (
                "scd2_as_of: `as_of` must be an instant;"
                " got an undefined name (are quotes missing?).\n"
                "Write '2024-01-31 12:00:00', or a SQL expression."
            ),
        ),
        (
            call("'id'", macro="scd2_from_snapshot", relation="'log'"),
            (
                'scd2_from_snapshot: `snapshot` must be the snapshot itself, not a CTE; got "log".\n'
                "Pass ref('…'), or source('…', '…'): its columns are read from the warehouse."
            ),
        ),
        (
            call("'id', ['name']", macro="scd2_from_snapshot"),
            (
                'scd2_from_snapshot: `meta_columns` must be columns of "warehouse"."main"."log";'
                ' got "dbt_valid_from".\n'
                "Its columns are id, name, city, changed_at, loaded_at, is_gone."
            ),
        ),
    ],
)
def test_refused(snippet, message, project):
    with pytest.raises(RunError) as caught:
        project.render(snippet)
    assert refusal(caught.value) == message


@pytest.mark.parametrize("condition", ["is_gone = ", "is_gon", "name >< 'x'"])
def test_a_condition_that_is_no_sql_is_named(condition, project):
    with pytest.raises(RunError) as caught:
        project.run("run", "--full-refresh", "--vars", f'{{when: "{condition}"}}')
    assert "scd2_history: deleted_when" in str(caught.value)


@pytest.mark.slow
def test_a_new_tracked_column_asks_for_a_full_refresh(project):
    project.run("run", "--full-refresh")
    with pytest.raises(RunError) as caught:
        project.run("run", "--vars", "{tracked: [name]}")
    assert refusal(caught.value) == (
        'scd2_history: `tracked_columns` must be those that "warehouse"."main"."history" was built'
        ' with; got "removed: city".\n'
        "The history must be rebuilt from the whole log: run the model once with --full-refresh."
    )
    project.execute("alter table log add column age int")
    with pytest.raises(RunError, match=r'got "new: age"'):
        project.run("run")
    project.run("run", "--full-refresh")
    project.execute("alter table history drop column durable_key")
    with pytest.raises(RunError, match=r'got "new: durable_key"'):
        project.run("run")
    project.execute("alter table log drop column age")


@pytest.mark.slow
def test_an_empty_log_and_a_log_of_one_row(project):
    project.execute("delete from log")
    project.run("run", "--full-refresh")
    assert project.query("select count(*) from history") == [(0,)]
    project.run("run")
    assert project.query("select count(*) from history") == [(0,)]
    project.execute(
        "insert into log values (1, 'Ada', 'Oslo', timestamp '2024-01-01', timestamp '2024-01-01', null)"
    )
    project.run("run")
    found = project.query("select id, name, city, is_current, is_deleted from history")
    assert found == [(1, "Ada", "Oslo", True, False)]
