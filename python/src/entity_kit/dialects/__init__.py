"""The SQL of a warehouse as DuckDB's, or an error: nothing in between."""

from __future__ import annotations

from entity_kit.dialects.translate import DIALECTS, UnsupportedError, prelude, to_duckdb

__all__ = ["DIALECTS", "UnsupportedError", "prelude", "to_duckdb"]
