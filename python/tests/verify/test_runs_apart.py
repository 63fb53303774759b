"""dbt runs one after another in one process, none of which may affect the others."""

from __future__ import annotations

import json
import multiprocessing
import os
import sys
import threading
from datetime import datetime, timedelta, timezone
from pathlib import Path
from types import SimpleNamespace

import duckdb
import pytest

from entity_kit.dbt_bridge.isolation import as_found
from entity_kit.dbt_bridge.manifests import _by_fqn, _Late, _Section
from entity_kit.dbt_bridge.project import Project, make_runner

AT = datetime(2024, 3, 1, tzinfo=timezone.utc)

MODELS = {
    "seen.sql": """
        {{ config(materialized='table') }}
        select
            '{{ invocation_id }}' as run, '{{ run_started_at.isoformat() }}' as at,
            '{{ modules.datetime.datetime.utcnow().isoformat() }}' as utc,
            '{{ flags.FULL_REFRESH }}' as refresh, getvariable('told') as told""",
    "told.sql": "{{ config(pre_hook='set variable told = 1') }} select getvariable('told') as told",
    "fct.sql": """
        {{ config(materialized='incremental') }} select 1 as i
        {% if is_incremental() %} union all select i + 1 from {{ this }} {% endif %}""",
    "far.sql": "select 1 as far",
    "by_graph.sql": """
        {{ config(materialized='table') }}
        select
            '{{ graph.nodes.values() | map(attribute='name') | sort | join(',') }}' as names,
            {{ tojson(graph.sources) | length if execute else 0 }} as size""",
    "python.py": "def model(dbt, session):\n    return session.sql('select 1 as i')\n",
}
HOOK = "create or replace table main.hooked as select * from {{ ref('far') }}"


@pytest.fixture
def project(make_project):
    return make_project(MODELS, project={"on-run-end": [HOOK]})


@pytest.mark.slow
def test_runs_in_one_process_do_not_notice_each_other(project, tmp_path):
    runner = make_runner(Project(project.folder, tmp_path / "dbt", "consumer", "dev"))
    manifest = runner.parse(project.folder)
    names = {node["name"]: f"fqn:{'.'.join(node['fqn'])}" for node in manifest["nodes"].values()}

    def run(*models, hours=0, **options):
        """Run models, and return the processes that wait for the next run."""
        selectors = [names[model] for model in models]
        clock = AT + timedelta(hours=hours)
        result = runner.run(project.folder, "run", selectors, clock=clock, **options)
        failed = {n.unique_id: n.message for n in result.nodes.values() if not n.ok}
        assert not failed
        waiting = {child.pid for child in multiprocessing.active_children()}
        return waiting, result

    def read(sql):
        with duckdb.connect(str(project.warehouse)) as connection:
            return connection.execute(sql).fetchall()

    project.execute("create table main.far as select 1 as far")
    before = dict(os.environ)
    process, first = run("told", "seen", "fct", full_refresh=True)
    assert len(process) == 1
    assert first.cold
    ((run_1, at_1, utc_1, *rest),) = read("from main.seen")
    assert (at_1, utc_1) == (AT.isoformat(), AT.replace(tzinfo=None).isoformat())
    assert rest == ["True", None]

    # Another file at the same place, in which nothing was built yet.
    project.warehouse.unlink()
    project.execute("create table main.far as select 2 as far")
    again, second = run("seen", "fct", "by_graph", hours=1)
    assert again == process
    assert not second.cold
    ((run_2, at_2, utc_2, *rest),) = read("from main.seen")
    later = AT + timedelta(hours=1)
    assert (at_2, utc_2) == (later.isoformat(), later.replace(tzinfo=None).isoformat())
    assert rest == ["False", None]
    assert run_1 != run_2
    assert read("from main.fct") == [(1,)]

    # The run had what it needed only; Jinja's `graph` and a hook's `ref` know more.
    every = sorted(node["name"] for node in manifest["nodes"].values())
    ((listed, size),) = read("from main.by_graph")
    assert listed.split(",") == every
    assert size > len(str(dict.fromkeys(manifest["sources"])))
    assert read("from main.hooked") == [(2,)]

    again, _ = run("fct")
    assert again == process
    assert sorted(read("from main.fct")) == [(1,), (1,), (2,)]
    assert read("select count(*) from main.seen") == [(1,)]

    # Python may do anything to its process.
    again, _ = run("python")
    assert again == set()
    another, _ = run("fct")
    assert another != process
    assert dict(os.environ) == before
    runner.stop()
    assert not multiprocessing.active_children()


# Without dbt


def test_a_process_is_put_back(tmp_path, monkeypatch):
    monkeypatch.setenv("KEPT", "1")
    here, path = Path.cwd(), list(sys.path)
    with as_found(tmp_path) as traces:
        assert Path.cwd().samefile(tmp_path)
        os.environ["KEPT"] = "2"
        os.environ["NEW"] = "1"
        sys.path.append("/elsewhere")
    assert (os.environ["KEPT"], "NEW" in os.environ) == ("1", False)
    assert (Path.cwd(), sys.path) == (here, path)
    assert not traces.found


@pytest.mark.parametrize("left", ["file", "thread", "module"])
def test_what_stays_is_noticed(tmp_path, left, monkeypatch):
    if left == "file" and not Path("/proc/self/fd").exists():
        pytest.skip("this system doesn't tell which files are open")
    (tmp_path / "helpers").mkdir()
    (tmp_path / "helpers" / "of_the_user.py").write_text("counter = 0\n")
    monkeypatch.setattr(sys, "modules", dict(sys.modules))
    done = threading.Event()
    thread = threading.Thread(target=done.wait, name="of the user")
    try:
        with as_found(tmp_path) as traces:
            if left == "file":
                kept = duckdb.connect(str(tmp_path / "a.duckdb"))
            elif left == "thread":
                thread.start()
            else:
                sys.path.append(str(tmp_path / "helpers"))
                __import__("of_the_user")
        assert [found.split()[0] for found in traces.found] == [left]
    finally:
        done.set()
        if left == "file":
            kept.close()


def test_code_of_the_user_is_noticed(tmp_path):
    def result(language):
        node = SimpleNamespace(unique_id=f"model.{language}", language=language)
        return SimpleNamespace(results=[SimpleNamespace(node=node)])

    with as_found(tmp_path) as traces:
        traces.look_at(result("sql"))
        traces.look_at(["lines"])
    assert not traces.found
    traces.look_at(result("python"))
    assert traces.found == ["model.python is no SQL"]


class Member:
    """Something of a manifest."""

    def __init__(self, name):
        self.name = name

    def to_dict(self, omit_none):
        return {"name": self.name, "omitted": omit_none}


def copied(member):
    return Member(member.name)


EVERY = {name: Member(name) for name in "abc"}


def test_a_section_shows_what_is_needed_and_finds_all():
    section = _Section(EVERY, frozenset("a"), copied)
    assert list(section) == ["a"]
    assert [each.name for each in section.values()] == ["a"]
    assert ("b" in section, "x" in section) == (True, False)
    assert section["b"].name == "b"
    assert section["b"] is section.get("b") is not EVERY["b"]
    assert section.get("x") is None
    assert list(section) == ["a"]
    with pytest.raises(KeyError):
        section["x"]
    assert list(_Section(EVERY, None, copied)) == ["a", "b", "c"]


WRITTEN = {name: {"name": name, "omitted": False} for name in "abc"}


@pytest.mark.parametrize(
    "read",
    [
        dict,
        lambda late: {**late},
        lambda late: {} | late,
        lambda late: dict(late.items()),
        lambda late: {each["name"]: each for each in late.values()},
        lambda late: {name: late[name] for name in late},
        lambda late: {name: late.get(name) for name in list(late.keys())},
        lambda late: json.loads(json.dumps(late)),
        lambda late: json.loads(json.dumps(late, sort_keys=True, indent=1)),
        lambda late: late.copy(),
        lambda late: late,
    ],
)
def test_what_is_written_late_is_there_however_it_is_read(read):
    assert read(_Late(EVERY, copied)) == WRITTEN


def test_nothing_is_written_before():
    read = []
    late = _Late(EVERY, lambda member: read.append(member) or member)
    assert (len(late), "a" in late, bool(late)) == (3, True, True)
    assert not read
    assert late["a"] == WRITTEN["a"]
    late["a"]["name"] = "changed"
    assert late["a"]["name"] == "changed"
    assert len(read) == 3


def test_selectors_find_what_dbt_finds():
    from dbt.graph.selector_methods import QualifiedNameSelectorMethod

    fqns = [
        ["shop", "stg"],
        ["shop", "marts", "stg"],
        ["shop", "stg", "deep", "x"],
        ["shop", "marts", "dim", "v1"],
        ["other", "stg"],
        ["shop", "a.b"],
    ]
    nodes = [SimpleNamespace(unique_id=str(i), fqn=fqn) for i, fqn in enumerate(fqns)]
    found = _by_fqn(nodes)
    method = QualifiedNameSelectorMethod.__new__(QualifiedNameSelectorMethod)
    for wanted in {".".join(fqn) for fqn in fqns} | {"shop", "shop.marts", "stg", "x"}:
        expected = {
            node.unique_id
            for node in nodes
            if method.node_is_match(wanted, node.fqn, is_versioned=False)
        }
        assert expected <= set(found.get(wanted, ())), wanted
