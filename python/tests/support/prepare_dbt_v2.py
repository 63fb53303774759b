"""Prepare dbt v2 for the tests, once: `python prepare_dbt_v2.py FOLDER` creates `FOLDER/dbt`.

That is one alpha of dbt-core as a wheel with the whole binary, and the DuckDB library that it loads,
from an npm package. Where one of the two can't be had, `FOLDER/obstacle.txt` says why, and the
tests that need dbt v2 are skipped with that reason. It never fails.
"""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

DBT = "dbt-core==2.0.0a4"  # the final releases have no wheel with the binary
DUCKDB = "@duckdb/node-bindings-linux-x64@1.5.6-r.1"
LIBRARY = "libduckdb.so"
PINS = f"{DBT}\n{DUCKDB}\n"
LAUNCHER = """#!/bin/sh
here=$(dirname "$(readlink -f "$0")")
LD_LIBRARY_PATH="$here/lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}" exec "$here/wheel/bin/dbt" "$@"
"""


class ObstacleError(Exception):
    """One of the parts isn't available here."""


def prepare(folder: Path) -> None:
    """Fill the folder, which must not exist yet."""
    if (sys.platform, platform.machine()) != ("linux", "x86_64"):
        raise ObstacleError("its wheel with the binary is for Linux on x86-64 only")
    npm = shutil.which("npm")
    if npm is None:
        raise ObstacleError(
            "there is no `npm` on the PATH, and its DuckDB library comes from there"
        )
    folder.mkdir(parents=True)
    (folder / "lib").mkdir()
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check", "--retries=1")
    _run(
        "pip", *pip, "--timeout=20", "install", "--quiet", "--no-deps", "--no-compile",
        f"--target={folder / 'wheel'}", DBT, cwd=folder,
    )  # fmt: skip
    _run(
        "npm", npm, "pack", "--silent", "--fetch-retries=1", "--fetch-timeout=20000", DUCKDB,
        cwd=folder,
    )  # fmt: skip
    (archive,) = folder.glob("*.tgz")
    with tarfile.open(archive) as packed:
        library = packed.extractfile(f"package/{LIBRARY}")
        if library is None:
            raise ObstacleError(f"{DUCKDB} has no {LIBRARY}")
        (folder / "lib" / LIBRARY).write_bytes(library.read())
    archive.unlink()
    launcher = folder / "dbt"
    launcher.write_text(LAUNCHER, encoding="utf-8")
    launcher.chmod(0o755)
    _run("dbt", str(launcher), "--version", cwd=folder)
    (folder / "pins.txt").write_text(PINS, encoding="utf-8")


def _run(name: str, *command: str, cwd: Path) -> None:
    try:
        done = subprocess.run(
            command, cwd=cwd, capture_output=True, text=True, timeout=180, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise ObstacleError(f"`{name}` took longer than three minutes") from error
    if done.returncode != 0:
        lines = (done.stderr + done.stdout).strip().splitlines() or [f"code {done.returncode}"]
        raise ObstacleError(f"`{name}` failed: {lines[-1]}")


def main(folder: Path) -> None:
    """Prepare it in a temporary place, and move it when it is complete."""
    pins = folder / "pins.txt"
    if os.environ.get("ENTITY_KIT_DBT_V2") or (pins.exists() and pins.read_text("utf-8") == PINS):
        return
    print("Adding dbt v2 for its tests (some seconds, once)")  # noqa: T201
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
        made = Path(scratch) / "made"
        try:
            prepare(made)
        except (ObstacleError, OSError) as error:
            shutil.rmtree(made, ignore_errors=True)
            made.mkdir()
            (made / "obstacle.txt").write_text(str(error), encoding="utf-8")
            print(f"The tests on dbt v2 will be skipped: {error}")  # noqa: T201
        shutil.rmtree(folder, ignore_errors=True)
        made.rename(folder)


if __name__ == "__main__":
    main(Path(sys.argv[1]).absolute())
