"""Session settings that a DuckDB profile gives: time zone, memory, threads."""

from __future__ import annotations

import os
import re
import zoneinfo
from typing import TYPE_CHECKING, Any

from entity_kit.errors import EntityKitError
from entity_kit.warehouse import DUCKDB

if TYPE_CHECKING:
    from collections.abc import Mapping

    from entity_kit.dbt_bridge.profiles import Target

# DuckDB 2 needn't wait for the disk at each commit. What a killed process wrote stays; only a killed
# machine can lose it, and then nobody needs a scratch file.
UNSYNCED = {"fsync_mode": "NONE"} if DUCKDB[0] != "1" else {}

_OURS = {"timezone": "TimeZone", "memory_limit": "memory_limit", "max_memory": "memory_limit"}
_UNITS = {"": 1, "b": 1, "kb": 1e3, "mb": 1e6, "gb": 1e9, "tb": 1e12}
_UNITS |= {"kib": 2**10, "mib": 2**20, "gib": 2**30, "tib": 2**40}


def session_settings(target: Target, shares: int) -> dict[str, str]:
    """Return the settings that every connection gets: the time zone, and its share of the memory."""
    given = {
        **(target.output.get("config_options") or {}),
        **(target.output.get("settings") or {}),
    }
    named = {_OURS[k.casefold()]: str(v) for k, v in given.items() if k.casefold() in _OURS}
    limit = _bytes(named["memory_limit"]) if "memory_limit" in named else 0.8 * _memory()
    return {
        "TimeZone": time_zone(
            named.get("TimeZone", "UTC"), "The profile's TimeZone", "TimeZone: Europe/Berlin"
        ),
        "memory_limit": f"{limit / shares / 2**20:.0f}MiB",
    }


def time_zone(name: str, where: str, example: str) -> str:
    """Return a zone's name in its correct case, because DuckDB takes it in any case."""
    known = {zone.casefold(): zone for zone in ("UTC", *zoneinfo.available_timezones())}
    found = known.get(name.casefold())
    if found is None:
        raise EntityKitError(
            f"{where} {name!r} isn't a time zone that both DuckDB and Python know.",
            fix=f"For example: {example}",
        )
    return found


def one_thread(output: Mapping[str, Any]) -> dict[str, int]:
    """Make a run add its floats in the same order each time, unless the profile sets threads.

    Several threads give other sums at each run; docs/decisions/float-tolerance.md has the numbers.
    """
    given = {**(output.get("config_options") or {}), **(output.get("settings") or {})}
    wanted = {"threads", "worker_threads"} & {name.casefold() for name in given}
    return {} if wanted else {"threads": 1}


def without_ours(given: Mapping[str, Any] | None) -> dict[str, Any]:
    return {k: v for k, v in (given or {}).items() if k.casefold() not in _OURS}


def _bytes(text: str) -> float:
    found = re.fullmatch(r"\s*([\d.]+)\s*([a-z]*|%)\s*", text.casefold())
    if found and found[2] == "%":
        return float(found[1]) / 100 * _memory()
    if found and found[2] in _UNITS:
        return float(found[1]) * _UNITS[found[2]]
    raise EntityKitError(
        f"The profile's memory_limit {text!r} isn't a size.", fix="For example: memory_limit: 4GB"
    )


def _memory() -> float:
    return float(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))
