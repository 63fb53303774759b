"""Runs a dbt project: in process through dbt-core v1, or through any `dbt` executable.

The only importer of dbt. Both runners read the same manifest.json and give the same results.
"""

from __future__ import annotations

import contextlib
import importlib.util
import io
import json
import os
import shutil
import subprocess
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from entity_kit import clock_patch
from entity_kit.errors import DbtError, EntityKitError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import datetime
    from pathlib import Path

Manifest = dict[str, Any]
_QUIET = (
    "--log-level=none",
    "--log-level-file=none",
    "--no-use-colors",
    "--no-send-anonymous-usage-stats",
    "--no-version-check",
)
# Set in the user's shell, these would turn our runs into other runs.
_UNWANTED = ("DBT_FULL_REFRESH", "DBT_FAIL_FAST", "DBT_EMPTY", "DBT_SAMPLE", "DBT_TARGET_PATH")


@dataclass(frozen=True, slots=True)
class Project:
    """Where a project is and how it is run; `folder` is a scratch folder of ours."""

    directory: Path
    folder: Path
    profile: str
    target: str
    variables: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class NodeResult:
    """What became of one node in one run: `status` is dbt's word, `seconds` its own time."""

    unique_id: str
    status: str
    message: str
    seconds: float

    @property
    def ok(self) -> bool:
        return self.status in {"success", "pass", "no-op"}


@dataclass(frozen=True, slots=True)
class RunResult:
    """One dbt invocation; `seconds` is its wall time."""

    nodes: dict[str, NodeResult]
    seconds: float


class Runner(Protocol):
    """The one interface to dbt. `profiles` is a folder with a profiles.yml of ours."""

    def parse(self, profiles: Path) -> Manifest: ...

    def select(self, profiles: Path, select: Sequence[str], exclude: Sequence[str]) -> list[str]:
        """Give the unique ids of the models that dbt's own selection syntax means."""
        ...

    def run(
        self,
        profiles: Path,
        command: str,
        select: Sequence[str],
        *,
        clock: datetime,
        full_refresh: bool = False,
    ) -> RunResult:
        """Run `command` ("run", "seed") at the simulated time `clock` (aware, UTC)."""
        ...


def make_runner(
    project: Project,
    *,
    executable: str | None = None,
    on_progress: Callable[[str], None] = lambda _: None,
) -> Runner:
    """Choose the runner: in process where dbt-core can be imported, else a `dbt` executable."""
    if executable is None and importlib.util.find_spec("dbt.cli") is not None:
        return InProcessRunner(project, on_progress)
    found = shutil.which(executable or "dbt")
    if found is None:
        raise EntityKitError(
            f"No dbt was found: neither dbt-core in this Python nor `{executable or 'dbt'}` on PATH.",
            fix="pip install 'entity-kit[dbt]', or name the executable with --dbt PATH.",
        )
    return CommandRunner(project, found, on_progress)


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
        arguments.append(f"--vars={json.dumps(project.variables)}")
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


class InProcessRunner:
    """dbt-core v1 in this process: one parse for all runs, no start-up to pay for."""

    def __init__(self, project: Project, on_progress: Callable[[str], None]) -> None:
        for variable in _UNWANTED:
            os.environ.pop(variable, None)
        clock_patch.install()
        self._project = project
        self._on_progress = on_progress
        self._manifest: Any = None

    def parse(self, profiles: Path) -> Manifest:
        result, _ = self._invoke(["parse"], profiles, None)
        self._manifest = result.result
        return _read_manifest(self._project)

    def select(self, profiles: Path, select: Sequence[str], exclude: Sequence[str]) -> list[str]:
        arguments = ["list", "--resource-type=model", "--output=json", "--output-keys=unique_id"]
        result, _ = self._invoke([*arguments, *_selection(select, exclude)], profiles, None)
        return [json.loads(line)["unique_id"] for line in result.result or []]

    def run(
        self,
        profiles: Path,
        command: str,
        select: Sequence[str],
        *,
        clock: datetime,
        full_refresh: bool = False,
    ) -> RunResult:
        arguments = [command, *_selection(select, ()), "--no-write-json"]
        if full_refresh:
            arguments.append("--full-refresh")
        result, seconds = self._invoke(arguments, profiles, clock)
        return RunResult(
            {
                node.node.unique_id: NodeResult(
                    node.node.unique_id,
                    str(node.status),
                    str(node.message or ""),
                    node.execution_time,
                )
                for node in result.result.results
            },
            seconds,
        )

    def _invoke(
        self, arguments: list[str], profiles: Path, clock: datetime | None
    ) -> tuple[Any, float]:
        from dbt.cli.main import dbtRunner  # noqa: PLC0415  (a second of imports, once)

        started = time.perf_counter()
        # A run leaves compiled parents in its manifest; dbt's own copy has fresh look-ups.
        manifest = self._manifest.deepcopy() if self._manifest is not None else None
        command, *rest = arguments
        printed = io.StringIO()
        clock_patch.set_clock(clock)
        try:
            with contextlib.redirect_stdout(printed):
                result = dbtRunner(manifest=manifest, callbacks=[self._event]).invoke(
                    [*_arguments(self._project, profiles, command), *rest]
                )
        finally:
            clock_patch.set_clock(None)
            _close_adapter()
        if isinstance(result.exception, KeyboardInterrupt):
            raise result.exception
        if result.exception is not None or result.result is None:
            raise DbtError(
                f"dbt {command} failed.\n{result.exception or printed.getvalue()}".rstrip(),
                fix="Run the same dbt command by hand, mend what it says, and verify again.",
            )
        return result, time.perf_counter() - started

    def _event(self, event: Any) -> None:
        if event.info.name in {"LogStartLine", "LogStartBatch"}:
            self._on_progress(event.data.description)


def _close_adapter() -> None:
    """Let go of the scratch file: dbt-duckdb keeps it open in a module-level environment."""
    with contextlib.suppress(ImportError):
        from dbt.adapters.duckdb.connections import DuckDBConnectionManager  # noqa: PLC0415

        environment = DuckDBConnectionManager._ENV  # noqa: SLF001  (there is no public way)
        if environment is not None:
            environment.close()
        DuckDBConnectionManager.close_all_connections()


class CommandRunner:
    """Any `dbt` executable, v1 or v2: slower by its start-up at each run."""

    def __init__(
        self, project: Project, executable: str, on_progress: Callable[[str], None]
    ) -> None:
        self._project = project
        self._executable = executable
        self._on_progress = on_progress
        site = project.folder / "site"
        site.mkdir(parents=True, exist_ok=True)
        # A dbt that is Python reads this at start-up and lets its clock stand; others ignore it.
        shutil.copyfile(clock_patch.__file__, site / "sitecustomize.py")
        self._site = site

    def parse(self, profiles: Path) -> Manifest:
        self._invoke(["parse"], profiles, None)
        return _read_manifest(self._project)

    def select(self, profiles: Path, select: Sequence[str], exclude: Sequence[str]) -> list[str]:
        arguments = ["list", "--resource-type=model", "--output=json", "--output-keys=unique_id"]
        output = self._invoke([*arguments, *_selection(select, exclude)], profiles, None)
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
    ) -> RunResult:
        arguments = [command, *_selection(select, ())]
        if full_refresh:
            arguments.append("--full-refresh")
        results = self._project.folder / "target" / "run_results.json"
        results.unlink(missing_ok=True)
        self._on_progress(f"dbt {command}")
        started = time.perf_counter()
        self._invoke(arguments, profiles, clock, results=results)
        seconds = time.perf_counter() - started
        content = json.loads(results.read_text(encoding="utf-8"))
        return RunResult(
            {
                node["unique_id"]: NodeResult(
                    node["unique_id"],
                    node["status"],
                    node.get("message") or "",
                    node["execution_time"],
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
    ) -> str:
        command, *rest = arguments
        done = subprocess.run(  # noqa: S603  (the user named the executable; no shell)
            [self._executable, *_arguments(self._project, profiles, command), *rest],
            cwd=self._project.directory,
            env=self._environment(clock),
            capture_output=True,
            text=True,
            check=False,
        )
        failed = done.returncode != 0 if results is None else not results.exists()
        if failed:
            raise DbtError(
                f"dbt {command} failed.\n{(done.stdout + done.stderr).strip()}".rstrip(),
                fix="Run the same dbt command by hand, mend what it says, and verify again.",
            )
        return done.stdout

    def _environment(self, clock: datetime | None) -> dict[str, str]:
        environment = {k: v for k, v in os.environ.items() if k not in _UNWANTED}
        if clock is not None:
            environment[clock_patch.VARIABLE] = clock.isoformat()
            paths = [str(self._site), environment.get("PYTHONPATH", "")]
            environment["PYTHONPATH"] = os.pathsep.join(path for path in paths if path)
        return environment


def ancestors(manifest: Manifest, unique_ids: Iterable[str]) -> set[str]:
    """Give all nodes that the given ones are built from, themselves included."""
    parents = manifest["parent_map"]
    found: set[str] = set()
    waiting = list(unique_ids)
    while waiting:
        unique_id = waiting.pop()
        if unique_id not in found:
            found.add(unique_id)
            waiting.extend(parents.get(unique_id, ()))
    return found
