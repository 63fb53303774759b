"""What every supported dbt requires of the sample project and the package; `nox -s dbt` runs this on each."""

from __future__ import annotations

import duckdb
import pytest
import yaml
from shop.generate import load

from support.data_test_arguments import DBT, as_this_dbt_reads
from support.dbt_in_process import invoke, let_go
from support.sample_project import copy_sample


class Sample:
    """A copy of integration_tests/, and dbt's messages about it."""

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
        let_go()
        assert result.success, [*messages, result.exception]
        return result.result

    @property
    def deprecations(self):
        return sorted({name for name in self.names if "Deprecat" in name})

    def write(self, name, text):
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, "utf-8")


@pytest.fixture(scope="module")
def sample(tmp_path_factory):
    folder = copy_sample(tmp_path_factory.mktemp("versions") / "sample")
    for file in (folder / "models").rglob("*.yml"):
        file.write_text(as_this_dbt_reads(file.read_text("utf-8")), "utf-8")
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


@pytest.mark.slow
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
    duckdb.connect(str(sample.folder / "warehouse.duckdb")).close()
    load(sample.folder / "warehouse.duckdb")
    first = sample.dbt("build", "--select", "path:models/shop")
    again = sample.dbt("build", "--select", "path:models/shop")
    assert len(first.results) == len(again.results) > 60
    with duckdb.connect(str(sample.folder / "warehouse.duckdb")) as connection:
        (rows,) = connection.execute("select count(*) from analytics.customers_history").fetchone()
    assert rows > 100
