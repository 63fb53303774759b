# ruff: noqa: ISC004 - messages stand as tuples of case and text
"""What the grain family refuses, with complete messages."""

from __future__ import annotations

from typing import Any

import pytest

BASE = {
    "grain": "'day'",
    "business_key": "'k'",
    "events": "api.Relation.create(schema='main', identifier='events')",
    "occurred_at": "'occurred_at'",
    "loaded_at": "'loaded_at'",
}


def call(**changes: str) -> str:
    arguments = ", ".join(f"{name}={value}" for name, value in (BASE | changes).items())
    return "{{ entity_kit.grain_table(" + arguments + ") }}"


MEASURE = "{'name': 'n', 'calculation': 'count(*)', 'description': '.'}"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"grain": "'dayly'"},
            "grain_table: `grain` must be one of hour, day, week, month, quarter, year;"
            ' got "dayly".\nClosest: day.',
        ),
        (
            {"measures": "[{'calculation': 'count(*)', 'description': '.'}]"},
            "grain_table: `measures[0]` must be a mapping with name, calculation and, where needed,"
            " description, owner, unit, fill; got {'calculation': 'count(*)', 'description': '.'}."
            "\nAdd name.",
        ),
        (
            {"measures": f"[{MEASURE}, {MEASURE}]"},
            "grain_table: `measures[1].name` must be a name that no other column of the table has;"
            ' got "n".\nRename it.',
        ),
        (
            {
                "measures": f"[{MEASURE}]",
                "trailing": "[{'name': 'n', 'calculation': 'sum(a)', 'periods': 2}]",
            },
            "grain_table: `trailing[0].name` must be a name that no other column of the table has;"
            ' got "n".\nRename it.',
        ),
        (
            {"trailing": "[{'name': 'n', 'calculation': 'sum(a)', 'periods': 0}]"},
            "grain_table: `trailing[0].periods` must be a whole number, one or more; got 0.\n"
            "It is the number of periods, including this one. Put a measure of this period alone into"
            " `measures`.",
        ),
        (
            {"measures": f"[{MEASURE}, " + MEASURE.replace("'n'", "'\"N\"'") + "]"},
            "grain_table: `measures[1].name` must be a name that no other column of the table has;"
            ' got ""N"".\nRename it.',
        ),
        (
            {"occurred_from": "'2024-02-01'", "occurred_to": "'2024-01-31 12:00'"},
            "grain_table: `occurred_to` must be later than `occurred_from`; got"
            ' "2024-01-31 12:00".\nNo event can be between them: swap the two.',
        ),
        (
            {
                "events": "'trailing_7'",
                "trailing": "[{'name': 'n', 'calculation': 'sum(a)', 'periods': 7}]",
            },
            'grain_table: `events` must be a CTE with another name; got "trailing_7".\n'
            "The macro uses a CTE with this name. Rename yours.",
        ),
        (
            {"attributes": "['plan']"},
            "grain_table: `history` must be set if `attributes` is; got none.\n"
            "Attributes are as of the end of each period: pass the scd2_history that has them.",
        ),
        (
            {"timezone": "'Europe/Berln'"},
            "grain_table: `timezone` must be the name of a time zone that the warehouse knows;"
            ' got "Europe/Berln".\nClosest: Europe/Berlin.',
        ),
        (
            {"spine": "'thick'"},
            'grain_table: `spine` must be one of dense, sparse; got "thick".\nChoose one of these.',
        ),
        (
            {"max_periods": "0"},
            "grain_table: `max_periods` must be a whole number, one or more; got 0.\n"
            "It is the maximum number of periods for one entity.",
        ),
        (
            {"events": "'periods_to_build'"},
            'grain_table: `events` must be a CTE with another name; got "periods_to_build".\n'
            "The macro uses a CTE with this name. Rename yours.",
        ),
        (
            {"business_key": "'period_start'"},
            "grain_table: `business_key` must be names that no other column of the table has;"
            ' got "period_start".\nRename it in a CTE or an upstream model.',
        ),
    ],
)
def test_grain_table_refuses(refused: Any, changes: dict[str, str], message: str) -> None:
    assert refused(call(**changes)) == message


ROLLUP = (
    "{{{{ entity_kit.grain_rollup(api.Relation.create(schema='main', identifier='days'),"
    " '{grain}', [{measure}], business_key='k', finer_grain='{finer}') }}}}"
)
WAY_OUT = "Have grain_table compute m at this grain, from the rows themselves."


@pytest.mark.parametrize(
    ("finer", "grain", "measure", "message"),
    [
        (
            "week",
            "month",
            "{'name': 'm', 'calculation': 'sum(a)'}",
            "grain_rollup: `grain` must be a grain whose periods consist of whole periods of week;"
            ' got "month".\nA week may lie in two months: roll up from days.',
        ),
        (
            "month",
            "day",
            "{'name': 'm', 'calculation': 'sum(a)'}",
            "grain_rollup: `grain` must be a grain whose periods consist of whole periods of month;"
            ' got "day".\nFrom month there is quarter, year.',
        ),
        (
            "day",
            "month",
            "{'name': 'm', 'calculation': 'count(distinct who)'}",
            "grain_rollup: `measures[0].calculation` must be an additive measure: sum, count, min,"
            ' max, or last; got "count(distinct who)".\nA value in two periods would be counted'
            f" twice. {WAY_OUT}",
        ),
        (
            "day",
            "month",
            "{'name': 'm', 'calculation': 'avg(a)'}",
            "grain_rollup: `measures[0].calculation` must be an additive measure: sum, count, min,"
            ' max, or last; got "avg(a)".\nIt can\'t be computed from the values of the finer'
            f" periods, which don't include the number of rows. {WAY_OUT}",
        ),
        (
            "day",
            "month",
            "{'name': 'm', 'calculation': 'sum(a) / sum(b)'}",
            "grain_rollup: `measures[0].calculation` must be an additive measure: sum, count, min,"
            ' max, or last; got "sum(a) / sum(b)".\nIt can\'t be computed from the values of'
            f" the finer periods, which don't include the number of rows. {WAY_OUT}",
        ),
        (
            "day",
            "month",
            "{'name': 'm', 'calculation': 'sum(a) filter (where b) over (order by c)'}",
            "grain_rollup: `measures[0].calculation` must be an additive measure: sum, count, min,"
            ' max, or last; got "sum(a) filter (where b) over (order by c)".\nIt can\'t be computed'
            " from the values of the finer periods, which don't include the number of rows."
            f" {WAY_OUT}",
        ),
        (
            "day",
            "month",
            "{'name': 'm', 'calculation': 'min(a)', 'fill': 0}",
            "grain_rollup: `measures[0].calculation` must be left NULL when no row counts; got 0.\n"
            f"A filled value of a finer period looks like a real one. {WAY_OUT}",
        ),
    ],
)
def test_grain_rollup_refuses(
    refused: Any,
    finer: str,
    grain: str,
    measure: str,
    message: str,
) -> None:
    assert refused(ROLLUP.format(finer=finer, grain=grain, measure=measure)) == message
