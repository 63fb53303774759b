"""A git repository around a project, for tests of what depends on its history."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from support.verify_project import Project


def git(folder: Path, *arguments: str) -> str:
    """Run git as nobody in particular, without what a hook sets, and return what it prints."""
    quiet = ["-c", "user.name=a", "-c", "user.email=a@b", "-c", "init.defaultBranch=main"]
    environment = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")}
    done = subprocess.run(
        ["git", *quiet, *arguments], cwd=folder, env=environment, check=True, capture_output=True
    )
    return done.stdout.decode().strip()


def in_repository(project: Project) -> Project:
    """Commit a project into a new repository, whose folder is the one above the project's."""
    git(project.folder.parent, "init", "-q")
    commit(project.folder.parent)
    return project


def commit(folder: Path, message: str = "m") -> None:
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "--allow-empty", "-m", message)
