"""What a project's own metadata shows: deprecations, policies, coverage, monitoring, its page.

Reads dbt's artifacts and the metadata models; nothing here replays a project.
May import `verify.results` and the floors below, but not `cli`.
"""
