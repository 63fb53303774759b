"""Projects to verify; see verify_project.py."""

from __future__ import annotations

import os
import tempfile
from typing import TYPE_CHECKING

import pytest

from support.verify_project import Project, write_project

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder in which scratch folders are made during the test."""
    folder = tmp_path / "tmp"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.fixture
def make_project(
    tmp_path: Path, scratch: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Project]:
    """Write projects as `write_project` does; home is empty, the working folder another one."""
    for name in ("home", "elsewhere"):
        (tmp_path / name).mkdir()
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path / "elsewhere")
    for name in [name for name in os.environ if name.startswith("DBT_")]:
        monkeypatch.delenv(name)
    return lambda *args, **options: write_project(tmp_path, scratch, *args, **options)
