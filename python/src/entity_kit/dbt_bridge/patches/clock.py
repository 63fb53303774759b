"""Set the clock that dbt's Jinja sees: `run_started_at`, microbatch's end, `modules.datetime`.

Nothing of entity_kit may be imported here: the command runner copies this file into another
Python as `sitecustomize.py`, where the environment variable ENTITY_KIT_CLOCK carries the time.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import sys
from importlib.machinery import PathFinder
from importlib.util import module_from_spec
from pathlib import Path
from typing import Any

# The versions of dbt-core on which this was checked.
CHECKED_ON = ("1.9", "1.10", "1.11")

VARIABLE = "ENTITY_KIT_CLOCK"
_now: list[dt.datetime] = []


class _SimulatedDatetime(dt.datetime):
    @classmethod
    def now(cls, tz: Any = None) -> Any:
        return _now[0].astimezone(tz) if tz else _now[0].replace(tzinfo=None)

    @classmethod
    def utcnow(cls) -> Any:
        return _now[0].replace(tzinfo=None)

    @classmethod
    def today(cls) -> Any:
        return cls.now()


class _SimulatedDate(dt.date):
    @classmethod
    def today(cls) -> Any:
        return _now[0].date()


def install() -> None:
    """Patch the imported dbt once. `set_clock` then sets the time."""
    import dbt.context.base as context  # noqa: PLC0415  (only where dbt is importable)
    from dbt import tracking  # noqa: PLC0415
    from dbt.materializations.incremental.microbatch import (  # noqa: PLC0415
        MicrobatchBuilder,
    )

    class User(tracking.User):  # type: ignore[misc]
        simulated = True

        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            if _now:
                self.run_started_at = _now[0]

    if getattr(tracking.User, "simulated", False):
        return

    original_init = MicrobatchBuilder.__init__
    original_modules = context.get_datetime_module_context

    def init(self: Any, *args: Any, **kwargs: Any) -> None:
        original_init(self, *args, **kwargs)
        if _now:
            self.default_end_time = _now[0]

    def modules() -> Any:
        shown = dict(original_modules())
        if _now:
            shown.update(datetime=_SimulatedDatetime, date=_SimulatedDate)
        return shown

    tracking.User = User
    MicrobatchBuilder.__init__ = init
    context.get_datetime_module_context = modules


def set_clock(now: dt.datetime | None) -> None:
    """Stop dbt's clock at `now` (aware, UTC). None restores the real clock."""
    _now[:] = [now] if now else []


def _run_the_users_own() -> None:
    """Run the `sitecustomize` that this file hides, if the user has one."""
    here = Path(__file__).resolve().parent
    others = [folder for folder in sys.path if Path(folder).resolve() != here]
    found = PathFinder.find_spec("sitecustomize", others)
    if found is not None and found.loader is not None:
        found.loader.exec_module(module_from_spec(found))


if __name__ == "sitecustomize":
    with contextlib.suppress(ImportError):
        _run_the_users_own()
    if os.environ.get(VARIABLE):
        with contextlib.suppress(ImportError):
            install()
            set_clock(dt.datetime.fromisoformat(os.environ[VARIABLE]))
