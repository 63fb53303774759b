"""Where long work reports its progress."""

from __future__ import annotations


class Progress:
    """Where long work is told; this one tells nobody."""

    def plan(self, runs: int) -> None:
        """Say how many dbt runs are ahead."""

    def run(self, text: str) -> None:
        """Say which run begins."""

    def detail(self, text: str) -> None:
        """Say what is being done within it."""

    def done(self) -> None:
        """Say that a run ended."""
