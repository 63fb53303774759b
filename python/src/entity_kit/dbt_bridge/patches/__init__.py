"""Patches of dbt's internals, one per module, each with the versions it was checked on.

They set the clock that dbt sees and rewrite the statements that reach an adapter.
May import `dbt_bridge`'s plain modules; nothing but the runners imports them.
"""
