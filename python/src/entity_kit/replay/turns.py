"""Let several tasks take turns, and answer together what they all wait for.

A task is a function that calls `ask` wherever it needs something that is cheaper for many at once.
Only one task works at a time. When each has asked or is done, all questions are answered together.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

_Question = TypeVar("_Question")
_Answer = TypeVar("_Answer")


class _AbandonedError(BaseException):
    """Ends a task that no longer gets an answer."""


class Turns(Generic[_Question, _Answer]):
    """Takes tasks in turns; `answer` returns an answer for each question, in their order."""

    def __init__(self, answer: Callable[[Sequence[_Question]], Sequence[_Answer]]) -> None:
        self._answer = answer
        self._own = threading.local()

    def ask(self, question: _Question) -> _Answer:
        """Return the answer to a question: together with those of other tasks, if this is one."""
        task: _Task[_Question, _Answer] | None = getattr(self._own, "task", None)
        if task is None:
            return self._answer([question])[0]
        return task.wait_for(question)

    def take(
        self, tasks: Mapping[str, Callable[[], None]], after: Mapping[str, Collection[str]]
    ) -> None:
        """Run all tasks, each only after those that it needs. The first error ends them all."""
        waiting = dict(tasks)
        started: dict[str, _Task[_Question, _Answer]] = {}
        try:
            while waiting or started:
                for name, work in tuple(waiting.items()):
                    if not any(other in waiting or other in started for other in after[name]):
                        del waiting[name]
                        task: _Task[_Question, _Answer] = _Task(work, self._own)
                        started[name] = task
                        task.work_on()
                        if task.is_done:
                            del started[name]
                self._answer_all(started)
        finally:
            for task in started.values():
                task.abandon()

    def _answer_all(self, started: dict[str, _Task[_Question, _Answer]]) -> None:
        """Answer what all started tasks wait for, and let each work until it asks again."""
        asking = tuple(started.items())
        answers = self._answer([task.question for _, task in asking]) if asking else ()
        for (name, task), answer in zip(asking, answers, strict=True):
            task.work_on(answer)
            if task.is_done:
                del started[name]


class _Task(Generic[_Question, _Answer]):
    """One task, in a thread that works only while `work_on` waits for it."""

    question: _Question
    _received: _Answer

    def __init__(self, work: Callable[[], None], own: threading.local) -> None:
        self.is_done = False
        self._work = work
        self._own = own
        self._error: BaseException | None = None
        self._is_abandoned = False
        self._may_work = threading.Semaphore(0)
        self._has_stopped = threading.Semaphore(0)
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def work_on(self, answer: _Answer | None = None) -> None:
        """Let the task work until it asks or is done, and raise its error if it has one."""
        if answer is not None:
            self._received = answer
        self._may_work.release()
        self._has_stopped.acquire()
        if self._error is not None:
            raise self._error

    def wait_for(self, question: _Question) -> _Answer:
        """Stop working, in the task's own thread, until the answer is here."""
        self.question = question
        self._has_stopped.release()
        self._may_work.acquire()
        if self._is_abandoned:
            raise _AbandonedError
        return self._received

    def abandon(self) -> None:
        """End the task at its question."""
        self._is_abandoned = True
        self._may_work.release()
        self._thread.join()

    def _run(self) -> None:
        self._own.task = self
        try:
            self._may_work.acquire()
            if not self._is_abandoned:
                self._work()
        except _AbandonedError:
            pass
        except BaseException as error:  # noqa: BLE001  (raised again where the tasks were started)
            self._error = error
        finally:
            self.is_done = True
            self._has_stopped.release()
