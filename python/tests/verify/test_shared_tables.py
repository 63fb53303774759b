"""Two sources over one table: a declaration on one applies to both."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from entity_kit.verify.results import ScheduleResult, Verdict
from support.verify_project import FCT, SOURCES

if TYPE_CHECKING:
    from collections.abc import Callable

    from support.verify_project import Project

OTHER = """
  - name: raw
    schema: shop
    tables:
      - name: events
        identifier: Orders
{config}"""

# By the other name, and wrong: it keeps what came first.
OTHERS = FCT.replace("'shop', 'orders'", "'raw', 'events'")
FIRST = OTHERS.replace("loaded_at > (select max(loaded_at)", "1 > (select count(*)")

DELIVERY = """        config:
          loaded_at_field: LOADED_AT
          event_time: ordered_at
{more}"""


def told(schedule: ScheduleResult) -> tuple[ScheduleResult, str]:
    """Return verify's result under a schedule, without the file that it points to."""
    return replace(schedule, cause=None), schedule.cause.name if schedule.cause else ""


@pytest.mark.slow
def test_a_table_arrives_by_whichever_name_it_is_read(make_project: Callable[..., Project]) -> None:
    late = "meta: {entity_kit: {delivery: {late_by: {days: 3}}}}}"
    project = make_project(
        {"fct.sql": FCT, "others.sql": OTHERS, "first.sql": FIRST},
        sources=SOURCES.replace("ordered_at}", "ordered_at, " + late) + OTHER.format(config=""),
    )
    result = project.verify(schedules=["arrival", "late"])
    found = {model.name: model for model in result.models}
    assert [told(each) for each in found["others"].schedules] == [
        told(each) for each in found["fct"].schedules
    ]
    assert [schedule.schedule for schedule in found["first"].schedules] == ["arrival", "late"]
    assert found["first"].verdict is Verdict.DIFFERS
    assert [model.notes for model in result.models] == [(), (), ()]
    # Also where the name that declares it is read by no model of these.
    alone = project.verify(select=["others"], schedules=["late"])
    assert alone.models[0].schedules == found["others"].schedules[1:]


@pytest.mark.slow
def test_two_names_must_not_contradict_each_other(make_project: Callable[..., Project]) -> None:
    agreeing = OTHER.format(config=DELIVERY.format(more=""))
    project = make_project({"fct.sql": FCT, "others.sql": OTHERS}, sources=SOURCES + agreeing)
    assert project.verdicts(steps=1, schedules=["rerun"]) == {"fct": "agrees", "others": "agrees"}
    more = "          meta: {entity_kit: {delivery: {updates: true}}}\n"
    project.write({"models/sources.yml": SOURCES + OTHER.format(config=DELIVERY.format(more=more))})
    assert project.refused() == (
        "Sources raw.events and shop.orders are the same table, "
        '"warehouse"."shop"."orders", and declare two things: delivery is updates: True for '
        "raw.events, and not declared for shop.orders.\n"
        "Declare the same for both, or declare it for only one of them."
    )
