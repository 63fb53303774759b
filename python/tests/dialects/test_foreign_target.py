"""The DuckDB target with the names of a profile for another adapter."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import yaml

from entity_kit.dbt_bridge.foreign import read_foreign
from entity_kit.errors import EntityKitError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., object]:
    for name in ("DBT_PROFILE", "DBT_TARGET", "DBT_PROFILES_DIR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)

    def found(dialect: str, *outputs: dict, **options: str):
        project = tmp_path / "project"
        project.mkdir(exist_ok=True)
        (project / "dbt_project.yml").write_text("name: shop\nprofile: shop\n")
        if outputs:
            named = {f"t{n}": output for n, output in enumerate(outputs)}
            profile = {"shop": {"target": "t0", "outputs": named}}
            (project / "profiles.yml").write_text(yaml.safe_dump(profile))
        return read_foreign(project, dialect, **options)

    return found


@pytest.mark.parametrize(
    ("dialect", "output", "database", "schema"),
    [
        ("snowflake", {"type": "snowflake", "database": "A", "schema": "M"}, "A", "M"),
        ("bigquery", {"type": "bigquery", "project": "my-p", "dataset": "d"}, "my-p", "d"),
        ("bigquery", {"type": "bigquery", "project": "p", "schema": "d"}, "p", "d"),
        ("redshift", {"type": "redshift", "dbname": "w", "schema": "m"}, "w", "m"),
        ("redshift", {"type": "postgres", "dbname": "w", "schema": "m"}, "w", "m"),
        ("databricks", {"type": "databricks", "catalog": "c", "schema": "m"}, "c", "m"),
        ("postgres", {"type": "postgres", "dbname": "w", "schema": "m"}, "w", "m"),
        ("snowflake", {"type": "snowflake", "schema": "M"}, "analytics", "M"),
    ],
)
def test_names(read, dialect, output, database, schema):
    found = read(dialect, output)
    made = found.target.output
    assert (made["type"], made["path"], made["schema"]) == ("duckdb", f"{database}.duckdb", schema)
    assert (found.target.profile, found.target.name) == ("shop", "t0")
    # However Jinja asks for them.
    assert {found.shown[k] for k in ("database", "project", "catalog", "dbname")} == {database}
    assert (found.shown["schema"], found.shown["dataset"]) == (schema, schema)


def test_secrets_are_neither_needed_nor_shown(read):
    found = read(
        "snowflake",
        {
            "type": "snowflake",
            "account": "{{ env_var('NOT_SET_1') }}",
            "password": "{{ env_var('NOT_SET_2') }}",
            "private_key": "abc",
            "warehouse": "small",
            "database": "{{ env_var('NOT_SET_3', 'RAW') }}",
            "schema": "m",
        },
    )
    (note,) = found.notes
    assert note.startswith("The profile needs NOT_SET_1, NOT_SET_2, not set here. ")
    assert note.endswith("The target's database is RAW, its schema m.")
    assert found.shown["warehouse"] == "small"
    assert found.shown["account"] == "account"
    assert not {"password", "private_key"} & found.shown.keys()


def test_without_a_profile(read):
    found = read("snowflake")
    assert found.target.name == "dev"
    assert found.target.output["path"] == "analytics.duckdb"


def test_a_duckdb_target_stays_what_it_is(read):
    assert read("snowflake", {"type": "duckdb", "path": "x.duckdb"}) is None


def test_another_target_by_name(read):
    outputs = ({"type": "snowflake", "database": "a"}, {"type": "snowflake", "database": "b"})
    assert read("snowflake", *outputs, target="t1").target.output["path"] == "b.duckdb"
    with pytest.raises(EntityKitError, match=r"no target `t2`. Targets: t0, t1"):
        read("snowflake", *outputs, target="t2")


def test_refusals(read):
    with pytest.raises(EntityKitError, match="is of type bigquery"):
        read("snowflake", {"type": "bigquery", "project": "p"})
    with pytest.raises(EntityKitError, match=r"has the database 'a\.com:p'"):
        read("bigquery", {"type": "bigquery", "project": "a.com:p"})
