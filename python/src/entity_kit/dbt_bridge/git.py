"""Ask the user's own git, and say in our words why it has no answer."""

from __future__ import annotations

import os
import subprocess
from contextlib import suppress
from typing import TYPE_CHECKING

from entity_kit.errors import EntityKitError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

# Instead of a revision: what the remote has, as far as known.
UNPUSHED = "unpushed"
# From pre-commit during a push, or else from git.
_PUSHED = ("@{push}", "@{upstream}", "refs/remotes/origin/HEAD")


def git(
    folder: Path,
    *arguments: str,
    option: str,
    given: str = "",
    environment: Mapping[str, str] | None = None,
) -> str:
    """Return what a git command prints; `option` is ours that asked for it, `given` goes to stdin.

    Raises EntityKitError if there is no git, or if it fails.
    """
    # In a hook, git sets its folder relative to a folder other than ours. Without optional locks,
    # looking at the working tree writes nothing into the user's index.
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")}
    try:
        done = subprocess.run(  # noqa: S603  (no shell; the revision is verified before it is used)
            ["git", *arguments],  # noqa: S607  (the user's own git)
            cwd=folder,
            env={**inherited, "GIT_OPTIONAL_LOCKS": "0", **(environment or {})},
            check=False,
            input=given,
            capture_output=True,
            text=True,
            encoding="utf-8",
            errors="surrogateescape",
        )
    except OSError as error:
        raise EntityKitError(
            f"Can't run git: {error}", fix=f"Install git, or omit {option}."
        ) from error
    if done.returncode == 0:
        return done.stdout
    raise EntityKitError(
        f"git {arguments[0]} failed in {folder}.\n{done.stderr.strip()}",
        fix=f"{option} needs a project in a git repository.",
    )


def commit_of(folder: Path, revision: str, *, option: str) -> str:
    """Return the full id of a revision's commit, and refuse a revision that git doesn't know."""
    git(folder, "rev-parse", "--git-dir", option=option)
    words = ("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    try:
        return git(folder, *words, option=option).strip()
    except EntityKitError as error:
        fix = "Name a branch, tag, or commit that has been fetched, such as origin/main."
        if git(folder, "rev-parse", "--is-shallow-repository", option=option).strip() == "true":
            fix = (
                "This clone is shallow, so git has only the newest commits. Fetch the rest: "
                "`git fetch --unshallow`, or in a GitHub workflow, actions/checkout with "
                "fetch-depth: 0."
            )
        raise EntityKitError(f"git doesn't know the revision `{revision}`.", fix=fix) from error


def pushed(root: Path, *, option: str) -> str | None:
    """Return the last commit that the remote also has, or None if none is known."""
    for revision in (os.environ.get("PRE_COMMIT_FROM_REF"), *_PUSHED):
        if revision:
            with suppress(EntityKitError):
                return git(root, "merge-base", revision, "HEAD", option=option).strip()
    return None


def root_of(folder: Path, *, option: str) -> str:
    """Return the top folder of the repository that holds a folder."""
    return git(folder, "rev-parse", "--show-toplevel", option=option).rstrip("\n")


def is_exposed(path: Path) -> Path | None:
    """Return the root of the working tree in which git would take up a path; None if it wouldn't.

    The path needn't exist.
    """
    path = path.resolve()
    above = [folder for folder in path.parents if folder.is_dir()]
    root = next((folder for folder in (path, *above) if (folder / ".git").exists()), None)
    if root is None:
        return None
    try:
        # A folder that a pattern with a slash at its end means needn't be there yet.
        inside = str(path / "manifest.json")
        git(root, "check-ignore", "--quiet", "--no-index", inside, option="--samples")
    except EntityKitError as error:
        if isinstance(error.__cause__, OSError):
            raise
        return root
    return None
