"""`accumulating_snapshot` against its reference, in any order of arrival; and what it refuses."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from accumulating_reference import accumulating_snapshot
from arrival_replay import BASE, TIMES, compile_twice, replay_every_order
from hypothesis import strategies as st

CASES = {"plain": False, "log": True}
ARGUMENTS = """
    source('raw', 'changes'), 'order_id', 'happened_at', 'loaded_at',
    milestones=[
        {'name': 'ordered_at', 'when': "event = 'ordered' or false"},
        {'name': 'paid_at', 'when': "event = 'paid'", 'take': 'last'},
        {'name': '"Shipped At"', 'when': "event = 'shipped'", 'withdrawn_when': "event = 'returned'"},
    ],
    lags=[
        {'name': 'seconds_to_pay', 'from': 'ordered_at', 'to': 'paid_at'},
        {'name': 'hours_to_ship', 'from': 'ordered_at', 'to': '"Shipped At"', 'unit': 'hour'},
    ],
    metrics=[{'name': 'events', 'calculation': 'count(*)', 'fill': 0, 'description': 'All of them'}],
    deleted_when='gone'
"""
SOURCES = """
sources:
  - name: raw
    schema: main
    tables: [{name: changes}]
"""
TABLE = """
create or replace table changes (
    order_id integer, event_id integer, event varchar, happened_at timestamp, gone boolean, loaded_at timestamp
)
"""
COLUMNS = ["order_id", "event_id", "event", "happened_at", "gone", "loaded_at"]
# So near that whole hours and seconds differ from what a subtraction of the parts gives.
MOMENTS = st.sampled_from([BASE + timedelta(minutes=47 * n, seconds=n) for n in range(4)])
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "order_id": st.sampled_from([1, 1, 1, 1, 2, None]),
            "event_id": st.integers(1, 5),
            "event": st.sampled_from(
                ["ordered", "shipped", "returned", "paid", "shipped", "ordered"]
            ),
            "happened_at": st.one_of(MOMENTS, MOMENTS, MOMENTS, MOMENTS, st.none()),
            "gone": st.sampled_from([False, False, None, False, True]),
            "loaded_at": TIMES,
        },
    ),
    min_size=4,
    max_size=10,
)


@pytest.fixture(scope="module")
def compiled(make_project: Any) -> dict[str, dict[str, str]]:
    models = {
        name: "{{ entity_kit.accumulating_snapshot("
        + ARGUMENTS
        + (", row_key='event_id'" if has_log else "")
        + ") }}"
        for name, has_log in CASES.items()
    }
    return compile_twice(make_project, SOURCES, TABLE, models)


@pytest.mark.slow
@pytest.mark.parametrize("name", CASES)
def test_equals_the_reference_at_every_step(compiled: Any, name: str) -> None:
    replay_every_order(
        compiled[name],
        name,
        (TABLE, COLUMNS, ROWS),
        lambda rows: accumulating_snapshot(rows, has_log=CASES[name]),
    )


EVENTS = "api.Relation.create(schema='main', identifier='events'), 'id', 'at', 'loaded_at'"
PAID = "{'name': 'paid_at', 'when': 'paid'}"
NAME = "accumulating_snapshot: "


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            "[]",
            (
                "`milestones` must be a list of mappings, in the order of the process; got [].\n"
                "Write [{'name': 'shipped_at', 'when': \"event = 'shipped'\"}]."
            ),
        ),
        (
            "[{'name': 'paid_at', 'condition': 'paid'}]",
            (
                "`milestones[0]` must be a mapping with name, when and, where needed, take,"
                ' withdrawn_when, description; got "condition".\nLeave it out.'
            ),
        ),
        (
            f"[{PAID}, {{'name': 'PAID_AT', 'when': 'paid'}}]",
            (
                "`milestones[1].name` must be a name that no other column of the table has;"
                ' got "PAID_AT".\nRename it.'
            ),
        ),
        (
            "[{'name': 'paid_at', 'when': 'paid', 'take': 'latest'}]",
            '`milestones[0].take` must be one of first, last; got "latest".\nClosest: last.',
        ),
        (
            "[{'name': 'paid_at', 'when': 'paid', 'take': 'first', 'withdrawn_when': 'refunded'}]",
            (
                '`milestones[0].take` must be last if there is a `withdrawn_when`; got "first".\n'
                "What was reached again after it was withdrawn has the later time."
            ),
        ),
        (
            f"[{PAID}], lags=[{{'name': 'd', 'from': 'paid_on', 'to': 'paid_at'}}]",
            '`lags[0].from` must be one of paid_at; got "paid_on".\nClosest: paid_at.',
        ),
        (
            f"[{PAID}], lags=[{{'name': 'd', 'from': 'paid_at', 'to': 'paid_at', 'unit': 'days'}}]",
            '`lags[0].unit` must be one of second, minute, hour, day; got "days".\nClosest: day.',
        ),
        (
            f"[{PAID}], lags=[{{'name': 'Furthest_Milestone', 'from': 'paid_at', 'to': 'paid_at'}}]",
            (
                "`lags[0].name` must be a name that no other column of the table has;"
                ' got "Furthest_Milestone".\nRename it.'
            ),
        ),
        (
            f"[{PAID}], metrics=[{{'name': 'paid_at', 'calculation': 'count(*)'}}]",
            (
                "`metrics[0].name` must be a name that no other column of the table has;"
                ' got "paid_at".\nRename it.'
            ),
        ),
    ],
)
def test_it_refuses(refused: Any, arguments: str, message: str) -> None:
    given = f"{{{{ entity_kit.accumulating_snapshot({EVENTS}, {arguments}) }}}}"
    assert refused(given) == NAME + message
