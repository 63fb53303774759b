"""The corpus of code changes: each verdict of `--deploy-from`, and that of a naive replay by dbt."""

from __future__ import annotations

import json
import shutil

import duckdb
import pytest
from code_changes import (
    CHANGES,
    DATA,
    FAILS,
    HEALS,
    LOADS,
    NEEDS,
    SAFE,
    UNCHANGED,
    VARIABLES,
    expected,
    version,
)

from support.dbt_in_process import invoke, let_go
from support.repository import commit, git
from support.verify_project import run, write_project

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def projects(tmp_path_factory):
    """Write the project as it was, and as it is now, each in a folder of its own."""
    folder = tmp_path_factory.mktemp("changes")
    (folder / "tmp").mkdir()
    return [
        write_project(
            folder,
            folder / "tmp",
            {},
            data=DATA if not number else "",
            sources="",
            files=version(number),
            project={"vars": VARIABLES[number]},
            folder=f"project_{number}",
        )
        for number in (0, 1)
    ]


@pytest.fixture(scope="module")
def deployed(projects, tmp_path_factory):
    """Commit the first version, put the second one in its place, and run the command."""
    repository = tmp_path_factory.mktemp("repository") / "project"
    shutil.copytree(projects[0].folder, repository)
    git(repository, "init", "-q")
    commit(repository)
    for child in repository.iterdir():
        if child.name != ".git":
            shutil.rmtree(child) if child.is_dir() else child.unlink()
    shutil.copytree(projects[1].folder, repository, dirs_exist_ok=True)
    arguments = ["--project-dir", str(repository), "--jobs", "2", "--format", "json"]
    finished = run(["verify", *arguments, "--deploy-from", "HEAD"])
    assert finished.exit_code == 1, finished.stderr
    return json.loads(finished.stdout)


def test_there_are_enough():
    assert len(CHANGES) >= 30


def test_each_change_has_its_verdict(deployed):
    found = {each["name"]: each["verdict"] for each in deployed["models"]}
    assert found == expected()
    assert deployed["left_out"] == []


def test_a_full_refresh_is_named_only_where_it_mends(deployed):
    """`full_refresh: false` keeps dbt from doing one, and a broken contract stops it, too."""
    bad = [each for each in deployed["models"] if each["verdict"] in {NEEDS, FAILS}]
    assert {each["name"] for each in bad if not each["mend"]} == {"locked", "contract_broken"}
    assert {each["mend"]["command"] for each in bad if each["mend"]} == {
        f"dbt run --full-refresh --select {each['name']}" for each in bad if each["mend"]
    }


@pytest.fixture(scope="module")
def naive(projects):
    """Replay each merge by dbt's own commands, and say how each model's table fares after it.

    Each merge starts from nothing: `dbt run` with the old code, then with the new one, and after
    each of its runs a comparison with `dbt run --full-refresh` in an empty warehouse.
    """
    last = len(LOADS)
    refreshed = {}
    for step in range(2, last + 1):
        projects[0].warehouse.unlink(missing_ok=True)
        refreshed[step], _ = load_and_run(projects[1], step, "--full-refresh")
    found: dict[str, list[str]] = {}
    for merge in range(1, last):
        projects[0].warehouse.unlink(missing_ok=True)
        fared: dict[str, list[bool | None]] = {}
        for step in range(1, last + 1):
            tables, failed = load_and_run(projects[step > merge], step)
            for name in expected() if step > merge else ():
                agrees = tables.get(name) == refreshed[step].get(name)
                broken = name in failed or name not in refreshed[step]
                fared.setdefault(name, []).append(None if broken else agrees)
        for name, steps in fared.items():
            found.setdefault(name, []).append(told(steps))
    return found


def told(steps):
    """Return the verdict of one merge, from whether the table was right after each run."""
    if None in steps:
        return FAILS
    if all(steps):
        return SAFE
    return HEALS if steps[-1] else NEEDS


def load_and_run(project, step, *arguments):
    """Load what has arrived, seed and run the project, and return its tables and what failed."""
    with duckdb.connect(str(project.warehouse)) as connection:
        connection.execute("drop schema if exists shop cascade")
        connection.execute(DATA)
        connection.execute("delete from shop.orders where loaded_at > ?", [LOADS[step - 1]])
    seeded, messages = invoke(project.folder, "seed", "--full-refresh")
    assert seeded.success, messages
    ran, _ = invoke(project.folder, "run", *arguments)
    let_go()
    tables, failed = {}, set()
    with duckdb.connect(str(project.warehouse)) as connection:
        for each in ran.result.results:
            if str(each.status) != "success":
                failed.add(each.node.name)
                continue
            described = connection.execute(f"describe {each.node.relation_name}").fetchall()
            columns = sorted((name, kind) for name, kind, *_ in described)
            names = ", ".join(name for name, _ in columns)
            rows = connection.execute(
                f"select {names} from {each.node.relation_name} order by all"
            ).fetchall()
            tables[each.node.name] = (columns, rows)
    return tables, failed


def test_a_naive_replay_gives_the_same(naive):
    """It can't tell what is unchanged from what is safe; the worst merge counts."""
    rank = [SAFE, HEALS, NEEDS, FAILS]
    worst = {name: max(verdicts, key=rank.index) for name, verdicts in naive.items()}
    assert worst == {
        name: SAFE if verdict == UNCHANGED else verdict for name, verdict in expected().items()
    }


def test_each_merge_by_itself_has_the_verdict_of_a_naive_replay(naive, deployed):
    found = {
        each["name"]: [merge["verdict"] for merge in each["merges"]]
        for each in deployed["models"]
        if each["merges"]
    }
    assert found == {name: naive[name] for name in found}
