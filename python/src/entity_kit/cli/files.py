"""Reads and writes the files that commands are given; every failure says which and why."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from entity_kit.errors import EntityKitError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def find_shipped(what: str, in_wheel: str, marker: str) -> Path:
    """Return a folder that the wheel has under `in_wheel`, and a checkout at its root.

    `marker` is a path in it that must exist; `what` names it for the error.
    """
    here = Path(__file__).resolve().parents[1]
    for folder in (here / in_wheel, here.parents[2]):
        if (folder / marker).exists():
            return folder
    raise EntityKitError(f"{what} next to {here}.", fix="Install entity-kit from a full checkout.")


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


def replace_texts(texts: Mapping[Path, str]) -> None:
    """Write the texts of files, new ones too: of all of them, or, where one can't be written, of none."""
    for file in texts:
        require_writable(file)
    prepared: dict[Path, Path] = {}
    made: list[Path] = []  # folders and files that weren't there
    try:
        for file, text in texts.items():
            target = file.resolve()  # what a link points to
            made += _make_folder(target.parent)
            with tempfile.NamedTemporaryFile(
                dir=target.parent, prefix=f".{target.name}.", delete=False
            ) as new_file:
                prepared[target] = Path(new_file.name)
                new_file.write(text.encode("utf-8"))
            if target.exists():
                shutil.copymode(target, new_file.name)
            else:
                Path(new_file.name).chmod(0o666 & ~_umask())
        for target, new in prepared.items():
            made += [] if target.exists() else [target]
            new.replace(target)
    except OSError as error:
        for new in prepared.values():
            new.unlink(missing_ok=True)
        _remove(made)
        raise EntityKitError(
            f"The files can't be written: {error}",
            fix="Make their folders writable, and try again.",
        ) from error
    finally:
        for new in prepared.values():
            new.unlink(missing_ok=True)


def _make_folder(folder: Path) -> list[Path]:
    """Make a folder and those above it, and return the ones that weren't there."""
    missing = [each for each in (folder, *folder.parents) if not each.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    return missing[::-1]


def _umask() -> int:
    current = os.umask(0)
    os.umask(current)
    return current


def _remove(made: Sequence[Path]) -> None:
    """Remove what was made, the last first; what can't be removed stays."""
    for path in reversed(made):
        with contextlib.suppress(OSError):
            if path.is_dir():
                path.rmdir()
            else:
                path.unlink(missing_ok=True)


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
