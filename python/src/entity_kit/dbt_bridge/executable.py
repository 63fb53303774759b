"""Runs any `dbt` executable, v1 or v2, once for each command."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import threading
import time
from typing import TYPE_CHECKING, Any

from entity_kit.dbt_bridge import unfit, v2
from entity_kit.dbt_bridge.invocation import (
    LIST,
    SHOW,
    NodeResult,
    RunResult,
    arguments_of,
    failure_of,
    prepare,
    refused,
    selection,
    timer_for,
)
from entity_kit.dbt_bridge.nodes import selector
from entity_kit.dbt_bridge.own_batches import measure
from entity_kit.dbt_bridge.patches import clock as clock_patch
from entity_kit.errors import DbtError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from entity_kit.dbt_bridge.invocation import Manifest, Project
    from entity_kit.dbt_bridge.microbatch import Command, OwnBatches


# The lowest level that both versions know: below it v1 has "none", and v2 has "off".
_SILENT = "--log-level-file=error"
_TOLD = (
    "Microbatch models built the batches that dbt v1 would build at each step's time. Which batches "
    "dbt v2 chooses by itself wasn't tested: its clock can't be set."
)
_MEASURED = (
    "Microbatch models built the batches that dbt v2 chooses by itself, as a small project showed at "
    "the machine's time: its clock can't be set."
)
_IDLE = "There was no batch to build"
_SKIPPED = "Skipped because a model that it reads failed"


class CommandRunner:
    """Any `dbt` executable, v1 or v2. Each run pays its startup time."""

    forgets_files = False

    def __init__(
        self, project: Project, executable: str, on_progress: Callable[[str], None]
    ) -> None:
        self._project = project
        self.executable = executable
        self._on_progress = on_progress
        self._children: set[subprocess.Popen[str]] = set()
        self._starting = threading.Lock()
        self._stopped = False
        self._v2: v2.Dialect | None = None
        self._is_v1 = False  # known once it has parsed
        self.own_batches: OwnBatches | None = None
        self.notes: dict[str, None] = {}
        site = project.folder / "site"
        site.mkdir(parents=True, exist_ok=True)
        # A dbt in Python reads this at startup and stops its clock; others ignore it.
        shutil.copyfile(clock_patch.__file__, site / "sitecustomize.py")
        self._site = site

    @property
    def portable_files(self) -> bool:
        return self._v2 is not None

    def parse(self, profiles: Path) -> Manifest:
        try:
            self._invoke(["parse"], profiles, None)
        except DbtError as error:
            if unfit.is_dbt(self.executable):
                raise
            why = "its `parse` failed, and its `--version` names no dbt"
            raise unfit.no_dbt(self.executable, why) from error
        manifest = unfit.manifest_of(self.executable, self._project)
        unfit.require_adapter(self.executable, manifest, self._project.target, profiles)
        self._is_v1 = not v2.is_v2(manifest)
        # It says here which version it is: `dbt --version` also asks the network for newer ones.
        self._v2 = v2.Dialect(manifest) if v2.is_v2(manifest) else None
        return manifest

    def select(self, profiles: Path, select: Sequence[str], exclude: Sequence[str]) -> list[str]:
        output = self._invoke([*LIST, *selection(select, exclude)], profiles, None)[0]
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
        options: Sequence[str] = (),
        stored: Collection[str] = (),  # noqa: ARG002  (it runs the project as it is)
    ) -> RunResult:
        self._on_progress(f"dbt {command}")
        options = [*options, *(["--full-refresh"] if full_refresh else [])]
        started = time.perf_counter()
        nodes: dict[str, NodeResult] | None
        if self._v2 is None:
            arguments = [command, *selection(select, ()), *options]
            ran = self._run(profiles, arguments, clock, kill_after)
            nodes = None if ran is None else _results(ran[0])
        else:
            batches, idle = self._v2.commands(select, clock, profiles, full_refresh=full_refresh)
            nodes = self._run_v2(profiles, batches, [command, *options], clock, kill_after)
            if nodes is not None:
                nodes |= {u: NodeResult(u, "success", _IDLE, 0.0, "") for u in idle}
        return RunResult(nodes or {}, time.perf_counter() - started, killed=nodes is None)

    def _run_v2(
        self,
        profiles: Path,
        batches: Sequence[Command],
        arguments: list[str],
        clock: datetime,
        kill_after: float | None,
    ) -> dict[str, NodeResult] | None:
        assert self._v2 is not None  # noqa: S101
        until = None if kill_after is None else time.perf_counter() + kill_after
        nodes: dict[str, NodeResult] = {}
        told = any(each.startswith("--event-time-") for each in arguments)
        for each in batches:
            for unique_id in self._v2.below(each, [u for u, node in nodes.items() if not node.ok]):
                nodes[unique_id] = NodeResult(unique_id, "skipped", _SKIPPED, 0.0, "")
                each.models.remove(unique_id)
            left = None if until is None else until - time.perf_counter()
            if left is not None and left <= 0:
                return None
            if each.window is not None:
                self.notes.setdefault(_TOLD if self.own_batches is None else _MEASURED)
            if each.models:
                chosen = [*selection(self._v2.selectors(each), ()), *([] if told else each.options)]
                ran = self._run(profiles, [*arguments, *chosen], clock, left)
                if ran is None:
                    return None
                nodes |= self._v2.results(*ran, each, profiles / "target")
        return nodes

    def _run(
        self, profiles: Path, arguments: list[str], clock: datetime, kill_after: float | None
    ) -> tuple[Mapping[str, Any], str] | None:
        """Return dbt's results and what it printed; None where it was killed."""
        target = profiles / "target"  # of its own: runs go on side by side
        results = target / "run_results.json"
        results.unlink(missing_ok=True)
        parsed = self._project.folder / "target" / "partial_parse.msgpack"
        if parsed.exists() and not target.exists():
            target.mkdir()
            shutil.copyfile(parsed, target / parsed.name)
        said = self._invoke(arguments, profiles, clock, results=results, kill_after=kill_after)
        if kill_after is not None and not results.exists():
            return None
        return json.loads(results.read_text(encoding="utf-8")), "".join(said)

    def _invoke(
        self,
        arguments: list[str],
        profiles: Path,
        clock: datetime | None,
        *,
        results: Path | None = None,
        kill_after: float | None = None,
    ) -> tuple[str, str]:
        """Run one command, and return what it prints to stdout and stderr."""
        command, *rest = arguments
        target = None if results is None else results.parent
        with self._starting:
            if self._stopped:
                raise refused(command)
            child = self._start(
                [*arguments_of(self._project, profiles, command, target), *rest], clock
            )
            self._children.add(child)
        timer = timer_for(kill_after, lambda: _end(child))
        try:
            out, err = child.communicate()
        finally:
            timer.cancel()
            with self._starting:
                _end(child)
                self._children.discard(child)
        unfit.refuse_unfit(self.executable, out + err, is_v1=self._is_v1)
        failed = child.returncode != 0 if results is None else not results.exists()
        killed = kill_after is not None and child.returncode == -signal.SIGKILL
        if failed and not killed:
            raise failure_of(command, v2.plain(out + err))
        return out, err

    def _start(self, arguments: Sequence[str], clock: datetime | None) -> subprocess.Popen[str]:
        try:
            return subprocess.Popen(  # noqa: S603  (the user named the executable; no shell)
                [self.executable, _SILENT, *arguments],
                cwd=self._project.directory,
                env=self._environment(clock),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                errors="replace",
                start_new_session=True,  # so that what it starts ends with it
            )
        except OSError as error:
            raise unfit.no_dbt(self.executable, f"it can't be run ({error})") from error

    def show(self, profiles: Path, models: Sequence[Manifest]) -> list[NodeResult]:
        nodes = []
        for model in models:
            # dbt prints the rows of one model only, whatever is selected.
            rows = self._shown(profiles, selection([selector(model)], ()))
            nodes.append(NodeResult(model["unique_id"], "success", "", 0.0, "", rows))
        return nodes

    def query(self, profiles: Path, text: str) -> tuple[dict[str, Any], ...]:
        return self._shown(profiles, [f"--inline={text}"])

    def _shown(self, profiles: Path, arguments: Sequence[str]) -> tuple[dict[str, Any], ...]:
        output = self._invoke([*SHOW, *arguments], profiles, None)[0]
        start = output.find("{" if self._v2 is None else "[")
        if start < 0:
            raise failure_of("show", output.strip() or "It printed nothing.")
        found = json.JSONDecoder().raw_decode(output[start:])[0]
        return tuple(found["show"] if self._v2 is None else found)

    def choose_batches(self, unique_ids: Collection[str]) -> None:
        if self._v2 is not None:
            configs = self._v2.microbatch_configs(unique_ids)
            self._v2.batches = measure(self.executable, self._project.folder / "probe", configs)
            self.own_batches = self._v2.batches

    def stop(self) -> None:
        with self._starting:
            self._stopped = True
            for child in self._children:
                _end(child)

    def _environment(self, clock: datetime | None) -> dict[str, str]:
        environment = {**os.environ, "DBT_WRITE_JSON": "true", "DBT_USE_COLORS": "false"}
        if clock is not None:
            prepare(environment)
            environment[clock_patch.VARIABLE] = clock.isoformat()
            environment[v2.CLOCK] = clock.isoformat()
            paths = [str(self._site), environment.get("PYTHONPATH", "")]
            environment["PYTHONPATH"] = os.pathsep.join(path for path in paths if path)
        return environment


def _results(content: Mapping[str, Any]) -> dict[str, NodeResult]:
    """Read run_results.json of dbt v1."""
    return {
        node["unique_id"]: NodeResult(
            node["unique_id"],
            node["status"],
            node.get("message") or "",
            node["execution_time"],
            node.get("compiled_code") or "",
        )
        for node in content["results"]
    }


def _end(child: subprocess.Popen[str]) -> None:
    """Kill a process and everything it started, unless it has ended."""
    if child.poll() is None:
        if hasattr(os, "killpg"):
            os.killpg(child.pid, signal.SIGKILL)
        else:
            child.kill()
