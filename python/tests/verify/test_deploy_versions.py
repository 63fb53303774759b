"""What differs between two versions of a project, on manifests made by hand."""

from __future__ import annotations

import pytest
import yaml

from entity_kit.dbt_bridge.revision import Revision
from entity_kit.verify.deploy.changes import Version, compare_versions
from entity_kit.verify.deploy.telling import notes_of

READS = "{{ var('x', 1) }}"


def node(kind, name, *, code="select 1", macros=(), config=None, alias=None, **more):
    """Return a node of a manifest, with its relation."""
    return {
        "resource_type": kind,
        "name": name,
        "package_name": "shop",
        "raw_code": code,
        "language": "sql",
        "database": "db",
        "schema": "main",
        "relation_name": f'"db"."main"."{alias or name}"',
        "depends_on": {"macros": list(macros)},
        "config": {"materialized": "table", **(config or {})},
        **more,
    }


def macro(name, text, *calls, package="shop"):
    return {
        "name": name,
        "package_name": package,
        "macro_sql": text,
        "depends_on": {"macros": list(calls)},
    }


@pytest.fixture
def version(tmp_path):
    """Return what makes a version of a project: stg reads a seed, fct reads stg, and other nothing."""
    count = iter(range(9))

    def made(changed=None, *, macros=None, project=None, name="shop", files=None):
        folder = tmp_path / f"version_{next(count)}"
        folder.mkdir()
        (folder / "dbt_project.yml").write_text(yaml.safe_dump({"name": name, **(project or {})}))
        for path, text in (files or {}).items():
            (folder / path).write_text(text)
        checksum = {"name": "sha256", "checksum": "1"}
        nodes = {
            f"seed.{name}.rates": node("seed", "rates", checksum=checksum, root_path=str(folder)),
            f"model.{name}.stg": node("model", "stg", macros=[f"macro.{name}.outer"]),
            f"model.{name}.fct": node("model", "fct"),
            f"model.{name}.other": node("model", "other", code=READS),
        }
        nodes |= changed or {}
        own = {
            f"macro.{name}.inner": macro("inner", "1", package=name),
            f"macro.{name}.outer": macro(
                "outer", "{{ inner() }}", f"macro.{name}.inner", package=name
            ),
        }
        manifest = {
            "metadata": {"project_name": name},
            "nodes": {u: each for u, each in nodes.items() if each is not None},
            "sources": {},
            "macros": {**own, **(macros or {})},
            "child_map": {
                f"seed.{name}.rates": [f"model.{name}.stg"],
                f"model.{name}.stg": [f"model.{name}.fct"],
            },
        }
        return Version(folder, manifest)

    return made


def names(changes):
    return sorted(unique_id.split(".")[-1] for unique_id in changes.touched)


def test_what_is_built_from_a_change_is_touched(version):
    old = version()
    assert names(compare_versions(old, version())) == []
    other = node("model", "stg", code="select 2", macros=["macro.shop.outer"])
    found = compare_versions(old, version({"model.shop.stg": other}))
    assert names(found) == ["fct", "stg"]
    assert found.texts == found.own == {"model.shop.stg"}


@pytest.mark.parametrize(
    ("config", "touched"),
    [({"tags": ["a"]}, []), ({"meta": {"a": 1}}, []), ({"unique_key": "id"}, ["other"])],
)
def test_a_configuration_counts_if_it_may_change_a_row(version, config, touched):
    other = node("model", "other", code=READS, config=config)
    found = compare_versions(version(), version({"model.shop.other": other}))
    assert names(found) == touched


def test_a_macro_counts_however_deep_it_is_called(version):
    inner = {"macro.shop.inner": macro("inner", "2")}
    assert names(compare_versions(version(), version(macros=inner))) == ["fct", "stg"]
    unused = {"macro.shop.unused": macro("unused", "2")}
    assert names(compare_versions(version(), version(macros=unused))) == []


def test_what_runs_without_a_call_concerns_all(version):
    """A strategy of the project's own, a macro in place of dbt's, a dispatch, and a hook."""
    everything = ["fct", "other", "rates", "stg"]
    dbts = {"macro.dbt.create_table_as": macro("create_table_as", "1", package="dbt")}
    old = version(macros=dbts)
    for each in ("get_incremental_mine_sql", "create_table_as"):
        changed = version(macros={**dbts, f"macro.shop.{each}": macro(each, "2")})
        assert names(compare_versions(old, changed)) == everything
    dispatch = version(macros=dbts, project={"dispatch": [{"macro_namespace": "dbt"}]})
    assert names(compare_versions(old, dispatch)) == everything
    hook = version({"operation.shop.on-run-start-0": node("operation", "h")}, macros=dbts)
    assert names(compare_versions(old, hook)) == everything


def test_a_variable_touches_what_may_read_one(version):
    found = compare_versions(version(), version(project={"vars": {"x": 2}}))
    assert (names(found), found.texts) == (["other"], frozenset())


@pytest.mark.parametrize(("rows", "touched"), [("a,1", []), ("a,2", ["fct", "rates", "stg"])])
def test_a_large_seed_counts_by_its_rows(version, rows, touched):
    """The checksum that dbt has of a file of more than a megabyte is its path."""

    def made(text):
        found = version(files={"rates.csv": text})
        found.manifest["nodes"]["seed.shop.rates"] |= {
            "checksum": {"name": "path", "checksum": "seeds/rates.csv"},
            "original_file_path": "rates.csv",
        }
        return found

    assert names(compare_versions(made("a,1"), made(rows))) == touched


def test_a_model_goes_on_in_the_table_of_another(version):
    """A relation goes before a name, so that a renamed project is the same."""
    old = version()
    assert names(compare_versions(old, version(name="store"))) == []
    after = {
        "model.shop.other": None,
        "model.shop.after": node("model", "after", code=READS, alias="other"),
    }
    found = compare_versions(old, version(after))
    assert found.before["model.shop.after"] == "model.shop.other"
    assert (names(found), found.gone) == ([], ())
    gone = compare_versions(old, version({"model.shop.other": None}))
    assert gone.gone == ("model.shop.other",)
    new = compare_versions(old, version({"model.shop.new": node("model", "new")}))
    assert names(new) == ["new"]


def test_tables_that_stay_behind_are_noted(version, tmp_path):
    old = version()
    new = version(
        {"model.shop.other": node("model", "other", code=READS, alias="x"), "model.shop.fct": None}
    )
    told = list(notes_of(old, new, compare_versions(old, new), Revision("HEAD", "c", tmp_path)))
    assert told == [
        (
            "The change removes fct. What it built stays in the warehouse until somebody drops it: "
            "main.fct."
        ),
        "other is no longer built in main.other, which stays in the warehouse until somebody drops it.",
    ]
