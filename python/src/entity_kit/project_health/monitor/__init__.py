"""What `entity-kit monitor` checks: runs, anomalies, and ages; what it says of them, and to whom.

The command asks dbt and the warehouse; here are pure functions over plain data, and the webhook.
May import its neighbors in `project_health`; the command `monitor` imports it.
"""

from entity_kit.project_health.monitor.alerts import Alert
from entity_kit.project_health.monitor.runs import Run, judge
from entity_kit.project_health.monitor.telling import as_message, text_lines
from entity_kit.project_health.monitor.webhook import post

__all__ = ["Alert", "Run", "as_message", "judge", "post", "text_lines"]
