"""Processes that are kept for the next task, without dbt."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from entity_kit.dbt_bridge.workers import FORK, StoppedError, WorkerEndedError, Workers
from entity_kit.warehouse import Kept, QueryError, attach, connect, rows
from support.waiting import PATIENCE, wait_until

pytestmark = pytest.mark.skipif(FORK is None, reason="this system has no fork")


def work(task, send):
    """Do the task; `say` shows that a process remembers how often it was called."""
    what, *more = task
    if what == "say":
        SAID.append(more)
        send("said", (os.getpid(), len(SAID)))
    elif what == "wait":
        send("begun", os.getpid())
        threading.Event().wait()  # until it is killed
    elif what == "raise":
        raise ValueError("not caught")
    return what != "last"


SAID: list[object] = []


@pytest.fixture
def workers():
    pool = Workers(work)
    yield pool
    pool.stop()
    assert not multiprocessing.active_children()


def ask(pool, *task):
    with pool.lent() as worker:
        return list(worker.ask(task))


def said(pool, *task):
    ((kind, value),) = ask(pool, *task)
    assert kind == "said"
    return value


def test_a_worker_is_kept_for_the_next_task(workers):
    first, one = said(workers, "say")
    second, two = said(workers, "say")
    assert (first, one, two) == (second, 1, 2)
    assert first != os.getpid()
    assert not SAID


def test_tasks_at_the_same_time_have_workers_of_their_own(workers):
    with workers.lent() as one, workers.lent() as other:
        found = [next(each.ask(("say",)))[1][0] for each in (one, other)]
    assert len(set(found)) == 2


@pytest.mark.parametrize("task", ["raise", "last"])
def test_a_worker_that_fails_or_is_used_up_is_replaced(workers, task):
    before, _ = said(workers, "say")
    if task == "raise":
        with pytest.raises(WorkerEndedError, match="ended with code 1"):
            ask(workers, task)
    else:
        assert ask(workers, task) == []
    after, count = said(workers, "say")
    assert (after != before, count) == (True, 1)


def test_a_worker_that_is_killed_costs_its_task_alone(workers):
    def kill():
        with workers.lent() as worker:
            for kind, _ in worker.ask(("wait",)):
                assert kind == "begun"
                worker.kill()

    with pytest.raises(WorkerEndedError) as raised:
        kill()
    assert raised.value.code == -signal.SIGKILL
    assert said(workers, "say")[1] == 1


def test_a_worker_that_is_killed_after_its_task_gets_no_other(workers):
    with workers.lent() as worker:
        ((_, (before, _)),) = worker.ask(("say",))
        worker.kill()
    assert said(workers, "say")[0] != before


def test_a_worker_that_died_while_it_waited_is_replaced(workers):
    before, _ = said(workers, "say")
    os.kill(before, signal.SIGKILL)
    # With all of its threads, so that its pipe is closed.
    ended = os.WEXITED | os.WNOHANG | os.WNOWAIT
    wait_until(lambda: os.waitid(os.P_PID, before, ended), "the worker is dead")
    assert said(workers, "say")[0] != before


def in_another_thread(action):
    """Start the action; return the event of its end."""
    done = threading.Event()
    threading.Thread(target=lambda: (action(), done.set()), daemon=True).start()
    return done


def test_no_process_begins_while_another_thread_has_a_connection(workers):
    """It would have a copy of a DuckDB at work, whose locks nobody releases."""
    with connect():
        begun = in_another_thread(lambda: said(workers, "say"))
        assert not begun.wait(0.2)
    assert begun.wait(PATIENCE)


def test_a_thread_with_a_connection_can_begin_a_process(workers):
    """Its DuckDB isn't at work meanwhile."""
    with connect(), connect():
        assert said(workers, "say")[1] == 1


def test_one_thread_at_a_time_has_connections():
    def open_and_close():
        with connect():
            pass

    with connect():
        opened = in_another_thread(open_and_close)
        assert not opened.wait(0.2)
    assert opened.wait(PATIENCE)


def test_a_kept_duckdb_keeps_no_file_and_no_table_from_one_use_to_the_next(tmp_path):
    kept, file = Kept(), tmp_path / "a.duckdb"

    def use():
        with kept.opened() as connection:
            attach(connection, file, "a", read_only=False, create=True)
            rows(connection, "use a")
            rows(connection, "create or replace table kept as select 1")
            rows(connection, "create temp table gone as select 1")
            with kept.opened() as nested:
                assert rows(nested, "select * from duckdb_tables()") == []

    use()
    use()
    with pytest.raises(QueryError), kept.opened() as connection:
        rows(connection, f"attach '{file}' as a; begin; select wrong")
    with connect(file) as connection:
        assert rows(connection, "from kept") == [(1,)]


def test_a_kept_duckdb_is_closed_before_a_process_begins(workers):
    kept = Kept()
    with kept.opened() as connection:
        rows(connection, "set global threads = 7")
    with kept.opened() as connection:
        assert rows(connection, "select current_setting('threads')") == [(7,)]
    said(workers, "say")
    with kept.opened() as connection:
        assert rows(connection, "select current_setting('threads')") != [(7,)]


def test_stopping_ends_the_tasks_under_way(workers):
    begun, errors = threading.Event(), []

    def wait():
        try:
            with workers.lent() as worker:
                for _ in worker.ask(("wait",)):
                    begun.set()
        except WorkerEndedError as error:
            errors.append(error.code)

    thread = threading.Thread(target=wait)
    thread.start()
    assert begun.wait(PATIENCE)
    workers.stop()
    thread.join(PATIENCE)
    assert errors == [-signal.SIGKILL]
    with pytest.raises(StoppedError):
        ask(workers, "say")


ORPHANED = """
import os, sys, time
from entity_kit.dbt_bridge.workers import Workers

def work(task, send):
    send("begun", os.getpid())
    time.sleep(task)
    return True

pools = Workers(work), Workers(work)
for pool, task in ((pools[0], 0), (pools[1], 0), (pools[0], 3600)):
    with pool.lent() as worker:
        for _, process in worker.ask(task):
            print(process, flush=True)
            if task:
                {end}
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    "end", ["os.kill(os.getpid(), 9)", "worker.kill(); sys.exit()"], ids=["killed", "exits"]
)
def test_no_worker_outlives_its_parent(end):
    """Neither an idle nor a busy one, with another pool's workers next to them."""
    done = subprocess.run(
        [sys.executable, "-c", ORPHANED.format(end=end)],
        check=False,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    processes = [int(line) for line in done.stdout.split()]
    assert len(processes) == 3, done.stderr
    wait_until(lambda: not any(map(alive, processes)), f"all of {processes} have ended")


def alive(process):
    """Return whether a process runs. An ended one that nobody waits for stays as a zombie."""
    try:
        os.kill(process, 0)
        stat = Path(f"/proc/{process}/stat").read_text()
    except (ProcessLookupError, FileNotFoundError):
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"
