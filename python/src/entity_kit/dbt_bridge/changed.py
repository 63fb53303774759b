"""What changed since a git revision: files, and the nodes of a project that depend on them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from entity_kit.dbt_bridge.git import UNPUSHED, commit_of, git, pushed, root_of
from entity_kit.errors import EntityKitError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

# These may change any model.
_FOR_ALL = {"dbt_project.yml", "packages.yml", "dependencies.yml", "package-lock.yml"}


_OPTION = "--changed-since"


def changed_files(project_dir: Path, since: str) -> set[Path]:
    """Return the files, resolved, that differ from where this branch left `since`.

    Committed, staged or not, and new ones that git doesn't ignore. `unpushed` stands for what the
    remote has.
    """
    root = Path(root_of(project_dir, option=_OPTION))
    base = _base(root, since)
    listed = git(
        root, "diff", "--name-only", "--no-renames", "-z", base, "--", option=_OPTION
    ) + git(root, "ls-files", "--others", "--exclude-standard", "-z", option=_OPTION)
    return {(root / name).resolve() for name in listed.split("\0") if name}


def _base(root: Path, since: str) -> str:
    """Return the commit at which this branch left `since`; the empty tree if nothing was pushed."""
    if since == UNPUSHED:
        empty = ("hash-object", "-t", "tree", os.devnull)
        return pushed(root, option=_OPTION) or git(root, *empty, option=_OPTION).strip()
    commit = commit_of(root, since, option=_OPTION)
    try:
        return git(root, "merge-base", commit, "HEAD", option=_OPTION).strip()
    except EntityKitError as error:
        raise EntityKitError(
            f"`{since}` and HEAD have no commit in common.",
            fix="Fetch the whole history. In a GitHub workflow, use actions/checkout with fetch-depth: 0.",
        ) from error


def touched(manifest: Mapping[str, Any], project_dir: Path, files: set[Path]) -> set[str]:
    """Return the models, seeds, snapshots, and sources that are defined by the files.

    A node is made of its own file, of the YAML that describes it, and of the macros that it calls,
    at whatever depth. What is built from it is not named.
    """
    nodes = {**manifest["nodes"], **manifest["sources"]}
    if any(path in files for path in ((project_dir / name).resolve() for name in _FOR_ALL)):
        return set(nodes)
    root = manifest["metadata"].get("project_name")
    macros = manifest["macros"]
    changed = {
        unique_id
        for unique_id, macro in macros.items()
        if files & set(_files(project_dir, root, macro))
    }
    while True:
        more = {u for u, macro in macros.items() if changed & set(_called(macro))} - changed
        if not more:
            break
        changed |= more
    return {
        unique_id
        for unique_id, node in nodes.items()
        if changed & set(_called(node)) or files & set(_files(project_dir, root, node))
    }


def _called(node: Mapping[str, Any]) -> list[str]:
    return (node.get("depends_on") or {}).get("macros") or []


def _files(project_dir: Path, root: str | None, node: Mapping[str, Any]) -> Iterator[Path]:
    """Yield the files that define a node, in the project or in its package."""
    package = node.get("package_name")
    path = node.get("original_file_path")
    if path:
        yield _within(project_dir, root, package, path)
    patch = node.get("patch_path")
    if patch:
        described_in, _, path = patch.partition("://")
        yield _within(project_dir, root, described_in, path)


def _within(project_dir: Path, root: str | None, package: str | None, path: str) -> Path:
    folder = project_dir if package == root else project_dir / "dbt_packages" / str(package)
    return (folder / path).resolve()
