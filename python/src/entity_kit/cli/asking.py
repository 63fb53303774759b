"""A project opened for questions: dbt answers them, and the warehouse is only read."""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from entity_kit.cli.options import read_variables
from entity_kit.dbt_bridge.profiles import Target, load_target, write_profile
from entity_kit.dbt_bridge.project import Manifest, Project, make_runner
from entity_kit.engines.duckdb import DuckDBScratch
from entity_kit.engines.scratch import Contents

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from entity_kit.dbt_bridge.project import NodeResult, Runner


@dataclass(frozen=True, slots=True)
class Asked:
    """A parsed project; `query` has dbt run a query in SQL and Jinja, and returns its rows."""

    manifest: Manifest
    target: Target
    _runner: Runner
    _profiles: Path

    def query(self, text: str) -> tuple[dict[str, Any], ...]:
        return self._runner.query(self._profiles, text)

    def show(self, nodes: Sequence[Mapping[str, Any]]) -> list[NodeResult]:
        """Query models and data tests as they compile now."""
        return self._runner.show(self._profiles, [dict(node) for node in nodes])


@contextmanager
def open_questions(
    project_dir: Path,
    profiles_dir: Path | None,
    target: str | None,
    variables: str,
    dbt: str | None,
) -> Iterator[Asked]:
    """Parse a project, and open it for questions.

    dbt-duckdb opens every file to write. So there, dbt runs in a scratch file that shows what the
    user's files hold. On other engines it runs with the user's own profile.
    """
    given = read_variables(variables)
    chosen = load_target(project_dir, profiles_dir=profiles_dir, target=target, variables=given)
    with tempfile.TemporaryDirectory(prefix="entity-kit-") as name:
        folder = Path(name)
        project = Project(project_dir.resolve(), folder, chosen.profile, chosen.name, given)
        if chosen.output.get("type") != "duckdb":
            write_profile(chosen, folder)
            runner, profiles = make_runner(project, executable=dbt), folder
            manifest = runner.parse(profiles)
        else:
            scratch = DuckDBScratch(folder, chosen, project.directory, 1)
            runner = scratch.runner(project, dbt)
            manifest = runner.parse(scratch.create("parse").profiles)
            scratch.prepare(Contents())
            profiles = scratch.create("questions").profiles
        try:
            yield Asked(manifest, chosen, runner, profiles)
        finally:
            runner.stop()
