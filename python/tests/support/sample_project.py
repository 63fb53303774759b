"""Copies of integration_tests/, for tests that run it."""

from __future__ import annotations

import shutil
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
PROJECT = ROOT / "integration_tests"
_UNWANTED = shutil.ignore_patterns("target", "logs", "dbt_packages", "warehouse", "__pycache__")


def copy_sample(folder: Path) -> Path:
    """Copy the project to a new folder, with the package in place as after `dbt deps`."""
    shutil.copytree(PROJECT, folder, ignore=_UNWANTED)
    (folder / "dbt_packages").mkdir()
    (folder / "dbt_packages" / "entity_kit").symlink_to(ROOT, target_is_directory=True)
    return folder
