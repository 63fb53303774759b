"""`--deploy-from`: what a merge does to the tables that the old code built."""

from __future__ import annotations

import json

import pytest

from support.repository import commit, git
from support.verify_project import run, write_project

pytestmark = pytest.mark.slow

# Four loads: the customers b and c come again in the third one only.
ORDERS = """
create schema shop;
create table shop.orders as
select
    row_number() over (order by day, customer) as order_id, customer,
    cast(day * 10 + length(customer) as decimal(10, 2)) as amount,
    timestamp '2024-01-01 05:00:00' + (day - 1) * interval 1 day as ordered_at,
    timestamp '2024-01-01 06:00:00' + (day - 1) * interval 1 day as loaded_at
from (values (1, 'a'), (1, 'b'), (1, 'c'), (2, 'a'), (3, 'b'), (3, 'c'),
             (4, 'a'), (4, 'b'), (4, 'c')) as t(day, customer);
"""


def model(columns, *, config="", where="", above="source('shop', 'orders')"):
    """Return a model that reads each order once, by when it was loaded."""
    return f"""
        {{{{ config(materialized='incremental', unique_key='order_id'{config}) }}}}
        select {columns} from {{{{ {above} }}}} where order_id is not null {where}
        {{% if is_incremental() %}}
        and loaded_at > (select max(loaded_at) from {{{{ this }}}})
        {{% endif %}}
    """


def totals(amount):
    """Return a model that rebuilds the customers with new orders."""
    return f"""
        {{{{ config(materialized='incremental', unique_key='customer') }}}}
        select customer, sum({amount}) as total, max(loaded_at) as loaded_at
        from {{{{ source('shop', 'orders') }}}}
        {{% if is_incremental() %}}
        where customer in (
            select customer from {{{{ source('shop', 'orders') }}}}
            where loaded_at > (select max(loaded_at) from {{{{ this }}}})
        )
        {{% endif %}}
        group by customer
    """


def microbatch(amount):
    return f"""
        {{{{ config(materialized='incremental', incremental_strategy='microbatch',
            event_time='ordered_at', batch_size='day', begin='2024-01-01', lookback=0) }}}}
        select order_id, {amount} as amount, ordered_at from {{{{ source('shop', 'orders') }}}}
    """


def looking_back(amount):
    """Return a model that reads as many days again as a variable says."""
    return f"""
        {{{{ config(materialized='incremental', unique_key='order_id') }}}}
        select order_id, {amount} as amount, loaded_at from {{{{ source('shop', 'orders') }}}}
        {{% if is_incremental() %}}
        where loaded_at > (select max(loaded_at) from {{{{ this }}}})
            - interval {{{{ var('days_again', 0) }}}} day
        {{% endif %}}
    """


PLAIN = "order_id, customer, amount, loaded_at"
FIXED = "order_id, customer, cast(amount + 1 as decimal(10, 2)) as amount, loaded_at"
WIDER = f"1 as one, {PLAIN}"
# From the second load on.
PARTLY = "cast(case when order_id > 3 then amount + 1 else amount end as decimal(10, 2))"
STRICT = ", on_schema_change='fail'"
CHILD = model("order_id, amount, loaded_at", above="ref('fixed')")

# Each run adds the totals of its own rows, with or without a merge.
PARTIAL = model(
    "customer, sum(amount) as total, max(loaded_at) as loaded_at, count(*) as n"
).replace(", unique_key='order_id'", "")

BEFORE = {
    "partial": PARTIAL + " group by customer",
    "same": model(PLAIN),
    "form": model(PLAIN),
    "guarded": model(PLAIN),
    "totals": totals("amount"),
    "fixed": model(PLAIN),
    "child": CHILD,
    "wider": model(PLAIN),
    "strict": model(PLAIN, config=STRICT),
    "batches": microbatch("amount"),
    "looking": looking_back("amount"),
    "whole": model(PLAIN),
    "gone": model(PLAIN),
}
AFTER = {
    "partial": PARTIAL + " group by customer having count(*) > 0",
    "same": model(PLAIN),
    "form": model(PLAIN).replace("select", "-- the orders\n   SELECT", 1),
    "guarded": model(PLAIN, where="and customer is not null"),
    "totals": totals("amount * 2"),
    "fixed": model(FIXED),
    "child": CHILD,
    "wider": model(WIDER),
    "strict": model(WIDER, config=STRICT),
    "batches": microbatch(PARTLY),
    "looking": looking_back(PARTLY),
    "whole": model(PLAIN).replace("'incremental'", "'table'"),
    "fresh": model(PLAIN),
}
VERDICTS = {
    "partial": "needs a full refresh",
    "same": "unchanged",
    "form": "unchanged",
    "guarded": "safe",
    "totals": "heals",
    "fixed": "needs a full refresh",
    "child": "needs a full refresh",
    "wider": "needs a full refresh",
    "strict": "fails",
    "batches": "needs a full refresh",
    "looking": "needs a full refresh",
    "whole": "safe",
    "fresh": "safe",
}


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """Write a project whose code changes between the last commit and the working tree."""
    folder = tmp_path_factory.mktemp("deploy")
    for name in ("tmp", "home", "elsewhere"):
        (folder / name).mkdir()
    made = write_project(
        folder,
        folder / "tmp",
        {f"{name}.sql": text for name, text in BEFORE.items()},
        data=ORDERS,
    )
    git(made.folder, "init", "-q")
    commit(made.folder)
    (made.folder / "models" / "gone.sql").unlink()
    made.write({f"models/{name}.sql": text for name, text in AFTER.items()})
    return made


@pytest.fixture(scope="module")
def finished(project):
    """Run the command once. The untouched state holds git's index, too."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tempfile.tempdir", str(project.scratch))
        patch.chdir(project.scratch.parent / "elsewhere")
        with project.untouched():
            done = run(
                [
                    *("verify", "--project-dir", str(project.folder), "--jobs", "2"),
                    *("--deploy-from", "HEAD", "--format", "json", "--no-cache"),
                ]
            )
    return done


@pytest.fixture(scope="module")
def result(finished):
    return json.loads(finished.stdout)


@pytest.fixture(scope="module")
def models(result):
    return {each["name"]: each for each in result["models"]}


def test_each_model_has_its_verdict(finished, result, models):
    assert {name: each["verdict"] for name, each in models.items()} == VERDICTS
    assert (finished.exit_code, result["verdict"]) == (1, "fails")
    assert (result["deploy_from"], result["merges"], len(result["steps"])) == ("HEAD", [1, 2, 3], 4)


def test_what_stays_wrong_is_described(models):
    """Merged after the third load, the orders of the first three are as the old code has them."""
    fixed = models["fixed"]["wrong"]
    assert (fixed["after_step"], fixed["rows"], fixed["changed"]) == (3, 9, 6)
    assert fixed["changed_columns"] == {"amount": 6}
    assert (fixed["key"], fixed["keys"]) == (["order_id"], ["1", "2", "3", "4", "5", "6"])
    first = fixed["sample"][0]
    assert (first["row"]["amount"], first["before"]) == ("12.00", {"amount": "11.00"})
    assert models["wider"]["wrong"]["schema_changes"] == ["one (INTEGER) is only in full_refresh"]
    batches = models["batches"]["wrong"]
    assert batches["period"] == {
        "column": "ordered_at",
        "first": "2024-01-02 05:00:00",
        "last": "2024-01-03 05:00:00",
    }


def test_what_heals_says_after_how_many_runs(models):
    """B and c come again two loads after the first: merged after that one, the second run is right."""
    assert models["totals"]["heals_after"] == 2
    assert [each["verdict"] for each in models["totals"]["merges"]] == ["heals", "heals", "safe"]
    assert {each["heals_after"] for name, each in models.items() if name != "totals"} == {None}


def test_the_smallest_command_that_mends_is_named(models):
    """`strict` fails until it is refreshed; of what is wrong in some days, only these are rebuilt."""
    full_refresh = "dbt run --full-refresh --select"
    window = "--event-time-start=2024-01-02T00:00:00 --event-time-end=2024-01-04T00:00:00"
    found = {name: each["mend"]["command"] for name, each in models.items() if each["mend"]}
    assert found == {
        "partial": f"{full_refresh} partial",
        "fixed": f"{full_refresh} fixed",
        "child": f"{full_refresh} child fixed",
        "wider": f"{full_refresh} wider",
        "strict": f"{full_refresh} strict",
        "batches": f"dbt run --select batches {window}",
        "looking": "dbt run --select looking --vars '{days_again: 3}'",
    }
    shares = {name: each["mend"]["share"] for name, each in models.items() if each["mend"]}
    assert shares.pop("batches") == pytest.approx(3 / 9)
    assert shares.pop("looking") == pytest.approx(6 / 9)
    assert set(shares.values()) == {1.0}


def test_what_the_change_does_to_the_numbers(models):
    """The full refreshes of both versions, whatever the tables hold."""
    numbers = {name: each["numbers"] for name, each in models.items() if each["numbers"]}
    assert numbers["fixed"]["changed_columns"] == {"amount": 9}
    assert numbers["totals"]["changed_columns"] == {"total": 3}
    assert numbers["looking"]["changed_columns"] == {"amount": 6}
    assert numbers["wider"]["schema_changes"] == ["one (INTEGER) is only in full_refresh"]
    assert numbers["guarded"]["verdict"] == "agrees"
    assert not {"fresh", "same", "whole"} & set(numbers)


def test_why_the_change_reaches_a_model_is_said(models, result):
    assert models["child"]["why"] == "it is built from fixed"
    assert models["fresh"]["why"] == "it is new"
    assert models["fixed"]["why"] == "its code or configuration changes"
    assert models["form"]["why"] == "what dbt compiles differs only in form"
    assert models["whole"]["why"] == "it is a table now, which every run builds whole"
    assert result["notes"][0] == (
        "The change removes gone. What it built stays in the warehouse until somebody drops it: "
        "main.gone."
    )


def test_what_is_wrong_without_a_merge_is_noted(models):
    assert {name: each["notes"] for name, each in models.items() if each["notes"]} == {
        "partial": [
            (
                "it differs from its full refresh without any merge, too: `entity-kit verify --select "
                "partial` says why."
            )
        ]
    }


def test_a_run_that_stops_has_dbts_message(models):
    failure = models["strict"]["merges"][0]["failure"]
    assert (failure["step"], failure["side"]) == (2, "incremental")
    assert "schemas on this incremental model are out of sync" in failure["message"]
