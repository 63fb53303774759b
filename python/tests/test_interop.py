"""The package with others: their hooks, schema names, and macros, in integration_tests/interop.

The stand-ins there run always. The real packages run where an environment variable names a clone of each:

    ENTITY_KIT_DBT_UTILS, ENTITY_KIT_DBT_EXPECTATIONS (with ENTITY_KIT_DBT_DATE),
    ENTITY_KIT_ELEMENTARY, ENTITY_KIT_DBT_ARTIFACTS
"""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

import duckdb
import pytest
import yaml

from support import lanes
from support.dbt_in_process import invoke

pytestmark = pytest.mark.slow

REPOSITORY = Path(__file__).resolve().parents[2]
INTEROP = REPOSITORY / "integration_tests" / "interop"

# Each by the variable of its clone, with the variables of what it needs itself.
REAL = {
    "dbt_utils": ["ENTITY_KIT_DBT_UTILS"],
    "dbt_expectations": ["ENTITY_KIT_DBT_EXPECTATIONS", "ENTITY_KIT_DBT_DATE"],
    "elementary": ["ENTITY_KIT_ELEMENTARY", "ENTITY_KIT_DBT_UTILS"],
    "dbt_artifacts": ["ENTITY_KIT_DBT_ARTIFACTS"],
}


class Interop:
    """A copy of the project, with its packages in place, and what it built."""

    def __init__(self, folder, packages=()):
        self.folder = folder
        leave = shutil.ignore_patterns("target", "logs", "dbt_packages", "*.duckdb")
        shutil.copytree(INTEROP, folder, ignore=leave)
        (folder / "packages.yml").unlink()
        places = [REPOSITORY, *sorted((INTEROP / "packages").iterdir()), *packages]
        for place in places:
            settings = yaml.safe_load((place / "dbt_project.yml").read_text("utf-8"))
            target = folder / "dbt_packages" / settings["name"]
            target.parent.mkdir(exist_ok=True)
            # dbt writes into no package, so what `dbt deps` does for a local one is enough.
            target.symlink_to(place, target_is_directory=True)
        output = {"type": "duckdb", "path": str(folder / "interop.duckdb"), "threads": 1}
        profile = {"interop": {"target": "dev", "outputs": {"dev": output}}}
        (folder / "profiles.yml").write_text(yaml.safe_dump(profile), "utf-8")

    def dbt(self, *arguments):
        from dbt.adapters.duckdb.connections import DuckDBConnectionManager

        result, messages = invoke(self.folder, "--no-partial-parse", *arguments)
        DuckDBConnectionManager.close_all_connections()
        assert result.success, [*messages, result.exception]
        return result.result

    def query(self, sql):
        with duckdb.connect(str(self.folder / "interop.duckdb"), read_only=True) as connection:
            return connection.execute(sql).fetchall()


def test_the_folder_says_what_dbt_deps_would_install():
    packages = yaml.safe_load((INTEROP / "packages.yml").read_text("utf-8"))["packages"]
    assert [(INTEROP / each["local"]).resolve() for each in packages] == [
        REPOSITORY,
        INTEROP / "packages" / "run_notes",
        INTEROP / "packages" / "named_schemas",
    ]


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    project = Interop(tmp_path_factory.mktemp("interop") / "project")
    project.dbt("build")
    project.dbt("build", "--vars", "{later: true}")
    return project


def test_the_hooks_of_others_and_ours_each_note_every_run(built):
    noted = built.query(
        "select unique_id, count(distinct invocation_id) from notes.results"
        " where unique_id like 'model.interop.%' and status = 'success' group by 1"
    )
    ours = built.query(
        "select unique_id, count(distinct invocation_id) from house_about.run_history"
        " where unique_id like 'model.interop.%' and status = 'success' group by 1"
    )
    assert sorted(noted) == sorted(ours)
    assert dict(noted)["model.interop.orders"] == 2
    assert "house_sales" in built.query("select names from notes.schemas")[0][0]


def test_models_are_where_the_neighbours_rule_puts_them(built):
    found = built.query(
        "select table_schema, count(*) from information_schema.tables"
        " where table_schema not in ('notes', 'main') group by 1"
    )
    assert sorted(found) == [("house_about", 2), ("house_sales", 5)]


def test_a_macro_of_the_project_takes_the_place_of_ours(built):
    rows = built.query("select row_hash, order_key from house_sales.order_keys")
    assert all(re.fullmatch(r"interop-[0-9a-f]{32}", row_hash) for row_hash, _ in rows)
    assert all(re.fullmatch(r"[0-9a-f]{32}", order_key) for _, order_key in rows)


def test_what_arrived_between_the_runs_is_there(built):
    assert built.query("select status, amount from house_sales.orders order by order_id") == [
        ("paid", 15),
        ("paid", 20),
    ]
    assert built.query("select count(*) from house_sales.order_history") == [(3,)]
    assert built.query("select sum(changes) from house_sales.order_days") == [(3,)]


@pytest.mark.parametrize("name", REAL)
def test_the_real_neighbour(name, tmp_path):
    clones = [os.environ.get(variable, "") for variable in REAL[name]]
    if not all(clones):
        variables = " and ".join(REAL[name])
        pytest.skip(
            lanes.MISSING.format(f"interop with {name}", f"no clone is named by {variables}")
        )
    project = Interop(tmp_path / "project", [Path(clone) for clone in clones])
    own = INTEROP / "real" / name
    if own.exists():
        shutil.copytree(own, project.folder / "models" / name)
    project.dbt("build")
    project.dbt("build", "--vars", "{later: true}")
    if name == "dbt_utils":
        variables = "{later: true, surrogate_key_treat_nulls_as_empty_strings: true}"
        before = project.query("select theirs from house_sales.keys_as_dbt_utils order by 1")
        project.dbt("build", "--vars", variables)
        assert (
            project.query("select theirs from house_sales.keys_as_dbt_utils order by 1") != before
        )
