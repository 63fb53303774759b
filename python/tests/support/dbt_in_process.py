"""Call dbt in this process, without writing outside of the project's folder."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

import duckdb

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path


def invoke(
    folder: Path,
    *arguments: str,
    profiles: Path | None = None,
    target_path: Path | None = None,
    manifest: Any = None,
    heard: Callable[[Any], None] = lambda _: None,
) -> tuple[Any, list[str]]:
    """Return dbt's result and its error messages; `heard` gets every event.

    manifest.json and run_results.json, half of a small run's work, are written with `--write-json`.
    """
    from dbt import deprecations
    from dbt.cli.main import dbtRunner

    from entity_kit.dbt_bridge.warm import quicken

    # dbt sums them up for its process, and other projects ran in this one.
    deprecations.reset_deprecations()
    # As verify does in this process, too, where one of its tests came first.
    quicken()
    messages: list[str] = []

    def listen(event: Any) -> None:
        heard(event)
        if event.info.level == "error":
            messages.append(str(event.info.msg))

    places = {
        "project-dir": folder,
        "profiles-dir": profiles or folder,
        "log-path": folder / "logs",
    }
    if "deps" not in arguments:
        places["target-path"] = target_path or folder / "target"
    result = dbtRunner(manifest=manifest, callbacks=[listen]).invoke(
        [
            *("--log-level", "none"),
            "--no-use-colors",
            "--no-version-check",
            "--no-send-anonymous-usage-stats",
            *without_json(arguments),
            *arguments,
            *(word for name, place in places.items() for word in (f"--{name}", str(place))),
            *("--log-level-file", "none"),
        ]
    )
    return result, messages


def without_json(arguments: Sequence[str]) -> list[str]:
    """Return the flag that keeps dbt from writing its artifacts, unless they are asked for."""
    return [] if "--write-json" in arguments else ["--no-write-json"]


def let_go() -> None:
    """Make dbt-duckdb close the file that it keeps open between runs."""
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager

    if DuckDBConnectionManager._ENV is not None:  # which dbt-duckdb only leaves to the collector
        DuckDBConnectionManager._ENV.close()
    DuckDBConnectionManager.close_all_connections()


@contextlib.contextmanager
def opened(path: Path) -> Iterator[Any]:
    """Open a DuckDB file that dbt may keep open: then through dbt, as opening one anew takes 13 ms."""
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager

    kept: Any = DuckDBConnectionManager._ENV
    if kept is not None and kept.conn is not None and kept.creds.path == str(path):
        with kept.conn.cursor() as connection:
            yield connection
        return
    let_go()
    with duckdb.connect(str(path)) as connection:
        yield connection
