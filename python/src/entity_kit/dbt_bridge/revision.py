"""A dbt project as a git revision has it, written into a scratch folder.

Neither the working tree nor the index is touched.
"""

from __future__ import annotations

import posixpath
from dataclasses import dataclass
from pathlib import Path

from entity_kit.dbt_bridge.git import UNPUSHED, commit_of, git, pushed, root_of
from entity_kit.dbt_bridge.packages import place_packages
from entity_kit.dbt_bridge.profiles import read_project_file
from entity_kit.dbt_bridge.tree import Tree
from entity_kit.errors import EntityKitError

_PROJECT = "dbt_project.yml"


@dataclass(frozen=True, slots=True)
class Revision:
    """A project at a revision: `name` as it was asked for, its commit, and where it was written to.

    `moved_from` is its folder in the repository, if it has another one now; `lacks_packages` says
    that `dbt deps` must run there, because its packages aren't those that are installed now.
    """

    name: str
    commit: str
    project_dir: Path
    moved_from: str | None = None
    lacks_packages: bool = False


def export(project_dir: Path, revision: str, folder: Path, *, option: str) -> Revision:
    """Write the project as of a revision into an empty folder, with its packages in place.

    `unpushed` stands for what the remote has. Raises EntityKitError if git doesn't know the
    revision, or if the project isn't in it.
    """
    root = Path(root_of(project_dir, option=option))
    commit = _commit(project_dir, revision, option)
    here = git(project_dir, "rev-parse", "--show-prefix", option=option).rstrip("\n").rstrip("/")
    tree = Tree(root, commit, folder, option)
    there = _find(tree, project_dir, here, revision)
    written = tree.write(there)
    missing = place_packages(tree, project_dir, there)
    return Revision(revision, commit, written, None if there == here else there or ".", missing)


def _commit(project_dir: Path, revision: str, option: str) -> str:
    if revision != UNPUSHED:
        return commit_of(project_dir, revision, option=option)
    found = pushed(project_dir, option=option)
    if found is None:
        raise EntityKitError(
            f"{option} {UNPUSHED}: git knows no commit that the remote has.",
            fix="Name the revision that is deployed, such as origin/main.",
        )
    return found


def _find(tree: Tree, project_dir: Path, here: str, revision: str) -> str:
    """Return the project's folder at the revision: where it is now, or where its name is."""
    if posixpath.join(here, _PROJECT) in tree.files:
        return here
    name = read_project_file(project_dir).get("name")
    others = [file for file in tree.files if posixpath.basename(file) == _PROJECT]
    found = [posixpath.dirname(file) for file in others if tree.read(file).get("name") == name]
    if len(found) == 1:
        return found[0]
    if found:
        raise EntityKitError(
            f"At {revision} several folders have a dbt project {name}: {', '.join(found)}.",
            fix=f"Name a revision in which the project is in {here or 'the top folder'} already.",
        )
    raise EntityKitError(
        f"There is no dbt project {name} at {revision}, neither in {here or 'the top folder'} "
        "nor in another folder of the repository.",
        fix="Name a revision that has the project. A new project has nothing to deploy from.",
    )
