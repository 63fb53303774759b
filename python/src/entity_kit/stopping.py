"""Ends the command in the same orderly way whichever signal asks for it."""

from __future__ import annotations

import _thread
import signal
import socket
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_SIGNALS = [
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
]


@contextmanager
def stoppable() -> Iterator[None]:
    """Turn the first Ctrl-C, SIGTERM or SIGHUP into KeyboardInterrupt, and ignore any more.

    So nothing interrupts the cleaning up. Only the main thread may call this.
    """
    asked = False

    def stop(*_: object) -> None:
        nonlocal asked
        if not asked:
            asked = True
            raise KeyboardInterrupt

    ours, theirs = socket.socketpair()
    theirs.setblocking(False)
    before = {number: signal.signal(number, stop) for number in _SIGNALS}
    woken = signal.set_wakeup_fd(theirs.fileno(), warn_on_full_buffer=False)
    watcher = threading.Thread(target=_pass_on, args=(ours,), daemon=True)
    watcher.start()
    try:
        yield
    finally:
        signal.set_wakeup_fd(woken)
        theirs.close()
        watcher.join()
        ours.close()
        # Last, so that what the watcher still passed on is ignored too.
        for number, handler in before.items():
            signal.signal(number, handler)


def _pass_on(received: socket.socket) -> None:
    """Make a Ctrl-C of every signal: a running query of DuckDB's ends for no other."""
    while number := received.recv(1):
        if number[0] != signal.SIGINT:
            _thread.interrupt_main()
