"""Prepares a process in which dbt will run many times: its locks, and its search for plugins."""

from __future__ import annotations

from typing import Any

# The versions of dbt-core on which this was checked.
CHECKED_ON = ("1.9", "1.10", "1.11")


def use_context(context: Any) -> None:
    """Make dbt's locks with this multiprocessing context, before anything else of dbt is imported.

    Locks of the context `fork` have no system name that a killed worker could leave behind.
    """
    from dbt import mp_context  # noqa: PLC0415  (only where dbt is importable)

    mp_context._MP_CONTEXT = context  # noqa: SLF001


def find_plugins_once() -> None:
    """Look for dbt's plugins only once, because listing all modules is a tenth of a warm run."""
    from dbt.plugins.manager import PluginManager  # noqa: PLC0415

    found = PluginManager.get_prefixed_modules()
    PluginManager.get_prefixed_modules = lambda: found
