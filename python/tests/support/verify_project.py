"""A small dbt project with a DuckDB warehouse, and `entity-kit verify` on it.

The fixture `make_project({"fct.sql": "..."}, ...)` writes a project to a temporary folder and gives
a `Project`. Without further arguments it has the source `shop.orders`: twelve orders of three days,
which arrived an hour after they happened (`ORDERS`), declared as `SOURCES` says.

- `project.verify(...)` calls the Python API; `project.verdicts(...)` gives only the verdicts.
- `project.command("--select", "fct")` runs the command in this process, and gives its exit code,
  stdout and stderr; `project.process(...)` starts it as a process of its own.
- `project.refused(...)` is the whole message of the error that `verify` must raise.

Each of them also holds that the warehouse files are as they were, byte for byte and by their time,
that the project's, the home and the working folder have no new files, and that no scratch folder is
left.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click.testing
import duckdb
import pytest
import yaml

from entity_kit import EntityKitError, VerifyResult, verify
from entity_kit.cli import commands as cli

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ORDERS = """
create schema shop;
create table shop.orders as
select
    i as order_id,
    'customer ' || i % 3 as customer,
    cast(i * 1.5 as decimal(10, 2)) as amount,
    timestamp '2024-01-01 05:00:00' + i * interval 6 hours as ordered_at,
    timestamp '2024-01-01 06:00:00' + i * interval 6 hours as loaded_at
from range(12) as t(i);
"""

SOURCES = """
sources:
  - name: shop
    tables:
      - name: orders
        config: {loaded_at_field: loaded_at, event_time: ordered_at}
"""

FCT = """
{{ config(materialized='incremental', unique_key='order_id') }}
select * from {{ source('shop', 'orders') }}
{% if is_incremental() %}
where loaded_at > (select max(loaded_at) from {{ this }})
{% endif %}
"""


@dataclass(frozen=True)
class Finished:
    """A command that ended."""

    exit_code: int
    stdout: str
    stderr: str


class Project:
    """A dbt project in a temporary folder; see the module's text."""

    def __init__(self, folder: Path, warehouse: Path, scratch: Path) -> None:
        self.folder = folder
        self.warehouse = warehouse
        self.scratch = scratch
        self.profile = folder
        self.files = [warehouse]

    def write(self, files: Mapping[str, str | bytes]) -> None:
        for name, text in files.items():
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text.encode() if isinstance(text, str) else text)

    def execute(self, sql: str) -> None:
        self.warehouse.parent.mkdir(parents=True, exist_ok=True)
        with duckdb.connect(str(self.warehouse)) as connection:
            connection.execute("set TimeZone = 'UTC'")
            connection.execute(sql)

    def verify(self, **options: Any) -> VerifyResult:
        """Verify through the Python API: the schedule `arrival` in three steps."""
        options = {"steps": 3, "schedules": ["arrival"], "jobs": 1, **options}
        with self.untouched():
            return verify(options.pop("project_dir", self.folder), **options)

    def verdicts(self, **options: Any) -> dict[str, str]:
        """Return each model's verdict, with dbt's words where it failed."""
        return {
            model.name: next(
                (f"failed: {s.failure.message}" for s in model.schedules if s.failure),
                model.verdict.value,
            )
            for model in self.verify(**options).models
        }

    def refused(self, **options: Any) -> str:
        """Verify something that must be refused, and return the complete message."""
        with pytest.raises(EntityKitError) as caught:
            self.verify(**options)
        return str(caught.value).replace(str(self.folder), "PROJECT")

    def command(self, *arguments: str) -> Finished:
        """Run `entity-kit verify` in this process."""
        with self.untouched():
            return run(self.arguments(*arguments))

    def arguments(self, *arguments: str) -> list[str]:
        """Return the command line of a verification."""
        given = ["verify", "--project-dir", str(self.folder), "--jobs", "1"]
        if "--steps" not in arguments:
            given += ["--steps", "3"]
        if "--schedules" not in arguments:
            given += ["--schedules", "arrival"]
        if "--cache" not in arguments:
            given.append("--no-cache")  # each run is to run, and to leave the folder as it was
        return [*given, *arguments]

    def process(self, *arguments: str, **options: Any) -> subprocess.Popen[str]:
        """Start `entity-kit verify` as a separate process."""
        return subprocess.Popen(
            [sys.executable, "-m", "entity_kit", *self.arguments(*arguments)],
            env={**os.environ, "TMPDIR": str(self.scratch), **options.pop("env", {})},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            **options,
        )

    @contextmanager
    def untouched(self) -> Iterator[None]:
        """Check that what runs here changes nothing of the user's and leaves nothing behind."""
        before = self._state()
        here = Path.cwd()
        try:
            yield
        finally:
            assert self._state() == before
            assert list(self.scratch.iterdir()) == []
            assert Path.cwd() == here

    def _state(self) -> dict[str, Any]:
        around = [self.folder, *(self.scratch.parent / name for name in ("home", "elsewhere"))]
        paths = {path for folder in around for path in folder.rglob("*")}
        paths |= {path for file in self.files for path in file.parent.glob(f"{file.name}*")}
        return {
            str(path): (
                path.stat().st_mtime_ns,
                hashlib.sha256(path.read_bytes()).hexdigest(),
            )
            for path in paths
            if path.is_file()
        }


def run(arguments: list[str]) -> Finished:
    """Run `entity-kit` in this process, as `main` does, and return its output."""
    runner = click.testing.CliRunner()
    with runner.isolation() as (out, err, _):
        code = 0
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(sys, "argv", ["entity-kit", *arguments])
            try:
                cli.main()
            except SystemExit as ended:
                code = int(ended.code or 0)
        return Finished(code, out.getvalue().decode(), err.getvalue().decode())


def write_project(
    tmp_path: Path,
    scratch: Path,
    models: Mapping[str, str] | None = None,
    *,
    data: str = ORDERS,
    sources: str = SOURCES,
    files: Mapping[str, str] | None = None,
    project: Mapping[str, Any] | None = None,
    output: Mapping[str, Any] | None = None,
    folder: str = "project",
    warehouse: str = "warehouse.duckdb",
) -> Project:
    """Write a project of `models` (name to text), and its warehouse by the SQL in `data`."""
    made = Project(tmp_path / folder, tmp_path / warehouse, scratch)
    settings = {
        "name": "consumer",
        "version": "1.0",
        "config-version": 2,
        "profile": "consumer",
        "flags": {"send_anonymous_usage_stats": False},
        **(project or {}),
    }
    target = {"type": "duckdb", "path": str(made.warehouse), "threads": 1, **(output or {})}
    profile = {"consumer": {"target": "dev", "outputs": {"dev": target}}}
    texts = {"fct.sql": FCT} if models is None else models
    made.write(
        {
            "dbt_project.yml": yaml.safe_dump(settings),
            "profiles.yml": yaml.safe_dump(profile, allow_unicode=True),
            **({"models/sources.yml": sources} if sources else {}),
            **{f"models/{name}": text for name, text in texts.items()},
            **(files or {}),
        }
    )
    if data:
        made.execute(data)
    return made
