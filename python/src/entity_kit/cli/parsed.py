"""What the commands about a project read of it: its manifest, its variables, its run history."""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from entity_kit import warehouse
from entity_kit.cli.options import read_variables
from entity_kit.dbt_bridge.packages import install_packages
from entity_kit.dbt_bridge.profiles import Target, load_target, read_project_file, write_profile
from entity_kit.dbt_bridge.project import Manifest, Project, make_runner
from entity_kit.dbt_bridge.revision import export
from entity_kit.errors import DbtError, EntityKitError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

HISTORY = "model.entity_kit.run_history"
METRIC_LOG = "model.entity_kit.metric_versions"


def parse_project(
    project_dir: Path,
    profiles_dir: Path | None,
    target: str | None,
    variables: str,
    dbt: str | None,
) -> tuple[Manifest, Target]:
    """Return the project's manifest, and its target."""
    manifest, chosen, _ = parse_selected(project_dir, profiles_dir, target, variables, dbt, (), ())
    return manifest, chosen


def parse_selected(
    project_dir: Path,
    profiles_dir: Path | None,
    target: str | None,
    variables: str,
    dbt: str | None,
    select: Sequence[str],
    exclude: Sequence[str],
) -> tuple[Manifest, Target, frozenset[str] | None]:
    """Return the project's manifest, its target, and the selected nodes, or None for all of them."""
    given = read_variables(variables)
    chosen = load_target(project_dir, profiles_dir=profiles_dir, target=target, variables=given)
    with _profiles(chosen) as folder:
        project = Project(project_dir.resolve(), folder, chosen.profile, chosen.name, given)
        manifest, nodes = _parsed(project, dbt, select, exclude)
    return manifest, chosen, nodes


def parse_revision(
    project_dir: Path,
    profiles_dir: Path | None,
    target: str | None,
    variables: str,
    dbt: str | None,
    revision: str,
    option: str,
) -> Manifest:
    """Return the manifest of the project as of a git revision, which `option` of ours names."""
    given = read_variables(variables)
    chosen = load_target(project_dir, profiles_dir=profiles_dir, target=target, variables=given)
    with _profiles(chosen) as folder:
        exported = export(project_dir.resolve(), revision, folder / "revision", option=option)
        directory = exported.project_dir
        project = Project(directory, folder, chosen.profile, chosen.name, given)
        if exported.lacks_packages:
            fix = "Make the packages of that revision available to `dbt deps`."
            install_packages(project, folder, revision, executable=dbt, fix=fix)
        try:
            return _parsed(project, dbt, (), ())[0]
        except DbtError as error:
            raise DbtError(
                f"The project at {revision} can't be parsed.\n{error.message}",
                fix=f"Name a revision that this dbt can parse: {option} REVISION.",
            ) from error


@contextmanager
def _profiles(chosen: Target) -> Iterator[Path]:
    """Write the chosen target into a profile of its own, in a folder that goes afterwards."""
    with tempfile.TemporaryDirectory(prefix="entity-kit-") as name:
        write_profile(chosen, Path(name))
        yield Path(name)


def _parsed(
    project: Project, dbt: str | None, select: Sequence[str], exclude: Sequence[str]
) -> tuple[Manifest, frozenset[str] | None]:
    runner = make_runner(project, executable=dbt)
    try:
        manifest = runner.parse(project.folder)
        chosen = runner.select(project.folder, select, exclude) if select or exclude else None
    finally:
        runner.stop()
    return manifest, None if chosen is None else frozenset(chosen)


def project_variables(project_dir: Path, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the variables as dbt resolves them: global, the project's own block, the options."""
    project = read_project_file(project_dir)
    declared = project.get("vars") or {}
    found: dict[str, Any] = {}
    for block in (declared, declared.get(project.get("name")), declared.get("entity_kit"), given):
        if isinstance(block, dict):
            found.update(block)
    return found


def run_history(
    project_dir: Path, manifest: Manifest, target: Target, query: str
) -> list[tuple[Any, ...]]:
    """Query the project's `run_history`, which the query calls `history`."""
    node = manifest["nodes"].get(HISTORY)
    if node is None:
        raise EntityKitError(
            "The project has no run history.",
            fix="Set the variable entity_kit_run_history to true, and run the project.",
        )
    return query_model(
        project_dir,
        node,
        target,
        f"with history as (select * from {{relation}}) {query}",
        "read run_history; build it with: dbt run --select run_history",
    )


def owed_by_log(
    project_dir: Path, manifest: Manifest, target: Target
) -> tuple[dict[str, int], str]:
    """Return the last version of metrics whose latest logged change came without a new one.

    By unique id; and why the log of a project that has one can't be read, or ''.
    """
    node = manifest["nodes"].get(METRIC_LOG)
    if node is None:
        return {}, ""
    query = (
        "select unique_id, old_version from (select *, row_number() over "
        "(partition by unique_id order by logged_at desc, log_id desc) as recency from {relation}) "
        "where recency = 1 and owes_version"
    )
    try:
        return dict(query_model(project_dir, node, target, query, "read metric_versions")), ""
    except EntityKitError as error:
        return {}, " ".join(str(error).split())


def query_model(
    project_dir: Path, node: Mapping[str, Any], target: Target, query: str, action: str
) -> list[tuple[Any, ...]]:
    """Return the rows of a query over a model of the project, which it calls `{relation}`.

    `action` says what for, in an error.
    """
    file = warehouse_file(project_dir, target)
    if file is None:
        raise EntityKitError(
            f"Target {target.name} isn't a DuckDB file; only DuckDB files can be read.",
            fix=f"Query {node['name']} there, or name another target with --target.",
        )
    with warehouse.connect(file, read_only=True) as connection:
        relation = f"{warehouse.quote(node['schema'])}.{warehouse.quote(node['alias'])}"
        with warehouse.answered(action):
            return warehouse.rows(connection, query.replace("{relation}", relation))


def warehouse_file(project_dir: Path, target: Target) -> Path | None:
    """Return the target's DuckDB file; None if it is another engine, in memory, or elsewhere."""
    path = str(target.output.get("path") or ":memory:")
    if target.output.get("type") != "duckdb" or ":" in path:
        return None
    # dbt runs in the project's folder, so that is what a relative path is relative to.
    return project_dir / Path(path).expanduser()
