"""Refuse an executable that can't replay a project: no dbt, no adapter, or a DuckDB that is too old."""

from __future__ import annotations

import re
import subprocess
from typing import TYPE_CHECKING

import yaml

from entity_kit.dbt_bridge.invocation import read_manifest
from entity_kit.errors import EntityKitError
from entity_kit.warehouse import DUCKDB

if TYPE_CHECKING:
    from pathlib import Path

    from entity_kit.dbt_bridge.invocation import Manifest, Project

_NEWER = re.compile(r"created with an? newer version of DuckDB")
_NO_ADAPTER = re.compile(
    r"Could not find adapter type (\w+)|No module named 'dbt\.adapters\.(\w+)'"
)
_PATIENCE_S = 30


def refuse_unfit(executable: str, said: str, *, is_v1: bool) -> None:
    """Refuse what a dbt can't do by its own words: read a file, or use the target's engine."""
    if is_v1 and _NEWER.search(said):
        # Its DuckDB is a package, and our files have the format of ours.
        raise EntityKitError(
            f"The DuckDB of {executable} is older than the one here ({DUCKDB}), and can't read what "
            "this one wrote.",
            fix=f"Install the same one beside both: pip install duckdb=={DUCKDB} there, or the older "
            "one here.",
        )
    if _NEWER.search(said):
        raise EntityKitError(
            f"The DuckDB of {executable} can't read the project's warehouse, which a newer version "
            "of DuckDB wrote.",
            fix="Copy it in an older format: `attach 'old.duckdb' as old (storage_version 'v1.5.0')` "
            "and `copy from database … to old` in the newer DuckDB. Or omit --dbt.",
        )
    found = _NO_ADAPTER.search(said)
    if found is not None:
        kind = found[1] or found[2]
        raise EntityKitError(
            f"{executable} has no adapter for {kind}, which the project's target needs.",
            fix=f"Install dbt-{kind} beside it, or name a dbt that has it with --dbt.",
        )


def manifest_of(executable: str, project: Project) -> Manifest:
    """Return what `parse` wrote, and refuse what no dbt writes."""
    if not (project.folder / "target" / "manifest.json").is_file():
        raise no_dbt(executable, "its `parse` wrote no manifest.json")
    try:
        manifest = read_manifest(project)
        if manifest["metadata"]["dbt_version"]:
            return manifest
    except (ValueError, LookupError, TypeError, AttributeError):
        pass
    raise no_dbt(executable, "its manifest.json isn't one of dbt's")


def require_adapter(executable: str, manifest: Manifest, target: str, profiles: Path) -> None:
    """Refuse a dbt that parsed the project for another engine than the target's."""
    ((_, profile),) = yaml.safe_load((profiles / "profiles.yml").read_text("utf-8")).items()
    kind = profile["outputs"][target]["type"]
    adapter = manifest["metadata"].get("adapter_type") or kind
    if adapter != kind:
        raise EntityKitError(
            f"{executable} uses the adapter for {adapter}, but target `{target}` is of type {kind}.",
            fix="Name a dbt of the target's type with --dbt, or another target with --target.",
        )


def no_dbt(executable: str, why: str) -> EntityKitError:
    """Return the error about an executable that is something else."""
    return EntityKitError(f"{executable} isn't dbt: {why}.", fix="Correct --dbt, or omit it.")


def is_dbt(executable: str) -> bool:
    """Return whether an executable that failed to parse a project says that it is dbt."""
    try:
        done = subprocess.run(  # noqa: S603  (the user named the executable; no shell)
            [executable, "--version"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            timeout=_PATIENCE_S,
        )
    except subprocess.TimeoutExpired:
        return True  # it may wait for the network
    # v1 lists its plugins and versions, v2 its name.
    return re.search(r"\bdbt\b|installed:", done.stdout + done.stderr) is not None
