"""What each dialect has, and what it is in DuckDB: a table for each."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from entity_kit.dialects.constructs.entries import Table


def table_of(dialect: str) -> Table:
    module = import_module(f"entity_kit.dialects.constructs.{dialect}")
    table: Table = module.TABLE
    return table
