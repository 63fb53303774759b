"""The engines beside DuckDB that tests run on, or why one can't run here."""

from __future__ import annotations

import functools
import importlib.util
import shutil
import subprocess

MISSING = "lane {}: not run, {}"


def postgres_obstacle() -> str | None:
    """Say why the embedded Postgres can't run here; None where it can."""
    for package in ("pgserver", "dbt.adapters.postgres", "psycopg2"):
        if not _importable(package):
            return MISSING.format("postgres", f"{package} is not installed")
    return None


def spark_obstacle() -> str | None:
    """Say why a local Spark can't run here; None where it can."""
    for package in ("pyspark", "dbt.adapters.spark"):
        if not _importable(package):
            return MISSING.format("spark", f"{package} is not installed")
    return _java_obstacle()


def compiled_obstacle(engine: str) -> str | None:
    """Say why the SQL for a warehouse can't be compiled here; None where its adapter is at hand."""
    if _importable(f"dbt.adapters.{engine}"):
        return None
    return MISSING.format(
        f"compiled for {engine}", f"dbt-{engine} is not installed; `nox -s compiled` does that"
    )


@functools.cache
def _java_obstacle() -> str | None:
    java = shutil.which("java")
    if java is None:
        return MISSING.format("spark", "there is no `java` on the PATH (Java 17 or later)")
    done = subprocess.run([java, "-version"], capture_output=True, check=False)
    return None if done.returncode == 0 else MISSING.format("spark", "`java -version` fails")


def _importable(name: str) -> bool:
    try:
        return importlib.util.find_spec(name) is not None
    except ModuleNotFoundError:
        return False
