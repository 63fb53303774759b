"""A project opened for a sample: dbt has parsed it, and the warehouse is only read."""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from entity_kit.dbt_bridge.adapter import open_adapter, require_adapter
from entity_kit.dbt_bridge.profiles import load_target, write_profile
from entity_kit.dbt_bridge.project import Project, make_runner
from entity_kit.engines.duckdb import DuckDBScratch
from entity_kit.errors import EntityKitError
from entity_kit.sampling.readers.adapter import AdapterReader
from entity_kit.sampling.readers.duckdb import DuckDBReader
from entity_kit.warehouse import interruptible

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from entity_kit.dbt_bridge.project import Manifest, Runner
    from entity_kit.sampling.options import SampleOptions
    from entity_kit.sampling.readers.reader import Reader


@dataclass(frozen=True, slots=True)
class Opened:
    """A parsed project. `selected` are its selected models, or None if the user selects none."""

    manifest: Manifest
    reader: Reader
    selected: list[str] | None


@contextmanager
def open_project(
    options: SampleOptions, key: str, on_progress: Callable[[str], None]
) -> Iterator[Opened]:
    """Parse a project, and open its warehouse to read. `key` is the secret for masks."""
    variables = dict(options.variables)
    target = load_target(
        options.project_dir,
        profiles_dir=options.profiles_dir,
        target=options.target,
        variables=variables,
    )
    kind = str(target.output.get("type"))
    with tempfile.TemporaryDirectory(prefix="entity-kit-") as name:
        folder = Path(name)
        project = Project(options.project_dir, folder, target.profile, target.name, variables)
        if kind == "duckdb":
            scratch = DuckDBScratch(folder, target, options.project_dir, 1)
            runner = scratch.runner(project, options.dbt, on_progress)
            profiles = scratch.create("parse").profiles
        else:
            _require_in_process(options, kind)
            write_profile(target, folder)
            runner, profiles = make_runner(project, on_progress=on_progress), folder
        try:
            on_progress("parsing the project")
            manifest = runner.parse(profiles)
            selected = _select(runner, profiles, options)
            if kind == "duckdb":
                with scratch.originals() as connection:
                    yield Opened(manifest, DuckDBReader(scratch, connection, key), selected)
            else:
                with open_adapter(kind) as adapter, interruptible(_stopping(adapter.handle)):
                    yield Opened(manifest, AdapterReader(adapter, kind, folder, key), selected)
        finally:
            runner.stop()


def _require_in_process(options: SampleOptions, kind: str) -> None:
    if options.dbt is not None:
        raise EntityKitError(
            f"A {kind} warehouse is read through dbt's adapter in this Python, not through the "
            f"executable {options.dbt}.",
            fix="Omit --dbt.",
        )
    require_adapter(kind)


def _select(runner: Runner, profiles: Path, options: SampleOptions) -> list[str] | None:
    if not options.select and not options.exclude:
        return None
    return runner.select(profiles, options.select, options.exclude)


def _stopping(handle: Any) -> Callable[[], None]:
    cancel = getattr(handle, "cancel", None)
    return cancel if callable(cancel) else lambda: None
