"""Find out who wrote the SQL that reaches dbt's adapter: dbt's macros, or the user's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from entity_kit.dbt_bridge.nodes import DBTS_OWN

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import CodeType, FrameType

# Macros that pass on what their caller wrote.
_PASSING = frozenset(
    {
        *("statement", "run_query", "noop_statement", "run_hooks"),
        *("get_columns_in_query", "default__get_columns_in_query"),
    }
)
_MATERIALIZATION = "materialization_"


def is_the_users(frame: FrameType | None, calls: CodeType) -> bool:
    """Return whether the user wrote the SQL that a frame sends, in a model, a hook, or a macro.

    `calls` is the code of the method through which dbt calls a macro.
    """
    passed = False
    for macro in _macros(frame, calls):
        name = str(macro.name)
        if macro.package_name not in DBTS_OWN:
            # A user's materialization wraps what has been translated already.
            return not name.startswith(_MATERIALIZATION)
        if name == "run_hooks":
            return True
        if name not in _PASSING:
            return False
        passed = True
    return passed  # by a model's own text, then


def asks_for_the_user(frame: FrameType | None, calls: CodeType) -> bool:
    """Return whether what a frame answers goes into the user's SQL: a macro of theirs asks, or a model."""
    macro = next(_macros(frame, calls), None)
    return macro is None or macro.package_name not in DBTS_OWN


def _macros(frame: FrameType | None, calls: CodeType) -> Iterator[Any]:
    """Yield the macros that are being called, the innermost first."""
    while frame is not None:
        if frame.f_code is calls:
            yield frame.f_locals["self"].macro
        frame = frame.f_back
