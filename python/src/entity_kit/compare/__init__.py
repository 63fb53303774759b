"""Compare two relations as multisets, with a tolerance for floats, and report the difference.

Knows SQL types and DuckDB, and nothing of dbt or of arrivals.
May import `errors` and `warehouse` only.
"""
