"""Run a dbt project in process through dbt-core v1, or through any `dbt` executable.

All runners read the same manifest.json and return the same results.
"""

from __future__ import annotations

import importlib.util
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from entity_kit.dbt_bridge.executable import CommandRunner
from entity_kit.dbt_bridge.invocation import Manifest, NodeResult, Project, Runner, RunResult
from entity_kit.dbt_bridge.warm import InProcessRunner, WarmRunner
from entity_kit.dbt_bridge.workers import FORK
from entity_kit.errors import EntityKitError

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "Manifest",
    "NodeResult",
    "Project",
    "RunResult",
    "Runner",
    "has_dbt_core",
    "make_runner",
]


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
    if executable is None and FORK is not None and has_dbt_core():
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


def has_dbt_core() -> bool:
    """Return whether dbt can run in this process."""
    return importlib.util.find_spec("dbt") is not None and (
        importlib.util.find_spec("dbt.cli") is not None
    )
