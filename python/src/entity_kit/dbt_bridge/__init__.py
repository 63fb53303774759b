"""Everything that touches dbt: the project and its profile, runners and workers, SQL statements.

Only modules in this package import dbt. Patches of dbt's internals are in `patches`.
May import `compare`, `warehouse`, and `errors`; it knows nothing of arrivals.
"""
