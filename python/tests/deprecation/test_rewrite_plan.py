"""What is known about the columns: from aliases, across several replacements, from the warehouse."""

from __future__ import annotations

import datetime as dt
import json

import duckdb

from entity_kit.dbt_bridge.profiles import Target
from entity_kit.project_health.deprecations import guide_lines, read_deprecations
from entity_kit.project_health.rewrite.columns import Columns, Now
from entity_kit.project_health.rewrite.plan import Known, read_columns, read_known


def node(name, *, replacement=None, alias=None, contract=None):
    meta = {}
    if replacement is not None:
        meta["entity_kit_deprecation"] = {
            "replacement": replacement,
            "deprecation_date": "2026-03-01",
            "sunset_date": "2026-06-30",
            "reason": "r",
            "owner": "o",
        }
    if alias is not None:
        meta["entity_kit_alias"] = alias
    return {
        "unique_id": f"model.shop.{name}",
        "name": name,
        "alias": name,
        "database": "warehouse",
        "schema": "main",
        "package_name": "shop",
        "resource_type": "model",
        "original_file_path": f"models/{name}.sql",
        "config": {"meta": meta, "contract": {"enforced": contract is not None}},
        "columns": {each: {"data_type": "integer"} for each in contract or ()},
        "depends_on": {"nodes": []},
    }


def manifest(*nodes):
    return {"nodes": {each["unique_id"]: each for each in nodes}, "sources": {}}


def columns(project, **known):
    (gone,) = [each for each in read_deprecations(project) if each.name == "a"]
    by_id = {f"model.shop.{name}": dict.fromkeys(names, "integer") for name, names in known.items()}
    return read_columns(project, gone, Known(by_id))


def alias(replacement, names, others="keep"):
    return {"replacement": replacement, "columns": names, "others": others}


def test_a_column_may_be_given_in_any_documented_way():
    names = {
        "id": "key",
        "amount": {"column": "revenue", "data_type": "integer"},
        "name": {"column": "full_name"},
        "vip": {"expression": "revenue > 1000"},
        "region": {"default": None, "data_type": "text"},
    }
    found = columns(manifest(node("a", replacement="b", alias=alias("b", names)), node("b")))
    assert found.now == {
        "id": Now("key"),
        "amount": Now("revenue", "integer"),
        "name": Now("full_name"),
        "vip": Now(None, said="now it is `revenue > 1000`"),
        "region": Now(None, said="now it is always None, as text"),
    }


def test_columns_are_followed_to_the_last_replacement():
    project = manifest(
        node("a", replacement="b", alias=alias("b", {"x": "y", "kept": "kept"}, "drop")),
        node("b", replacement="c", alias=alias("c", {"y": {"column": "z", "data_type": "text"}})),
        node("c"),
    )
    found = columns(project, c=("z", "kept"))
    assert (found.after("x"), found.after("kept")) == (Now("z", "text"), Now("kept"))


def test_a_step_without_an_alias_is_checked():
    project = manifest(
        node("a", replacement="b", alias=alias("b", {"x": "y", "w": "w"}, "drop")),
        node("b", replacement="c"),
        node("c"),
    )
    found = columns(project, b=("y", "w"), c=("y",))
    assert found.after("x") == Now("y")
    assert found.after("w") == Now(None, said="the replacement has no column of this name")
    assert columns(project).after("x").column is None


def test_an_alias_of_another_model_says_nothing_of_the_replacement():
    project = manifest(
        node("a", replacement="b", alias=alias("c", {"x": "y"})), node("b"), node("c")
    )
    assert columns(project, a=("x",), b=("x",)).after("x") == Now("x")
    assert columns(project, a=("x",), b=("y",)).after("x").column is None


def test_the_warehouse_knows_best_then_the_catalog_then_contracts(tmp_path):
    with duckdb.connect(str(tmp_path / "warehouse.duckdb")) as connection:
        connection.execute("create table a (y integer, x varchar)")
    catalog = {
        "nodes": {
            f"model.shop.{name}": {"columns": {"X": {"name": "X", "type": "TEXT", "index": 1}}}
            for name in ("a", "b")
        },
        "sources": {},
    }
    (tmp_path / "target").mkdir()
    (tmp_path / "target" / "catalog.json").write_text(json.dumps(catalog))
    project = manifest(node("a"), node("b", contract=["z"]), node("c", contract=["z"]), node("d"))
    target = Target("p", "t", {"type": "duckdb", "path": "warehouse.duckdb"})
    assert read_known(tmp_path, project, target).columns == {
        "model.shop.a": {"y": "integer", "x": "varchar"},
        "model.shop.b": {"X": "text"},
        "model.shop.c": {"z": "integer"},
    }


def guide(project, found):
    (gone,) = [each for each in read_deprecations(project) if each.name == "a"]
    lines = list(guide_lines(gone, dt.date(2026, 6, 1), found))
    return lines[lines.index("## Columns") + 2 : lines.index("## What has to change") - 1]


def test_a_guide_says_what_it_leaves_out():
    project = manifest(node("a", replacement="b"), node("b"))
    assert guide(project, columns(project)) == [
        (
            "Left out: a has no `deprecated_alias` that says what its columns are now, "
            "and it and `b` aren't both built, so they can't be compared."
        ),
    ]
    assert guide(project, columns(project, a=("x", "y"), b=("x",))) == [
        "| old | now |",
        "|---|---|",
        "| x | x |",
        "| y | the replacement has no column of this name |",
    ]


def test_a_guide_of_an_alias_that_renames_nothing():
    project = manifest(node("a", replacement="b", alias=alias("b", {})), node("b"))
    assert guide(project, Columns()) == ["All columns of `b` keep their names."]
