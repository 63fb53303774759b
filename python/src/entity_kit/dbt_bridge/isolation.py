"""Restore a process after a dbt run, so that the next run isn't affected."""

from __future__ import annotations

import os
import sys
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

_OPEN_FILES = Path("/proc/self/fd")  # of Linux; elsewhere nothing is known of them


class Traces:
    """What a run left that can't be undone. Its process must not be used again."""

    def __init__(self) -> None:
        self.found: list[str] = []

    def look_at(self, result: Any) -> None:
        """Look for nodes with the user's Python code, which can do anything to its process."""
        for each in getattr(result, "results", ()):
            if getattr(each.node, "language", "sql") != "sql":
                self.found.append(f"{each.node.unique_id} is no SQL")


@contextmanager
def as_found(directory: Path) -> Iterator[Traces]:
    """Run something in a project's folder, and then undo what it did to this process."""
    traces = Traces()
    here, environment, path = Path.cwd(), dict(os.environ), list(sys.path)
    modules, threads, files = set(sys.modules), set(threading.enumerate()), _open_files()
    warned = _deprecations()
    try:
        # That is what relative paths in the project are relative to.
        os.chdir(directory)
        yield traces
    finally:
        _close_databases()
        if os.environ != environment:
            os.environ.clear()
            os.environ.update(environment)
        folders = [str(directory), *(folder for folder in sys.path if folder not in path)]
        sys.path[:] = path
        os.chdir(here)
        _put_back(warned)
        traces.found += [
            *(f"module {name}" for name in _imported_from(folders, modules)),
            *(f"thread {each.name}" for each in set(threading.enumerate()) - threads),
            *(f"file {name}" for name in _open_files() - files),
        ]


def _close_databases() -> None:
    """Close what dbt-duckdb keeps open in its module, so that others can open the file."""
    module = sys.modules.get("dbt.adapters.duckdb.connections")
    if module is None:
        return
    manager = module.DuckDBConnectionManager
    if manager._ENV is not None:  # noqa: SLF001  (`close_all_connections` leaves it to the collector)
        manager._ENV.close()  # noqa: SLF001
    manager.close_all_connections()
    manager._LOGGED_MESSAGES.clear()  # noqa: SLF001


def _deprecations() -> dict[Any, Any]:
    """Return what dbt has warned about so far. It warns once per process, or fails if configured to."""
    module = sys.modules.get("dbt.deprecations")
    return dict(getattr(module, "active_deprecations", {}))


def _put_back(warned: dict[Any, Any]) -> None:
    active = getattr(sys.modules.get("dbt.deprecations"), "active_deprecations", None)
    if active is not None:
        active.clear()
        active.update(warned)


def _imported_from(folders: list[str], before: set[str]) -> list[str]:
    """Return the user's modules: those imported since then from these folders."""
    return [
        name
        for name, module in list(sys.modules.items())
        if name not in before
        and any(
            str(getattr(module, "__file__", None) or "").startswith(os.path.join(folder, ""))  # noqa: PTH118
            for folder in folders
        )
    ]


def _open_files() -> set[str]:
    found = set()
    for entry in _OPEN_FILES.glob("*"):
        try:
            target = os.readlink(entry)  # noqa: PTH115  (what it says, not where it leads)
        except OSError:
            continue
        if target.startswith("/") and not target.startswith(("/dev/", "/proc/")):
            found.add(target)
    return found
