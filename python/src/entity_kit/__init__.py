"""Proves that each incremental dbt model equals its own full refresh."""

__version__ = "0.1.0"

from entity_kit.compare import Comparison, Diff, diff
from entity_kit.errors import DbtError, EntityKitError, ExitCode
from entity_kit.results import Verdict, VerifyResult
from entity_kit.verify import verify

__all__ = [
    "Comparison",
    "DbtError",
    "Diff",
    "EntityKitError",
    "ExitCode",
    "Verdict",
    "VerifyResult",
    "diff",
    "verify",
]
