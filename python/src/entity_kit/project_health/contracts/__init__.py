"""What models promise to those who read them, and what changed of it since a git revision.

Imports dbt's manifests, column lineage, and the metrics' impact; knows nothing of commands. Nothing
outside `cli` imports it.
"""
