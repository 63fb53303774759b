"""Wait for other processes in tests, however busy the machine is."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

# Only what hangs takes this long. Less than pytest's own limit, so that the test says what hung.
PATIENCE = 600


def wait_until(condition: Callable[[], object], what: str) -> None:
    """Return as soon as a condition is true, or fail if it never is."""
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, f"not after {PATIENCE} seconds: {what}"
        time.sleep(0.02)
