"""Tasks that take turns are answered together, and models with one experiment share its runs."""

from __future__ import annotations

import json
import threading
from functools import partial

import pytest

from entity_kit.replay.together import Together, Wanted
from entity_kit.replay.turns import Turns


def doubled(rounds):
    """Return turns that answer with twice the number asked, and note each round of questions."""

    def answer(questions):
        rounds.append(list(questions))
        return [2 * question for question in questions]

    return Turns(answer)


def test_what_all_tasks_wait_for_is_answered_at_once():
    rounds, said = [], []
    turns = doubled(rounds)

    def work(number, asks):
        found = number
        for _ in range(asks):
            found = turns.ask(found)
        said.append((number, found))

    tasks = {str(number): partial(work, number, number) for number in (0, 3, 1, 2)}
    turns.take(tasks, dict.fromkeys(tasks, ()))
    assert rounds == [[3, 1, 2], [6, 4], [12]]
    assert said == [(0, 0), (1, 2), (2, 8), (3, 24)]


def test_a_task_starts_once_those_that_it_needs_are_done():
    rounds, said = [], []
    turns = doubled(rounds)

    def work(name):
        turns.ask(1)
        said.append(name)

    names = ("grandchild", "child", "parent", "other")
    after = {"grandchild": ["child"], "child": ["parent", "elsewhere"], "parent": (), "other": ()}
    turns.take({name: partial(work, name) for name in names}, after)
    assert said == ["parent", "other", "child", "grandchild"]
    assert [len(questions) for questions in rounds] == [2, 1, 1]


def test_outside_of_tasks_a_question_is_answered_at_once():
    rounds = []
    assert doubled(rounds).ask(4) == 8
    assert rounds == [[4]]


def test_an_error_ends_all_tasks():
    before = threading.active_count()
    left = []

    def wait(turns):
        try:
            turns.ask(1)
        finally:
            left.append("waiting")

    def fail():
        raise LookupError("in a task")

    turns = doubled([])
    with pytest.raises(LookupError, match="in a task"):
        turns.take(
            {"waiting": partial(wait, turns), "failing": fail}, {"waiting": (), "failing": ()}
        )

    def refuse(_):
        raise LookupError("in the answer")

    turns = Turns(refuse)
    with pytest.raises(LookupError, match="in the answer"):
        turns.take({"waiting": partial(wait, turns)}, {"waiting": ()})
    assert left == ["waiting", "waiting"]
    assert threading.active_count() == before


LATE = """
{{{{ config(materialized='incremental', unique_key='order_id') }}}}
select order_id, {column} from {{{{ source('shop', 'orders') }}}}
{{% if is_incremental() %}}
where ordered_at > (select max(ordered_at) from {{{{ source('shop', 'orders') }}}}) - interval 1 hour
{{% endif %}}
"""


@pytest.mark.slow
def test_models_that_share_an_experiment_have_the_causes_that_they_have_alone(
    make_project, monkeypatch
):
    columns = {"amounts": "amount", "customers": "customer", "times": "ordered_at"}
    models = {f"{name}.sql": LATE.format(column=column) for name, column in columns.items()}
    project = make_project(models)
    groups = []
    done = Together._done

    def count(together, first, group):
        groups.append(len(group))
        return done(together, first, group)

    def found():
        groups.clear()
        given = ("--schedules", "arrival", "--steps", "3", "--seed", "1", "--format", "json")
        result = json.loads(project.command(*given).stdout)
        return [(model["name"], model["schedules"][0]["cause"]) for model in result["models"]]

    monkeypatch.setattr(Together, "_done", count)
    together = found()
    assert max(groups) == len(models)
    runs = len(groups)
    assert all(cause for _, cause in together)
    monkeypatch.setattr(Wanted, "is_like", lambda *_: False)
    assert found() == together
    assert len(groups) == runs * len(models)
