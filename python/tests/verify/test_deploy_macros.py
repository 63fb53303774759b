"""Our own macros, with an argument that changes between two versions of a model.

What the columns show is refused, and the message says what to do; what a run rebuilds anyway is
right at once; the rest stays wrong for the entities and periods that no run touches again.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from support.repository import commit, git
from support.verify_project import run, write_project

pytestmark = pytest.mark.slow

PACKAGE = Path(__file__).resolve().parents[3]
SAFE, NEEDS, FAILS = "safe", "needs a full refresh", "fails"
# The customer d is in the first load only; the last one has all others.
DATA = """
create schema shop;
create table shop.orders as
select
    row_number() over (order by load, customer)::int as order_id, customer as customer_id,
    'city ' || load as city, 'segment ' || (load % 2) as segment,
    load * 10 + ascii(customer) - 97 as amount, load = 1 and customer = 'd' as is_deleted_row,
    timestamp '2024-01-01 23:30:00' + (load - 1) * interval 10 day as ordered_at,
    timestamp '2024-01-02 01:00:00' + (load - 1) * interval 10 day as loaded_at
from (values (1, 'a'), (1, 'b'), (1, 'd'), (2, 'a'), (3, 'a'), (3, 'b')) as t(load, customer);
"""
SOURCES = """
sources:
  - name: shop
    tables:
      - name: orders
        config: {loaded_at_field: loaded_at}
"""
SOURCE = "source('shop', 'orders')"


def call(macro, *positional, **named):
    """Write a call of a macro; values are as Jinja has them."""
    arguments = ", ".join([*positional, *(f"{name}={value}" for name, value in named.items())])
    return f"{{{{ entity_kit.{macro}({arguments}) }}}}"


def history(**named):
    return call(
        "scd2_history",
        SOURCE,
        **{
            "business_key": "'customer_id'",
            "changed_at": "'ordered_at'",
            "loaded_at": "'loaded_at'",
            "tracked_columns": "['city']",
            **named,
        },
    )


def metric(name="revenue", calculation="sum(amount)", **more):
    told = {"name": name, "calculation": calculation, "description": "d", **more}
    return json.dumps(told)


def entity(**named):
    return call(
        "entity_model",
        SOURCE,
        **{
            "business_key": "'customer_id'",
            "loaded_at": "'loaded_at'",
            "updated_at": "'ordered_at'",
            "attributes": "['city']",
            "metrics": f"[{metric()}]",
            **named,
        },
    )


def grain(period="'day'", **named):
    return call(
        "grain_table",
        period,
        **{
            "business_key": "'customer_id'",
            "events": SOURCE,
            "occurred_at": "'ordered_at'",
            "loaded_at": "'loaded_at'",
            "measures": f"[{metric()}]",
            "spine": "'sparse'",
            **named,
        },
    )


def filtered(condition, key="'order_id'"):
    return (
        f"{{{{ config(materialized='incremental', unique_key={key}) }}}}\n"
        f"select order_id, customer_id, amount, loaded_at from {{{{ {SOURCE} }}}}\n"
        f"where {condition}"
    )


def touching(**named):
    condition = call(
        "touched_filter",
        "'customer_id'",
        f"[{{'relation': {SOURCE}, 'loaded_at': 'loaded_at'}}]",
        **named,
    )
    return (
        "{{ config(materialized='incremental', unique_key='customer_id') }}\n"
        f"select customer_id, sum(amount) as revenue, max(loaded_at) as loaded_at from {{{{ {SOURCE} }}}}\n"
        f"where {condition} group by customer_id"
    )


@dataclass(frozen=True)
class Argument:
    """A model with one argument before and after; `says` is a part of the message of a refusal."""

    name: str
    before: str
    after: str
    verdict: str
    says: str = ""


REBUILD = "run the model once with --full-refresh"
DBTS = "re-run the incremental model with `full_refresh: true`"
ARGUMENTS = [
    Argument("history_new_tracked", history(), history(tracked_columns="['city', 'segment']"), FAILS, REBUILD),
    Argument("history_no_longer_tracked", history(tracked_columns="['city', 'segment']"), history(), FAILS, REBUILD),
    Argument("history_new_overwritten", history(), history(overwrite_columns="'segment'"), FAILS, REBUILD),
    Argument("history_tracked_to_overwritten", history(tracked_columns="['city', 'segment']"), history(overwrite_columns="'segment'"), NEEDS),
    Argument("history_deletions", history(), history(deleted_when="'is_deleted_row'"), NEEDS),
    Argument("history_open_end", history(), history(valid_to_current="'9999-12-31'"), NEEDS),
    Argument("history_lookback", history(), history(lookback_interval="{'days': 3}"), SAFE),
    Argument("entity_new_metric", entity(), entity(metrics=f"[{metric()}, {metric('orders', 'count(*)')}]"), FAILS, DBTS),
    Argument("entity_no_metric", entity(metrics=f"[{metric()}, {metric('orders', 'count(*)')}]"), entity(), FAILS, DBTS),
    Argument("entity_new_attribute", entity(), entity(attributes="['city', 'segment']"), FAILS, DBTS),
    Argument("entity_calculation", entity(), entity(metrics=f"[{metric(calculation='sum(amount * 2)')}]"), NEEDS),
    Argument("entity_description", entity(), entity(metrics=f"[{metric(description='other')}]"), "unchanged"),
    Argument("entity_deletions", entity(), entity(deleted_when="'is_deleted_row'"), NEEDS),
    Argument("entity_row_key", entity(), entity(row_key="'order_id'"), SAFE),
    Argument("entity_lookback", entity(), entity(lookback_interval="{'days': 3}"), SAFE),
    Argument("grain_other_period", grain(), grain("'month'"), NEEDS),
    Argument("grain_new_measure", grain(), grain(measures=f"[{metric()}, {metric('orders', 'count(*)')}]"), FAILS, DBTS),
    Argument("grain_calculation", grain(), grain(measures=f"[{metric(calculation='sum(amount * 2)')}]"), NEEDS),
    Argument("grain_time_zone", grain(), grain(timezone="'Europe/Berlin'"), NEEDS),
    Argument("grain_dense", grain(), grain(spine="'dense'"), NEEDS),
    Argument("grain_lookback", grain(), grain(lookback_interval="{'days': 3}"), SAFE),
    Argument("filter_lookback", filtered(call("incremental_filter", "'loaded_at'")), filtered(call("incremental_filter", "'loaded_at'", lookback_interval="{'days': 3}")), SAFE),
    Argument("touched_lookback", touching(), touching(lookback_interval="{'days': 3}"), SAFE),
]  # fmt: skip


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    """Return what a merge of all of them does, by name."""
    folder = tmp_path_factory.mktemp("macros")
    (folder / "tmp").mkdir()
    made = write_project(
        folder,
        folder / "tmp",
        {f"{each.name}.sql": each.before for each in ARGUMENTS},
        data=DATA,
        sources=SOURCES,
        files={".gitignore": "dbt_packages\n"},
    )
    (made.folder / "dbt_packages").mkdir()
    (made.folder / "dbt_packages" / "entity_kit").symlink_to(PACKAGE, target_is_directory=True)
    git(made.folder, "init", "-q")
    commit(made.folder)
    made.write({f"models/{each.name}.sql": each.after for each in ARGUMENTS})
    finished = run(
        [
            *("verify", "--project-dir", str(made.folder), "--jobs", "2", "--format", "json"),
            *("--deploy-from", "HEAD"),
        ]
    )
    assert finished.stdout, finished.stderr
    found = json.loads(finished.stdout)
    assert found["left_out"] == []
    return {each["name"]: each for each in found["models"]}


def test_each_argument_has_its_verdict(models):
    assert {name: each["verdict"] for name, each in models.items()} == {
        each.name: each.verdict for each in ARGUMENTS
    }


@pytest.mark.parametrize(
    "argument", [each for each in ARGUMENTS if each.says], ids=lambda a: a.name
)
def test_a_refusal_says_what_to_do(models, argument):
    failure = models[argument.name]["merges"][0]["failure"]
    assert argument.says.casefold() in failure["message"].casefold()


def test_a_full_refresh_mends_each(models):
    for name, each in models.items():
        if each["verdict"] in {NEEDS, FAILS}:
            assert each["mend"]["command"] == f"dbt run --full-refresh --select {name}"
