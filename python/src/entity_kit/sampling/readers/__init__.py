"""How the warehouse is asked and read: DuckDB files by DuckDB, all others through dbt's adapter.

Both send nothing but `select`, and mask values before anything reaches a disk. May import what
`sampling` may.
"""
