"""Put the dbt package into the wheel, so that `entity-kit package-path` works without a git host."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

# What `entity-kit explain` prints.
PAGES = Path("docs", "causes")

PARTS = ("dbt_project.yml", "packages.yml", "macros", "models", "tests", "LICENSE")


class DbtPackage(BuildHookInterface):  # type: ignore[type-arg]
    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version == "editable":
            return  # an editable install reads the checkout itself
        repository = Path(self.root).parent
        for part in PARTS:
            source = repository / part
            files = (
                [source]
                if source.is_file()
                else sorted(p for p in source.rglob("*") if p.is_file())
            )
            if not files:
                raise FileNotFoundError(
                    f"{source} is missing: build the wheel from a full checkout"
                )
            for file in files:
                inside = file.relative_to(repository).as_posix()
                build_data["force_include"][str(file)] = f"entity_kit/dbt_package/{inside}"
        build_data["force_include"][str(repository / PAGES)] = f"entity_kit/{PAGES.as_posix()}"
