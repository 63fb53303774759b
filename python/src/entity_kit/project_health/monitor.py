"""Check a project's run history, and post the alerts to a chat webhook."""

from __future__ import annotations

import json
import statistics
import time
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from entity_kit.errors import EntityKitError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

# A model's past is worth comparing with from this many successful runs on.
_ENOUGH = 5
_ATTEMPTS = 3
_TIMEOUT_S = 10.0
# Below this a factor says more about the machine than about the model.
_SHORT_S = 10.0


@dataclass(frozen=True, slots=True)
class Run:
    """One run of one model, as `run_history` has it; `seconds` may be missing.

    `unique_id` tells models of one name apart, of two packages for instance.
    """

    model: str
    status: str
    seconds: float | None
    unique_id: str = ""


@dataclass(frozen=True, slots=True)
class Alert:
    """One model that needs attention, and why."""

    model: str
    reason: str


def judge(
    runs: Iterable[Run], *, threshold_s: float, factor: float = 2.0, failures: int = 2
) -> list[Alert]:
    """Check each model's latest run against its past; `runs` come oldest first.

    A model is slow over `threshold_s` seconds, or over `factor` times the median of its past good
    runs, at least five of them; it fails repeatedly where its last `failures` runs all failed.
    """
    by_model: dict[tuple[str, str], list[Run]] = {}
    for run in runs:
        if run.status in {"success", "error"}:
            key = ("", run.unique_id) if run.unique_id else (run.model, "")
            by_model.setdefault(key, []).append(run)
    return [
        Alert(history[-1].model, reason)
        for _, history in sorted(by_model.items())
        for reason in _reasons(history, threshold_s, factor, failures)
    ]


def _reasons(
    history: Sequence[Run], threshold_s: float, factor: float, failures: int
) -> Iterator[str]:
    streak = 0
    for run in reversed(history):
        if run.status != "error":
            break
        streak += 1
    if streak >= failures:
        yield f"failed {streak} times in a row"
    last = history[-1]
    if last.status != "success" or last.seconds is None:
        return
    if last.seconds > threshold_s:
        yield f"took {last.seconds:,.1f} s, over the threshold of {threshold_s:,.0f} s"
    past = [run.seconds for run in history[:-1] if run.status == "success" and run.seconds]
    if len(past) >= _ENOUGH and last.seconds > _SHORT_S:
        usual = statistics.median(past)
        if last.seconds > factor * usual:
            yield (
                f"took {last.seconds:,.1f} s, {last.seconds / usual:.1f} times its usual "
                f"{usual:,.1f} s"
            )


def text_lines(alerts: Sequence[Alert]) -> Iterator[str]:
    """Yield one line for each alert."""
    for alert in alerts:
        yield f"{alert.model}: {alert.reason}"
    count = len(alerts)
    yield f"{count} alert{'' if count == 1 else 's'}." if count else "No alerts."


def as_message(project: str, alerts: Sequence[Alert]) -> dict[str, Any]:
    """Return the alerts as a message for Slack-compatible webhooks."""
    lines = [f"{alert.model}: {alert.reason}" for alert in alerts]
    said = f"{project}: {len(alerts)} model alert{'' if len(alerts) == 1 else 's'}"
    # These three characters have a meaning in Slack.
    text = "\n".join([said, *(f"• {line}" for line in lines)])
    return {"text": text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")}


def post(
    url: str,
    message: dict[str, Any],
    *,
    timeout_s: float = _TIMEOUT_S,
    pause: Callable[[float], None] = time.sleep,
) -> None:
    """Post a message, with three attempts if the failure may be temporary.

    Raises EntityKitError where it is refused or can't be reached; the address stays unsaid but for
    its host, since a webhook's path is its secret.
    """
    address = urllib.parse.urlsplit(url)
    if address.scheme not in {"http", "https"} or not address.hostname:
        raise EntityKitError(
            "The webhook isn't an http or https address.", fix="--webhook https://HOST/PATH"
        )
    request = urllib.request.Request(  # noqa: S310  (the scheme was looked at)
        url,
        json.dumps(message).encode(),
        {"Content-Type": "application/json", "User-Agent": "entity-kit"},
        method="POST",
    )
    trouble = ""
    for attempt in range(_ATTEMPTS):
        if attempt:
            pause(2.0 ** (attempt - 1))
        try:
            with urllib.request.urlopen(request, timeout=timeout_s):  # noqa: S310
                return
        except urllib.error.HTTPError as error:
            error.close()
            trouble = f"it answered {error.code} {error.reason}"
            if error.code < 500 and error.code != 429:
                break
        except (OSError, ValueError) as error:
            reason = getattr(error, "reason", None) or error
            trouble = "it didn't answer in time" if _timed_out(reason) else str(reason)
    raise EntityKitError(
        f"The webhook at {address.hostname} didn't accept the message: {trouble}.",
        fix="The alerts are above. Check the address, and that this machine can reach it.",
    )


def _timed_out(reason: object) -> bool:
    return isinstance(reason, TimeoutError) or "timed out" in str(reason)
