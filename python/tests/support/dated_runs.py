"""Runs of a macro project at a simulated date, for tests of dates and of run records."""

from __future__ import annotations

import contextlib
import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from entity_kit.dbt_bridge.patches import clock as clock_patch
from support.dbt_in_process import let_go, without_json
from support.macro_project import Project

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@dataclass(frozen=True)
class Outcome:
    """What one dbt run said: the statuses by node name, and its messages."""

    success: bool
    statuses: dict[str, str]
    warnings: list[str]
    errors: list[str]


def run_at(project: Project, date: str, *args: str) -> Outcome:
    """Run dbt in process with its clock at noon of a date, and return the result."""
    from dbt.cli.main import dbtRunner

    let_go()
    manifest = project.manifest()
    said: dict[str, list[str]] = {"warn": [], "error": []}

    def listen(event: Any) -> None:
        # A failed model is told of twice, the second time with dbt's summary.
        if event.info.level in said and event.info.name != "RunResultWarning":
            said[event.info.level].append(str(event.info.msg))

    folder = str(project.folder)
    places = {"project-dir": folder, "profiles-dir": folder, "target-path": f"{folder}/target"}
    runner = dbtRunner(manifest=manifest, callbacks=[listen])
    with clock(date):
        result = runner.invoke(
            [
                *("--quiet", "--no-send-anonymous-usage-stats", "--no-use-colors"),
                *("--no-version-check", "--log-level-file", "none"),
                *without_json(args),
                *args,
                *(word for name, place in places.items() for word in (f"--{name}", place)),
                *("--log-path", f"{folder}/logs"),
            ],
        )
    return Outcome(
        result.success,
        {
            each.node.name: str(each.status)
            for each in result.result.results
            if each.node.resource_type != "operation"
        }
        if hasattr(result.result, "results")
        else {},
        said["warn"],
        said["error"] + ([str(result.exception)] if result.exception else []),
    )


@contextlib.contextmanager
def clock(date: str) -> Iterator[None]:
    """Stop dbt's clock at noon of a date."""
    _install_once()
    clock_patch.set_clock(dt.datetime.fromisoformat(f"{date}T12:00:00+00:00"))
    try:
        yield
    finally:
        clock_patch.set_clock(None)


_installed: list[bool] = []


def _install_once() -> None:
    if not _installed:
        clock_patch.install()
        _installed.append(True)


@pytest.fixture(scope="module")
def at() -> Callable[..., Outcome]:
    """Return `run_at`."""
    return run_at


@pytest.fixture(scope="module")
def adopt() -> Callable[[Path, Path], Project]:
    """Return a `Project` for a folder that already has one, with its warehouse."""

    def made(folder: Path, database: Path) -> Project:
        project = Project(folder, "duckdb")
        project.database = database
        return project

    return made
