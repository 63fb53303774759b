"""What changed since a git revision: files, and the nodes of a project that depend on them."""

from __future__ import annotations

import os
import subprocess
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from entity_kit.errors import EntityKitError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

# These may change any model.
_FOR_ALL = {"dbt_project.yml", "packages.yml", "dependencies.yml", "package-lock.yml"}


# Instead of a revision: what a push would send.
UNPUSHED = "unpushed"
# What the remote has, as far as known: from pre-commit during a push, or else from git.
_PUSHED = ("@{push}", "@{upstream}", "refs/remotes/origin/HEAD")


def changed_files(project_dir: Path, since: str) -> set[Path]:
    """Return the files, resolved, that differ from where this branch left `since`.

    Committed, staged or not, and new ones that git doesn't ignore. `unpushed` stands for what the
    remote has.
    """
    root = Path(_git(project_dir, "rev-parse", "--show-toplevel").rstrip("\n"))
    if since == UNPUSHED:
        base = _pushed(root)
    else:
        _git(project_dir, "rev-parse", "--verify", "--quiet", f"{since}^{{commit}}", of=since)
        base = _git(root, "merge-base", since, "HEAD", of=since).strip()
    listed = _git(root, "diff", "--name-only", "--no-renames", "-z", base, "--")
    listed += _git(root, "ls-files", "--others", "--exclude-standard", "-z")
    return {(root / name).resolve() for name in listed.split("\0") if name}


def _pushed(root: Path) -> str:
    """Return the last commit that the remote also has, or the empty tree if none is known."""
    for revision in (os.environ.get("PRE_COMMIT_FROM_REF"), *_PUSHED):
        if revision:
            with suppress(EntityKitError):
                return _git(root, "merge-base", revision, "HEAD").strip()
    return _git(root, "hash-object", "-t", "tree", os.devnull).strip()


def _git(folder: Path, *arguments: str, of: str | None = None) -> str:
    # In a hook, git sets its folder relative to a folder other than ours.
    environment = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")}
    try:
        done = subprocess.run(  # noqa: S603  (no shell; the revision is verified before it is used)
            ["git", *arguments],  # noqa: S607  (the user's own git)
            cwd=folder,
            env=environment,
            check=False,
            capture_output=True,
            text=True,
            encoding="utf-8",
            errors="surrogateescape",
        )
    except OSError as error:
        raise EntityKitError(
            f"Can't run git: {error}", fix="Install git, or omit --changed-since."
        ) from error
    if done.returncode == 0:
        return done.stdout
    if of is not None and arguments[0] == "rev-parse":
        raise EntityKitError(
            f"git doesn't know the revision `{of}`.",
            fix="Name a branch, tag, or commit that has been fetched, such as origin/main.",
        )
    if of is not None:
        raise EntityKitError(
            f"`{of}` and HEAD have no commit in common.",
            fix="Fetch the whole history. In a GitHub workflow, use actions/checkout with fetch-depth: 0.",
        )
    raise EntityKitError(
        f"git {arguments[0]} failed in {folder}.\n{done.stderr.strip()}",
        fix="--changed-since needs a project in a git repository.",
    )


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
