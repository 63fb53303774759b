"""Models that need an enforced contract, and sources that need freshness and a loaded_at_field."""

from __future__ import annotations

import pytest
import yaml

from entity_kit.cli.parsed import parse_project
from entity_kit.errors import EntityKitError
from entity_kit.project_health.policies import (
    check_policies,
    known_of,
    missing_tests,
    read_layers,
    with_sources,
)
from entity_kit.project_health.source_policy import check_sources
from support.metric_manifest import model, source

FRESH = {"warn_after": {"count": 6, "period": "hour"}}
# What dbt writes for a source that declares none.
NONE = {"warn_after": {"count": None, "period": None}, "error_after": {"count": None}}


def manifest(nodes=(), sources=()):
    return {
        "metadata": {"project_name": "shop"},
        "nodes": {each["unique_id"]: each for each in nodes},
        "sources": {each["unique_id"]: each for each in sources},
    }


def of_name(name, sql="select 1 as id", **more):
    return {
        "name": name,
        "unique_id": f"model.shop.{name}",
        "resource_type": "model",
        "package_name": "shop",
        "original_file_path": f"models/{name}.sql",
        **model(sql),
        **more,
    }


def table(name, **more):
    return source("raw", name, original_file_path="models/raw.yml", **more)


def contracts(found):
    return [each.key for each in found if each.rule == "contract_policy"]


ENFORCED = {"contract": {"enforced": True}}
LAYERED = manifest(
    [
        of_name("fct_a", config=ENFORCED),
        of_name("fct_b", config={"contract": {"enforced": False}}),
        of_name("fct_c"),
        of_name("fct_d", version=2),
        of_name("dim_a"),
        of_name("odd"),
    ]
)


def test_a_layer_that_needs_contracts():
    found = check_policies(LAYERED, read_layers({"fact": {"contract": True}}))
    assert contracts(found) == [
        f"contract: {name}: the policy of layer fact requires an enforced contract"
        for name in ("fct_b", "fct_c", "fct_d.v2")
    ]
    assert {each.path for each in found if each.model == "fct_b"} == {"models/fct_b.sql"}


def test_no_layer_needs_contracts_unless_it_says_so():
    assert contracts(check_policies(LAYERED, read_layers({}))) == []
    mart = {"prefixes": ["odd"], "reads": [], "tests": [], "contract": True}
    assert [
        key[:13] for key in contracts(check_policies(LAYERED, read_layers({"mart": mart})))
    ] == ["contract: odd"]


def test_the_rest_of_a_default_layer_stays():
    layers = read_layers({"fact": {"contract": True, "tests": ["unique"]}})
    assert layers["fact"].reads == read_layers({})["fact"].reads
    assert missing_tests(LAYERED, layers)["model.shop.fct_c"] == ("unique",)


SOURCES = manifest(
    [of_name("stg_a", "select * from {{ source('raw', 'neither') }}"), of_name("stg_b")],
    [
        table("both", freshness=FRESH, loaded_at_field="loaded_at"),
        table("in_config", config={"freshness": FRESH, "loaded_at_field": "loaded_at"}),
        table("by_query", config={"freshness": FRESH, "loaded_at_query": "select 1"}),
        table("neither", freshness=NONE, loaded_at_field=None),
        table("no_column", freshness=FRESH),
        table("no_limit", freshness=NONE, config={"freshness": None}, loaded_at_field="loaded_at"),
        table("switched_off", freshness=None, loaded_at_field="loaded_at"),
        {**table("others"), "package_name": "other"},
    ],
)
FIELD = "it needs a loaded_at_field: name the column that says when a row arrived"
LIMIT = "it needs freshness: write warn_after or error_after with a count and a period"


@pytest.mark.parametrize("asked", [None, False, []])
def test_sources_need_nothing_unless_the_project_says_so(asked):
    assert check_sources(SOURCES, asked) == []


def test_what_sources_lack():
    found = check_sources(SOURCES, True)
    assert [(each.name, each.reason) for each in found] == [
        ("raw.neither", LIMIT),
        ("raw.neither", FIELD),
        ("raw.no_column", FIELD),
        ("raw.no_limit", LIMIT),
        ("raw.switched_off", LIMIT),
    ]
    assert {(each.rule, each.path) for each in found} == {("freshness_policy", "models/raw.yml")}
    assert check_sources(SOURCES, ["raw"]) == found
    assert check_sources(SOURCES, ["raw.both", "raw.no_column"]) == [found[2]]


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (["raw.both", "raw.niether"], ("names the source raw.niether", "Closest: raw.neither.")),
        (["other.others"], ("names the source other.others", "Closest: ")),
        ("raw", ("must be true, false, or a list of sources; got 'raw'", "Write entity_kit_fresh")),
        ([1], ("must be true, false, or a list of sources; got [1]", "Write entity_kit_fresh")),
    ],
)
def test_wrong_sources_are_refused(asked, said):
    with pytest.raises(EntityKitError) as caught:
        check_sources(SOURCES, asked)
    assert said[0] in caught.value.message
    assert said[1] in caught.value.fix


def test_selected_models_bring_the_sources_that_they_read():
    selected = with_sources(SOURCES, {"model.shop.stg_a"})
    assert selected == {"model.shop.stg_a", "source.shop.raw.neither"}
    known = {each.key for each in check_sources(SOURCES, True)}
    assert known_of(known, SOURCES, selected) == {
        f"freshness: raw.neither: {reason}" for reason in (FIELD, LIMIT)
    }
    assert with_sources(SOURCES, {"model.shop.stg_b"}) == {"model.shop.stg_b"}


@pytest.mark.slow
def test_what_dbt_makes_of_them(tmp_path):
    tables = [
        {"name": "fresh", "config": {"freshness": FRESH, "loaded_at_field": "loaded_at"}},
        {"name": "undated", "config": {"freshness": FRESH}},
        {"name": "off", "config": {"freshness": None, "loaded_at_field": "loaded_at"}},
        {"name": "plain"},
    ]
    schema = {
        "sources": [{"name": "raw", "tables": tables}],
        "models": [
            {
                "name": "fct_a",
                "config": ENFORCED,
                "columns": [{"name": "id", "data_type": "integer"}],
            }
        ],
    }
    (tmp_path / "models").mkdir()
    (tmp_path / "models/schema.yml").write_text(yaml.safe_dump(schema))
    for name in ("fct_a", "fct_b"):
        (tmp_path / f"models/{name}.sql").write_text("select 1 as id")
    (tmp_path / "dbt_project.yml").write_text("{name: shop, profile: shop}")
    profile = {"target": "dev", "outputs": {"dev": {"type": "duckdb", "path": "shop.duckdb"}}}
    (tmp_path / "profiles.yml").write_text(yaml.safe_dump({"shop": profile}))
    parsed = parse_project(tmp_path, tmp_path, None, "{}", None)[0]
    found = check_policies(parsed, read_layers({"fact": {"contract": True}}))
    assert [key.split(": ")[1] for key in contracts(found)] == ["fct_b"]
    assert [(each.name, each.reason) for each in check_sources(parsed, ["raw"])] == [
        ("raw.off", LIMIT),
        ("raw.plain", LIMIT),
        ("raw.plain", FIELD),
        ("raw.undated", FIELD),
    ]
