"""What a project's own metadata shows: deprecations, policies, coverage, monitoring, its page.

Reads dbt's artifacts, the metadata models, and in `onboarding` the sources; nothing here replays a
project. May import `verify` and the floors below, but not `cli`.
"""
