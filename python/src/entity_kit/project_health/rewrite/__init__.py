"""Rewrite the readers of a deprecated model to its replacement, or report what can't be rewritten.

Reads SQL with sqlglot and YAML as text, and returns edits; `cli` writes the files.
May import `project_health`'s register of deprecations and the floors below.
"""
