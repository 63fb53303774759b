"""Put the packages of a project at a revision where dbt looks for them.

What both versions specify alike is what is installed now. A local package has the files that it had
at the revision.
"""

from __future__ import annotations

import posixpath
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import yaml

from entity_kit.dbt_bridge.profiles import read_project_file
from entity_kit.errors import EntityKitError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from entity_kit.dbt_bridge.invocation import Project
    from entity_kit.dbt_bridge.tree import Tree

_SPECIFIED = ("packages.yml", "dependencies.yml")
_LOCKED = "package-lock.yml"


def place_packages(tree: Tree, project_dir: Path, there: str) -> bool:
    """Link the packages of the project at `there`; return whether `dbt deps` must run instead."""
    written = tree.target / there
    place = install_path(written)
    if any(name.startswith(f"{posixpath.join(there, place)}/") for name in tree.files):
        return False  # they are in git
    then, now = _specified(written), _specified(project_dir)
    local = _write_local(tree, there, then)
    if _others(then) != _others(now) or not _same_lock(written, project_dir):
        return True
    installed = project_dir / install_path(project_dir)
    if not installed.is_dir():
        return False
    target = written / place
    target.mkdir(parents=True)
    for name, folder in local.items():
        (target / name).symlink_to(folder, target_is_directory=True)
    names_now = {_name(project_dir / given["local"]) for given in now if "local" in given}
    for package in sorted(installed.iterdir()):
        if package.name not in names_now and package.name not in local:
            (target / package.name).symlink_to(package.resolve(), target_is_directory=True)
    return False


def install_path(project_dir: Path) -> str:
    """Return the folder of a project's packages, relative to it."""
    return str(read_project_file(project_dir).get("packages-install-path") or "dbt_packages")


def _write_local(tree: Tree, there: str, given: list[dict[str, Any]]) -> dict[str, Path]:
    """Write the local packages, and those that they name, and return their folders by name.

    One that lies outside of the repository is where it is.
    """
    found: dict[str, Path] = {}
    waiting = [(there, each) for each in given if "local" in each]
    while waiting:
        beside, each = waiting.pop()
        path = posixpath.normpath(posixpath.join(beside, str(each["local"])))
        path = "" if path == "." else path
        inside = not path.startswith(("..", "/"))
        folder = tree.write(path) if inside else tree.root / path
        name = _name(folder)
        if name and name not in found:
            found[name] = folder
            if inside:
                waiting += [(path, more) for more in _specified(folder) if "local" in more]
    return found


def _name(folder: Path) -> str:
    """Return the name of the package in a folder; '' if there is none."""
    return str(_read(folder / "dbt_project.yml").get("name") or "")


def _specified(folder: Path) -> list[dict[str, Any]]:
    """Return the packages that a project specifies."""
    found = [_read(folder / name).get("packages") or [] for name in _SPECIFIED]
    return [each for listed in found for each in listed if isinstance(each, dict)]


def _others(given: list[dict[str, Any]]) -> list[str]:
    """Return the packages that aren't local, in a form that can be compared."""
    return sorted(str(sorted(each.items())) for each in given if "local" not in each)


def _same_lock(written: Path, project_dir: Path) -> bool:
    """Return whether the locked versions are the same, as far as both versions of the code lock them."""
    both = [folder / _LOCKED for folder in (written, project_dir)]
    if not all(file.is_file() for file in both):
        return True
    then, now = (_others(_read(file).get("packages") or []) for file in both)
    return then == now


def _read(file: Path) -> Mapping[str, Any]:
    try:
        found = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError, UnicodeDecodeError):
        return {}
    return found if isinstance(found, dict) else {}


def install_packages(
    project: Project, profiles: Path, revision: str, *, executable: str | None, fix: str
) -> None:
    """Run `dbt deps` in a project as of a revision. Raise EntityKitError with `fix` if it fails."""
    program = [executable or sys.executable]
    program += [] if executable else ["-c", "from dbt.cli.main import cli; cli()"]
    words = ["deps", "--project-dir", str(project.directory), "--profiles-dir", str(profiles)]
    words += ["--profile", project.profile, "--target", project.target]
    done = subprocess.run(  # noqa: S603  (no shell; the user named the executable)
        [*program, *words], check=False, capture_output=True, text=True, cwd=project.directory
    )
    if done.returncode:
        raise EntityKitError(
            f"The packages of {revision} aren't those that are installed here, and `dbt deps` "
            f"failed for them.\n{(done.stdout + done.stderr).strip()}",
            fix=fix,
        )
