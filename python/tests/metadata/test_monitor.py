"""`entity-kit monitor`: what it finds in a run history, and its message to a real local server."""

from __future__ import annotations

import socket

import pytest
from click.testing import CliRunner

from entity_kit.cli.monitor import monitor
from entity_kit.errors import EntityKitError
from entity_kit.project_health.monitor import Alert, Run, as_message, judge, post, text_lines
from support.webhook import Server


def runs(*seconds, status="success", model="m"):
    return [Run(model, status, each) for each in seconds]


@pytest.mark.parametrize(
    ("history", "reasons"),
    [
        ([], []),
        (runs(599), []),
        (runs(600), []),
        (runs(601), ["took 601.0 s, over the threshold of 600 s"]),
        (runs(601, 20), []),
        # Five good runs are a past to compare with, four aren't.
        (runs(20, 20, 20, 20, 41), []),
        (runs(20, 20, 20, 20, 20, 40), []),
        (runs(20, 20, 20, 20, 20, 41), ["took 41.0 s, 2.0 times its usual 20.0 s"]),
        (runs(20, 20, 20, 20, 900, 39), []),
        # A short model's factor says little.
        (runs(1, 1, 1, 1, 1, 9), []),
        (runs(1, status="error"), []),
        (runs(1, 1, status="error"), ["failed 2 times in a row"]),
        ([*runs(1, 1, status="error"), *runs(1)], []),
        (
            [*runs(1, status="error"), *runs(1, status="skipped"), *runs(1, status="error")],
            ["failed 2 times in a row"],
        ),
        ([Run("m", "success", None)], []),
    ],
)
def test_judged(history, reasons):
    assert judge(history, threshold_s=600) == [Alert("m", reason) for reason in reasons]


def test_lines():
    assert list(text_lines([])) == ["No alerts."]
    assert list(text_lines([Alert("m", "r")])) == ["m: r", "1 alert."]


def test_the_message_escapes_the_chats_own_marks():
    assert as_message("shop", [Alert("<!channel> & m", "r")]) == {
        "text": "shop: 1 model alert\n• &lt;!channel&gt; &amp; m: r"
    }


def refused(url, **options):
    pauses = []
    with pytest.raises(EntityKitError) as caught:
        post(url, {"text": "x"}, pause=pauses.append, **options)
    assert "SECRET" not in str(caught.value)
    return caught.value.message, pauses


def test_it_posts_json():
    with Server([200]) as server:
        post(server.url, {"text": "ünïcödé"})
    assert server.bodies == [("application/json", {"text": "ünïcödé"})]


def test_it_tries_again_where_the_server_may_get_well():
    pauses = []
    with Server([503, 429, 200]) as server:
        post(server.url, {"text": "x"}, pause=pauses.append)
    assert (len(server.bodies), pauses) == (3, [1.0, 2.0])


def test_it_gives_up_after_three_times():
    with Server([500] * 4) as server:
        said, pauses = refused(server.url)
    assert said == (
        "The webhook at 127.0.0.1 didn't accept the message: it answered 500 Internal Server Error."
    )
    assert (len(server.bodies), len(pauses)) == (3, 2)


def test_it_does_not_insist_on_a_refusal():
    with Server([404]) as server:
        said, pauses = refused(server.url)
    assert said.endswith("it answered 404 Not Found.")
    assert (len(server.bodies), pauses) == (1, [])


def test_a_redirect_is_no_answer():
    """Its POST would become a GET, and a log-in page would answer that with 200."""
    with Server([302]) as server:
        said, _ = refused(server.url)
    assert said.endswith("it answered 302 Found.")


def test_it_does_not_wait_for_ever():
    with Server([200] * 3, silent=True) as server:
        said, _ = refused(server.url, timeout_s=0.05)
    assert said == ("The webhook at 127.0.0.1 didn't accept the message: it didn't answer in time.")


def test_nobody_there():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    said, pauses = refused(f"http://127.0.0.1:{port}/SECRET")
    assert "Connection refused" in said
    assert len(pauses) == 2


@pytest.mark.parametrize(
    "url",
    [
        *("file:///etc/passwd", "ftp://h/SECRET", "hooks.example.com", "http://"),
        *("http://h:port/SECRET", "http://[::1/SECRET", "http://h/SE CRET", "http://h/SECRET\n"),
    ],
)
def test_no_address(url):
    assert refused(url)[0] == "The webhook isn't an http or https address."


@pytest.fixture(scope="module")
def project(make_project, at):
    project = make_project(
        {"fct_slow.sql": "select 1 as x", "fct_good.sql": "select 1 as x"},
        variables={"entity_kit_run_history": True},
    )
    assert at(project, "2026-01-01", "run").success
    assert at(project, "2026-01-02", "run").success
    return project


def command(project, *words):
    project.let_go()
    folder = str(project.folder)
    words = ["--project-dir", folder, "--profiles-dir", folder, *words]
    result = CliRunner().invoke(monitor, words)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.stdout


@pytest.mark.slow
def test_it_reads_the_history_that_the_hook_wrote(project, at):
    assert command(project) == (0, "No alerts.\n")
    project.execute("update run_history set seconds = 700 where model_name = 'fct_slow'")
    said = "fct_slow: took 700.0 s, over the threshold of 600 s\n1 alert.\n"
    assert command(project) == (1, said)
    assert command(project, "--threshold-minutes", "12")[0] == 0
    with Server([200]) as server:
        assert command(project, "--webhook", server.url) == (1, said)
    assert [body["text"].split("\n")[0] for _, body in server.bodies] == ["consumer: 1 model alert"]
    # The next run is quick again.
    assert at(project, "2026-01-03", "run").success
    assert command(project)[0] == 0


@pytest.mark.slow
def test_nothing_is_posted_where_all_is_well(project):
    with Server([200]) as server:
        command(project, "--threshold-minutes", "1000", "--factor", "1000", "--webhook", server.url)
    assert server.bodies == []


def test_without_a_history_it_says_how_to_get_one(project):
    with pytest.raises(EntityKitError) as caught:
        command(project, "--vars", "{entity_kit_run_history: false}")
    assert str(caught.value) == (
        "The project has no run history.\n"
        "Set the variable entity_kit_run_history to true, and run the project."
    )


def test_a_history_that_is_not_built_is_told(project):
    project.execute("alter table run_history rename to kept")
    try:
        with pytest.raises(EntityKitError, match="build it with: dbt run --select run_history"):
            command(project)
    finally:
        project.execute("alter table kept rename to run_history")
