"""What a result depends on outside of the project: versions, our own code, variables of the environment."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import re
import sys
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from entity_kit.dbt_bridge.packages import install_path

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_NAMED = re.compile(r"\benv_var\s*\(\s*(['\"])(.*?)\1")
_PROJECT = "dbt_project.yml"
_CODE = {".py", ".j2", ".js", ".css"}


@cache
def versions() -> dict[str, object]:
    """Return the versions of all that takes part: Python, the machine, and every package."""
    return {
        "python": sys.version,
        "machine": [sys.platform, platform.machine()],
        "installed": sorted(
            {f"{each.metadata['Name']}=={each.version}" for each in metadata.distributions()}
        ),
        "entity_kit": own_code(),
    }


def own_code() -> str:
    """Return a digest of this package's code, which changes more often than its version."""
    root = Path(__file__).parents[2]
    found = hashlib.sha256()
    for file in sorted(root.rglob("*")):
        if file.suffix in _CODE and file.is_file():
            content = hashlib.sha256(file.read_bytes()).hexdigest()
            found.update(f"{file.relative_to(root)} {content}\n".encode())
    return found.hexdigest()


def knows_packages(project_dir: Path) -> bool:
    """Return whether the folder of the packages is known without rendering it."""
    return "{{" not in install_path(project_dir)


def list_project_files(project_dir: Path) -> list[Path]:
    """Return each dbt_project.yml: the project's, and the packages'."""
    packages = project_dir / install_path(project_dir)
    return [project_dir / _PROJECT, *sorted(packages.glob(f"*/{_PROJECT}"))]


def project_files(project_dir: Path) -> dict[str, str]:
    """Return the texts of each dbt_project.yml, by its place.

    Their variables, and how macros are dispatched, are nowhere in the manifest.
    """
    return {
        os.path.relpath(file, project_dir): file.read_text(encoding="utf-8", errors="replace")
        for file in list_project_files(project_dir)
    }


def variables_of(files: Mapping[str, str], given: Mapping[str, Any]) -> str:
    """Return the values of all variables as one text: of these dbt_project.yml, and those given."""
    found: list[Any] = [dict(given)]
    for text in files.values():
        read = yaml.safe_load(text)
        found.append(read.get("vars") if isinstance(read, dict) else None)
    return json.dumps(found, default=str, ensure_ascii=False)


def environment(texts: Iterable[str]) -> Mapping[str, str | None]:
    """Return the variables of the environment that texts name, and those that dbt itself reads."""
    names = {found[1] for text in texts for found in _NAMED.findall(text)}
    names |= {name for name in os.environ if name.startswith("DBT_")} | {"TZ"}
    return {name: os.environ.get(name) for name in names}
