"""What each source shows at which step: loads, lateness, the timeline, deliveries, schedules, cases.

Holds the small values that the floors above share, such as `Model`.
May import `compare`, `warehouse`, and `errors`; it knows nothing of how dbt runs.
"""
