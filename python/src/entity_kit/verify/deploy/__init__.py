"""The day when code changes: `entity-kit verify --deploy-from REF`.

The project runs up to a step with the code of a git revision, and from there on with the code that
is here. Each incremental model is then held against the new code's full refresh.
May import what `verify` may.
"""
