"""Post a message to a chat's webhook."""

from __future__ import annotations

import http.client
import json
import time
import urllib.error
import urllib.parse
import urllib.request
from typing import TYPE_CHECKING, Any

from entity_kit.errors import EntityKitError

if TYPE_CHECKING:
    from collections.abc import Callable

_ATTEMPTS = 3
_TIMEOUT_S = 10.0


def require_address(url: str) -> str:
    """Return the host of a webhook's address. Raise EntityKitError if it isn't http or https."""
    try:
        address = urllib.parse.urlsplit(url)
        host = address.hostname if address.scheme in {"http", "https"} else None
        _ = address.port  # refuses one that isn't a number
    except ValueError:  # half an IPv6 address, too
        host = None
    if any(character <= " " or character >= "\x7f" for character in url):
        host = None
    if not host:
        raise EntityKitError(
            "The webhook isn't an http or https address.", fix="--webhook https://HOST/PATH"
        )
    return host


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A redirected POST would become a GET, and a page that answers it says nothing of the message."""

    def redirect_request(self, *_: Any) -> None:
        return None


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
    host = require_address(url)
    request = urllib.request.Request(  # noqa: S310  (the scheme was looked at)
        url,
        json.dumps(message).encode(),
        {"Content-Type": "application/json", "User-Agent": "entity-kit"},
        method="POST",
    )
    opener = urllib.request.build_opener(_NoRedirect)
    trouble = ""
    for attempt in range(_ATTEMPTS):
        if attempt:
            pause(2.0 ** (attempt - 1))
        try:
            with opener.open(request, timeout=timeout_s):
                return
        except urllib.error.HTTPError as error:
            error.close()
            trouble = f"it answered {error.code} {error.reason}"
            if error.code < 500 and error.code != 429:
                break
        except http.client.HTTPException:
            trouble = "its answer isn't HTTP"
        except (OSError, ValueError) as error:
            reason = getattr(error, "reason", None) or error
            trouble = "it didn't answer in time" if _timed_out(reason) else str(reason)
    raise EntityKitError(
        f"The webhook at {host} didn't accept the message: {trouble}.",
        fix="The alerts are above. Check the address, and that this machine can reach it.",
    )


def _timed_out(reason: object) -> bool:
    return isinstance(reason, TimeoutError) or "timed out" in str(reason)
