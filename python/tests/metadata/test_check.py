"""`entity-kit check`: the same findings as the data tests, and a baseline for old projects."""

from __future__ import annotations

import json

import pytest
import yaml
from click.testing import CliRunner

from entity_kit.cli.check import check
from entity_kit.errors import EntityKitError
from entity_kit.project_health.policies import (
    DEFAULT_LAYERS,
    as_baseline,
    check_policies,
    read_layers,
)

MODELS = {
    "stg_orders.sql": "select 1 as id",
    "stg_bad.sql": "select * from {{ ref('fct_orders') }}",
    "int_orders.sql": "select * from {{ ref('stg_orders') }}",
    "fct_orders.sql": "select * from {{ ref('int_orders') }}",
    "dim_people.sql": "select * from {{ ref('odd') }}",
    "odd.sql": "select 1 as id",
}
POLICIES = ("coverage_policy", "naming_policy")


@pytest.fixture(scope="module")
def project(make_project):
    names = [name.removesuffix(".sql") for name in MODELS]
    tests = {name: [f"entity_kit.{policy}" for policy in POLICIES] for name in names}
    keys = {"stg_orders": ["unique", "not_null"], "dim_people": ["unique"]}
    schema = {
        "models": [
            {
                "name": name,
                "data_tests": tests[name],
                "columns": [{"name": "id", "data_tests": keys.get(name, [])}],
            }
            for name in names
        ],
    }
    return make_project({**MODELS, "schema.yml": yaml.safe_dump(schema)})


def command(project, *words):
    folder = str(project.folder)
    words = ["--project-dir", folder, "--profiles-dir", folder, *words]
    result = CliRunner().invoke(check, words)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.stdout.split("\n")[:-1]


ALL = [
    "models/dim_people.sql: dim_people: layer dimension may not read a model without a layer: odd (naming_policy)",
    "models/dim_people.sql: dim_people: the policy of layer dimension requires a not_null test (coverage_policy)",
    "models/dim_people.sql: dim_people: the policy of layer dimension requires a business test (coverage_policy)",
    *(
        f"models/fct_orders.sql: fct_orders: the policy of layer fact requires a {kind} test (coverage_policy)"
        for kind in ("unique", "not_null", "relationships", "business")
    ),
    "models/odd.sql: odd: its name has no layer's prefix (naming_policy)",
    "models/stg_bad.sql: stg_bad: layer staging may not read fact: fct_orders (naming_policy)",
    "models/stg_bad.sql: stg_bad: the policy of layer staging requires a unique test (coverage_policy)",
    "models/stg_bad.sql: stg_bad: the policy of layer staging requires a not_null test (coverage_policy)",
]


def test_every_finding_is_listed(project):
    assert command(project) == (1, [*ALL, "11 findings."])


def test_it_finds_what_the_data_tests_find(project, at):
    at(project, "2026-01-01", "run")
    tests = [f"test_name:{policy}" for policy in POLICIES]
    outcome = at(project, "2026-01-01", "test", "-s", *tests)
    failed = {name for name, status in outcome.statuses.items() if status == "fail"}
    folder = project.folder / "target/compiled/consumer/models/schema.yml"
    rows = 0
    for name in outcome.statuses:
        rows += len(project.query((folder / f"{name}.sql").read_text()))
    assert rows == len(ALL)
    assert failed == {
        f"entity_kit_{line.rsplit('(', 1)[1][:-1]}_{line.split(': ')[1]}_" for line in ALL
    }


def test_a_baseline_lets_an_old_project_start(project, tmp_path):
    file = tmp_path / "baseline.json"
    words = ("--baseline", str(file))
    assert command(project, *words, "--write-baseline") == (0, [f"Wrote 11 findings to {file}."])
    assert command(project, *words) == (0, ["0 findings, 11 more in the baseline."])
    known = json.loads(file.read_text())
    known["known"] = ["naming: gone: its name has no layer's prefix", *known["known"][1:]]
    file.write_text(json.dumps(known))
    code, lines = command(project, *words)
    assert code == 1
    assert lines[1:] == [
        "1 finding, 10 more in the baseline, 1 of the baseline fixed: update the baseline."
    ]


def test_layers_of_ones_own(project):
    layers = "{entity_kit_layers: {other: {prefixes: [odd], reads: [], tests: []}}}"
    _, lines = command(project, "--vars", layers)
    assert "models/odd.sql: odd: its name has no layer's prefix (naming_policy)" not in lines
    assert lines[0].startswith(
        "models/dim_people.sql: dim_people: layer dimension may not read other: odd"
    )


@pytest.mark.parametrize(
    ("layers", "message"),
    [
        ("bronze", "The variable entity_kit_layers must be a mapping of layers; got 'bronze'."),
        (
            {"bronze": {"prefixes": []}},
            (
                "The variable entity_kit_layers.bronze must be a mapping of prefixes, reads and tests; "
                "got {'prefixes': []}."
            ),
        ),
        (
            {"bronze": {"prefixes": "b_", "reads": [], "tests": []}},
            "The variable entity_kit_layers.bronze.prefixes must be a list of texts; got 'b_'.",
        ),
        (
            {"bronze": {"prefixes": [], "reads": [], "tests": ["uniqe"]}},
            (
                "The variable entity_kit_layers.bronze.tests must be made of unique, not_null, relationships, "
                "business; got 'uniqe'."
            ),
        ),
    ],
)
def test_wrong_layers_are_refused(layers, message):
    with pytest.raises(EntityKitError) as caught:
        read_layers(layers)
    assert caught.value.message == message


@pytest.mark.parametrize("content", ["", "[]", '{"version": 1}', '{"version": 9, "known": []}'])
def test_a_file_that_is_no_baseline_is_refused(project, tmp_path, content):
    file = tmp_path / "baseline.json"
    file.write_text(content)
    with pytest.raises(EntityKitError, match="isn't a baseline"):
        command(project, "--baseline", str(file))


def test_write_baseline_needs_a_file(project):
    with pytest.raises(EntityKitError) as caught:
        command(project, "--write-baseline")
    assert str(caught.value) == (
        "--write-baseline needs --baseline.\n--baseline FILE --write-baseline"
    )


def test_an_empty_project_has_no_findings():
    manifest = {"metadata": {"project_name": "p"}, "nodes": {}, "sources": {}}
    assert check_policies(manifest, read_layers({})) == []
    assert json.loads(as_baseline([])) == {"version": 1, "known": []}


def test_the_layers_are_those_of_the_macros(project):
    layers = json.loads(project.render("{{ tojson(entity_kit._layers()) }}"))
    assert layers == {
        name: {
            "prefixes": list(layer.prefixes),
            "reads": list(layer.reads),
            "tests": list(layer.tests),
        }
        for name, layer in DEFAULT_LAYERS.items()
    }


@pytest.mark.parametrize(
    ("reader", "refused"),
    [
        ("stg_x", {"stg_a", "int_a", "fct_a", "dim_a", "entity_a", "odd"}),
        ("int_x", {"raw", "fct_a", "dim_a", "entity_a", "odd"}),
        ("fct_x", {"raw", "odd"}),
        ("dim_x", {"raw", "fct_a", "odd"}),
        ("entity_x", {"raw", "odd"}),
    ],
)
def test_what_each_layer_may_read(reader, refused):
    def node(name, *parents):
        return {
            "unique_id": f"model.p.{name}",
            "resource_type": "model",
            "package_name": "p",
            "name": name,
            "original_file_path": f"models/{name}.sql",
            "depends_on": {"nodes": list(parents)},
        }

    names = ["stg_a", "int_a", "fct_a", "dim_a", "entity_a", "odd"]
    source = {"unique_id": "source.p.s.raw", "resource_type": "source", "name": "raw"}
    nodes = [*map(node, names), node(reader, "source.p.s.raw", *(f"model.p.{n}" for n in names))]
    manifest = {
        "metadata": {"project_name": "p"},
        "nodes": {each["unique_id"]: each for each in nodes},
        "sources": {source["unique_id"]: source},
    }
    said = [
        finding.reason.rpartition(": ")[2]
        for finding in check_policies(manifest, DEFAULT_LAYERS)
        if finding.model == reader and finding.policy == "naming"
    ]
    assert set(said) == refused
    assert len(said) == len(refused)
