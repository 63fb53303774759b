"""Which models use the clock, as far as their text and their macros say."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from entity_kit.dbt_bridge.nodes import called_macros

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_CLOCK = re.compile(
    r"current_(time|date|timestamp)|localtime|\b(now|today|getdate)\s*\(|\bsys(date|timestamp)"
    r"|run_started_at|modules\.datetime|transaction_timestamp",
    re.IGNORECASE,
)

_JINJAS_CLOCK = re.compile(r"\.(now|utcnow|today)\b")


def asks_clock(code: str) -> bool:
    """Return whether a model's own Jinja asks for the time of the run, or of the machine.

    `modules.datetime` alone may be for arithmetic with times from elsewhere.
    """
    return "run_started_at" in code or (
        "modules.datetime" in code and _JINJAS_CLOCK.search(code) is not None
    )


def names_clock(manifest: Mapping[str, Any], needed: Iterable[str]) -> bool:
    """Return whether a model, or a macro that it calls directly or indirectly, uses the clock."""
    return any(map(_CLOCK.search, set(_texts(manifest, needed)))) or any(
        (node.get("config") or {}).get("incremental_strategy") == "microbatch"
        for node in _models(manifest, needed)
    )


def _models(manifest: Mapping[str, Any], needed: Iterable[str]) -> Iterator[Mapping[str, Any]]:
    return (manifest["nodes"][u] for u in needed if u in manifest["nodes"])


def _texts(manifest: Mapping[str, Any], needed: Iterable[str]) -> Iterator[str]:
    for node in _models(manifest, needed):
        yield node.get("raw_code") or ""
        yield from (m["macro_sql"] for _, m in called_macros(manifest, node) if m is not None)
