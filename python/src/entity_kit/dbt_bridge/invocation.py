"""What every way to run dbt shares: the project, the results, the arguments of a command."""

from __future__ import annotations

import json
import math
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

import yaml

from entity_kit.dbt_bridge.nodes import add_sources_of_incremental_runs
from entity_kit.errors import DbtError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, MutableMapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from entity_kit.dbt_bridge.dialect import Dialect, Unsupported
    from entity_kit.dbt_bridge.microbatch import OwnBatches

Manifest = dict[str, Any]
LIST = ("list", "--resource-type=model", "--output=json", "--output-keys=unique_id")
SHOW = ("show", "--output=json", "--limit=-1", "--indirect-selection=empty")  # no tests
_QUIET = ("--quiet", "--no-send-anonymous-usage-stats", "--no-version-check")
# If set in the user's shell, these would change our runs.
_UNWANTED = (
    *("FULL_REFRESH", "EMPTY", "SAMPLE", "TARGET_PATH", "EVENT_TIME_START", "EVENT_TIME_END"),
    *("DEFER", "DEFER_TO_STATE", "FAVOR_STATE", "FAVOR_STATE_MODE", "STATE", "DEFER_STATE"),
    *("RESOURCE_TYPES", "EXCLUDE_RESOURCE_TYPES", "WRITE_JSON", "FAIL_FAST"),
    # v2 alone has these.
    *("DIRTY", "MANAGE_STATE", "USE_INDEX", "WRITE_METADATA", "RUN_STARTED_AT"),
)


@dataclass(frozen=True, slots=True)
class Project:
    """Where a project is and how to run it; `folder` is our scratch folder.

    `dialect` is what its SQL is written in, if not in DuckDB's.
    """

    directory: Path
    folder: Path
    profile: str
    target: str
    variables: dict[str, Any] = field(default_factory=dict)
    dialect: Dialect | None = None


@dataclass(frozen=True, slots=True)
class NodeResult:
    """The result of one node in one run.

    `status` is dbt's word, `seconds` the node's own time, `sql` what it compiled to, `rows` what
    `show` answered, `unsupported` why its SQL couldn't be translated.
    """

    unique_id: str
    status: str
    message: str
    seconds: float
    sql: str
    rows: tuple[dict[str, Any], ...] = ()
    unsupported: Unsupported | None = None

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
    `portable_files`: it can't read the newest format of DuckDB's files, once it has parsed.
    `notes` are sentences, in order, about what was left out of runs.
    `own_batches` says what `choose_batches` found out, if it had to.
    """

    forgets_files: bool
    notes: dict[str, None]
    own_batches: OwnBatches | None

    @property
    def executable(self) -> str | None:
        """The path of the `dbt` that it runs; None in process."""
        ...

    @property
    def portable_files(self) -> bool: ...

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
        options: Sequence[str] = (),
        stored: Collection[str] = (),
    ) -> RunResult:
        """Run `command` ("run", "seed") at the simulated time `clock` (aware, UTC).

        `options` are more of dbt's own, such as `--event-time-start=2024-01-01`. Views in `stored`,
        by unique id, may be built as tables.
        After `kill_after` seconds its process is killed, if it is still running. May be called from several threads at once, for different warehouses.
        """
        ...

    def show(self, profiles: Path, models: Sequence[Manifest]) -> list[NodeResult]:
        """Query these nodes as they compile now, without building anything.

        All values are as JSON has them.
        """
        ...

    def query(self, profiles: Path, text: str) -> tuple[dict[str, Any], ...]:
        """Return the rows of a query in SQL and Jinja. All values are as JSON has them."""
        ...

    def choose_batches(self, unique_ids: Collection[str]) -> None:
        """Let microbatch models among these build what this dbt chooses by itself.

        A dbt whose clock can be set does so anyway.
        """
        ...

    def stop(self) -> None:
        """End the current runs and everything that waits for more. No other run starts."""
        ...


def prepare(environment: MutableMapping[str, str]) -> None:
    """Set an environment up for our own runs, whatever the user's shell and project set."""
    for name in _UNWANTED:
        environment.pop(f"DBT_{name}", None)
        environment.pop(f"DBT_ENGINE_{name}", None)
    environment["DBT_FAIL_FAST"] = "false"  # one model's failure is no verdict on the others
    environment["DBT_WRITE_JSON"] = "true"
    environment["PYTHONDONTWRITEBYTECODE"] = (
        "1"  # beside copies of Python models in a folder for all
    )


def arguments_of(
    project: Project, profiles: Path, command: str, target: Path | None = None
) -> list[str]:
    """Return the arguments of a command; `target` is where it writes, if not the project's own."""
    arguments = [
        *_QUIET,
        f"--log-path={project.folder / 'logs'}",
        command,
        f"--project-dir={project.directory}",
        f"--profiles-dir={profiles}",
        f"--profile={project.profile}",
        f"--target={project.target}",
        f"--target-path={target or project.folder / 'target'}",
    ]
    if project.variables:
        # As YAML, which keeps dates as dates.
        variables = yaml.safe_dump(project.variables, default_flow_style=True, width=math.inf)
        arguments.append(f"--vars={variables}")
    return arguments


def selection(select: Sequence[str], exclude: Sequence[str]) -> list[str]:
    arguments = []
    if select:
        arguments += ["--select", *select]
    if exclude:
        arguments += ["--exclude", *exclude]
    return arguments


def read_manifest(project: Project) -> Manifest:
    file = project.folder / "target" / "manifest.json"
    manifest: Manifest = json.loads(file.read_text(encoding="utf-8"))
    add_sources_of_incremental_runs(manifest)
    return manifest


def failure_of(command: str, message: str) -> DbtError:
    return DbtError(
        f"dbt {command} failed.\n{message}".rstrip(),
        fix="Run the same dbt command by hand, fix the error above, and run this command again.",
    )


def timer_for(after: float | None, kill: Callable[[], None]) -> threading.Timer:
    """Kill a process after some seconds; None never does. The caller cancels the timer."""
    timer = threading.Timer(after or 0.0, kill)
    timer.daemon = True
    if after is not None:
        timer.start()
    return timer


def refused(command: str) -> DbtError:
    return failure_of(command, "It wasn't started, because the verification is being stopped.")
