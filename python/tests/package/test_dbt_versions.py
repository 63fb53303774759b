"""What every supported dbt demands of the sample project and of the package: `nox -s dbt` runs this on each.

dbt 1.9 doesn't know `arguments:` under data tests yet, which 1.10.5 brought and dbt v2 demands: there the arguments
stand right under the test. The sample project is written for the later ones, and read back for 1.9.
"""

from __future__ import annotations

import importlib.metadata
import sys
from pathlib import Path

import duckdb
import pytest
import yaml

from dbt_in_process import invoke
from sample_project import copy_sample

REPOSITORY = Path(__file__).resolve().parents[3]
DBT = tuple(int(part) for part in importlib.metadata.version("dbt-core").split(".")[:3])
KNOWS_ARGUMENTS = DBT >= (1, 10, 5)


class Sample:
    """A copy of integration_tests/, and what dbt says of it."""

    def __init__(self, folder):
        self.folder = folder
        self.names = []
        """The names of all events of the last call."""

    def dbt(self, *arguments):
        self.names = []
        result, messages = invoke(
            self.folder,
            "--no-partial-parse",
            *arguments,
            heard=lambda event: self.names.append(event.info.name),
        )
        _let_go()
        assert result.success, [*messages, result.exception]
        return result.result

    @property
    def deprecations(self):
        return sorted({name for name in self.names if "Deprecat" in name})

    def write(self, name, text):
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, "utf-8")


def _let_go():
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager

    DuckDBConnectionManager.close_all_connections()


def as_before_arguments(node):
    """Put the arguments of each data test right under it."""
    if isinstance(node, dict):
        for test in node.get("data_tests", []):
            for settings in test.values() if isinstance(test, dict) else ():
                settings.update(settings.pop("arguments", {}))
        for value in node.values():
            as_before_arguments(value)
    elif isinstance(node, list):
        for value in node:
            as_before_arguments(value)


@pytest.fixture(scope="module")
def sample(tmp_path_factory):
    folder = copy_sample(tmp_path_factory.mktemp("versions") / "sample")
    if not KNOWS_ARGUMENTS:
        for file in (folder / "models").rglob("*.yml"):
            properties = yaml.safe_load(file.read_text("utf-8"))
            as_before_arguments(properties)
            file.write_text(yaml.safe_dump(properties, sort_keys=False), "utf-8")
    output = {
        "type": "duckdb",
        "path": str(folder / "warehouse.duckdb"),
        "schema": "analytics",
        "threads": 1,
        "settings": {"TimeZone": "UTC"},
    }
    (folder / "profiles.yml").write_text(
        yaml.safe_dump({"flights": {"target": "dev", "outputs": {"dev": output}}}), "utf-8"
    )
    return Sample(folder)


@pytest.mark.skipif(DBT < (1, 11), reason="before 1.11, dbt has other schemas")
def test_nothing_is_deprecated_and_a_macro_s_arguments_are_what_its_yaml_says(sample, monkeypatch):
    settings = (sample.folder / "dbt_project.yml").read_text("utf-8")
    sample.write("dbt_project.yml", settings + "  validate_macro_args: true\n")
    # dbt holds a project to its schemas only where the adapter is one of four; DuckDB's isn't.
    monkeypatch.setattr("dbt.jsonschemas.jsonschemas._can_run_validations", lambda: True)
    sample.dbt("parse", "--show-all-deprecations", "--warn-error")
    assert sample.deprecations == []


@pytest.mark.slow
def test_the_shop_is_built_and_built_again(sample):
    sys.path.insert(0, str(REPOSITORY / "integration_tests"))
    from shop.generate import load  # a script of the sample project, not a package

    duckdb.connect(str(sample.folder / "warehouse.duckdb")).close()
    load(sample.folder / "warehouse.duckdb")
    first = sample.dbt("build", "--select", "path:models/shop")
    again = sample.dbt("build", "--select", "path:models/shop")
    assert len(first.results) == len(again.results) > 60
    with duckdb.connect(str(sample.folder / "warehouse.duckdb")) as connection:
        (rows,) = connection.execute("select count(*) from analytics.customers_history").fetchone()
    assert rows > 100
