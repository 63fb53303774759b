"""Runs dbt-core v1 in processes of this Python, without a start-up for each run."""

from __future__ import annotations

import contextlib
import io
import json
import os
import signal
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from entity_kit.dbt_bridge import dialect_nodes, external, redirect
from entity_kit.dbt_bridge.invocation import (
    LIST,
    SHOW,
    NodeResult,
    RunResult,
    arguments_of,
    failure_of,
    prepare,
    read_manifest,
    refused,
    selection,
    timer_for,
)
from entity_kit.dbt_bridge.isolation import as_found
from entity_kit.dbt_bridge.manifests import Parsed
from entity_kit.dbt_bridge.nodes import selector
from entity_kit.dbt_bridge.patches import clock as clock_patch
from entity_kit.dbt_bridge.patches import contexts, parsing, process
from entity_kit.dbt_bridge.patches import dialect as dialect_patch
from entity_kit.dbt_bridge.patches import sql as sql_patch
from entity_kit.dbt_bridge.workers import FORK, StoppedError, WorkerEndedError, Workers
from entity_kit.errors import DbtError
from entity_kit.warehouse import one_thread_at_a_time

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
    from datetime import datetime

    from entity_kit.dbt_bridge.invocation import Manifest, Project
    from entity_kit.dbt_bridge.microbatch import OwnBatches
    from entity_kit.dbt_bridge.workers import Send


_SILENT = ("--log-level=none", "--log-level-file=none", "--no-use-colors")


def quicken() -> None:
    """Spare dbt what it does again and again, for each run in this process, ours or not."""
    process.find_plugins_once()
    process.name_callers_quickly()
    process.describe_events_late()
    process.build_once()
    process.describe_late()
    contexts.bind_macros_late()
    contexts.look_up_relations_by_name()
    contexts.read_dates_with_one_parser()


class WarmRunner:
    """dbt-core v1, imported and parsed once here. Runs happen in long-lived forks; see `workers`.

    Each run has a copy of the project, and its process is then put back to what it was.
    """

    forgets_files = True
    portable_files = False
    own_batches: OwnBatches | None = None
    executable: str | None = None

    def __init__(self, project: Project, on_progress: Callable[[str], None]) -> None:
        if FORK is not None:
            process.use_context(FORK)
        from dbt.cli.main import dbtRunner  # noqa: PLC0415  (a second of imports, once)

        clock_patch.install()
        parsing.forget_the_scratch_folder()
        quicken()
        process.drop_unheard_events()
        self._dbt = dbtRunner
        self._project = project
        self._on_progress = on_progress
        self._manifest: Any = None  # Parsed, once it is
        self._workers = Workers(self._work)
        self.notes: dict[str, None] = {}

    def parse(self, profiles: Path) -> Manifest:
        with _quietly(), self._dialect(lambda _: None):
            manifest = self._invoke(["parse", "--write-json"], profiles, lambda _: None).result
        for source in manifest.sources.values():
            config = source.config
            # In dbt 1.9 a source's config has no meta field; it is among the extra fields.
            meta = getattr(config, "meta", None) or config.extra.get("meta", {})
            for options in (source.meta, meta, config.extra):
                for option in external.OPTIONS:
                    options.pop(option, None)
        written = read_manifest(self._project)
        if self._project.dialect is not None:
            dialect_nodes.adapt(manifest, written, self._project.dialect)
        self._manifest = Parsed(manifest)
        return written

    def select(self, profiles: Path, select: Sequence[str], exclude: Sequence[str]) -> list[str]:
        lines, _ = self._ask([*LIST, *selection(select, exclude)], None, profiles, None)
        return [json.loads(line)["unique_id"] for line in lines]

    def run(
        self,
        profiles: Path,
        command: str,
        select: Sequence[str],
        *,
        clock: datetime,
        full_refresh: bool = False,
        kill_after: float | None = None,
        options: Sequence[str] = (),
        stored: Collection[str] = (),
    ) -> RunResult:
        started = time.perf_counter()
        arguments = [command, *selection(select, ()), "--no-write-json", *options]
        if full_refresh:
            arguments.append("--full-refresh")
        nodes: list[NodeResult] | None
        nodes, cold = self._ask(
            arguments, select, profiles, clock, kill_after=kill_after, stored=stored
        )
        seconds = time.perf_counter() - started
        if nodes is None:
            return RunResult({}, seconds, killed=True)
        return RunResult({node.unique_id: node for node in nodes}, seconds, cold=cold)

    def show(self, profiles: Path, models: Sequence[Manifest]) -> list[NodeResult]:
        select = [selector(model) for model in models]
        arguments = [*SHOW, *selection(select, ()), "--no-write-json"]
        nodes: list[NodeResult]
        nodes, _ = self._ask(arguments, select, profiles, None)
        return nodes

    def query(self, profiles: Path, text: str) -> tuple[dict[str, Any], ...]:
        arguments = [*SHOW, f"--inline={text}", "--no-write-json"]
        nodes: list[NodeResult]
        nodes, _ = self._ask(arguments, None, profiles, None)
        return nodes[-1].rows

    def choose_batches(self, unique_ids: Collection[str]) -> None:
        pass  # its clock is set

    def stop(self) -> None:
        self._workers.stop()

    def _ask(
        self,
        arguments: list[str],
        select: Sequence[str] | None,
        profiles: Path,
        clock: datetime | None,
        *,
        kill_after: float | None = None,
        stored: Collection[str] = (),
    ) -> tuple[Any, bool]:
        """Invoke dbt in a worker, and return what `_plain` makes of its result.

        `select` are the selectors among the arguments, if it is certain that dbt needs no more
        of the project than they say. Views in `stored` are built as tables. The result is None if
        the worker was killed after `kill_after` seconds. Second comes whether the worker was a new
        one.
        """
        try:
            with self._workers.lent() as worker:
                timer = timer_for(kill_after, worker.kill)
                try:
                    for kind, value in worker.ask((arguments, select, profiles, clock, stored)):
                        if kind == "progress":
                            self._on_progress(value)
                        elif kind == "note":
                            self.notes.setdefault(value)
                        else:
                            done = kind, value
                finally:
                    timer.cancel()
                    if kill_after is not None:
                        timer.join()  # it might be about to kill, by then, the next run
        except StoppedError as error:
            raise refused(arguments[0]) from error
        except WorkerEndedError as error:
            if kill_after is not None and error.code == -signal.SIGKILL:
                return None, False
            raise failure_of(arguments[0], str(error)) from error
        kind, value = done
        if kind == "error":
            raise failure_of(arguments[0], value)
        return value, worker.tasks == 1

    def _work(self, task: Any, send: Send) -> bool:
        """Run dbt in a worker, and send the result."""
        arguments, select, profiles, clock, stored = task
        process.write_no_compiled_files()
        contexts.make_macros_once()
        contexts.compile_templates_once()
        if self._project.dialect is None:
            contexts.ask_for_columns_directly(self._manifest.macros)
        sys.dont_write_bytecode = True  # dbt-duckdb imports Python models from the temporary folder
        with as_found(self._project.directory) as traces:
            if clock is not None:
                prepare(os.environ)
            clock_patch.set_clock(clock)
            found = redirect.read(profiles)
            manifest = self._manifest.copy(select, found, stored)
            sql_patch.enforce(found, clock, lambda text: send("note", text))
            try:
                with self._dialect(lambda text: send("note", text)):
                    done = self._invoke(
                        arguments, profiles, lambda text: send("progress", text), manifest
                    )
                    traces.look_at(done.result)
                    answer = "result", _plain(done.result)
            except DbtError as error:
                traces.found.append("dbt failed")
                answer = "error", error.message.partition("\n")[2]
        # Once nothing of the run is open here anymore.
        send(*answer)
        return not traces.found

    @contextlib.contextmanager
    def _dialect(self, tell: Callable[[str], Any]) -> Iterator[None]:
        """Translate the project's SQL in this block, if it is in another dialect."""
        dialect_patch.use(self._project.dialect, tell)
        try:
            yield
        finally:
            dialect_patch.use(None, tell)

    def _invoke(
        self,
        arguments: list[str],
        profiles: Path,
        on_progress: Callable[[str], None],
        manifest: Any = None,
    ) -> Any:
        """Invoke dbt here. It writes into the manifest; without one it parses the project."""
        broken: dict[str, str] = {}

        def heard(event: Any) -> None:
            if event.info.name in {"LogStartLine", "LogStartBatch"}:
                on_progress(event.data.description)
            elif event.info.name == "GenericExceptionOnRun":
                broken.setdefault(event.data.unique_id, event.data.exc)

        command, *rest = arguments
        result = self._dbt(manifest=manifest, callbacks=[heard]).invoke(
            [*_SILENT, *arguments_of(self._project, profiles, command), *rest]
        )
        if isinstance(result.exception, KeyboardInterrupt):
            raise result.exception
        if result.exception is not None or result.result is None:
            raise failure_of(command, str(result.exception or "dbt gave no result"))
        tell_of_batches(getattr(result.result, "results", ()), broken)
        return result


class InProcessRunner(WarmRunner):
    """dbt-core v1 in a process that can't be forked: one run after another."""

    def __init__(self, project: Project, on_progress: Callable[[str], None]) -> None:
        super().__init__(project, on_progress)
        self._stopped = False

    def stop(self) -> None:
        self._stopped = True

    def _ask(
        self,
        arguments: list[str],
        select: Sequence[str] | None,
        profiles: Path,
        clock: datetime | None,
        *,
        kill_after: float | None = None,
        stored: Collection[str] = (),
    ) -> tuple[Any, bool]:
        if kill_after is not None:
            raise ValueError("there is no process to kill")
        found = redirect.read(profiles)
        manifest = self._manifest.copy(select, found, stored)
        with one_thread_at_a_time(), _quietly():
            if self._stopped:
                raise refused(arguments[0])
            try:
                with as_found(self._project.directory):
                    if clock is not None:
                        prepare(os.environ)
                    clock_patch.set_clock(clock)
                    sql_patch.enforce(found, clock, self.notes.setdefault)
                    with self._dialect(self.notes.setdefault):
                        done = self._invoke(arguments, profiles, self._on_progress, manifest)
                        return _plain(done.result), False
            finally:
                sql_patch.enforce(None, None, self.notes.setdefault)
                clock_patch.set_clock(None)


def tell_of_batches(results: Sequence[Any], broken: Mapping[str, str]) -> None:
    """Add why its first batch failed to a microbatch model's message, which only counts the batches."""
    for result in results:
        why = broken.get(result.node.unique_id)
        if why is not None and getattr(result, "batch_results", None) is not None:
            why = why.removeprefix("Exception on worker thread. ").strip()
            result.message = f"{result.message}: {why}"


@contextlib.contextmanager
def _quietly() -> Iterator[None]:
    """Keep dbt's output in this process out of our result, and undo its chdir."""
    here = Path.cwd()
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            yield
    finally:
        os.chdir(here)


def _plain(result: Any) -> Any:
    """Turn dbt's result into values that can be pickled: its lines, or its nodes' results."""
    if isinstance(result, list):
        return result
    return [
        NodeResult(
            node.node.unique_id,
            str(node.status),
            str(node.message or ""),
            node.execution_time,
            getattr(node.node, "compiled_code", None) or "",
            _rows(getattr(node, "agate_table", None)),
            dialect_patch.unsupported(node.node.unique_id, str(node.message or "")),
        )
        for node in result.results
    ]


def _rows(table: Any) -> tuple[dict[str, Any], ...]:
    """Return the rows of dbt's table as in its JSON."""
    if table is None:
        return ()
    text = io.StringIO()
    table.to_json(path=text)
    return tuple(json.loads(text.getvalue()))
