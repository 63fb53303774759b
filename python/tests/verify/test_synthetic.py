"""`verify --synthetic`: a project without any data."""

from __future__ import annotations

import pytest

from entity_kit.errors import EntityKitError
from entity_kit.verify.options import read_options

SOURCES = """
sources:
  - name: shop
    config: {loaded_at_field: loaded_at}
    tables:
      - name: customers
        config: {meta: {entity_kit: {row_key: [id]}}}
        columns:
          - {name: id, data_type: integer}
          - {name: city, data_type: varchar}
      - name: orders
        config:
          event_time: ordered_at
          meta: {entity_kit: {row_key: [id], delivery: {late_by: {days: 2}}}}
        columns:
          - {name: id, data_type: bigint}
          - name: customer_id
            data_tests: [{relationships: {arguments: {to: "source('shop', 'customers')", field: id}}}]
          - {name: amount, data_type: "decimal(10,2)"}
"""
DAILY = """
{{{{ config(materialized='incremental', unique_key='day') }}}}
select cast(ordered_at as date) as day, sum(amount) as amount, count(c.city) as known,
    max(o.loaded_at) as loaded_at
from {{{{ source('shop', 'orders') }}}} as o
left join {{{{ source('shop', 'customers') }}}} as c on c.id = o.customer_id
{{% if is_incremental() %}} where {} {{% endif %}}
group by 1
"""
WRONG = DAILY.format("o.loaded_at > (select max(loaded_at) from {{ this }})")
RIGHT = DAILY.format("true")


def test_a_wrong_model_is_caught_and_a_right_one_agrees(make_project):
    project = make_project({"wrong.sql": WRONG, "right.sql": RIGHT}, sources=SOURCES, data="")
    done = project.command("--synthetic", "--schedules", "arrival", "--steps", "3", "--seed", "5")
    assert done.exit_code == 1
    assert "✓ right" in done.stdout
    assert "✗ wrong  differs under arrival" in done.stdout
    assert "cause: partial-group" in done.stdout
    assert "note: On synthetic data: the rows of the sources were made up" in done.stdout
    assert (
        "2 incremental models on synthetic data: 1 agrees, 1 differs. 3 steps, seed 5"
        in done.stdout
    )
    assert "--synthetic" in next(line for line in done.stdout.splitlines() if "reproduce:" in line)


def test_what_the_yaml_must_say(make_project):
    model = RIGHT.replace("sum(amount)", "sum(amount - o.discount)")
    project = make_project({"right.sql": model}, sources=SOURCES, data="")
    assert project.refused(synthetic=True).startswith(
        "To make up rows, the type of each column must be known. It isn't of:\n"
        "  shop.orders: discount\n"
    )


@pytest.mark.parametrize(
    ("options", "name"), [({"samples": "x"}, "--samples"), ({"against": "dbt"}, "--against-dbt")]
)
def test_real_rows_or_made_up_ones(make_project, options, name):
    project = make_project()
    with pytest.raises(EntityKitError) as caught:
        read_options(project.folder, synthetic=True, **options)
    assert str(caught.value) == f"--synthetic can't be combined with {name}.\nOmit one of them."
