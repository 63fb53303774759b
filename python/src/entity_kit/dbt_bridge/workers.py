"""Keep processes that have run before, and lend each one to one run at a time.

A worker is a fork of this process. It lives until the pool is closed, it is killed, or this
process is gone. What it does with a task is the caller's; a task and what is sent back are pickled.
It knows nothing of dbt.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
import sys
import threading
import warnings
from contextlib import contextmanager, suppress
from functools import lru_cache
from multiprocessing import util
from pathlib import Path
from typing import TYPE_CHECKING, Any

from entity_kit.warehouse import nothing_open

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Send = Callable[[str, Any], None]
    # Runs a task, may `send` messages meanwhile, and returns whether it can run another.
    Work = Callable[[Any, Send], bool]

FORK: Any = multiprocessing.get_context("fork") if hasattr(os, "fork") else None
_PATIENCE = 5.0  # seconds for a worker that ends by itself
# Python's own pace, 700 new objects, looks at a run's hundred thousands of them again and again.
_COLLECTED_AFTER = 20_000


class WorkerEndedError(Exception):
    """A worker ended before its task was done; `code` is its exit code."""

    def __init__(self, code: int | None) -> None:
        super().__init__(f"the process ended with code {code}")
        self.code = code


class StoppedError(Exception):
    """The pool was stopped, so no task starts anymore."""


class Worker:
    """One process, as its parent sees it."""

    def __init__(self, pipe: Any, process: Any) -> None:
        self._pipe = pipe
        self._process = process
        # The number of tasks it has started; its first one takes longer.
        self.tasks = 0
        self._again = True

    @property
    def usable(self) -> bool:
        """Whether the worker can take a task: it isn't used up or killed."""
        return self._again and self._process.is_alive() and not self._pipe.poll()

    def ask(self, task: Any) -> Iterator[tuple[str, Any]]:
        """Run a task, and yield what the worker sends until it is done."""
        self.tasks += 1
        try:
            self._pipe.send(task)
            while not isinstance(message := self._pipe.recv(), bool):
                yield message
            self._again = message
        except (EOFError, OSError) as error:
            self._process.join()
            raise WorkerEndedError(self._process.exitcode) from error

    def kill(self) -> None:
        """Kill the worker at once."""
        self._again = False
        with suppress(ValueError):  # `release` came first
            self._process.kill()

    def release(self) -> None:
        """Wait for the worker's end, and free its resources in this process."""
        self._pipe.close()
        self._process.join(_PATIENCE)
        self._process.kill()
        self._process.join()
        self._process.close()


class Workers:
    """As many workers as there are simultaneous tasks, each kept for the next task."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._lock = threading.Lock()
        self._idle: list[Worker] = []
        self._all: set[Worker] = set()
        self._stopped = False
        # Before multiprocessing waits for all children at the end of this process.
        util.Finalize(self, _kill_all, (self._all, self._lock), exitpriority=100)

    @contextmanager
    def lent(self) -> Iterator[Worker]:
        """Lend a worker, the last used one first. One that fails its task isn't used again."""
        worker = self._take()
        try:
            yield worker
        except BaseException:
            worker.kill()
            raise
        finally:
            self._give_back(worker)

    def stop(self) -> None:
        """Kill all workers at once. Their tasks fail, and no other starts."""
        with self._lock:
            self._stopped = True
            for worker in self._all:
                worker.kill()
            idle, self._idle = self._idle, []
            self._all.difference_update(idle)
        for worker in idle:
            worker.release()

    def _take(self) -> Worker:
        with self._lock:
            while self._idle:
                worker = self._idle.pop()
                if worker.usable:
                    return worker
                self._all.discard(worker)
                worker.release()
        # So no connection is open that the child would copy.
        with nothing_open(), self._lock, warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            if self._stopped:
                raise StoppedError
            ours, theirs = FORK.Pipe()
            process = FORK.Process(target=_live, args=(theirs, ours, _lifeline(), self._work))
            process.start()
            # Under the lock, so that no other worker inherits it; otherwise its end goes unnoticed.
            theirs.close()
            worker = Worker(ours, process)
            self._all.add(worker)
            return worker

    def _give_back(self, worker: Worker) -> None:
        with self._lock:
            if not self._stopped and worker.usable:
                self._idle.append(worker)
                return
            self._all.discard(worker)
        worker.release()


def _kill_all(workers: set[Worker], lock: threading.Lock) -> None:
    with lock:
        for worker in workers:
            worker.kill()
        workers.clear()


@lru_cache(maxsize=1)
def _lifeline_of(process: int) -> tuple[int, int]:  # noqa: ARG001  (a fork needs one of its own)
    return os.pipe()


def _lifeline() -> tuple[int, int]:
    """Return a pipe that is never written to. Its end tells the workers that this process is gone.

    One for all pools, since a worker inherits what is open for other pools too.
    """
    return _lifeline_of(os.getpid())


def _live(pipe: Any, parents: Any, lifeline: tuple[int, int], work: Work) -> None:
    """Run a worker: do one task after another."""
    parents.close()
    os.close(lifeline[1])
    threading.Thread(target=_die_with_parent, args=(lifeline[0],), daemon=True).start()
    _forget_parent()
    while True:
        try:
            task = pipe.recv()
        except EOFError:
            return
        again = work(task, lambda kind, value: pipe.send((kind, value)))
        pipe.send(again)
        if not again:
            return


def _die_with_parent(lifeline: int) -> None:
    os.read(lifeline, 1)
    os._exit(1)


def _forget_parent() -> None:
    """Release the parent's signal handlers and streams, and its objects in the garbage collector."""
    signal.set_wakeup_fd(-1)
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_DFL)
    gc.freeze()  # nothing to gain from touching pages that the parent shares
    gc.set_threshold(max(_COLLECTED_AFTER, gc.get_threshold()[0]), *gc.get_threshold()[1:])
    silence = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(silence, descriptor)
    # In a notebook or a test these aren't the descriptors.
    sys.stdout = sys.stderr = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115
