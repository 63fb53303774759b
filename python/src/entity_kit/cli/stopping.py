"""Stop the command in the same orderly way for every signal."""

from __future__ import annotations

import signal
import socket
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_SIGNALS = [
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
]
_PATIENCE = 5.0  # seconds


@contextmanager
def stoppable(interrupt: Callable[[], None]) -> Iterator[None]:
    """Turn Ctrl-C, SIGTERM and SIGHUP into KeyboardInterrupt. Call it in the main thread only.

    Of several signals within a few seconds only the first counts, so none interrupts the cleanup.
    `interrupt` is called at once in its own thread, because code outside of Python, such as a
    query, doesn't reliably notice signals.
    """
    asked = float("-inf")

    def stop(*_: object) -> None:
        nonlocal asked
        if time.monotonic() - asked > _PATIENCE:
            asked = time.monotonic()
            raise KeyboardInterrupt

    def pass_on() -> None:
        while ours.recv(1):
            interrupt()

    ours, theirs = socket.socketpair()
    theirs.setblocking(False)
    before = {number: signal.signal(number, stop) for number in _SIGNALS}
    woken = signal.set_wakeup_fd(theirs.fileno(), warn_on_full_buffer=False)
    watcher = threading.Thread(target=pass_on, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        signal.set_wakeup_fd(woken)
        theirs.close()
        watcher.join()
        ours.close()
        for number, handler in before.items():
            signal.signal(number, handler)
