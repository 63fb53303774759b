"""The command `monitor` as a whole: one message for all checks, told once, and what hinders it."""

from __future__ import annotations

import contextlib
import json
from types import SimpleNamespace

import pytest
import yaml
from click.testing import CliRunner

from entity_kit.cli import monitor as command_module
from entity_kit.cli.monitor import monitor
from entity_kit.errors import DbtError, EntityKitError
from support.webhook import Server

DAILY = (
    "select cast('2024-01-01' as date) + cast(n as integer) as day, "
    "case when n = 9 and not {{ var('healthy', false) }} then 60 else 10 + n % 3 end as revenue, "
    "case when {{ var('healthy', false) }} then cast('2100-01-01' as timestamp) "
    "else cast('2024-01-11' as timestamp) end as loaded_at from generate_series(0, 9) as t (n)"
)
JUDGED = (
    "{{ entity_kit.anomalies(ref('daily'), 'revenue', period='day', as_of='2024-01-11 00:00:00') }}"
)
PROPERTIES = {
    "sources": [
        {
            "name": "raw",
            "schema": "main",
            "config": {
                "loaded_at_field": "loaded_at",
                "freshness": {"error_after": {"count": 2, "period": "day"}},
            },
            "tables": [{"name": "daily"}, {"name": "nowhere"}],
        }
    ],
    "models": [
        {
            "name": "daily",
            "config": {"meta": {"owner": "ana", "entity_kit": {"sla_hours": 12}}},
            "data_tests": [
                {
                    "entity_kit.no_anomalies": {
                        "name": "normal_revenue",
                        "arguments": {
                            "value": "revenue",
                            "period": "day",
                            "loaded_at": "loaded_at",
                        },
                    }
                },
                {
                    "entity_kit.no_anomalies": {
                        "name": "of_nothing",
                        "arguments": {"value": "nothing", "period": "day"},
                    }
                },
            ],
        },
        {"name": "no_time", "config": {"meta": {"entity_kit": {"sla_hours": 1}}}},
        {"name": "never", "config": {"meta": {"entity_kit": {"sla_hours": 1}}}},
    ],
}


def call(folder, *words):
    words = ["--project-dir", str(folder), "--profiles-dir", str(folder), *words]
    result = CliRunner().invoke(monitor, words)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.stdout


@pytest.fixture(scope="module")
def project(make_project):
    made = make_project(
        {
            "daily.sql": DAILY,
            "judged.sql": JUDGED,
            "no_time.sql": "select 1 as x",
            "never.sql": "select 1 as x",
            "schema.yml": yaml.safe_dump(PROPERTIES),
        }
    )
    made.run("run", "--exclude", "never")
    return made


@pytest.mark.slow
def test_one_pass_one_message_and_nothing_twice(project, tmp_path):
    state = tmp_path / "state.json"
    project.let_go()
    with Server([200] * 3) as server:
        words = ("--webhook", server.url, "--state", str(state), "--docs-url", "https://docs")
        code, said = call(project.folder, *words)
        assert (code, call(project.folder, *words)) == (1, (1, said))
        (_, first), *others = server.bodies
        assert others == []
        subjects = [line.split(": ")[0] for line in said.splitlines()]
        assert subjects == [
            *("judged", "daily", "daily"),
            *("daily", "never", "no_time", "raw.daily", "raw.nowhere", "8 alerts."),
        ]
        assert first["text"].startswith("consumer: 8 alerts\n• judged: value on 2024-01-10 fails: ")
        assert (
            "    actual: 60\n    owner: ana\n    link: https://docs/#!/test/test.consumer.normal_revenue."
        ) in first["text"]
        for reason in (
            "daily: its anomalies can't be checked: no_anomalies: `value` must be a column of",
            "daily: its newest rows are ",
            "never: it isn't built, so its SLA isn't met",
            "no_time: its SLA can't be checked: it has no column loaded_at, and run_history has no",
            "raw.daily: its newest rows are ",
            "raw.nowhere: its age can't be checked: Catalog Error: Table with name nowhere",
        ):
            assert f"• {reason}" in first["text"]
        # What was wrong with the rows is well again; what couldn't be checked still can't.
        project.run("run", "--exclude", "never", "--vars", "healthy: true")
        project.let_go()
        assert call(project.folder, *words)[0] == 1
    over = server.bodies[1][1]["text"].splitlines()
    assert over[0] == "consumer: 4 over, 4 known"
    assert sorted(line.split(": ")[0] for line in over[1:]) == [
        *("✓ daily", "✓ daily", "✓ judged", "✓ raw.daily")
    ]


@pytest.mark.slow
def test_what_hinders_it_is_said_once_and_nothing_is_written(project, tmp_path):
    state = tmp_path / "state.json"
    with Server([200]) as server:
        words = ("--webhook", server.url, "--state", str(state))
        project.write({"models/broken.sql": "select * from {{ ref('nowhere') }}"})
        try:
            with pytest.raises(DbtError, match="depends on a node named 'nowhere'"):
                call(project.folder, *words)
        finally:
            (project.folder / "models/broken.sql").unlink()
            project.write({})
        project.let_go()
        project.database.rename(project.folder / "away.duckdb")
        try:
            with pytest.raises(EntityKitError, match="There is no warehouse file at"):
                call(project.folder, *words)
        finally:
            (project.folder / "away.duckdb").rename(project.database)
    assert (server.bodies, state.exists()) == ([], False)


# From here on, a project of one model without dbt: `newest` is what its warehouse answers.


@pytest.fixture
def shop(monkeypatch, tmp_path):
    model = {
        "resource_type": "model",
        "unique_id": "model.shop.fct",
        "name": "fct",
        "schema": "main",
        "config": {"materialized": "table", "meta": {"entity_kit": {"sla_hours": 12}}},
    }
    manifest = {
        "metadata": {"project_name": "shop"},
        "nodes": {"model.shop.fct": model},
        "sources": {},
        "macros": {},
    }
    made = SimpleNamespace(newest="2020-01-01", target="dev", manifest=manifest)

    @contextlib.contextmanager
    def opened(*_):
        rows = ({"part": 0, "kind": "rows", "newest": made.newest},)
        target = SimpleNamespace(name=made.target, output={"type": "duckdb"})
        yield SimpleNamespace(manifest=manifest, target=target, query=lambda _: rows)

    monkeypatch.setattr(command_module, "open_questions", opened)
    made.state = tmp_path / "folder" / "state.json"
    made.call = lambda server, *words: call(
        tmp_path, "--webhook", server.url, "--state", str(made.state), *words
    )
    return made


def test_a_problem_is_told_once_and_again_when_it_is_over_and_when_it_returns(shop):
    with Server([200] * 3) as server:
        assert shop.call(server)[0] == shop.call(server)[0] == 1
        assert [body["text"].split("\n")[0] for _, body in server.bodies] == ["shop: 1 model alert"]
        shop.newest = "2100-01-01"
        assert shop.call(server) == shop.call(server) == (0, "No alerts.\n")
        assert [body["text"].split(" ")[:4] for _, body in server.bodies[1:]] == [
            ["shop:", "1", "over\n✓", "fct:"]
        ]
        shop.newest = "2020-01-01"
        assert shop.call(server)[0] == 1
    assert len(server.bodies) == 3


def test_a_state_stays_as_it_was_where_the_post_failed(shop):
    with Server([404, 200, 403, 200]) as server:
        with pytest.raises(EntityKitError, match="answered 404"):
            shop.call(server)
        assert not shop.state.parent.exists()
        assert shop.call(server)[0] == 1
        before = shop.state.read_bytes()
        shop.newest = "2100-01-01"
        with pytest.raises(EntityKitError, match="answered 403"):
            shop.call(server)
        assert shop.state.read_bytes() == before
        assert shop.call(server)[0] == 0
    assert json.loads(shop.state.read_bytes())["told"] == {}


def test_a_state_that_cannot_be_written_is_refused_before_the_post(shop, tmp_path):
    (tmp_path / "folder").write_text("a file")
    with (
        Server([200]) as server,
        pytest.raises(EntityKitError, match=r"state.json can't be written"),
    ):
        shop.call(server)
    assert server.bodies == []


def test_a_state_that_could_not_be_written_says_that_the_post_was_made(shop, monkeypatch):
    def full(_):
        raise EntityKitError("The files can't be written: No space left", fix="Free some.")

    monkeypatch.setattr(command_module, "replace_texts", full)
    with Server([200]) as server, pytest.raises(EntityKitError) as caught:
        shop.call(server)
    assert len(server.bodies) == 1
    assert caught.value.message == (
        f"The state can't be written to {shop.state}. The message was posted, and the next call will "
        "post it again.\nThe files can't be written: No space left"
    )


def test_a_state_of_another_target_or_of_nothing_is_refused(shop):
    with Server([200]) as server:
        shop.call(server)
        shop.target = "prod"
        with pytest.raises(EntityKitError, match="target dev; this is project shop, target prod"):
            shop.call(server)
        shop.state.write_text("{")
        with pytest.raises(EntityKitError, match="isn't a state of entity-kit monitor"):
            shop.call(server)
    assert len(server.bodies) == 1
    assert shop.state.read_text() == "{"


def test_runs_that_were_told_are_not_over_where_the_history_is_gone(shop):
    """Nobody knows then, and the note says so."""
    key = json.dumps(["runs", "model.shop.fct", "slow"])
    told = {
        "model": "fct",
        "reason": "took 700.0 s",
        "check": "runs",
        "about": "model.shop.fct",
        "level": "",
        "since": "2026",
    }
    shop.state.parent.mkdir()
    shop.state.write_text(
        json.dumps({"version": 1, "project": "shop", "target": "dev", "told": {key: told}})
    )
    shop.newest = "2100-01-01"
    with Server([]) as server:
        assert shop.call(server) == (0, "No alerts.\n")
    assert list(json.loads(shop.state.read_text())["told"]) == [key]


def test_json_says_what_is_new(shop):
    with Server([200]) as server:
        new = [json.loads(shop.call(server, "--format", "json")[1]) for _ in range(2)]
    assert [each["alerts"][0]["is_new"] for each in new] == [True, False]


def test_a_state_without_a_webhook_is_refused(shop, tmp_path):
    with pytest.raises(EntityKitError, match="--state needs --webhook"):
        call(tmp_path, "--state", str(shop.state))


def test_a_wrong_address_is_refused_before_anything_is_asked(tmp_path):
    with pytest.raises(EntityKitError, match="isn't an http or https address"):
        call(tmp_path, "--webhook", "hooks.example.com")
