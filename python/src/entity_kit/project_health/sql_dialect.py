"""The SQL that a project's warehouse speaks, under sqlglot's name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlglot.dialects.dialect import Dialect

if TYPE_CHECKING:
    from collections.abc import Mapping

_OTHER_NAMES = {"sqlserver": "tsql", "fabric": "tsql", "synapse": "tsql"}


def sql_dialect(manifest: Mapping[str, Any]) -> str:
    """Return the dialect of the project's adapter; '' (sqlglot's own) if sqlglot lacks it."""
    adapter = str((manifest.get("metadata") or {}).get("adapter_type") or "")
    name = _OTHER_NAMES.get(adapter, adapter)
    return name if name in Dialect.classes else ""
