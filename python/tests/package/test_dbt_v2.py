"""The package on dbt v2: its parser and renderer read all of it, and a changed column stops a run."""

from __future__ import annotations

import functools
import re
import shutil

import duckdb
import pytest
import yaml
from jinja2 import nodes
from test_macro_files import ENVIRONMENT, FILES, PACKAGE, TESTS

from support import lanes, prepare_dbt_v2
from support.dbt_v2_project import V2Project, write_project
from support.sample_project import copy_sample

# A value of each kind that a macro calls a method of: text, list, mapping, relation.
RECEIVERS = ("'a'", "['a']", "{'a': 1}", "ref('one')")


@functools.cache
def trees():
    return [ENVIRONMENT.parse(file.read_text("utf-8")) for file in FILES + TESTS]


def in_macros(kind):
    return (node for tree in trees() for node in tree.find_all(kind))


def namespaces():
    """Return the attributes of each `namespace(…)` in the macros."""
    calls = (
        call for call in in_macros(nodes.Call) if getattr(call.node, "name", "") == "namespace"
    )
    return sorted({keyword.key for call in calls for keyword in call.kwargs})


def methods():
    """Name what is called on a value, rather than on something that dbt binds."""
    found = set()
    for call in in_macros(nodes.Call):
        if isinstance(call.node, nodes.Getattr):
            owner = call.node.node
            while isinstance(owner, nodes.Getattr):
                owner = owner.node
            if not isinstance(owner, nodes.Name) or owner.name not in {
                *("adapter", "api", "config", "dbt", "entity_kit", "exceptions", "modules"),
                "run_started_at",
            }:
                found.add(call.node.attr)
    return sorted(found)


def probes(attributes, filters, tests, called):
    """Write a model for each thing that a macro uses, which v2 can render only if it supports it."""
    found = {}
    for name in attributes:
        found[f"attribute_{name}"] = (
            f"{{% set n = namespace({name}=[1]) %}}{{% set n.{name} = n.{name} + [2] %}}"
            f"{{% if n.{name} | length != 2 %}}{{{{ misread }}}}{{{{ misread() }}}}{{% endif %}}"
        )
    for kind, names in (("filter", filters), ("test", tests)):
        for name in names:
            found[f"{kind}_{name}"] = (
                f"{{% if '{name}' is not {kind} %}}{{{{ unknown_{kind}() }}}}{{% endif %}}"
            )
    for name in called:
        for number, receiver in enumerate(RECEIVERS):
            found[f"method_{name}_{number}"] = f"{{{{ ({receiver}).{name}() }}}}"
    return {f"models/{name}.sql": f"select 1 as a {text}" for name, text in found.items()}


def failures(project):
    """Parse the project, and return v2's message for each model that it can't render."""
    _, said = project.say("parse")
    found = re.findall(
        r"^\[error\] \[\w+ \(\w+\)\]: (.*)\n(?:.*\n)*?\s+--> models/(\w+)\.sql", said, re.MULTILINE
    )
    return {name: message for message, name in found}


def unreadable(found):
    """Return the probes that failed: a method must be one of at least one kind of value."""
    bad = {name for name in found if not name.startswith("method_")}
    unknown = {name for name, message in found.items() if "unknown method" in message}
    for name in {re.sub(r"_\d+$", "", each) for each in unknown}:
        if all(f"{name}_{number}" in unknown for number in range(len(RECEIVERS))):
            bad.add(name)
    return sorted(bad)


def probe(dbt_v2, folder, *parts):
    folder.mkdir()
    models = {"models/one.sql": "select 1 as a", **probes(*parts)}
    return unreadable(failures(write_project(dbt_v2, folder, PACKAGE, models)))


def test_v2_reads_all_that_the_macros_are_written_with(dbt_v2, tmp_path):
    filters = sorted({node.name for node in in_macros(nodes.Filter)})
    tests = sorted({node.name for node in in_macros(nodes.Test)})
    assert len(filters) > 10 < len(namespaces())
    assert probe(dbt_v2, tmp_path / "all", namespaces(), filters, tests, methods()) == []


def test_the_probes_see_what_v2_cannot_read(dbt_v2, tmp_path):
    assert probe(
        dbt_v2, tmp_path / "wrong", ["items", "rows"], ["nosuch", "sort"], ["number", "nosuch"],
        ["append", "nosuch"],
    ) == ["attribute_items", "filter_nosuch", "method_nosuch", "test_nosuch"]  # fmt: skip


def test_the_package_and_the_sample_project_parse_without_a_word(dbt_v2, tmp_path):
    sample = V2Project(dbt_v2, copy_sample(tmp_path / "sample"))
    sample.write({"packages.yml": f"packages: [{{local: '{PACKAGE}'}}]"})
    shutil.rmtree(sample.folder / "dbt_packages")
    sample.run("deps")
    all_but_one = '{"error": "all", "warn": ["SemanticModelDeprecated"]}'
    sample.run("parse", "--show-all-deprecations", "--warn-error-options", all_but_one)


# A model as a macro builds it, and one by hand, whose columns variables change.
MODELS = {
    "log": """
        {{ config(materialized='table') }}
        select 1 as id, 'a' as name, cast(10 as bigint) as paid, timestamp '2024-01-01' as at, 1.5 as extra
        """,
    "entities": """
        {{ entity_kit.entity_model(
            ref('log'), 'id', 'at', 'at', attributes=['name'] + var('more', []),
            metrics=[{'name': 'paid', 'calculation': 'cast(max(paid) as ' ~ var('type', 'bigint') ~ ')'}]
        ) }}
        """,
    "by_hand": """
        {{ config(materialized='incremental', unique_key='id', on_schema_change=var('mode', 'fail')) }}
        select {{ (['id', 'cast(paid as ' ~ var('type', 'bigint') ~ ') as paid'] + var('more', [])) | join(', ') }}
        from {{ ref('log') }}
        """,
}
FILES_OF_MODELS = {f"models/{name}.sql": text for name, text in MODELS.items()}
DISPATCH = [{"macro_namespace": "dbt", "search_order": ["small", "entity_kit", "dbt"]}]


def given(**variables):
    return "--vars", yaml.safe_dump(variables, default_flow_style=True)


@pytest.fixture(scope="module")
def built(dbt_v2, tmp_path_factory):
    folder = tmp_path_factory.mktemp("columns") / "project"
    folder.mkdir()
    project = write_project(dbt_v2, folder, PACKAGE, FILES_OF_MODELS, dispatch=DISPATCH)
    project.run("run")
    return project


def types(project, table):
    with duckdb.connect(str(project.folder / "warehouse.duckdb"), read_only=True) as connection:
        rows = connection.execute(f"describe {table}").fetchall()
    return {name: type_ for name, type_, *_ in rows}


def test_a_run_with_the_same_columns_goes_through(built):
    built.run("run")
    assert set(built.statuses().values()) == {"success"}


@pytest.mark.parametrize(
    ("variables", "ours", "dbts"),
    [
        ({"more": ["extra"]}, "(new: extra)", "'column': 'extra'"),
        ({"type": "varchar"}, "(changed type: paid ", "'column_name': 'paid'"),
    ],
)
def test_a_run_with_other_columns_is_refused(built, variables, ours, dbts):
    before = types(built, "entities"), types(built, "by_hand")
    built.refused("run", *given(**variables))
    messages = built.messages()
    assert f"was built with {ours}" in messages["model.small.entities"]
    assert "Run the model once with --full-refresh" in messages["model.small.entities"]
    assert dbts in messages["model.small.by_hand"]
    assert (types(built, "entities"), types(built, "by_hand")) == before


def test_a_column_that_is_gone_is_refused(built):
    built.run("run", "--full-refresh", "--select", "entities", *given(more=["extra"]))
    built.refused("run", "--select", "entities")
    assert "was built with (removed: extra)" in built.messages()["model.small.entities"]
    built.run("run", "--full-refresh", "--select", "entities")


@pytest.mark.parametrize("mode", ["append_new_columns", "sync_all_columns"])
def test_a_column_is_added_with_its_own_type_and_no_other_is_changed(built, mode):
    built.run("run", "--full-refresh", "--select", "by_hand")
    built.run("run", "--select", "by_hand", *given(mode=mode, more=["extra"]))
    assert types(built, "by_hand") == {"id": "INTEGER", "paid": "BIGINT", "extra": "DECIMAL(2,1)"}


@pytest.mark.slow
def test_on_dbt_v1_the_same_lines_leave_dbt_its_own_answer(make_project):
    models = {f"{name}.sql": text for name, text in MODELS.items()}
    project = make_project(models)
    settings = yaml.safe_load((project.folder / "dbt_project.yml").read_text("utf-8"))
    order = ["consumer", "entity_kit", "dbt"]
    settings["dispatch"] = [{"macro_namespace": "dbt", "search_order": order}]
    project.write({"dbt_project.yml": yaml.safe_dump(settings)})
    project.run("run")
    project.run("run")
    settings["vars"] = {"more": ["extra"]}
    project.write({"dbt_project.yml": yaml.safe_dump(settings)})
    with pytest.raises(AssertionError, match="out of sync") as error:
        project.run("run")
    assert str(error.value).count("out of sync") == 2
    assert "entity_kit:" not in str(error.value)


def test_without_npm_the_lane_says_what_is_missing(tmp_path, monkeypatch):
    monkeypatch.setattr(prepare_dbt_v2.shutil, "which", lambda _: None)
    monkeypatch.setattr(prepare_dbt_v2.platform, "machine", lambda: "x86_64")
    monkeypatch.delenv("ENTITY_KIT_DBT_V2", raising=False)
    prepare_dbt_v2.main(tmp_path / "dbt_v2")
    monkeypatch.setattr(lanes, "DBT_V2_FOLDER", tmp_path / "dbt_v2")
    assert lanes.dbt_v2_obstacle.__wrapped__() == (
        "lane dbt v2: not run, there is no `npm` on the PATH, and its DuckDB library comes from there"
    )
    assert [path.name for path in tmp_path.iterdir()] == ["dbt_v2"]
