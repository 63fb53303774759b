"""The data test `no_late_rows_lost`: it finds what a model lost, and only that."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.slow

CONFIG = (
    "{{ config(materialized='incremental', incremental_strategy='delete+insert', "
    "unique_key='order_id') }}\n"
)
MODELS = {
    "stg.sql": "{{ config(materialized='view') }} select * from {{ target.schema }}.raw_orders",
    # As people write it: rows after the watermark, so a late row or a tie is never read.
    "careless.sql": CONFIG
    + "select order_id, line, loaded_at as seen_at from {{ ref('stg') }}\n"
    + "{% if is_incremental() %}where loaded_at > (select max(seen_at) from {{ this }}){% endif %}",
    "properties.yml": """
models:
  - name: careless
    data_tests:
      - entity_kit.no_late_rows_lost:
          name: plain
          arguments: {source: ref('stg'), keys: [order_id, line]}
      - entity_kit.no_late_rows_lost:
          name: arrived
          arguments:
            source: ref('stg')
            keys: [order_id, line]
            loaded_at: loaded_at
            watermark_column: seen_at
      - entity_kit.no_late_rows_lost:
          name: with_interval
          arguments:
            source: ref('stg')
            keys: [order_id, line]
            model_keys: [order_id, line]
            loaded_at: loaded_at
            watermark_column: seen_at
            lookback_interval: {days: 3}
            source_where: order_id < 9 or line is null
      - entity_kit.no_late_rows_lost:
          name: part_of_the_model
          arguments: {source: ref('stg'), keys: [order_id, line]}
          config: {where: order_id = 1}
""",
}
EARLY = "it arrived before the watermark, but no row of the model has its key"
MISSING = "no row of the model has its key"
UNSTAMPED = "its loaded time is null, so no incremental run reads it"


@pytest.fixture(scope="module")
def project(make_project, engine):
    made = make_project(MODELS, engine=engine)
    made.execute(
        "create table raw_orders (order_id int, line int, loaded_at timestamp); "
        "insert into raw_orders values (1, 1, '2024-01-10'), (1, null, '2024-01-10')",
    )
    made.run("run", "--full-refresh")
    return made


def failing(project, test):
    """Run a data test, and return its offending rows."""
    compiled = project.compiled(test)
    rows = sorted(project.query(f"select * from ({compiled}) as failures"), key=repr)
    if rows:
        with pytest.raises(AssertionError, match=f"Got {len(rows)} result"):
            project.run("test", "--select", test)
    else:
        project.run("test", "--select", test)
    return [(order_id, line, reason) for order_id, line, _, reason in rows]


def test_what_is_lost_and_what_only_waits(project):
    assert failing(project, "plain") == []
    project.execute(
        "insert into raw_orders values "
        "(2, null, '2024-01-09'), "  # late, by a day
        "(3, 1, '2024-01-10'), "  # ties with the watermark: an inclusive filter would read it yet
        "(4, 1, '2024-01-12'), "  # not read yet
        "(9, 1, '2024-01-01'), "  # late
        "(9, null, null)",
    )
    assert failing(project, "plain") == [
        (2, None, MISSING),
        (3, 1, MISSING),
        (4, 1, MISSING),
        (9, 1, MISSING),
        (9, None, MISSING),
    ]
    assert failing(project, "arrived") == [(2, None, EARLY), (9, 1, EARLY), (9, None, UNSTAMPED)]
    # Within the interval it will be read again; order 9 is left out, but for the line without number.
    assert failing(project, "with_interval") == [(9, None, UNSTAMPED)]
    # The next run reads order 4, and the tie is past.
    project.run("run", "--select", "careless")
    assert failing(project, "arrived") == [
        (2, None, EARLY),
        (3, 1, EARLY),
        (9, 1, EARLY),
        (9, None, UNSTAMPED),
    ]
    project.run("run", "--select", "careless", "--full-refresh")
    assert failing(project, "plain") == []


def test_a_where_of_the_test_narrows_the_model(project):
    project.run("run", "--select", "careless", "--full-refresh")
    found = failing(project, "part_of_the_model")
    assert found
    assert not [row for row in found if row[0] == 1]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            "'m', 'orders', []",
            (
                "no_late_rows_lost: `keys` must be a string or a list of strings; got [].\n"
                "Name at least one."
            ),
        ),
        (
            "'m', 'orders', ['a', 'b'], 'a'",
            (
                "no_late_rows_lost: `model_keys` must be as many as `keys`, in the same order; "
                "got ['a'].\nName the model's columns that correspond to a, b."
            ),
        ),
        (
            "'m', 'orders', 'a', lookback_interval={'days': 3}",
            (
                "no_late_rows_lost: `loaded_at` must be set if `watermark_column` or "
                "`lookback_interval` is; got none.\n"
                "Name the source's column that says when a row arrived."
            ),
        ),
        (
            "'m', none, 'a'",
            (
                "no_late_rows_lost: `source` must be a relation or the name of a CTE; got none.\n"
                "Pass ref('…'), source('…', '…'), or the name of a CTE of this model in quotes."
            ),
        ),
        (
            "'m', 'orders', 'a', loaded_at='coalesce(a, b)'",
            (
                "no_late_rows_lost: `watermark_column` must be set if `loaded_at` is an "
                'expression; got "coalesce(a, b)".\n'
                "Name the model's column that stores its greatest value."
            ),
        ),
        (
            "'m', 'orders', 'a', source_where=true",
            (
                "no_late_rows_lost: `source_where` must be a condition on the source's rows; got "
                "true.\nWrite it as text, in quotes, such as 'order_id > 0'."
            ),
        ),
    ],
)
@pytest.mark.usefixtures("duckdb_only")
def test_refusals(refused, arguments, message):
    assert refused("{{ entity_kit.late_rows_lost(" + arguments + ") }}") == message
