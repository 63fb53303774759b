"""The main job: options, the session, the plan, the verdicts; the search and the reports.

Everything that `entity-kit verify` prints comes from the values in `results`.
May import every package below it, but not `cli` or `project_health`.
"""
