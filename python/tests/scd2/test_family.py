"""The macros around `scd2_history`, and its data tests, on small logs."""

from __future__ import annotations

from datetime import datetime

import pytest

from support.macro_project import RunError

LOG = """
create table customers as
select *
from (values
    (1, 'Ada', 'Oslo', 'u', timestamp '2024-01-01', timestamp '2024-01-01'),
    (1, 'Ada', 'Gent', 'u', timestamp '2024-01-05', timestamp '2024-01-05'),
    (1, 'Ada L', 'Gent', 'u', timestamp '2024-01-09', timestamp '2024-01-09'),
    (2, 'Ben', 'Lima', 'u', timestamp '2024-01-02', timestamp '2024-01-02'),
    (2, 'Ben', 'Lima', 'd', timestamp '2024-01-06', timestamp '2024-01-06'),
    (3, 'Eve', null, 'u', timestamp '2024-01-03', timestamp '2024-01-03'),
    (3, 'Eve', 'Kyoto', 'u', timestamp '2024-01-04', timestamp '2024-01-04')
) as log(customer_id, full_name, city, operation, changed_at, loaded_at);
create table orders as
select *
from (values
    (10, 1, timestamp '2023-12-31', timestamp '2024-01-01'),
    (11, 1, timestamp '2024-01-01', timestamp '2024-01-01'),
    (12, 1, timestamp '2024-01-04 23:59:59', timestamp '2024-01-05'),
    (13, 1, timestamp '2024-01-05', timestamp '2024-01-05'),
    (14, 2, timestamp '2024-01-07', timestamp '2024-01-07'),
    (15, 9, timestamp '2024-01-07', timestamp '2024-01-07'),
    (16, null, timestamp '2024-01-07', timestamp '2024-01-07')
) as orders(order_id, customer_id, ordered_at, loaded_at)
"""

HISTORY = """{{ entity_kit.scd2_history(
    source('raw', 'customers'), 'customer_id', 'changed_at', 'loaded_at', deleted_when="operation = 'd'",
    hard_deletes='new_record'
) }}"""

MODELS = {
    "raw.yml": """
        sources:
          - name: raw
            schema: "{{ target.schema }}"
            tables: [{name: customers}, {name: orders}]
    """,
    "history.sql": HISTORY,
    "current.sql": "{{ entity_kit.scd2_current(ref('history')) }}",
    "as_of.sql": "{{ entity_kit.scd2_as_of(ref('history'), '2024-01-05') }}",
    "joined.sql": """{{ entity_kit.scd2_join(
        source('raw', 'orders'), ref('history'), 'customer_id', 'ordered_at',
        columns={'city': 'city', 'is_deleted': 'customer_is_deleted'}
    ) }}""",
    "joined_first.sql": """{{ entity_kit.scd2_join(
        source('raw', 'orders'), ref('history'), {'customer_id': 'customer_id'}, 'ordered_at',
        columns='city', before_first='first'
    ) }}""",
    "joined_all.sql": """{{ entity_kit.scd2_join(
        source('raw', 'orders'), ref('history'), 'customer_id', 'ordered_at'
    ) }}""",
    "latest.sql": """{{ entity_kit.scd1_current(
        source('raw', 'customers'), 'customer_id', 'changed_at', 'loaded_at',
        deleted_when="operation = 'd'"
    ) }}""",
    "previous.sql": "{{ entity_kit.scd3_previous(ref('history'), ['full_name', 'city']) }}",
    "from_a_cte.sql": """
        with log as (select * from {{ source('raw', 'customers') }} where customer_id < 3)
        {{ entity_kit.scd2_history(
            'log', 'customer_id', 'changed_at', 'loaded_at', ['city'], model_config={'tags': ['x']}
        ) }}
    """,
    "latest_from_a_cte.sql": """
        with log as (select * from {{ source('raw', 'customers') }} where customer_id < 3)
        {{ entity_kit.scd1_current('log', 'customer_id', 'changed_at', 'loaded_at', ['city']) }}
    """,
    "as_a_table.sql": """{{ entity_kit.scd2_history(
        source('raw', 'customers'), 'customer_id', 'changed_at', 'loaded_at',
        model_config={'materialized': 'table'}
    ) }}""",
}


@pytest.fixture(scope="module")
def project(make_project, engine):
    project = make_project(MODELS, engine=engine)
    project.execute(LOG)
    project.run("run")
    project.run("run")
    return project


def day(number):
    return datetime(2024, 1, number)  # noqa: DTZ001 - a plain timestamp is one without a zone


def test_the_history(project):
    assert project.query(
        "select customer_id, full_name, city, valid_from, valid_to, is_current, is_deleted"
        " from history order by customer_id, valid_from"
    ) == [
        (1, "Ada", "Oslo", day(1), day(5), False, False),
        (1, "Ada", "Gent", day(5), day(9), False, False),
        (1, "Ada L", "Gent", day(9), None, True, False),
        (2, "Ben", "Lima", day(2), day(6), False, False),
        (2, "Ben", "Lima", day(6), None, False, True),
        (3, "Eve", None, day(3), day(4), False, False),
        (3, "Eve", "Kyoto", day(4), None, True, False),
    ]


def test_current_has_no_deleted_entity(project):
    found = project.query("select customer_id, full_name, city from current order by 1")
    assert found == [(1, "Ada L", "Gent"), (3, "Eve", "Kyoto")]


def test_as_of_includes_the_start_and_leaves_out_the_end(project):
    found = project.query("select customer_id, city from as_of order by 1")
    assert found == [(1, "Gent"), (2, "Lima"), (3, "Kyoto")]


def test_join_gives_each_fact_once_with_what_was_valid(project):
    found = project.query("select order_id, city, customer_is_deleted from joined order by 1")
    assert found == [
        (10, None, None),
        (11, "Oslo", False),
        (12, "Oslo", False),
        (13, "Gent", False),
        (14, "Lima", True),
        (15, None, None),
        (16, None, None),
    ]


def test_join_may_give_the_first_version_to_earlier_facts(project):
    found = project.query("select order_id, city from joined_first order by 1")
    assert found[:2] == [(10, "Oslo"), (11, "Oslo")]
    assert [row for row in found if row[0] >= 14] == [(14, "Lima"), (15, None), (16, None)]


def test_join_adds_what_is_tracked_by_default(project):
    found = project.query("select order_id, full_name, city from joined_all where order_id = 13")
    assert found == [(13, "Ada", "Gent")]


def test_scd1_keeps_the_deleted_with_their_last_values(project):
    found = project.query(
        "select customer_id, full_name, city, changed_at, is_deleted, loaded_at"
        " from latest order by 1"
    )
    assert found == [
        (1, "Ada L", "Gent", day(9), False, day(9)),
        (2, "Ben", "Lima", day(6), True, day(6)),
        (3, "Eve", "Kyoto", day(4), False, day(4)),
    ]


def test_scd3_gives_the_value_before_the_last_change(project):
    found = project.query(
        "select customer_id, full_name, previous_full_name, city, previous_city"
        " from previous order by 1"
    )
    # The city last changed two versions ago; before that it was Oslo. Eve had none.
    assert found == [(1, "Ada L", "Ada", "Gent", "Oslo"), (3, "Eve", None, "Kyoto", None)]


def test_a_cte_can_be_the_log(project):
    found = project.query("select customer_id, city, is_current from from_a_cte order by 1, 2")
    assert found == [(1, "Gent", True), (1, "Oslo", False), (2, "Lima", True)]
    assert project.query("select count(*) from latest_from_a_cte") == [(2,)]


def test_the_model_may_override_the_config(project):
    assert "touched" not in project.compiled("as_a_table")
    assert "touched" in project.compiled("history")


@pytest.mark.slow
def test_a_late_change_of_a_dimension_reaches_old_facts(make_project, engine):
    dimension = """{{ entity_kit.scd2_history(
        source('raw', 'customers'), 'customer_id', 'changed_at', 'loaded_at', ['city']
    ) }}"""
    facts = """
        {{ config(materialized='incremental', unique_key='order_id', incremental_strategy='delete+insert') }}
        {%- set upstreams = [
            {'relation': source('raw', 'orders'), 'loaded_at': 'loaded_at'},
            {'relation': ref('dimension'), 'loaded_at': 'loaded_at', 'watermark_column': 'customer_loaded_at'},
        ] %}
        with touched as (
            select * from {{ source('raw', 'orders') }}
            where {{ entity_kit.touched_filter('customer_id', upstreams) }}
        )
        {{ entity_kit.scd2_join(
            'touched', ref('dimension'), 'customer_id', 'ordered_at',
            columns={'city': 'city', 'loaded_at': 'customer_loaded_at'}
        ) }}
    """
    models = {"raw.yml": MODELS["raw.yml"], "dimension.sql": dimension, "facts.sql": facts}
    project = make_project(models, engine=engine)
    project.execute(LOG)
    project.run("run")
    project.execute(
        "insert into customers values (1, 'Ada', 'Turin', 'u',"
        " timestamp '2024-01-03', timestamp '2024-01-20')"
    )
    project.run("run")
    found = project.query("select order_id, city from facts where customer_id = 1 order by 1")
    assert found == [(10, None), (11, "Oslo"), (12, "Turin"), (13, "Gent")]
    incremental = project.query("select * from facts order by order_id")
    project.run("run", "--full-refresh")
    assert project.query("select * from facts order by order_id") == incremental


FAULTS = {
    "overlap": (
        "('k', 's1', 'h1', 1, 5, false, false), ('k', 's2', 'h2', 4, null, true, false)",
        {"s1": "it overlaps the next version"},
    ),
    "gap": (
        "('k', 's1', 'h1', 1, 3, false, false), ('k', 's2', 'h2', 4, null, true, false)",
        {"s1": "there is a gap before the next version"},
    ),
    "two_open": (
        "('k', 's1', 'h1', 1, null, true, false), ('k', 's2', 'h2', 4, null, true, false)",
        {
            "s1": "it overlaps the next version; the entity has more than one open version",
            "s2": "the entity has more than one open version",
        },
    ),
    "empty_span": (
        "('k', 's1', 'h1', 4, 4, false, false), ('k', 's2', 'h2', 4, null, true, false)",
        {"s1": "valid_to is not after valid_from"},
    ),
    "same_hashdiff": (
        "('k', 's1', 'h1', 1, 4, false, false), ('k', 's2', 'h1', 4, null, true, false)",
        {"s1": "the next version has the same hashdiff"},
    ),
    "null_key": ("(null, 's1', 'h1', 1, null, true, false)", {"s1": "the key is null"}),
    "null_start": ("('k', 's1', 'h1', null, null, true, false)", {"s1": "valid_from is null"}),
    "not_current": (
        "('k', 's1', 'h1', 1, null, false, false), ('l', 's2', 'h1', 1, null, true, true)",
        dict.fromkeys(["s1", "s2"], "is_current disagrees with valid_to and is_deleted"),
    ),
    "same_surrogate": (
        "('k', 's1', 'h1', 1, null, true, false), ('l', 's1', 'h1', 1, null, true, false)",
        {"s1": "the surrogate_key is null or not unique"},
    ),
    "none": (
        "('k', 's1', 'h1', 1, 4, false, true), ('k', 's2', 'h1', 4, null, true, false)",
        {},
    ),
}


@pytest.fixture(scope="module")
def faulty(make_project, engine):
    tests = "\n".join(
        f"  - name: {name}\n    data_tests:\n      - entity_kit.scd2_valid:\n"
        f"          name: check_{name}\n          arguments: {{gaps: refused}}"
        for name in FAULTS
    )
    models = {
        f"{name}.sql": "select durable_key, surrogate_key, hashdiff,"
        " timestamp '2024-01-01' + valid_from * interval '1' day as valid_from,"
        " timestamp '2024-01-01' + valid_to * interval '1' day as valid_to,"
        f" is_current, is_deleted from (values {rows}, (null, null, null, 0, 0, null, null)) as v"
        "(durable_key, surrogate_key, hashdiff, valid_from, valid_to, is_current, is_deleted)"
        " where hashdiff is not null"
        for name, (rows, _) in FAULTS.items()
    }
    project = make_project(models | {"faults.yml": f"models:\n{tests}\n"}, engine=engine)
    project.run("run")
    compiled = project.run("compile", "--select", "test_type:generic")
    queries = {result.node.name: result.node.compiled_code for result in compiled.results}
    return {
        name: project.query(
            f"select surrogate_key, failure_reason from ({queries[f'check_{name}']}) as t"
        )
        for name in FAULTS
    }


@pytest.mark.parametrize("name", FAULTS)
def test_scd2_valid_names_every_fault(name, faulty):
    assert dict(faulty[name]) == FAULTS[name][1]


@pytest.mark.slow
def test_scd2_valid_lets_gaps_be_and_knows_the_end_of_open_versions(make_project, engine):
    models = {
        "gaps.sql": """
            select * from (values
                ('k', 's1', 'h1', date '2024-01-01', date '2024-01-02', false, false),
                ('k', 's2', 'h1', date '2024-01-03', date '9999-12-31', true, false)
            ) as v(durable_key, surrogate_key, hashdiff, valid_from, valid_to, is_current, is_deleted)
        """,
        "gaps.yml": """
            models:
              - name: gaps
                data_tests:
                  - entity_kit.scd2_valid:
                      arguments: {valid_to_current: '9999-12-31'}
        """,
    }
    project = make_project(models, engine=engine)
    project.run("build")


@pytest.mark.slow
def test_unplaceable_rows_and_mismatches_are_returned(make_project, engine):
    models = {
        "log.sql": """
            select * from (values
                (1, 'a', timestamp '2024-01-01', timestamp '2024-01-01'),
                (2, 'b', timestamp '2024-01-01', timestamp '2024-01-01'),
                (null, 'c', timestamp '2024-01-01', timestamp '2024-01-01'),
                (4, 'd', cast(null as timestamp), timestamp '2024-01-01'),
                (null, 'e', null, timestamp '2024-01-01')
            ) as v(id, name, changed_at, loaded_at)
        """,
        "table_now.sql": "select * from (values (1, 'a'), (2, 'x'), (7, 'new')) as v(id, name)",
        "history.sql": """{{ entity_kit.scd2_history(
            ref('log'), 'id', 'changed_at', 'loaded_at', model_config={'materialized': 'table'}
        ) }}""",
        "tests.yml": """
            models:
              - name: log
                data_tests:
                  - entity_kit.scd2_placeable:
                      name: placeable
                      arguments: {business_key: id, changed_at: changed_at}
              - name: history
                data_tests:
                  - entity_kit.scd2_matches_source:
                      name: matches_table
                      arguments: {source: ref('table_now'), business_key: id, columns: name}
                  - entity_kit.scd2_matches_source:
                      name: matches_log
                      arguments:
                        source: ref('log')
                        business_key: id
                        columns: [name]
                        changed_at: changed_at
                        loaded_at: loaded_at
        """,
    }
    project = make_project(models, engine=engine)
    project.run("run")
    compiled = project.run("compile", "--select", "test_type:generic")
    queries = {result.node.name: result.node.compiled_code for result in compiled.results}
    assert project.query(
        f"select name, failure_reason from ({queries['placeable']}) as t order by 1"
    ) == [
        ("c", "its business key is null"),
        ("d", "its changed_at is null"),
        ("e", "its business key and its changed_at are null"),
    ]
    found = project.query(
        f"select business_key, failure_reason from ({queries['matches_table']}) as t"
    )
    assert sorted(found) == [
        ('"2"', "the current version has other values than the source"),
        ('"7"', "the source has this entity, but the history has no current version of it"),
    ]
    assert project.query(queries["matches_log"]) == []
    with pytest.raises(RunError):
        project.run("test", "--select", "placeable")
