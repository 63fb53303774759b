"""`entity-kit check`: the same findings as the data tests, and a baseline for old projects."""

from __future__ import annotations

import json

import pytest
import yaml
from click.testing import CliRunner

from entity_kit.cli.check import check
from entity_kit.errors import EntityKitError
from entity_kit.project_health.findings import as_baseline
from entity_kit.project_health.policies import DEFAULT_LAYERS, check_policies, read_layers

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


COVERAGE = [
    "models/dim_people.sql: dim_people: the policy of layer dimension requires a not_null test (coverage_policy)",
    "models/dim_people.sql: dim_people: the policy of layer dimension requires a business test (coverage_policy)",
    *(
        f"models/fct_orders.sql: fct_orders: the policy of layer fact requires a {kind} test (coverage_policy)"
        for kind in ("unique", "not_null", "relationships", "business")
    ),
    "models/stg_bad.sql: stg_bad: the policy of layer staging requires a unique test (coverage_policy)",
    "models/stg_bad.sql: stg_bad: the policy of layer staging requires a not_null test (coverage_policy)",
]
NAMING = [
    "models/dim_people.sql: dim_people: layer dimension may not read a model without a layer: odd (naming_policy)",
    "models/odd.sql: odd: its name has no layer's prefix (naming_policy)",
    "models/stg_bad.sql: stg_bad: layer staging may not read fact: fct_orders (naming_policy)",
]
ALL = [*COVERAGE, *NAMING]
SUM = "11 findings (8 coverage_policy, 3 naming_policy)."


@pytest.mark.slow
def test_every_finding_is_listed_by_rule(project):
    assert command(project) == (1, [*ALL, SUM])


@pytest.mark.slow
def test_some_models(project, tmp_path):
    about = {name: [line for line in ALL if f": {name}: " in line] for name in ("stg_bad", "odd")}
    selected = command(project, "--select", "stg_bad", "--select", "odd")
    assert selected == (
        1,
        [
            *about["stg_bad"][:2],
            about["odd"][0],
            about["stg_bad"][2],
            "4 findings (2 coverage_policy, 2 naming_policy).",
        ],
    )
    rest = command(project, "--exclude", "stg_bad", "--exclude", "odd")
    assert sorted([*selected[1][:-1], *rest[1][:-1]]) == sorted(ALL)

    # The baseline's findings about other models are neither missed nor fixed.
    file = tmp_path / "baseline.json"
    command(project, "--baseline", str(file), "--write-baseline")
    known = ("--baseline", str(file))
    assert command(project, *known, "--select", "stg_bad") == (
        0,
        ["0 findings, 3 more in the baseline."],
    )
    with pytest.raises(EntityKitError, match="writes the findings of all models"):
        command(project, *known, "--write-baseline", "--select", "stg_bad")
    assert command(project, "--select", "stg_orders") == (0, ["0 findings."])


@pytest.mark.slow
def test_json(project, tmp_path):
    file = tmp_path / "baseline.json"
    file.write_text(
        json.dumps({"version": 1, "known": ["naming: odd: its name has no layer's prefix"]})
    )
    code, lines = command(project, "--format", "json", "--baseline", str(file))
    result = json.loads("\n".join(lines))
    assert code == 1
    assert {name: result[name] for name in ("version", "new", "rules")} == {
        "version": 1,
        "new": 10,
        "rules": {"coverage_policy": 8, "naming_policy": 2},
    }
    written = [
        f"{f['path']}: {f['model']}: {f['reason']} ({f['rule']})" for f in result["findings"]
    ]
    assert written == ALL
    assert [f["unique_id"] for f in result["findings"] if f["known"]] == ["model.consumer.odd"]


@pytest.mark.slow
def test_github(project, monkeypatch):
    monkeypatch.setenv("GITHUB_WORKSPACE", str(project.folder.parent))
    code, lines = command(project, "--format", "github", "--select", "odd")
    path = f"{project.folder.name}/models/odd.sql"
    assert (code, lines) == (
        1,
        [
            f"::error file={path},title=entity-kit%3A naming_policy::odd: its name has no layer's prefix",
            "1 finding.",
        ],
    )


@pytest.mark.slow
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


@pytest.mark.slow
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


@pytest.mark.slow
def test_layers_of_ones_own(project):
    layers = "{entity_kit_layers: {other: {prefixes: [odd], reads: [], tests: []}, dimension: {contract: true}}}"
    _, lines = command(project, "--vars", layers)
    assert "models/odd.sql: odd: its name has no layer's prefix (naming_policy)" not in lines
    assert any(
        line.startswith(
            "models/dim_people.sql: dim_people: layer dimension may not read other: odd"
        )
        for line in lines
    )
    # What isn't said of a default layer stays as it is, here as in the macros.
    contract = (
        "dim_people: the policy of layer dimension requires an enforced contract (contract_policy)"
    )
    assert (
        next(line for line in lines if "contract" in line) == f"models/dim_people.sql: {contract}"
    )
    assert all(line in lines for line in COVERAGE)


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
        (
            {"fact": {"contract": "yes"}},
            "The variable entity_kit_layers.fact.contract must be true or false; got 'yes'.",
        ),
        (
            {"fact": {"contrat": True}},
            (
                "The variable entity_kit_layers.fact must be a mapping of prefixes, reads and tests; "
                "got {'contrat': True}."
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
