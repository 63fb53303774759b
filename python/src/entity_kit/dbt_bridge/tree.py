"""The files of a commit, written where we want them.

git reads its objects with an index of ours, so the user's index and working tree stay as they are.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import yaml

from entity_kit.dbt_bridge.git import git

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

# git calls a hook when an index is written.
_SETTINGS = {"core.hooksPath": os.devnull, "core.sparseCheckout": "false"}


class Tree:
    """The files of a commit, written below `target` when they are asked for."""

    def __init__(self, root: Path, commit: str, folder: Path, option: str) -> None:
        self.root = root
        self._option = option
        self.target = folder / "tree"
        self._environment = {
            "GIT_INDEX_FILE": str(folder / "index"),
            "GIT_CONFIG_COUNT": str(len(_SETTINGS)),
            **{f"GIT_CONFIG_KEY_{n}": key for n, key in enumerate(_SETTINGS)},
            **{f"GIT_CONFIG_VALUE_{n}": value for n, value in enumerate(_SETTINGS.values())},
        }
        self.target.mkdir(parents=True)
        self._git("read-tree", commit)
        self.files = [name for name in self._git("ls-files", "-z").split("\0") if name]

    def _git(self, *arguments: str, given: str = "") -> str:
        environment = self._environment
        return git(self.root, *arguments, option=self._option, given=given, environment=environment)

    def write(self, path: str) -> Path:
        """Write the files below a folder of the repository; '' is all of it."""
        inside = [name for name in self.files if not path or name.startswith(f"{path}/")]
        self._git(
            *("checkout-index", "--force", "--quiet", f"--prefix={self.target}/", "-z", "--stdin"),
            given="\0".join(inside),
        )
        return self.target / path

    def read(self, path: str) -> Mapping[str, Any]:
        """Return a YAML file as a mapping; an empty one if it is none."""
        self._git("checkout-index", "--force", f"--prefix={self.target}/", "--", path)
        try:
            found = yaml.safe_load((self.target / path).read_text(encoding="utf-8"))
        except (yaml.YAMLError, UnicodeDecodeError):
            return {}
        return found if isinstance(found, dict) else {}
