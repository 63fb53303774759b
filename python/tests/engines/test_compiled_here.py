"""The SQL for DuckDB and Postgres, which people run first: compiled anew, and compared with the golden files.

To write them anew, after reading the difference, set ENTITY_KIT_RENEW=1.
"""

from __future__ import annotations

import pytest
from compiled_projects import RUNS, golden_of, macros_project
from main_macros import GOLDEN

from support import lanes

pytestmark = pytest.mark.slow

MODELS = [f"+{model}" for model in GOLDEN]


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    made = macros_project(tmp_path_factory.mktemp("macros") / "macros")
    return made, made.columns(*MODELS)


@pytest.fixture(scope="module", params=["duckdb", "postgres"])
def built(request, project):
    made, columns = project
    if request.param == "duckdb":
        return request.param, made.compile_on_duckdb(*MODELS)
    obstacle = lanes.compiled_obstacle("postgres")
    if obstacle:
        pytest.skip(obstacle)
    return request.param, made.build("postgres", columns, *MODELS)


@pytest.mark.parametrize("run", RUNS)
def test_the_main_macros_write_what_the_golden_files_say(built, run):
    engine, runs = built
    assert runs[run].failures == []
    for model in GOLDEN:
        sql, golden = golden_of(engine, model, run, runs)
        assert sql == golden, f"{model}: read the difference, then set ENTITY_KIT_RENEW=1"
