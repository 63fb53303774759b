"""Progress of long-running work."""

from __future__ import annotations


class Progress:
    """Receives progress of long-running work. This class ignores it; subclasses display it."""

    def plan(self, runs: int) -> None:
        """Report how many dbt runs are planned."""

    def run(self, text: str) -> None:
        """Report which run starts."""

    def detail(self, text: str) -> None:
        """Report what happens within the run."""

    def found(self, text: str) -> None:
        """Report a difference as soon as it is found."""

    def done(self) -> None:
        """Report that a run ended."""
