"""The dbt project of the macros' tests, and runs of it at a simulated date."""

from __future__ import annotations

import contextlib
import datetime as dt
import importlib.util
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from entity_kit.dbt_bridge.patches import clock as clock_patch

_path = Path(__file__).resolve().parents[1] / "package" / "conftest.py"
_spec = importlib.util.spec_from_file_location("package_conftest", _path)
assert _spec is not None
assert _spec.loader is not None
_shared = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_shared)

RunError = _shared.RunError
refusal = _shared.refusal
engine = _shared.engine
duckdb_only = _shared.duckdb_only
make_project = _shared.make_project
empty_project = _shared.empty_project
render = _shared.render
refused = _shared.refused
warehouse = _shared.warehouse


@dataclass(frozen=True)
class Outcome:
    """What one dbt run said: the statuses by node name, and its messages."""

    success: bool
    statuses: dict[str, str]
    warnings: list[str]
    errors: list[str]


def run_at(project: Any, date: str, *args: str) -> Outcome:
    """Run dbt in process with its clock at noon of a date, and give what became of it."""
    from dbt.cli.main import dbtRunner

    _shared._let_go()
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
def clock(date: str) -> Any:
    """Let dbt's clock stand at noon of a date."""
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
def at() -> Any:
    """Give `run_at`."""
    return run_at


@pytest.fixture(scope="module")
def adopt() -> Any:
    """Give a folder that holds a project already as one, with its warehouse."""

    def made(folder: Path, database: Path) -> Any:
        project = _shared.Project(folder, "duckdb")
        project.database = database
        return project

    return made
