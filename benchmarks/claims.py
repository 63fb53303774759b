# ruff: noqa: INP001 - what the scripts of this folder share
"""Shared by the benchmarks: the machine that they ran on, and the claims that they measure."""

from __future__ import annotations

import json
import os
import platform
from importlib.metadata import version
from pathlib import Path
from typing import Any

# A file that the scripts add their claims to, a JSON object a line; `table.py` names it.
FILE = "ENTITY_KIT_CLAIMS"


def claim(text: str, value: float, goal: str, rival: str, unit: str = "times") -> None:
    """Record a measured value with its goal, which is a comparison such as `>= 5`."""
    if FILE in os.environ:
        told = {"claim": text, "value": value, "goal": goal, "rival": rival, "unit": unit}
        with Path(os.environ[FILE]).open("a", encoding="utf-8") as file:
            file.write(json.dumps(told) + "\n")


def met(told: dict[str, Any]) -> bool:
    """Return whether a claim's value reaches its goal."""
    comparison, number = told["goal"].split()
    return bool(
        told["value"] >= float(number) if comparison == ">=" else told["value"] <= float(number)
    )


def machine(*packages: str) -> str:
    """Return the processor, the system, and the versions of Python and of packages."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    named = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    found = ["Python " + platform.python_version()]
    found += [f"{name} {version(name)}" for name in ("duckdb", "dbt-core", "dbt-duckdb", *packages)]
    return (
        f"{(named or [platform.machine()])[0]}, {os.cpu_count()} cores, {memory:.0f} GiB,"
        f" {platform.system()}; {', '.join(found)}; load before {os.getloadavg()[0]:.1f}"
    )
