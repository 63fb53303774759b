"""Sums of doubles: rounding isn't a difference, whatever the order of addition."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest

from entity_kit.engines.originals import Originals
from entity_kit.engines.settings import UNSYNCED, one_thread
from entity_kit.verify.results import Verdict

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from support.verify_project import Project

DATA = """
create schema shop;
create table shop.orders as
select
    i as order_id,
    'customer ' || i % 7 as customer,
    (i * 7919 % 100003) / 100 as amount,
    timestamp '2024-01-01 05:00:00' + i * interval 3 minutes as ordered_at,
    timestamp '2024-01-01 06:00:00' + i * interval 3 minutes as loaded_at
from range(5000) as t(i);
"""

# Right: each touched customer anew. The rows come in another order in each run, as they do where
# several threads read them.
TOTALS = """
{{{{ config(materialized='incremental', unique_key='customer'{config}) }}}}
{{% set touched %}}
    {{% if is_incremental() %}}
    where customer in (
        select customer from {{{{ source('shop', 'orders') }}}}
        where loaded_at > (select max(loaded_at) from {{{{ this }}}})
    )
    {{% endif %}}
{{% endset %}}
select customer, {columns}, max(loaded_at) as loaded_at
from (
    select *, random() as place
    from {{{{ source('shop', 'orders') }}}} {{{{ touched }}}}
)
group by customer
"""
SUMS = "sum(amount order by place) as total, avg(amount) as mean, count(*) as orders"

# Wrong by more than rounding: only the orders of the batch.
PARTIAL = """
{{ config(materialized='incremental', unique_key='customer') }}
select customer, sum(amount) as total, max(loaded_at) as loaded_at
from {{ source('shop', 'orders') }}
{% if is_incremental() %}where loaded_at > (select max(loaded_at) from {{ this }}){% endif %}
group by customer
"""

EXACT = ", meta={'entity_kit': {'float_tolerance': 0}}"


@pytest.mark.slow
def test_rounding_is_told_and_is_no_failure(make_project: Callable[..., Project]) -> None:
    project = make_project(
        {
            "totals.sql": TOTALS.format(config="", columns=SUMS),
            "partial.sql": PARTIAL,
            "exactly.sql": TOTALS.format(config=EXACT, columns=SUMS),
            # What a float decides is no rounding any more.
            "hashed.sql": TOTALS.format(
                config="", columns="md5(cast(sum(amount order by place) as varchar)) as fingerprint"
            ),
        },
        data=DATA,
    )
    # Random order leaves nothing to the seed: the same must come out whatever happens.
    for _ in range(3):
        result = project.verify(seed=7)
        found = {model.name: model for model in result.models}
        assert {name: model.verdict for name, model in found.items()} == {
            "totals": Verdict.AGREES,
            "partial": Verdict.DIFFERS,
            "exactly": Verdict.NONDETERMINISTIC,
            "hashed": Verdict.NONDETERMINISTIC,
        }
        (note,) = (note for note in found["totals"].notes if note.startswith("total: "))
        assert "by rounding only, at most" in note
        assert "tolerance 1e-12 (near zero 3.6e-07)" in note
        assert {told.column for told in found["totals"].rounding} <= {"total", "mean"}
        assert found["partial"].schedules[0].cause is not None
        assert found["partial"].schedules[0].cause.name == "partial-group"
        assert "total" in found["exactly"].schedules[0].nondeterministic
        assert found["hashed"].schedules[0].nondeterministic == ("fingerprint",)


FINGERPRINTS = """
{{ config(materialized='incremental', unique_key='customer') }}
select
    customer, md5(cast(sum(amount) as varchar)) as fingerprint, sum(amount) as total,
    max(loaded_at) as loaded_at
from {{ source('shop', 'orders') }}
{% if is_incremental() %}
where customer in (
    select customer from {{ source('shop', 'orders') }}
    where loaded_at > (select max(loaded_at) from {{ this }})
)
{% endif %}
group by customer
"""


@pytest.mark.slow
def test_a_fingerprint_of_a_sum_is_the_same_in_each_run(
    make_project: Callable[..., Project],
) -> None:
    """Several threads would add up this many rows (three row groups) in another order each time."""
    data = DATA.replace("3 minutes", "3 seconds").replace("range(5000)", "range(300000)")
    project = make_project({"fingerprints.sql": FINGERPRINTS}, data=data)
    result = project.verify(steps=2, seed=7)
    assert result.verdict is Verdict.AGREES
    assert result.models[0].rounding == ()


def test_a_profile_may_want_threads() -> None:
    assert one_thread({"type": "duckdb", "threads": 4}) == {"threads": 1}
    assert one_thread({"settings": {"memory_limit": "1GB"}}) == {"threads": 1}
    assert one_thread({"settings": {"Threads": 4}}) == {}
    assert one_thread({"config_options": {"worker_threads": 4}}) == {}


def test_what_holds_for_all_connections_is_set_once(tmp_path: Path) -> None:
    originals = Originals(
        tmp_path, tmp_path, [], {"TimeZone": "Europe/Berlin", "memory_limit": "1GiB"}
    )
    once, each = originals.settings_once({"threads": 1})
    assert once == {"threads": 1, **UNSYNCED, "memory_limit": "1GiB"}
    assert each == {"TimeZone": "Europe/Berlin"}
    assert originals.settings["memory_limit"] == "1GiB"

    originals.runner = cast("Any", SimpleNamespace(executable="dbt"))
    everything = {"threads": 1, "TimeZone": "Europe/Berlin", "memory_limit": "1GiB"}
    assert originals.settings_once({"threads": 1}) == ({}, everything)
