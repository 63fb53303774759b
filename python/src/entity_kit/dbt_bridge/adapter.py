"""Run our own SQL on the project's server through dbt's adapter.

Beside `project` the only module that imports dbt: there dbt runs, here only its adapter.
"""

from __future__ import annotations

import importlib.util
from typing import Any

from entity_kit.errors import EntityKitError


def require_adapter(kind: str) -> None:
    """Raise EntityKitError if the adapter for a type of target isn't installed."""
    if not (
        _installed("dbt") and _installed("dbt.adapters") and _installed(f"dbt.adapters.{kind}")
    ):
        raise EntityKitError(
            f"The target is of type {kind}, and dbt-{kind} is not installed.",
            fix=f"pip install {'dbt-spark[session]' if kind == 'spark' else f'dbt-{kind}'}",
        )


def _installed(module: str) -> bool:
    return importlib.util.find_spec(module) is not None


def open_handle(kind: str) -> Any:
    """Open a connection to the target that dbt parsed the project with. The caller closes it.

    Given is the handle of the engine's own driver, as the adapter makes it: with the profile's
    role, certificates and so on.
    """
    from dbt.adapters.contracts.connection import Connection  # noqa: PLC0415  (once dbt is there)
    from dbt.adapters.factory import get_adapter_by_type  # noqa: PLC0415
    from dbt_common.exceptions import DbtBaseException  # noqa: PLC0415

    adapter: Any = get_adapter_by_type(kind)
    connection = Connection(
        type=kind,  # type: ignore[arg-type,unused-ignore]
        name="entity_kit",
        credentials=adapter.config.credentials,
    )
    try:
        return type(adapter.connections).open(connection).handle
    except DbtBaseException as error:
        raise EntityKitError(
            f"Can't reach the {kind} server: {' '.join(str(error).split())}",
            fix="Start it, or correct host, port, dbname, user, and password in the profile.",
        ) from error
