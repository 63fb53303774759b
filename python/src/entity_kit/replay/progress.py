"""Where long work reports its progress."""

from __future__ import annotations


class Progress:
    """Receives progress of long work. This one ignores it; subclasses display it."""

    def plan(self, runs: int) -> None:
        """Say how many dbt runs are ahead."""

    def run(self, text: str) -> None:
        """Say which run begins."""

    def detail(self, text: str) -> None:
        """Say what is being done within it."""

    def found(self, text: str) -> None:
        """Report a difference as soon as it is found."""

    def done(self) -> None:
        """Say that a run ended."""
