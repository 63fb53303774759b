"""The files of a new entity, from its spec: `entity-kit new`.

`spec_text`, `reader`, and `reading` read a spec, `spec` says what one is, the modules with SQL and
YAML write files' texts, and `plan` compares them with a project. Nothing here runs dbt or writes.
"""
