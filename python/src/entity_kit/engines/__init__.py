"""Scratch warehouses, one module per engine: DuckDB files, or schemas on Postgres or Spark.

`server` holds what every engine other than DuckDB shares; `engine` is their protocol.
May import `arrivals`, `dbt_bridge`, and the floors below, but not `replay`.
"""
