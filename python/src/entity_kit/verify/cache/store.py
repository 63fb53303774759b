"""The files of kept results: one for each, named by its fingerprint, below the project's folder."""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
import time
from pathlib import Path
from typing import Any

from entity_kit.arrivals.cases import FOLDER

PLACE = (FOLDER, "cache")
# What wasn't used for so long goes, and so does what is too much.
DAYS, ENTRIES = 30, 1_000
_DAY_S = 24 * 60 * 60
_SUFFIX, _UNFINISHED = ".json", ".part"


class Store:
    """The kept results of one project. What can't be read isn't there."""

    def __init__(self, project_dir: Path) -> None:
        self.folder = project_dir.joinpath(*PLACE)
        # dbt's own, of the last verification.
        self.parse = self.folder / "partial_parse.msgpack"

    def read(self, fingerprint: str) -> dict[str, Any] | None:
        """Return what is kept under a fingerprint, and remember that it was used."""
        file = self._file(fingerprint)
        try:
            found = json.loads(file.read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError):
            return None
        if not isinstance(found, dict) or found.get("fingerprint") != fingerprint:
            return None
        with contextlib.suppress(OSError):
            os.utime(file)
        return found

    def write(self, fingerprint: str, entry: dict[str, Any]) -> None:
        """Keep a result. Whoever reads meanwhile sees the one before or this one. Raises OSError."""
        text = json.dumps({**entry, "fingerprint": fingerprint}, ensure_ascii=False)
        self._replace(self._file(fingerprint), text.encode())

    def write_parse(self, parsed: bytes) -> None:
        """Keep dbt's parse instead of the one before, alike."""
        self._replace(self.parse, parsed)

    def _replace(self, target: Path, content: bytes) -> None:
        self._make()
        number, name = tempfile.mkstemp(dir=self.folder, suffix=_UNFINISHED)
        try:
            with open(number, "wb") as file:  # noqa: PTH123  (it is a number)
                file.write(content)
            os.replace(name, target)  # noqa: PTH105
        except BaseException:
            with contextlib.suppress(OSError):
                Path(name).unlink()
            raise

    def prune(self) -> None:
        """Remove what wasn't used for a month, and the oldest of more than a thousand."""
        used: list[tuple[float, Path]] = []
        for file in self.folder.iterdir():
            with contextlib.suppress(OSError):
                if file.suffix in {_SUFFIX, _UNFINISHED}:
                    used.append((file.stat().st_mtime, file))
        used.sort(reverse=True)
        oldest = time.time() - DAYS * _DAY_S
        for number, (at, file) in enumerate(used):
            if number >= ENTRIES or at < oldest:
                with contextlib.suppress(OSError):
                    file.unlink()

    def _file(self, fingerprint: str) -> Path:
        return self.folder / f"{fingerprint}{_SUFFIX}"

    def _make(self) -> None:
        """Make the folder, which git ignores by itself."""
        self.folder.mkdir(parents=True, exist_ok=True)
        ignored = self.folder / ".gitignore"
        if not ignored.exists():
            ignored.write_text("*\n", encoding="utf-8")
