"""Test that each incremental dbt model equals its own full refresh."""

__version__ = "0.1.0"

from entity_kit.compare.difference import Comparison, Diff
from entity_kit.compare.relations import diff
from entity_kit.errors import DbtError, EntityKitError, ExitCode
from entity_kit.sampling.sampling import Sample, sample
from entity_kit.verify.results import Verdict, VerifyResult
from entity_kit.verify.verification import verify

__all__ = [
    "Comparison",
    "DbtError",
    "Diff",
    "EntityKitError",
    "ExitCode",
    "Sample",
    "Verdict",
    "VerifyResult",
    "diff",
    "sample",
    "verify",
]
