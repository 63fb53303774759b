"""What dbt would send to the warehouses: each adapter builds two projects, and its SQL is checked.

Nothing runs on a warehouse; without_connection.py says what stands in for it. Two projects are built, first from
nothing and then incrementally: the sample project in integration_tests/, and a small one that gives the macros their
arguments (main_macros.py). Of every statement it is asked that

- dbt's run succeeds, so the adapter takes our configs (`incremental_strategy` above all),
- sqlglot parses it in the dialect of the engine, without falling back to a command,
- sqlfluff's parser, another one, takes it (of every model with ENTITY_KIT_COMPILED=all, as nox sets it; else of those
  that have golden files),
- it uses nothing that the engine is known to lack (lacking.py),
- the SQL of the main macros is what the golden files say, so that a change of it is seen. To write them anew, after
  reading the difference: `nox -s compiled -- --renew`, or ENTITY_KIT_RENEW=1 for the adapters at hand.

An adapter that isn't installed is a lane that isn't run. `nox -s compiled` has all five.
"""

from __future__ import annotations

import os

import pytest
import sqlglot
from compiled_projects import PROJECTS, RUNS, golden_of
from lacking import lacking
from main_macros import GOLDEN
from sqlglot import exp
from without_connection import ENGINES

from support import lanes

pytestmark = pytest.mark.slow

AT_HAND = [engine for engine in ENGINES if not lanes.compiled_obstacle(engine)]
if not AT_HAND:  # test_compiled_golden.py names each of them
    pytest.skip("no warehouse's adapter is installed", allow_module_level=True)

ALL = os.environ.get("ENTITY_KIT_COMPILED") == "all"

# The adapter's own SQL, in which nothing is ours and which sqlglot doesn't know yet.
ADAPTERS_OWN = {
    "databricks": ("alter table", "optimize", "insert into table"),  # the last: `replace on (…)`
}


# Where the files are spread over processes by group, an engine's projects are built in one of them.
@pytest.fixture(
    scope="module",
    params=[pytest.param(each, marks=pytest.mark.xdist_group(each)) for each in AT_HAND],
)
def engine(request):
    return request.param


@pytest.fixture(scope="module")
def projects(tmp_path_factory):
    """Create each project and its columns once, for the engines that need them."""
    made = {}

    def give(name):
        if name not in made:
            project = PROJECTS[name](tmp_path_factory.mktemp(name) / name)
            made[name] = (project, project.columns())
        return made[name]

    return give


@pytest.fixture(scope="module")
def builds(engine, projects):
    """Build each project once for the engine."""
    made = {}

    def give(name):
        if name not in made:
            project, columns = projects(name)
            made[name] = project.build(engine, columns)
        return made[name]

    return give


@pytest.fixture(scope="module", params=PROJECTS)
def built(request, builds):
    return builds(request.param)


@pytest.mark.parametrize("run", RUNS)
def test_the_adapter_takes_every_model_and_test(built, run):
    assert built[run].failures == []
    assert len(built[run].compiled) > 40


@pytest.mark.parametrize("run", RUNS)
def test_sqlglot_parses_every_statement(built, engine, run):
    wrong = []
    ours = list(built[run].compiled.items())
    for node, sql in ours + built[run].sent:
        if node is not None and sql.strip().lower().startswith(ADAPTERS_OWN.get(engine, ())):
            continue
        try:
            trees = sqlglot.parse(sql, read=engine)
        except sqlglot.errors.ParseError as error:
            wrong.append(f"{node}: {error}")
            continue
        commands = [each for tree in trees if tree for each in tree.find_all(exp.Command)]
        wrong += [f"{node}: only a command to sqlglot: {each.sql()[:80]}" for each in commands]
    assert wrong == []


@pytest.mark.parametrize("run", RUNS)
def test_it_uses_nothing_that_the_engine_lacks(built, engine, run):
    found = {
        f"{node}: {each}"
        for node, sql in built[run].compiled.items()
        for each in lacking(engine, sql)
    }
    assert sorted(found) == []


@pytest.mark.parametrize("run", RUNS)
def test_sqlfluff_parses_every_model(built, engine, run):
    from sqlfluff.core import FluffConfig, Linter

    linter = Linter(config=FluffConfig(overrides={"dialect": engine, "templater": "raw"}))
    wrong = []
    for node, sql in built[run].compiled.items():
        if node.startswith("model.") and (ALL or node.split(".")[-1] in GOLDEN):
            violations = linter.parse_string(sql).violations
            wrong += [f"{node}: {each.line_no}: {each.desc()}" for each in violations]
    assert wrong == []


@pytest.mark.parametrize("model", GOLDEN)
@pytest.mark.parametrize("run", RUNS)
def test_the_main_macros_write_what_the_golden_files_say(engine, builds, run, model):
    sql, golden = golden_of(engine, model, run, builds("macros"))
    assert sql == golden, "read the difference, then: nox -s compiled -- --renew"
