"""Restrict what dbt asks of BigQuery's client to our scratch schemas.

dbt-bigquery sends its statements through the client, and also creates, copies, and deletes without
SQL. So each method of the client that can change something is held, and one whose target isn't
known is refused.
"""

from __future__ import annotations

import importlib
from functools import wraps
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from entity_kit.dbt_bridge.statements import Scope

# The versions of dbt-core on which this was checked.
CHECKED_ON = ("1.11",)

_QUERIES = ("query", "query_and_wait")
_CHANGES = (
    *(
        "create_",
        "delete_",
        "update_",
        "insert_",
        "load_",
        "copy_",
        "extract_",
        "set_",
        "undelete_",
    ),
)
# Methods whose target isn't the first argument.
_SECOND = ("load_", "copy_")
_NAMES = ("destination", "table", "table_ref", "dataset", "dataset_ref", "routine", "model")


def hold(
    let_pass: Callable[[str], str],
    scope: Callable[[], Scope | None],
    stopped: Callable[[str], Exception],
    client: Any = None,
) -> None:
    """Hold a client's class: `let_pass` says what to run instead of a statement."""
    if client is None:
        client = importlib.import_module("google.cloud.bigquery").Client

    def query(original: Any) -> Any:
        @wraps(original)
        def held(self: Any, query: str, *args: Any, **kwargs: Any) -> Any:
            return original(self, let_pass(query), *args, **kwargs)

        return held

    def change(name: str, original: Any) -> Any:
        @wraps(original)
        def held(self: Any, *args: Any, **kwargs: Any) -> Any:
            now, dataset = scope(), dataset_of(name, args, kwargs)
            if now is not None and dataset not in now.schemas:
                raise stopped(f"{name.replace('_', ' ')} {dataset or ''}".strip())
            return original(self, *args, **kwargs)

        return held

    for name in dir(client):
        original = getattr(client, name)
        if name in _QUERIES:
            setattr(client, name, query(original))
        elif name.startswith(_CHANGES) and callable(original):
            setattr(client, name, change(name, original))


def dataset_of(name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> str | None:
    """Return the dataset that a method of the client would change, or None if it can't be told."""
    at = 1 if name.startswith(_SECOND) else 0
    given = args[at] if len(args) > at else next((kwargs[n] for n in _NAMES if n in kwargs), None)
    if isinstance(given, str):
        parts = given.split(".")
        return parts[-1] if name.endswith("_dataset") else [None, *parts][-2]
    found = getattr(given, "dataset_id", None)
    return found if isinstance(found, str) else None
