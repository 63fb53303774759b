"""manifest.json: what a samples folder holds, how it was chosen, and what is still missing."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from entity_kit.engines.sample_files import MANIFEST, VERSION
from entity_kit.errors import EntityKitError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

PART = ".part"


@dataclass(slots=True)
class Record:
    """The manifest of a folder. `request` says what was asked for, `tables` what is there."""

    folder: Path
    head: dict[str, Any]
    request: dict[str, Any]
    tables: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def complete(self) -> bool:
        return set(self.request["tables"]) <= set(self.tables)

    def add(self, name: str, told: Mapping[str, Any]) -> None:
        """Note that a table is there, once its file has its final name."""
        self.tables[name] = dict(told)
        self.write()

    def write(self) -> None:
        data = {
            "version": VERSION,
            **self.head,
            "complete": self.complete,
            "request": self.request,
            "tables": [self.tables[name] for name in self.request["tables"] if name in self.tables],
        }
        text = json.dumps(data, indent=2, ensure_ascii=False) + "\n"
        new = self.folder / (MANIFEST + PART)
        new.write_text(text, encoding="utf-8")
        new.replace(self.folder / MANIFEST)


def open_record(folder: Path, head: dict[str, Any], request: dict[str, Any]) -> Record:
    """Take up what an earlier call with the same request left, or begin anew.

    Refuses a folder with anything else in it. Writes nothing.
    """
    file = folder / MANIFEST
    if not file.exists():
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise EntityKitError(
                f"{folder} isn't an empty folder, and has no {MANIFEST} of a sample.",
                fix="Name another folder with --samples, or empty this one.",
            )
        return Record(folder, head, request)
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
        known = found["version"], found["request"], found["tables"], found["created"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise EntityKitError(
            f"{file} can't be read as the record of a sample.",
            fix="Remove the folder, or name another one with --samples.",
        ) from error
    if known[0] != VERSION or known[1] != request:
        differing = [key for key in request if (known[1] or {}).get(key) != request[key]]
        what = f" ({', '.join(differing)})" if differing else ""
        raise EntityKitError(
            f"{folder} holds a sample that was asked for in another way{what}.",
            fix="Remove the folder, name another one with --samples, or repeat the old request.",
        )
    tables = {each["name"]: each for each in known[2] if (folder / each["file"]).is_file()}
    return Record(folder, {**head, "created": known[3]}, request, tables)


def forget_parts(folder: Path) -> None:
    """Remove what a broken call left of files that it hadn't finished."""
    for part in folder.rglob(f"*{PART}"):
        part.unlink(missing_ok=True)


def remove_empty(folder: Path, made: list[Path]) -> None:
    """Remove folders of ours in which nothing is."""
    for path in [*(each for each in folder.glob("*") if each.is_dir()), *reversed(made)]:
        if path.is_dir() and not any(path.iterdir()):
            shutil.rmtree(path, ignore_errors=True)
