"""Alerts as lines, as JSON, and as one message for a chat."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from entity_kit.wording import counted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from entity_kit.project_health.monitor.alerts import Alert, Checked
    from entity_kit.project_health.monitor.state import News, Told

# A chat cuts a message that is longer.
_SHOWN = 40


def text_lines(alerts: Sequence[Alert]) -> Iterator[str]:
    """Yield one line for each alert."""
    for alert in alerts:
        yield f"{alert.model}: {alert.reason}"
    count = len(alerts)
    yield f"{counted(count, 'alert')}." if count else "No alerts."


def as_message(
    project: str, alerts: Sequence[Alert], over: Sequence[Told] = (), known: int = 0
) -> dict[str, Any]:
    """Return alerts, and problems that are over, as a message for Slack-compatible webhooks.

    `known` is how many more problems still last that were told before.
    """
    kind = "alert" if any(alert.check == "freshness" for alert in alerts) else "model alert"
    said = [counted(len(alerts), kind)] if alerts else []
    said += [f"{len(over)} over"] if over else []
    said += [f"{known} known"] if known else []
    bullets = [*map(_bullet, alerts), *(f"✓ {each.model}: over: {each.reason}" for each in over)]
    lines = [f"{project}: {', '.join(said)}", *bullets[:_SHOWN]]
    if len(bullets) > _SHOWN:
        lines.append(f"… and {len(bullets) - _SHOWN} more: run entity-kit monitor")
    text = "\n".join(lines)
    # These three characters have a meaning in Slack.
    return {"text": text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")}


def _bullet(alert: Alert) -> str:
    parts = ("expected", "actual", "owner", "link")
    told = [f"\n    {part}: {value}" for part in parts if (value := getattr(alert, part))]
    return f"• {alert.model}: {alert.reason}{''.join(told)}"


def as_json(checked: Checked, news: News | None) -> dict[str, Any]:
    """Return the alerts as plain data, version 1; with what is new and over if there is a state."""
    parts = ("check", "model", "about", "reason", "expected", "actual", "owner", "link")
    new = None if news is None else {alert.key for alert in news.new}
    return {
        "version": 1,
        "checks": dict(sorted(Counter(check for check, _ in checked.judged).items())),
        "alerts": [
            {
                **{
                    "unique_id" if part == "about" else part: getattr(alert, part) for part in parts
                },
                "is_new": None if new is None else alert.key in new,
            }
            for alert in checked.alerts
        ],
        "over": None if news is None else [_as_over(each) for each in news.over],
    }


def _as_over(told: Told) -> dict[str, str]:
    return {"model": told.model, "reason": told.reason, "since": told.since}
