"""Sources that a model reads in its incremental runs only, which dbt's manifest doesn't list."""

from __future__ import annotations

import pytest

from entity_kit.dbt_bridge.nodes import add_sources_of_incremental_runs, ancestors, parents_of


def manifest(code):
    named = {"package_name": "shop", "source_name": "raw"}
    return {
        "sources": {f"source.shop.raw.{n}": {**named, "name": n} for n in ("orders", "bills")},
        "nodes": {
            "model.shop.fct": {
                "package_name": "shop",
                "raw_code": code,
                "depends_on": {"nodes": ["source.shop.raw.orders"]},
            }
        },
        "parent_map": {"model.shop.fct": ["source.shop.raw.orders"]},
        "child_map": {"source.shop.raw.orders": ["model.shop.fct"]},
    }


@pytest.mark.parametrize(
    ("block", "found"),
    [
        ("{% if is_incremental() %}{{ source('raw', 'bills') }}{% endif %}", True),
        (
            "{%- if flag and is_incremental() -%}\n{{ source( \"raw\", 'bills' ) }}\n{%- endif -%}",
            True,
        ),
        ("{% if not is_incremental() %}1{% else %}{{ source('raw', 'bills') }}{% endif %}", True),
        # dbt sees what every run reads. The other branch of another condition isn't read.
        ("{% if target.name == 'x' %}{{ source('raw', 'bills') }}{% endif %}", False),
        ("{# {% if is_incremental() %}{{ source('raw', 'bills') }}{% endif %} #}", False),
        ("{% if is_incremental() %}{{ source('raw', 'unknown') }}{% endif %}", False),
        ("{% if is_incremental() %}{{ source('raw', 'orders') }}{% endif %}", False),
    ],
)
def test_a_source_in_a_block_of_incremental_runs_is_a_parent(block, found):
    read = manifest(f"select * from {{{{ source('raw', 'orders') }}}} {block}")
    add_sources_of_incremental_runs(read)
    wanted = ["source.shop.raw.orders", *(["source.shop.raw.bills"] if found else [])]
    assert parents_of(read["nodes"]["model.shop.fct"]) == wanted
    assert ancestors(read, ["model.shop.fct"]) == {"model.shop.fct", *wanted}
    assert ("source.shop.raw.bills" in read["child_map"]) is found
