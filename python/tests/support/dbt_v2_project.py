"""A project that dbt v2 runs, from the command line."""

from __future__ import annotations

import json
import os
import re
import subprocess
from typing import TYPE_CHECKING

import duckdb
import yaml

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

# The library of dbt v2 doesn't read the files that DuckDB 2 writes by itself.
STORAGE = "v1.5.0" if duckdb.__version__ >= "1.5" else "v1.0.0"
# It warns wherever metrics are written as dbt-core 1.11 reads them, which can't read the newer form.
OLDER_METRICS = "SemanticModelDeprecated (dbt1157)"


class V2Project:
    """A project in a folder that holds its profiles.yml, too."""

    def __init__(self, executable: Path, folder: Path) -> None:
        self.executable = executable
        self.folder = folder

    def write(self, files: Mapping[str, str]) -> None:
        for name, text in files.items():
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")

    def say(self, *arguments: str, **environment: str) -> tuple[int, str]:
        """Return the exit code of a command and all that it prints."""
        done = subprocess.run(
            [
                self.executable,
                *arguments,
                *("--project-dir", self.folder, "--profiles-dir", self.folder),
                *("--no-version-check", "--no-send-anonymous-usage-stats"),
            ],
            cwd=self.folder,
            env={**os.environ, **environment},
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout + done.stderr

    def run(self, *arguments: str, **environment: str) -> str:
        """Run a command that succeeds without warnings, and return what it prints."""
        code, said = self.say(*arguments, **environment)
        assert code == 0, said
        assert warnings(said) == [], said
        return said

    def refused(self, *arguments: str, **environment: str) -> str:
        """Run a command that fails, and return what it prints."""
        code, said = self.say(*arguments, **environment)
        assert code != 0, said
        return said

    def messages(self) -> dict[str, str]:
        """Return dbt's message for each node of the last run that failed."""
        results = json.loads((self.folder / "target" / "run_results.json").read_text("utf-8"))
        return {
            node["unique_id"]: node["message"]
            for node in results["results"]
            if node["status"] == "error"
        }

    def statuses(self) -> dict[str, str]:
        """Return the status of each node of the last run."""
        results = json.loads((self.folder / "target" / "run_results.json").read_text("utf-8"))
        return {node["unique_id"]: node["status"] for node in results["results"]}


def copy_for_v2(warehouse: Path, copy: Path) -> None:
    """Copy a DuckDB file to one that the library of dbt v2 reads."""
    with duckdb.connect() as connection:
        connection.execute(f"attach '{warehouse}' as given (read_only)")
        connection.execute(f"attach '{copy}' as copied (storage_version '{STORAGE}')")
        connection.execute("copy from database given to copied")


def warnings(said: str) -> list[str]:
    """Return the lines in which dbt v2 warns or reports an error or a deprecation that we can mend."""
    return [
        line
        for line in said.splitlines()
        if OLDER_METRICS not in line
        and (
            line.startswith(("[warn", "[error"))
            or re.search(r"(?i)\bdeprecat(ed|ion|ions)\b", line)
        )
    ]


def write_project(
    executable: Path, folder: Path, package: Path, files: Mapping[str, str], **settings: object
) -> V2Project:
    """Write a small project with the package installed and a DuckDB file of its own."""
    project = V2Project(executable, folder)
    output = {"type": "duckdb", "path": str(folder / "warehouse.duckdb"), "threads": 1}
    profile = {"target": "dev", "outputs": {"dev": {**output, "schema": "main"}}}
    about = {"name": "small", "version": "1.0.0", "config-version": 2, "profile": "small"}
    project.write(
        {
            "dbt_project.yml": yaml.safe_dump({**about, **settings}),
            "profiles.yml": yaml.safe_dump({"small": profile}),
            "packages.yml": yaml.safe_dump({"packages": [{"local": str(package)}]}),
            **files,
        }
    )
    project.run("deps")
    return project
