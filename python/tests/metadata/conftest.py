"""The fixtures of this family: a dbt project with the package installed, and runs at a given date."""

from support.dated_runs import adopt, at
from support.macro_project import (
    duckdb_only,
    empty_project,
    engine,
    make_project,
    refused,
    render,
    warehouse,
)

__all__ = [
    "adopt",
    "at",
    "duckdb_only",
    "empty_project",
    "engine",
    "make_project",
    "refused",
    "render",
    "warehouse",
]
