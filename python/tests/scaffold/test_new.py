"""`entity-kit new`: what a spec becomes, what is refused, and that the examples are what it writes."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import click.testing
import duckdb
import pytest
import yaml
from shop import generate

from entity_kit.cli.commands import cli
from entity_kit.errors import EntityKitError
from entity_kit.project_health.scaffold.jinja_text import literal
from entity_kit.project_health.scaffold.reading import read_spec
from entity_kit.project_health.scaffold.spec import further
from entity_kit.project_health.scaffold.spec_text import read_spec_text

ROOT = Path(__file__).resolve().parents[3]
SHOP, SPECS = ROOT / "examples" / "shop", ROOT / "examples" / "specs"
ITS_OWN = {"_sources.yml"}  # what the specs don't describe
SPEC = """\
name: customers
description: One row per customer.
kind: events
owner: sales
source:
  table: shop.orders
  loaded_at: loaded_at
  occurred_at: ordered_at
  unique_by: order_id
keys: customer_id
metrics:
  - {name: orders, calculation: count(*), description: Orders}
grains:
  - {grain: day}
"""


@pytest.fixture
def project(tmp_path, monkeypatch):
    (tmp_path / "dbt_project.yml").write_text("{name: p, profile: p}")
    (tmp_path / "profiles.yml").write_text(
        "p: {target: t, outputs: {t: {type: duckdb, path: shop.duckdb}}}"
    )
    (tmp_path / "models").mkdir()
    with duckdb.connect(str(tmp_path / "shop.duckdb")) as connection:  # named like its schema
        connection.execute("create schema shop")
        columns = "order_id int, customer_id int, amount int, ordered_at timestamp"
        connection.execute(f"create table shop.shop.orders ({columns}, loaded_at timestamp)")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def new(text, *options):
    Path("spec.yml").write_text(text, encoding="utf-8")
    result = click.testing.CliRunner().invoke(cli, ["new", "spec.yml", *options])
    if isinstance(result.exception, EntityKitError):
        return 2, result.exception.message
    return result.exit_code, result.stdout


def files(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8")
        for place in ("models", "tests")
        for path in sorted((folder / place).rglob("*"))
        if path.is_file() and path.name not in ITS_OWN
    }


def test_the_examples_are_what_their_specs_become(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "models").mkdir()
    shutil.copy(SHOP / "dbt_project.yml", tmp_path)
    shutil.copy(SHOP / "models" / "_sources.yml", tmp_path / "models")
    for spec in sorted(SPECS.glob("*.yml")):
        result = click.testing.CliRunner().invoke(cli, ["new", str(spec), "--write"])
        assert result.exit_code == 0, result.output
    assert files(tmp_path) == files(SHOP)


@pytest.mark.slow
def test_the_examples_pass_build_check_and_verify(tmp_path, monkeypatch):
    project = tmp_path / "shop"
    unwanted = shutil.ignore_patterns("target", "logs", "dbt_packages", "*.duckdb")
    shutil.copytree(SHOP, project, ignore=unwanted)
    (project / "dbt_packages").mkdir()
    (project / "dbt_packages" / "entity_kit").symlink_to(ROOT, target_is_directory=True)
    warehouse = tmp_path / "warehouse.duckdb"
    duckdb.connect(str(warehouse)).close()
    generate.load(warehouse)
    monkeypatch.setenv("SHOP_WAREHOUSE", str(warehouse))
    programs = Path(sys.executable).parent
    # A storm is all that the deliveries allow at once.
    verifying = ("verify", "--steps", "2", "--schedules", "storm", "--quiet")
    for command in (
        (programs / "dbt", "--quiet", "build", "--profiles-dir", "."),
        (programs / "entity-kit", "check"),
        (programs / "entity-kit", "metrics", "--check"),
        (programs / "entity-kit", *verifying),
    ):
        done = subprocess.run(command, cwd=project, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


def test_the_example_is_complete_and_becomes_files(project):
    text = click.testing.CliRunner().invoke(cli, ["new", "--example"]).output
    spec = read_spec(read_spec_text("customers.yml", text))
    assert [grain.model for grain in spec.grains] == [
        "entity_customers_daily",
        "entity_customers_monthly",
    ]
    (project / "shop.duckdb").unlink()
    code, shown = new(text, "--write")
    assert code == 0, shown
    written = files(project)
    assert "models/customers/_customers_metrics.yml" in written
    assert all(yaml.safe_load(text) for path, text in written.items() if path.endswith(".yml"))


def test_nothing_is_written_without_write_and_never_over_a_file(project):
    code, shown = new(SPEC)
    assert code == 0
    assert "entity_customers_daily.sql" in shown
    assert files(project) == {}

    assert new(SPEC, "--write")[0] == 0
    first = files(project)
    assert new(SPEC, "--write")[0] == 0
    changed = SPEC.replace("description: Orders", "description: Their orders")
    for options in ((), ("--write",)):
        code, shown = new(changed, *options)
        assert code == 1
        assert "+        'description': 'Their orders'" in shown or "Their orders" in shown
    more = changed.replace("- {grain: day}", "- {grain: day}\n  - {grain: hour}")
    assert new(more, "--write")[0] == 1
    assert files(project) == first  # not even the new file of the hours


def test_the_difference_can_be_applied(project):
    assert new(SPEC, "--write")[0] == 0
    changed = SPEC.replace("description: Orders", "description: Their orders")
    shown = new(changed)[1]
    subprocess.run(["git", "init", "-q"], cwd=project, check=True)
    subprocess.run(["git", "apply"], cwd=project, input=shown, text=True, check=True)
    assert new(changed)[0] == 0


@pytest.mark.parametrize(
    ("old", "given", "said"),
    [
        ("keys:", "key:", "spec.yml:10: The spec has no key `key`. Closest: keys."),
        ("kind: events", "kind: event", "spec.yml:3: `kind` must be one of changes, snapshots, events"),
        ("name: customers", "name: 'a b'", "spec.yml:1: `name` must be a name of letters"),
        ("  table: shop.orders\n", "", "spec.yml:5: `source` lacks `table`."),
        ("owner: sales\n", "", "spec.yml:1: The spec lacks `owner`."),
        ("owner: sales", "owner: [sales]", "spec.yml:4: `owner` must be a mapping"),
        ("name: orders", "nam: orders", "spec.yml:12: `metrics[0]` has no key `nam`. Closest: name."),
        ("grain: day", "grain: dayly", "got 'dayly'. Closest: day."),
        ("grain: day", "grain: day, attributes: city", "so they need a `history`"),
        ("grain: day", "grain: month, from: day", "a finer grain that is listed before"),
        ("shop.orders", "shop.order", "spec.yml:6: The warehouse has no table shop.order. Closest: shop.orders."),
        ("loaded_at: loaded_at", "loaded_at: load_at", "shop.orders has no column `load_at`. Closest: loaded_at."),
        ("keys: customer_id", "keys: customer", "spec.yml:10: shop.orders has no column `customer`. Closest: customer_id."),
        ("count(*)", "sum(amout)", "shop.orders has no column `amout`. Closest: amount."),
        ("count(*)", "sum(", "spec.yml:12: `metrics[0].calculation` can't be computed"),
        ("keys: customer_id", "keys: customer_id\nkeys: order_id", "spec.yml:11: `keys` is there twice."),
        ("name: customers", "name: [", "spec.yml isn't valid YAML"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_with_its_line(project, old, given, said):
    assert old in SPEC
    code, shown = new(SPEC.replace(old, given, 1), "--write")
    assert code == 2
    assert said in shown
    assert files(project) == {}


def test_a_declared_source_gets_what_it_lacks_and_nothing_else(project):
    declared = project / "models" / "sources.yml"
    before = "sources:\n  - name: shop  # ours\n    tables:\n      - name: orders\n"
    declared.write_text(before)
    assert new(SPEC, "--write")[0] == 0
    after = declared.read_text()
    assert "- name: shop  # ours" in after
    config = yaml.safe_load(after)["sources"][0]["tables"][0]["config"]
    assert config == {
        "loaded_at_field": "loaded_at",
        "event_time": "ordered_at",
        "meta": {"entity_kit": {"row_key": ["order_id"]}},
    }
    assert new(SPEC, "--write")[0] == 0
    assert declared.read_text() == after
    assert not (project / "models/customers/_customers_sources.yml").exists()

    declared.write_text(after.replace("event_time: ordered_at", "event_time: paid_at"))
    code, said = new(SPEC)
    assert code == 2
    assert "models/sources.yml declares event_time: paid_at for shop.orders" in said


def test_a_folder_that_cannot_be_written_leaves_nothing(project, monkeypatch):
    models = project / "models"
    real = os.access
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path) != models and real(path, mode))
    code, said = new(SPEC, "--write")
    assert code == 2
    assert "no permission to write to" in said
    assert files(project) == {}


def test_a_full_disk_leaves_nothing(project, monkeypatch):
    real = Path.replace

    def full(self, target):
        if Path(target).name == "entity_customers_daily.sql":
            raise OSError(28, "No space left on device")
        return real(self, target)

    monkeypatch.setattr(Path, "replace", full)
    code, said = new(SPEC, "--write")
    assert (code, "No space left" in said) == (2, True)
    assert sorted(path.name for path in (project / "models").iterdir()) == []


def test_a_time_spine_and_a_model_that_are_there(project):
    (project / "models" / "days.yml").write_text(
        "models: [{name: days, time_spine: {standard_granularity_column: d}}]"
    )
    assert new(SPEC, "--write")[0] == 0
    assert not any("dim_days" in path for path in files(project))
    (project / "models" / "entity_customers_hourly.sql").write_text("select 1")
    code, said = new(SPEC.replace("grain: day", "grain: hour"))
    assert code == 2
    assert "has a model entity_customers_hourly already: models/entity_customers_hourly.sql" in said


@pytest.mark.usefixtures("project")
def test_json():
    code, shown = new(SPEC, "--format", "json")
    told = json.loads(shown)
    assert (code, told["version"], told["written"]) == (0, 1, False)
    assert {each["status"] for each in told["files"]} == {"new"}


@pytest.mark.parametrize(
    ("calculation", "agg"),
    [
        ("count(*)", "sum"),
        ("sum(a * (b + 1))", "sum"),
        ("MAX(a)", "max"),
        ("count(distinct a)", ""),
        ("sum(a) / sum(b)", ""),
        ("avg(a)", ""),
    ],
)
def test_only_what_adds_up_is_added_up(calculation, agg):
    assert further(calculation) == agg


@pytest.mark.parametrize("text", ["it's", 'say "it\'s"', "a\\b", "{{ x }} {% y %}", "a\nb"])
def test_a_literal_is_read_as_what_it_was(text):
    from jinja2 import Environment

    assert Environment(autoescape=False).compile_expression(literal(text))() == text  # noqa: S701
