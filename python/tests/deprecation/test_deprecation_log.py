"""`deprecation_log` and `deprecated_models`: what they contain, and that nothing gets lost."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
import yaml

from support.waiting import PATIENCE

pytestmark = pytest.mark.slow

REASON = "It's \"old\"; drop table x; --\n{{ 'no' }} \\' % 'ünïcödé' 🧊 '; select 1 /*"
LOG = "select event, model_name, consumer from deprecation_log order by logged_at, 1, 2, 3"


def model(sunset="2026-06-30", replacement="'new_one'", reason="r"):
    # Jinja's own literals of the text: what a user would write in the model.
    text = (
        repr(reason)
        if "\n" not in reason
        else '"' + reason.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
    )
    return (
        "{{ entity_kit.deprecate("
        + replacement
        + f", '2026-03-01', '{sunset}', {text}, 'team') }}}}\n"
        "select 1 as x"
    )


@pytest.fixture(scope="module")
def project(make_project, engine):
    return make_project(
        {
            "old_one.sql": model(reason=REASON),
            "older.sql": model("2026-04-01", "'old_one'"),
            "new_one.sql": "select 1 as x",
            "reader.sql": "select * from {{ ref('old_one') }}",
            "reader_of_reader.sql": "select * from {{ ref('reader') }}",
            "schema.yml": yaml.safe_dump(
                {
                    "models": [
                        {"name": "old_one", "columns": [{"name": "x", "data_tests": ["unique"]}]},
                        {
                            "name": "reader_of_reader",
                            "columns": [{"name": "x", "data_tests": ["not_null"]}],
                        },
                    ],
                    "exposures": [
                        {
                            "name": "board",
                            "type": "dashboard",
                            "owner": {"name": "x", "email": "x@example.com"},
                            "depends_on": ["ref('reader')"],
                        },
                    ],
                },
            ),
        },
        variables={"entity_kit_deprecation_log": True, "entity_kit_deprecated_models": True},
        engine=engine,
    )


@pytest.fixture
def log(project):
    project.execute("drop table if exists deprecation_log")
    return project


def test_it_says_what_was_built_and_what_was_read(log, at):
    assert at(log, "2026-03-10", "run").success
    assert at(log, "2026-03-11", "run", "-s", "reader", "deprecation_log").success
    assert at(log, "2026-03-12", "run", "-s", "new_one", "deprecation_log").success
    assert log.query(LOG) == [
        ("built", "old_one", None),
        ("built", "older", None),
        ("referenced", "old_one", "model.consumer.reader"),
        ("referenced", "old_one", "model.consumer.reader"),
    ]


def test_it_carries_the_dates_and_any_text_unharmed(log, at):
    import datetime as dt

    at(log, "2026-04-02", "run", "-s", "old_one", "deprecation_log")
    (row,) = log.query(
        "select logged_at, target_name, stage, replacement, deprecation_date, sunset_date, owner, reason, "
        "consumer_count, length(invocation_id) from deprecation_log",
    )
    assert row == (
        dt.datetime.fromisoformat("2026-04-02T12:00"),
        "dev",
        "deprecated",
        "new_one",
        dt.date(2026, 3, 1),
        dt.date(2026, 6, 30),
        "team",
        REASON,
        1,
        36,
    )


def test_a_refused_model_is_logged_as_such(log, at):
    words = ("run", "-s", "older", "deprecation_log", "--vars", "entity_kit_on_sunset: error")
    outcome = at(log, "2026-04-01", *words)
    assert outcome.statuses == {"older": "error", "deprecation_log": "success"}
    assert log.query(LOG) == [("refused", "older", None)]


def test_a_full_refresh_loses_nothing(log, at):
    for date in ("2026-03-10", "2026-03-11", "2026-03-12"):
        assert at(log, date, "run", "--full-refresh", "-s", "older", "deprecation_log").success
    assert log.query("select count(*), count(distinct invocation_id) from deprecation_log") == [
        (3, 3)
    ]


def test_an_invocation_adds_nothing_twice(log, at):
    at(log, "2026-03-10", "run", "-s", "older", "old_one", "deprecation_log")
    before = log.query("select * from deprecation_log order by 1")
    # The same invocation again: its id is part of the compiled SQL.
    folder = log.folder / "target" / "run" / "entity_kit" / "models" / "metadata"
    assert folder.is_dir()
    at(log, "2026-03-10", "compile", "-s", "older", "old_one", "deprecation_log")
    path = log.folder / "target/compiled/entity_kit/models/metadata/deprecation_log.sql"
    compiled = path.read_text()
    for _ in range(2):
        log.execute(f"insert into deprecation_log {compiled}")
    after = log.query("select * from deprecation_log order by 1")
    assert len(before) == 2
    assert len(after) == 4
    assert [row for row in after if row in before] == before


@pytest.mark.parametrize(
    "by_hand",
    [
        "alter table deprecation_log drop column reason",
        "alter table deprecation_log drop column log_id",
        "alter table deprecation_log add column note varchar(10)",
        "alter table deprecation_log rename column owner to owned_by",
    ],
)
def test_a_log_changed_by_hand_goes_on(log, at, by_hand):
    words = ("run", "-s", "older", "deprecation_log")
    at(log, "2026-03-10", *words)
    log.execute(by_hand)
    assert at(log, "2026-03-11", *words).success
    assert log.query(
        "select count(*), count(distinct invocation_id), count(owner) from deprecation_log"
    ) == [(2, 2, 1 if "rename" in by_hand else 2)]


def test_a_log_that_was_dropped_starts_anew(log, at):
    words = ("run", "-s", "older", "deprecation_log")
    at(log, "2026-03-10", *words)
    log.execute("drop table deprecation_log")
    assert at(log, "2026-03-11", *words).success
    assert log.query("select count(*) from deprecation_log") == [(1,)]


def test_the_register(project, at):
    assert at(project, "2026-04-10", "run", "-s", "deprecated_models").success
    rows = project.query(
        "select model_name, stage, replacement, replacement_chain, days_left, direct_consumers, "
        "transitive_consumers, exposures, tests, consumers from deprecated_models order by 1",
    )
    assert rows == [
        ("old_one", "deprecated", "new_one", "old_one → new_one", 81, 1, 3, 1, 1, "model reader"),
        ("older", "sunset", "old_one", "older → old_one → new_one", -9, 0, 0, 0, 0, ""),
    ]
    assert project.query("select reason from deprecated_models where model_name = 'old_one'") == [
        (REASON,),
    ]


def test_they_are_off_by_default(make_project, engine, at):
    project = make_project({"old_one.sql": model(replacement="none")}, engine=engine)
    assert at(project, "2026-03-10", "run").statuses == {"old_one": "success"}


def test_a_switch_that_is_no_truth_value_is_refused(make_project):
    project = make_project(variables={"entity_kit_metadata": "yes"})
    assert project.refused("parse") == (
        'entity_kit: `vars.entity_kit_metadata` must be true or false; got "yes".\nWrite it without quotes.'
    )


@pytest.mark.slow
def test_two_runs_at_once_lose_nothing(make_project, engine, at):
    project = make_project(
        {"old_one.sql": model(replacement="none")},
        variables={"entity_kit_deprecation_log": True, "entity_kit_run_history": True},
        engine=engine,
    )
    assert at(project, "2026-03-10", "run").success
    ((first,),) = project.query("select distinct invocation_id from deprecation_log")
    folder = str(project.folder)
    running = []
    project.let_go()
    for name in ("one", "two"):
        words = [
            *("run", "-s", "old_one", "deprecation_log", "run_history"),
            *("--project-dir", folder, "--profiles-dir", folder),
            *("--target-path", f"{folder}/{name}", "--log-path", f"{folder}/{name}"),
        ]
        code = "import sys; from dbt.cli.main import cli; cli(sys.argv[1:])"
        running.append(
            subprocess.Popen([sys.executable, "-c", code, *words], stdout=subprocess.DEVNULL)
        )
    ended = [process.wait(timeout=PATIENCE) for process in running]
    done = {first}
    for name, code in zip(("one", "two"), ended, strict=True):
        if code == 0:
            results = json.loads((project.folder / name / "run_results.json").read_text())
            done.add(results["metadata"]["invocation_id"])
    # DuckDB lets one process in at a time: a run that is refused says so, and one that isn't is all there.
    assert len(done) == 3 if engine == "postgres" else len(done) >= 2
    logged = project.query("select invocation_id, event from deprecation_log")
    assert sorted(logged) == sorted((invocation, "built") for invocation in done)
    # The model that is deprecated and the log itself: a row each.
    runs = project.query("select invocation_id, count(*) from run_history group by 1")
    assert dict(runs) == dict.fromkeys(done, 2)
