"""Tell which incremental strategy a model has under a dbt, the adapter's default included."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

_CALLED = re.compile(r"get_incremental_(\w+?)_sql\(arg_dict")


def strategy_of(manifest: Mapping[str, Any], config: Mapping[str, Any]) -> str:
    """Return the configured strategy, or the default of the adapter; '' if it isn't known."""
    return str(config.get("incremental_strategy") or "") or _default(manifest)


def _default(manifest: Mapping[str, Any]) -> str:
    """Return the strategy whose macro the adapter's default one calls."""
    adapter = manifest["metadata"].get("adapter_type")
    macros = manifest.get("macros") or {}
    for unique_id in (
        f"macro.dbt_{adapter}.{adapter}__get_incremental_default_sql",
        "macro.dbt.default__get_incremental_default_sql",
    ):
        found = _CALLED.search((macros.get(unique_id) or {}).get("macro_sql") or "")
        if found is not None:
            return found[1].replace("delete_insert", "delete+insert")
    return ""
