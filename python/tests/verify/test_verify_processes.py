"""`entity-kit verify` as a separate process: signals, full disks, another dbt, stdout and stderr."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from support.verify_project import FCT, ORDERS, SOURCES
from support.waiting import PATIENCE, wait_until

pytestmark = pytest.mark.slow

ENDLESS = "(select count(*) from range(1000000) as a(i), range(1000000) as b(j) where i * j = -1)"


def wait_for(process, text):
    """Read a process's stderr until it contains this."""
    said = ""
    while text not in said:
        line = process.stderr.readline()
        assert line, said
        said += line
    return said


def is_empty(group):
    """Return whether a process group is empty."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return True
    return False


def endless(project):
    """Make a model run forever, and return the file that appears as soon as it does."""
    begun = project.scratch.parent / "begun"
    hook = f"pre_hook=\"copy (select 1) to '{begun}' (format csv)\""
    text = FCT.replace("unique_key", f"{hook}, unique_key").replace(
        "select *", f"select *, {ENDLESS} as endless"
    )
    project.write({"models/fct.sql": text})
    return begun


def stop(project, number, *, after, begun=None, everyone=False, arguments=()):
    """Start a verification, send it a signal once it prints `after`, and return the result.

    With `begun`, wait for that file, too.
    """
    with project.untouched():
        process = project.process(*arguments, start_new_session=True)
        try:
            wait_for(process, after)
            if begun:
                wait_until(begun.exists, "the model runs")
            else:
                time.sleep(1)  # it is in the query by then; stopped before, it says the same
            (os.killpg if everyone else os.kill)(process.pid, number)
            out, err = process.communicate(timeout=PATIENCE)
        finally:
            process.kill()
        wait_until(lambda: is_empty(process.pid), "all of its processes have ended")
    return process.returncode, out, err


@pytest.mark.parametrize(
    ("number", "everyone"),
    [
        pytest.param(signal.SIGINT, True, id="ctrl-c"),
        pytest.param(signal.SIGINT, False, id="int"),
        pytest.param(signal.SIGTERM, False, id="term"),
    ],
)
def test_stopped_while_dbt_runs_a_model(make_project, number, everyone):
    project = make_project()
    code, out, err = stop(
        project, number, after="full refresh, step 1", begun=endless(project), everyone=everyone
    )
    assert (code, out) == (130, "")
    assert err.endswith("Stopped. Nothing was left behind.\n")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_stopped_while_we_read_a_source(make_project, number):
    project = make_project(
        data=ORDERS + f"alter table shop.orders rename to kept; create view shop.orders as "
        f"select * from shop.kept where {ENDLESS} = 0"
    )
    code, out, err = stop(project, number, after="reading the sources")
    assert (code, out) == (130, "")
    assert err.endswith("Stopped. Nothing was left behind.\n")


def dbt_beside(python=sys.executable):
    return Path(python).with_name("dbt")


def test_stopped_while_another_dbt_runs(make_project):
    project = make_project()
    begun = endless(project)
    wrapper = project.scratch.parent / "my dbt"
    wrapper.write_text(f'#!/bin/sh\n"{dbt_beside()}" "$@"\nexit $?\n')  # dbt is its child
    wrapper.chmod(0o755)
    code, out, err = stop(
        project,
        signal.SIGTERM,
        after="full refresh, step 1",
        begun=begun,
        arguments=("--dbt", str(wrapper)),
    )
    assert (code, out) == (130, "")
    assert err.endswith("Stopped. Nothing was left behind.\n")


def test_another_dbt_gives_the_same_result(make_project, monkeypatch):
    """The command runner, named by a relative path, compared with the one in process."""
    clock = "if(timestamptz '{{ run_started_at }}' = now(), 1, error('not the time')) as checked"
    project = make_project(
        {
            "stg.sql": "select *, now() as seen_at from {{ source('shop', 'orders') }}",
            "fct.sql": FCT.replace("source('shop', 'orders')", "ref('stg')").replace(
                "select *", f"select * exclude (seen_at), {clock}"
            ),
            "appended.sql": "{{ config(materialized='incremental') }}"
            " select order_id, country from {{ ref('stg') }}, {{ ref('one') }}",
            "batches.sql": """
                {{ config(materialized='incremental', incremental_strategy='microbatch',
                          event_time='ordered_at', begin='2024-01-01', batch_size='day', lookback=3) }}
                select order_id, ordered_at from {{ source('shop', 'orders') }}
            """,
            "fails.sql": "{{ config(materialized='incremental') }} select error('no, '"
            " || '{{ var('who') }}') as x from {{ source('shop', 'orders') }}",
        },
        files={"seeds/one.csv": "country\nAT\n"},
    )
    options = {"steps": 2, "variables": {"who": "it's me"}}
    monkeypatch.chdir(dbt_beside().parents[1])
    in_process = project.verify(**options)
    by_command = project.verify(**options, dbt="bin/dbt")
    assert {model.name: model.verdict.value for model in by_command.models} == {
        "fct": "agrees",
        "appended": "differs",
        "batches": "agrees",
        "fails": "failed",
    }
    assert by_command.models == in_process.models
    assert (by_command.notes, by_command.steps) == (in_process.notes, in_process.steps)


def test_another_dbt_cannot_show_files(make_project):
    project = make_project(
        sources=SOURCES.replace("event_time: ordered_at", "external_location: 'x.parquet'")
    )
    assert project.refused(dbt=str(dbt_beside())) == (
        "Source shop.orders is a file (external_location), which can be shown step by step only with "
        "dbt-core in process.\n"
        "Omit --dbt, or load the file into a table."
    )


def test_stdout_has_the_result_and_stderr_the_progress(make_project):
    project = make_project()
    with project.untouched():
        process = project.process("--format", "json")
        out, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0
    assert json.loads(out)["verdict"] == "agrees"
    assert err.splitlines() == [
        "parsing the project",
        "reading the sources",
        "full refresh, step 1 of 3 (run 1 of 6)",
        "arrival, step 1 of 3 (run 2 of 6)",
        "full refresh, step 2 of 3 (run 3 of 6)",
        "arrival, step 2 of 3 (run 4 of 6)",
        "full refresh, step 3 of 3 (run 5 of 6)",
        "arrival, step 3 of 3 (run 6 of 6)",
    ]


LARGE = "select *, [hash(x, order_id) for x in range(100000)] as large"


def check_full(project, process):
    out, err = process.communicate(timeout=PATIENCE)
    assert (process.returncode, out) == (2, ""), out + err
    error = err.partition("Error: ")[2].splitlines()
    assert error[0].startswith(f"There is no space left for the scratch folder {project.scratch}")
    assert error[-1] == "Set TMPDIR to a folder on a disk with more space."


def test_files_that_may_not_grow(make_project):
    project = make_project({"fct.sql": FCT.replace("select *", LARGE)})
    limit = 4 * 2**20

    def restrict():
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    with project.untouched():
        check_full(project, project.process(preexec_fn=restrict))


@pytest.fixture(params=["200k", "1m", "4m"])
def small_disk(request, scratch):
    """Mount the scratch folder as a disk of this size, if this user may."""
    mount = ["mount", "-t", "tmpfs", "-o", f"size={request.param}", "tmpfs", str(scratch)]
    if subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("mounting takes rights that this user doesn't have")
    yield
    subprocess.run(["umount", "--lazy", str(scratch)], check=True)


@pytest.mark.usefixtures("small_disk")
def test_a_disk_that_fills(make_project):
    project = make_project({"fct.sql": FCT.replace("select *", LARGE)})
    with project.untouched():
        check_full(project, project.process())
