"""Restrict what dbt sends to a server to our scratch schemas, and stop the clock in it.

Installed only in a process that runs dbt for us. Each statement of dbt, of any macro, hook or
package, goes through its adapter's `add_query`, and so through here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from entity_kit.dbt_bridge.statements import Scope, offence, with_clock

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from entity_kit.dbt_bridge.redirect import Redirect

# The versions of dbt-core on which this was checked.
CHECKED_ON = ("1.9", "1.10", "1.11")

_NOTHING = "select 1 where 1 = 0"


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
        from dbt_common.exceptions import DbtRuntimeError  # noqa: PLC0415  (dbt is there by now)

        raise DbtRuntimeError(
            f"entity-kit stopped this statement: it would {found}, outside the scratch "
            "schemas. Name the target with this, ref(), or source()."
        )


_guard = _Guard()


def enforce(redirect: Redirect | None, clock: datetime | None, tell: Callable[[str], None]) -> None:
    """Allow only what a redirect allows from now on. None allows everything."""
    if redirect is None and not _guard.installed:
        return
    _install()
    _guard.clock, _guard.tell, _guard.temporary = clock, tell, set()
    _guard.scope = None
    if redirect is not None:
        writable, functions = frozenset(redirect.writable), frozenset(redirect.functions)
        _guard.scope = Scope(redirect.dialect, writable, functions)


def _install() -> None:
    if _guard.installed:
        return
    from dbt.adapters.sql import SQLConnectionManager  # noqa: PLC0415
    from dbt_common.events.contextvars import get_node_info  # noqa: PLC0415

    original = SQLConnectionManager.add_query

    def add_query(self: Any, sql: str, *args: Any, **kwargs: Any) -> Any:
        node = str((get_node_info() or {}).get("unique_id") or "")
        return original(self, _guard.let_pass(sql, node), *args, **kwargs)

    SQLConnectionManager.add_query = add_query
    _guard.installed = True
