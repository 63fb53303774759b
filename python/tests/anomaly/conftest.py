"""The fixtures of this family: a dbt project with the package installed."""

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
    "duckdb_only",
    "empty_project",
    "engine",
    "make_project",
    "refused",
    "render",
    "warehouse",
]
