"""Restrict what dbt sends to a server to our scratch schemas, and stop the clock in it.

Installed only in a process that runs dbt for us. Each statement of dbt, of any macro, hook or
package, goes through its adapter's `add_query`, and so through here. BigQuery's goes through its
client; see `patches.bigquery`.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from entity_kit.dbt_bridge.patches import bigquery
from entity_kit.dbt_bridge.sql_clock import with_clock
from entity_kit.dbt_bridge.statements import Scope, offence

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from entity_kit.dbt_bridge.redirect import Redirect

# The versions of dbt-core on which this was checked.
CHECKED_ON = ("1.9", "1.10", "1.11")

# Warehouses that also run code of a model's own, or have another way to them than `add_query`.
_OWN_WAYS = {"snowflake", "bigquery", "redshift", "databricks"}
_NOTHING = "select 1 limit 0"


class _Guard:
    """The rules for the current run; `scope` is None if there are none."""

    def __init__(self) -> None:
        self.installed = False
        self.scope: Scope | None = None
        self.clock: datetime | None = None
        self.temporary: set[str] = set()
        self.tell: Callable[[str], None] = lambda _: None

    def let_pass(self, sql: str, node: str) -> str:
        """Return what to run instead of a statement. Raise if a model would write elsewhere."""
        if self.scope is None:
            return sql
        found = offence(sql, self.scope, self.temporary)
        if found is None:
            return sql if self.clock is None else with_clock(sql, self.scope.dialect, self.clock)
        if node.startswith("operation."):
            name = node.rsplit(".", maxsplit=1)[-1]
            self.tell(f"Hook {name} was skipped: it would {found}, outside the scratch schemas.")
            return _NOTHING
        raise self.stopped(found)

    @staticmethod
    def stopped(what: str) -> Exception:
        from dbt_common.exceptions import DbtRuntimeError  # noqa: PLC0415  (dbt is there by now)

        error: Exception = DbtRuntimeError(
            f"entity-kit stopped this statement: it would {what}, outside the scratch "
            "schemas. Name the target with this, ref(), or source()."
        )
        return error


_guard = _Guard()


def enforce(redirect: Redirect | None, clock: datetime | None, tell: Callable[[str], None]) -> None:
    """Allow only what a redirect allows from now on. None allows everything."""
    if redirect is None and not _guard.installed:
        return
    _install(redirect.dialect if redirect is not None else None)
    _guard.clock, _guard.tell, _guard.temporary = clock, tell, set()
    _guard.scope = None
    if redirect is not None:
        writable, functions = frozenset(redirect.writable), frozenset(redirect.functions)
        _guard.scope = Scope(redirect.dialect, writable, functions)


def _install(dialect: str | None) -> None:
    if _guard.installed:
        return
    from dbt.adapters.sql import SQLConnectionManager  # noqa: PLC0415

    _hold(SQLConnectionManager)
    if dialect in _OWN_WAYS:
        adapter = importlib.import_module(f"dbt.adapters.{dialect}").Plugin.adapter
        if dialect == "databricks":  # it doesn't pass statements on
            _hold(adapter.ConnectionManager)
        if dialect == "bigquery":
            bigquery.hold(_pass, lambda: _guard.scope, _guard.stopped)
        adapter.submit_python_job = _refuse_python
    _guard.installed = True


def _hold(manager: Any) -> None:
    original = manager.add_query

    def add_query(self: Any, sql: str, *args: Any, **kwargs: Any) -> Any:
        return original(self, _pass(sql), *args, **kwargs)

    manager.add_query = add_query


def _pass(sql: str) -> str:
    from dbt_common.events.contextvars import get_node_info  # noqa: PLC0415

    return _guard.let_pass(sql, str((get_node_info() or {}).get("unique_id") or ""))


def _refuse_python(*_: Any, **__: Any) -> Any:
    from dbt_common.exceptions import DbtRuntimeError  # noqa: PLC0415

    raise DbtRuntimeError(
        "entity-kit runs no Python model on a warehouse: what its code writes can't be seen."
    )
