"""Find out why a model differs from its full refresh: one module per cause, tried in one table.

Here live the causes (each with what it claims, the codes it can return, its experiment and its
evidence), the laboratory that replays the experiments, and the places in the code that a cause
points to. This package may import what lies below it: replay, engines, arrivals, dbt_bridge,
compare, warehouse and errors; it may not import verify, search, the reports or the command line.
"""

from __future__ import annotations

from entity_kit.causes.catalog import CATALOG, CODES, diagnose
from entity_kit.causes.differing import Differing
from entity_kit.causes.laboratory import Laboratory

__all__ = ["CATALOG", "CODES", "Differing", "Laboratory", "diagnose"]
