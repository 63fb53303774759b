"""Run a dbt project in process through dbt-core v1, or through any `dbt` executable.

The only module that runs dbt; `adapter` and the patches import parts of it. All runners read the
same manifest.json and return the same results.
"""

from __future__ import annotations

import contextlib
import importlib.util
import io
import json
import math
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import yaml

from entity_kit.dbt_bridge import external, redirect
from entity_kit.dbt_bridge.isolation import as_found
from entity_kit.dbt_bridge.manifests import Parsed
from entity_kit.dbt_bridge.patches import clock as clock_patch
from entity_kit.dbt_bridge.patches import sql as sql_patch
from entity_kit.dbt_bridge.workers import FORK, StoppedError, WorkerEndedError, Workers
from entity_kit.errors import DbtError, EntityKitError
from entity_kit.warehouse import ALONE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, MutableMapping, Sequence
    from datetime import datetime

    from entity_kit.dbt_bridge.workers import Send

Manifest = dict[str, Any]
_LIST = ("list", "--resource-type=model", "--output=json", "--output-keys=unique_id")
_SHOW = ("show", "--output=json", "--limit=-1", "--indirect-selection=empty")  # no tests
_QUIET = (
    "--quiet",
    "--log-level-file=none",
    "--no-use-colors",
    "--no-send-anonymous-usage-stats",
    "--no-version-check",
)
# If set in the user's shell, these would change our runs.
_UNWANTED = (
    *("FULL_REFRESH", "EMPTY", "SAMPLE", "TARGET_PATH", "EVENT_TIME_START", "EVENT_TIME_END"),
    *("DEFER", "DEFER_TO_STATE", "FAVOR_STATE", "FAVOR_STATE_MODE", "STATE", "DEFER_STATE"),
    *("RESOURCE_TYPES", "EXCLUDE_RESOURCE_TYPES", "WRITE_JSON", "FAIL_FAST"),
)


@dataclass(frozen=True, slots=True)
class Project:
    """Where a project is and how to run it; `folder` is our scratch folder."""

    directory: Path
    folder: Path
    profile: str
    target: str
    variables: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class NodeResult:
    """The result of one node in one run.

    `status` is dbt's word, `seconds` the node's own time, `sql` what it compiled to, `rows` what
    `show` answered.
    """

    unique_id: str
    status: str
    message: str
    seconds: float
    sql: str
    rows: tuple[dict[str, Any], ...] = ()

    @property
    def ok(self) -> bool:
        return self.status in {"success", "pass", "no-op"}


@dataclass(frozen=True, slots=True)
class RunResult:
    """One dbt invocation; `seconds` is its wall time. A `killed` one has no results.

    A `cold` one was the first of its process, which takes longer.
    """

    nodes: dict[str, NodeResult]
    seconds: float
    killed: bool = False
    cold: bool = False


class Runner(Protocol):
    """The interface to dbt. `profiles` is a folder with our own profiles.yml.

    `forgets_files`: sources with an external_location are read by their names instead.
    `notes` are sentences, in order, about what was left out of runs.
    """

    forgets_files: bool
    notes: dict[str, None]

    def parse(self, profiles: Path) -> Manifest: ...

    def select(self, profiles: Path, select: Sequence[str], exclude: Sequence[str]) -> list[str]:
        """Return the unique ids of the models that dbt's selection syntax selects."""
        ...

    def run(
        self,
        profiles: Path,
        command: str,
        select: Sequence[str],
        *,
        clock: datetime,
        full_refresh: bool = False,
        kill_after: float | None = None,
    ) -> RunResult:
        """Run `command` ("run", "seed") at the simulated time `clock` (aware, UTC).

        After `kill_after` seconds its process is killed, if it is still running. May be called from several threads at once, for different warehouses.
        """
        ...

    def show(self, profiles: Path, models: Sequence[Manifest]) -> list[NodeResult]:
        """Query these nodes as they compile now, without building anything.

        All values are as JSON has them.
        """
        ...

    def stop(self) -> None:
        """End the current runs and everything that waits for more. No other run starts."""
        ...


def make_runner(
    project: Project,
    *,
    executable: str | None = None,
    on_progress: Callable[[str], None] = lambda _: None,
    forks: bool = True,
) -> Runner:
    """Choose the runner: in process if dbt-core can be imported, else a `dbt` executable.

    Where the process can't be forked (`forks`) runs go one after the other.
    """
    if not forks:
        return InProcessRunner(project, on_progress)
    if executable is None and FORK is not None and _has_dbt_core():
        return WarmRunner(project, on_progress)
    found = shutil.which(executable or "dbt")
    if found is None and executable is not None:
        raise EntityKitError(
            f"There is no executable {executable}.", fix="Correct --dbt, or omit it."
        )
    if found is None:
        raise EntityKitError(
            "No dbt was found: neither dbt-core in this Python nor `dbt` on PATH.",
            fix="pip install 'entity-kit[dbt]', or name the executable with --dbt PATH.",
        )
    # It runs in the project's folder, where a relative path would mean another file.
    return CommandRunner(project, str(Path(found).absolute()), on_progress)


def _has_dbt_core() -> bool:
    return importlib.util.find_spec("dbt") is not None and (
        importlib.util.find_spec("dbt.cli") is not None
    )


def _prepare(environment: MutableMapping[str, str]) -> None:
    """Set an environment up for our own runs, whatever the user's shell and project set."""
    for name in _UNWANTED:
        environment.pop(f"DBT_{name}", None)
        environment.pop(f"DBT_ENGINE_{name}", None)
    environment["DBT_FAIL_FAST"] = "false"  # one model's failure is no verdict on the others
    environment["DBT_WRITE_JSON"] = "true"
    environment["PYTHONDONTWRITEBYTECODE"] = (
        "1"  # beside copies of Python models in a folder for all
    )


def _arguments(project: Project, profiles: Path, command: str) -> list[str]:
    arguments = [
        *_QUIET,
        f"--log-path={project.folder / 'logs'}",
        command,
        f"--project-dir={project.directory}",
        f"--profiles-dir={profiles}",
        f"--profile={project.profile}",
        f"--target={project.target}",
        f"--target-path={project.folder / 'target'}",
    ]
    if project.variables:
        # As YAML, which keeps dates as dates.
        variables = yaml.safe_dump(project.variables, default_flow_style=True, width=math.inf)
        arguments.append(f"--vars={variables}")
    return arguments


def _selection(select: Sequence[str], exclude: Sequence[str]) -> list[str]:
    arguments = []
    if select:
        arguments += ["--select", *select]
    if exclude:
        arguments += ["--exclude", *exclude]
    return arguments


def _read_manifest(project: Project) -> Manifest:
    file = project.folder / "target" / "manifest.json"
    manifest: Manifest = json.loads(file.read_text(encoding="utf-8"))
    return manifest


class WarmRunner:
    """dbt-core v1, imported and parsed once here. Runs happen in long-lived forks; see `workers`.

    Each run has a copy of the project, and its process is then put back to what it was.
    """

    forgets_files = True

    def __init__(self, project: Project, on_progress: Callable[[str], None]) -> None:
        from dbt import mp_context  # noqa: PLC0415

        if FORK is not None:
            # These locks have no system name that a killed worker could leave behind.
            mp_context._MP_CONTEXT = FORK  # noqa: SLF001
        from dbt.cli.main import dbtRunner  # noqa: PLC0415  (a second of imports, once)

        clock_patch.install()
        _find_plugins_once()
        self._dbt = dbtRunner
        self._project = project
        self._on_progress = on_progress
        self._manifest: Any = None  # Parsed, once it is
        self._workers = Workers(self._work)
        self.notes: dict[str, None] = {}

    def parse(self, profiles: Path) -> Manifest:
        with _quietly():
            manifest = self._invoke(["parse", "--write-json"], profiles, lambda _: None).result
        for source in manifest.sources.values():
            config = source.config
            # In dbt 1.9 a source's config has no meta field; it is among the extra fields.
            meta = getattr(config, "meta", None) or config.extra.get("meta", {})
            for options in (source.meta, meta, config.extra):
                for option in external.OPTIONS:
                    options.pop(option, None)
        self._manifest = Parsed(manifest)
        return _read_manifest(self._project)

    def select(self, profiles: Path, select: Sequence[str], exclude: Sequence[str]) -> list[str]:
        lines, _ = self._ask([*_LIST, *_selection(select, exclude)], None, profiles, None)
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
    ) -> RunResult:
        started = time.perf_counter()
        arguments = [command, *_selection(select, ()), "--no-write-json"]
        if full_refresh:
            arguments.append("--full-refresh")
        nodes: list[NodeResult] | None
        nodes, cold = self._ask(arguments, select, profiles, clock, kill_after)
        seconds = time.perf_counter() - started
        if nodes is None:
            return RunResult({}, seconds, killed=True)
        return RunResult({node.unique_id: node for node in nodes}, seconds, cold=cold)

    def show(self, profiles: Path, models: Sequence[Manifest]) -> list[NodeResult]:
        select = [_fqn(model) for model in models]
        arguments = [*_SHOW, *_selection(select, ()), "--no-write-json"]
        nodes: list[NodeResult]
        nodes, _ = self._ask(arguments, select, profiles, None)
        return nodes

    def stop(self) -> None:
        self._workers.stop()

    def _ask(
        self,
        arguments: list[str],
        select: Sequence[str] | None,
        profiles: Path,
        clock: datetime | None,
        kill_after: float | None = None,
    ) -> tuple[Any, bool]:
        """Invoke dbt in a worker, and return what `_plain` makes of its result.

        `select` are the selectors among the arguments, if it is certain that dbt needs no more
        of the project than they say. The result is None if the worker was killed after `kill_after` seconds. Second comes
        whether the worker was a new one.
        """
        try:
            with self._workers.lent() as worker:
                timer = _timer(kill_after, worker.kill)
                try:
                    for kind, value in worker.ask((arguments, select, profiles, clock)):
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
            raise _refused(arguments[0]) from error
        except WorkerEndedError as error:
            if kill_after is not None and error.code == -signal.SIGKILL:
                return None, False
            raise _failed(arguments[0], str(error)) from error
        kind, value = done
        if kind == "error":
            raise _failed(arguments[0], value)
        return value, worker.tasks == 1

    def _work(self, task: Any, send: Send) -> bool:
        """Run dbt in a worker, and send the result."""
        arguments, select, profiles, clock = task
        sys.dont_write_bytecode = True  # dbt-duckdb imports Python models from the temporary folder
        with as_found(self._project.directory) as traces:
            if clock is not None:
                _prepare(os.environ)
            clock_patch.set_clock(clock)
            found = redirect.read(profiles)
            manifest = self._manifest.copy(select, found)
            sql_patch.enforce(found, clock, lambda text: send("note", text))
            try:
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

    def _invoke(
        self,
        arguments: list[str],
        profiles: Path,
        on_progress: Callable[[str], None],
        manifest: Any = None,
    ) -> Any:
        """Invoke dbt here. It writes into the manifest; without one it parses the project."""

        def heard(event: Any) -> None:
            if event.info.name in {"LogStartLine", "LogStartBatch"}:
                on_progress(event.data.description)

        command, *rest = arguments
        result = self._dbt(manifest=manifest, callbacks=[heard]).invoke(
            [*_arguments(self._project, profiles, command), *rest]
        )
        if isinstance(result.exception, KeyboardInterrupt):
            raise result.exception
        if result.exception is not None or result.result is None:
            raise _failed(command, str(result.exception or "dbt gave no result"))
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
        kill_after: float | None = None,
    ) -> tuple[Any, bool]:
        if kill_after is not None:
            raise ValueError("there is no process to kill")
        found = redirect.read(profiles)
        manifest = self._manifest.copy(select, found)
        with ALONE, _quietly():
            if self._stopped:
                raise _refused(arguments[0])
            try:
                with as_found(self._project.directory):
                    if clock is not None:
                        _prepare(os.environ)
                    clock_patch.set_clock(clock)
                    sql_patch.enforce(found, clock, self.notes.setdefault)
                    done = self._invoke(arguments, profiles, self._on_progress, manifest)
                    return _plain(done.result), False
            finally:
                sql_patch.enforce(None, None, self.notes.setdefault)
                clock_patch.set_clock(None)


def _find_plugins_once() -> None:
    """Look for dbt's plugins only once, because listing all modules is a tenth of a warm run."""
    from dbt.plugins.manager import PluginManager  # noqa: PLC0415  (once dbt is there)

    found = PluginManager.get_prefixed_modules()
    PluginManager.get_prefixed_modules = lambda: found


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


def _fqn(model: Manifest) -> str:
    """Return a selector for exactly one node, because several packages may have the same name."""
    return f"fqn:{'.'.join(model['fqn'])}"


def _failed(command: str, message: str) -> DbtError:
    return DbtError(
        f"dbt {command} failed.\n{message}".rstrip(),
        fix="Run the same dbt command by hand, fix the error above, and verify again.",
    )


class CommandRunner:
    """Any `dbt` executable, v1 or v2. Each run pays its startup time."""

    forgets_files = False

    def __init__(
        self, project: Project, executable: str, on_progress: Callable[[str], None]
    ) -> None:
        self._project = project
        self._executable = executable
        self._on_progress = on_progress
        self._children: set[subprocess.Popen[str]] = set()
        self._starting = threading.Lock()
        self._stopped = False
        self.notes: dict[str, None] = {}
        site = project.folder / "site"
        site.mkdir(parents=True, exist_ok=True)
        # A dbt in Python reads this at startup and stops its clock; others ignore it.
        shutil.copyfile(clock_patch.__file__, site / "sitecustomize.py")
        self._site = site

    def parse(self, profiles: Path) -> Manifest:
        self._invoke(["parse"], profiles, None)
        return _read_manifest(self._project)

    def select(self, profiles: Path, select: Sequence[str], exclude: Sequence[str]) -> list[str]:
        output = self._invoke([*_LIST, *_selection(select, exclude)], profiles, None)
        lines = (line for line in output.splitlines() if line.startswith("{"))
        return [record["unique_id"] for record in map(json.loads, lines) if "unique_id" in record]

    def run(
        self,
        profiles: Path,
        command: str,
        select: Sequence[str],
        *,
        clock: datetime,
        full_refresh: bool = False,
        kill_after: float | None = None,
    ) -> RunResult:
        target = profiles / "target"  # of its own: runs go on side by side
        arguments = [command, *_selection(select, ()), f"--target-path={target}"]
        if full_refresh:
            arguments.append("--full-refresh")
        results = target / "run_results.json"
        results.unlink(missing_ok=True)
        parsed = self._project.folder / "target" / "partial_parse.msgpack"
        if parsed.exists() and not target.exists():
            target.mkdir()
            shutil.copyfile(parsed, target / parsed.name)
        self._on_progress(f"dbt {command}")
        started = time.perf_counter()
        self._invoke(arguments, profiles, clock, results=results, kill_after=kill_after)
        seconds = time.perf_counter() - started
        if kill_after is not None and not results.exists():
            return RunResult({}, seconds, killed=True)
        content = json.loads(results.read_text(encoding="utf-8"))
        return RunResult(
            {
                node["unique_id"]: NodeResult(
                    node["unique_id"],
                    node["status"],
                    node.get("message") or "",
                    node["execution_time"],
                    node.get("compiled_code") or "",
                )
                for node in content["results"]
            },
            seconds,
        )

    def _invoke(
        self,
        arguments: list[str],
        profiles: Path,
        clock: datetime | None,
        *,
        results: Path | None = None,
        kill_after: float | None = None,
    ) -> str:
        command, *rest = arguments
        with self._starting:
            if self._stopped:
                raise _refused(command)
            child = subprocess.Popen(  # noqa: S603  (the user named the executable; no shell)
                [self._executable, *_arguments(self._project, profiles, command), *rest],
                cwd=self._project.directory,
                env=self._environment(clock),
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                start_new_session=True,  # so that what it starts ends with it
            )
            self._children.add(child)
        timer = _timer(kill_after, lambda: _end(child))
        try:
            out, err = child.communicate()
        finally:
            timer.cancel()
            with self._starting:
                _end(child)
                self._children.discard(child)
        failed = child.returncode != 0 if results is None else not results.exists()
        killed = kill_after is not None and child.returncode == -signal.SIGKILL
        if failed and not killed:
            raise _failed(command, (out + err).strip())
        return out

    def show(self, profiles: Path, models: Sequence[Manifest]) -> list[NodeResult]:
        nodes = []
        for model in models:
            # dbt prints the rows of one model only, whatever is selected.
            output = self._invoke([*_SHOW, *_selection([_fqn(model)], ())], profiles, None)
            start = output.find("{")
            if start < 0:
                raise _failed("show", output.strip() or "It printed nothing.")
            rows = tuple(json.JSONDecoder().raw_decode(output[start:])[0]["show"])
            nodes.append(NodeResult(model["unique_id"], "success", "", 0.0, "", rows))
        return nodes

    def stop(self) -> None:
        with self._starting:
            self._stopped = True
            for child in self._children:
                _end(child)

    def _environment(self, clock: datetime | None) -> dict[str, str]:
        environment = {**os.environ, "DBT_WRITE_JSON": "true"}
        if clock is not None:
            _prepare(environment)
            environment[clock_patch.VARIABLE] = clock.isoformat()
            paths = [str(self._site), environment.get("PYTHONPATH", "")]
            environment["PYTHONPATH"] = os.pathsep.join(path for path in paths if path)
        return environment


def _timer(after: float | None, kill: Callable[[], None]) -> threading.Timer:
    """Kill a process after some seconds; None never does. The caller cancels the timer."""
    timer = threading.Timer(after or 0.0, kill)
    timer.daemon = True
    if after is not None:
        timer.start()
    return timer


def _refused(command: str) -> DbtError:
    return _failed(command, "It wasn't started, because the verification is being stopped.")


def _end(child: subprocess.Popen[str]) -> None:
    """Kill a process and everything it started, unless it has ended."""
    if child.poll() is None:
        if hasattr(os, "killpg"):
            os.killpg(child.pid, signal.SIGKILL)
        else:
            child.kill()
