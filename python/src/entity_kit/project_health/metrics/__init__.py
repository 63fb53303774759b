"""What a project's metrics mean, who owns them, and what changes them: read from dbt's manifest.

May import its neighbors in `project_health`; the command `metrics` imports it.
"""
