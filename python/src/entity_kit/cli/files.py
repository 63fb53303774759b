"""Reads and writes the files that commands are given; every failure says which and why."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from entity_kit.errors import EntityKitError

if TYPE_CHECKING:
    from pathlib import Path


def read_text(file: Path) -> str:
    """Read a file of the project."""
    try:
        # As bytes, to keep line endings.
        return file.read_bytes().decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise EntityKitError(f"{file} can't be read: {error}", fix="Fix the file.") from error


def write_text(file: Path, text: str) -> None:
    """Write a file, as UTF-8 with the line ends that the text has; make its folder."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text.encode("utf-8"))
    except OSError as error:
        raise EntityKitError(
            f"{file} can't be written: {error}", fix="Make it writable, or name another file."
        ) from error


def require_writable(file: Path) -> None:
    """Refuse a file that can't be written, before the work starts."""
    there = next(folder for folder in (file, *file.absolute().parents) if folder.exists())
    if there == file and there.is_dir():
        reason = "it is a folder"
    elif there != file and not there.is_dir():
        reason = f"{there} is a file"
    elif os.access(there, os.W_OK):
        return
    else:
        reason = f"no permission to write to {there}"
    raise EntityKitError(f"{file} can't be written: {reason}.", fix="Name another file.")
