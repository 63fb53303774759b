"""Open the old version of a project beside the new one, in the same scratch warehouses."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from entity_kit.arrivals.model import Model
from entity_kit.dbt_bridge.nodes import ancestors, relation_of, selector
from entity_kit.dbt_bridge.packages import install_packages
from entity_kit.dbt_bridge.revision import export
from entity_kit.errors import DbtError
from entity_kit.verify.deploy.changes import Version

if TYPE_CHECKING:
    from collections.abc import Iterator

    from entity_kit.dbt_bridge.project import Manifest, Project, Runner
    from entity_kit.dbt_bridge.revision import Revision
    from entity_kit.verify.session import Session

OPTION = "--deploy-from"


def export_old(session: Session, revision: str) -> Revision:
    """Write the project as of a revision into the scratch folder."""
    folder = session.project.folder / "old"
    return export(session.project.directory, revision, folder, option=OPTION)


@contextmanager
def open_old(session: Session, exported: Revision) -> Iterator[tuple[Version, Runner]]:
    """Parse the project of a revision, and stop its runs in the end."""
    folder, revision = session.project.folder / "old", exported.name
    project = replace(session.project, directory=exported.project_dir, folder=folder)
    if exported.lacks_packages:
        with session.in_dbt(f"installing the packages of {revision}"):
            _install(session, project, revision)
    runner = session.scratch.runner(project, session.options.dbt, session.progress.detail)
    try:
        with session.in_dbt(f"parsing the project at {revision}"):
            manifest = _parse(session, runner, revision)
        yield Version(exported.project_dir, manifest), runner
    finally:
        runner.stop()


def _parse(session: Session, runner: Runner, revision: str) -> Manifest:
    try:
        return runner.parse(session.scratch.create("parse_old").profiles)
    except DbtError as error:
        raise DbtError(
            f"The project at {revision} can't be parsed, so it can't be what is deployed.\n"
            f"{error.message}",
            fix=f"Name a revision that runs with this dbt: {OPTION} REVISION.",
        ) from error


def _install(session: Session, project: Project, revision: str) -> None:
    install_packages(
        project,
        session.scratch.create("parse_old").profiles,
        revision,
        executable=session.options.dbt,
        fix="Make the packages of both versions available to `dbt deps`, or deploy the package "
        "upgrade on its own.",
    )


def bare_model(manifest: Manifest, unique_id: str) -> Model:
    """Return a model of the old version, to run it and to find its table."""
    node = manifest["nodes"][unique_id]
    above = ancestors(manifest, [unique_id])
    return Model(
        unique_id=unique_id,
        name=node["name"],
        relation=relation_of(node),
        key=(),
        select=tuple(
            selector(manifest["nodes"][u]) for u in sorted(above) if u.startswith("model.")
        ),
        ancestors=frozenset(above),
    )
