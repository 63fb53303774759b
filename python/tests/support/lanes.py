"""The engines other than DuckDB that tests run on, or why one can't run here."""

from __future__ import annotations

import functools
import importlib.util
import os
import shutil
import subprocess
from pathlib import Path

MISSING = "lane {}: not run, {}"
DBT_V2_FOLDER = Path(__file__).resolve().parents[3] / ".cache" / "dbt_v2"


def postgres_obstacle() -> str | None:
    """Return why the embedded Postgres can't run here, or None if it can."""
    for package in ("pgserver", "dbt.adapters.postgres", "psycopg2"):
        if not _importable(package):
            return MISSING.format("postgres", f"{package} is not installed")
    return None


def spark_obstacle() -> str | None:
    """Return why a local Spark can't run here, or None if it can."""
    for package in ("pyspark", "dbt.adapters.spark"):
        if not _importable(package):
            return MISSING.format("spark", f"{package} is not installed")
    return _java_obstacle()


def java_of_spark(folder: Path) -> dict[str, str]:
    """Return the settings of Spark's Java, which the first session of a process starts for all.

    Without the last compiler tier it keeps only 48 MB of compiled code by itself, which Spark
    fills: it would throw code away and compile it again all the time.
    """
    options = (
        f"-Dderby.system.home={folder} -XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
        " -Djdk.lang.Process.launchMechanism=VFORK -XX:ReservedCodeCacheSize=240m"
        " -Xms2g -Xmn1500m -XX:MetaspaceSize=256m"
    )
    return {"spark.driver.extraJavaOptions": options, "spark.driver.memory": "3g"}


def compiled_obstacle(engine: str) -> str | None:
    """Return why the SQL for a warehouse can't be compiled here; None if its adapter is at hand."""
    if _importable(f"dbt.adapters.{engine}"):
        return None
    return MISSING.format(
        f"compiled for {engine}", f"dbt-{engine} is not installed; `nox -s compiled` does that"
    )


def dbt_v2() -> Path:
    """Return the executable of dbt v2: what ENTITY_KIT_DBT_V2 names, or what `make setup` made."""
    return Path(os.environ.get("ENTITY_KIT_DBT_V2") or DBT_V2_FOLDER / "dbt").absolute()


@functools.cache
def dbt_v2_obstacle() -> str | None:
    """Return why there is no dbt v2 here, or None if it runs."""
    path, told = dbt_v2(), DBT_V2_FOLDER / "obstacle.txt"
    if not path.exists() and path.parent == DBT_V2_FOLDER and told.exists():
        return MISSING.format("dbt v2", told.read_text("utf-8"))
    if not path.exists():
        named = "ENTITY_KIT_DBT_V2" if "ENTITY_KIT_DBT_V2" in os.environ else path.name
        return MISSING.format("dbt v2", f"{named} isn't there; `nox -s dbt_v2` prepares it")
    done = subprocess.run([path, "--version"], capture_output=True, text=True, check=False)
    if done.returncode != 0 or " 2." not in done.stdout:
        return MISSING.format("dbt v2", f"ENTITY_KIT_DBT_V2 is not dbt v2: {done.stdout.strip()}")
    return None


def metricflow_obstacle() -> str | None:
    """Return why MetricFlow can't be asked here, or None if it can."""
    if _importable("metricflow") and _importable("dbt.adapters.duckdb"):
        return None
    return MISSING.format("metricflow", "it is not installed; `make setup` does that")


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
