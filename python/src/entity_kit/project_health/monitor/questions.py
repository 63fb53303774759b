"""Questions to the warehouse that one bad table must not spoil for the others."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from entity_kit.errors import DbtError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    Rows = Sequence[Mapping[str, Any]]

# In a query that is put together with others, the number that its rows have there.
NUMBER = "{entity_kit_number}"
# What one query asks at most; more could be too long for a command line.
_TOGETHER = 40
# Lines of dbt's message that say where, not what; a dbt on its own begins one with the time.
_FRAME = re.compile(
    r"dbt \w+ failed\.|Encountered an error:|(Runtime|Compilation|Database|Parsing) Error\b.*"
    r"|> (in|called by) .*"
)
_CLOCK = re.compile(r"^\d\d:\d\d:\d\d\s+")


def lookup(node: Mapping[str, Any]) -> str:
    """Return a Jinja expression for a node's relation in the warehouse; it is none if there is none."""
    parts = (node.get("database"), node["schema"], node.get("alias") or node["name"])
    names = ", ".join("none" if part is None else json.dumps(part) for part in parts)
    return f"adapter.get_relation({names})"


def ask_each(
    ask: Callable[[Sequence[str]], Mapping[str, Rows]],
    keys: Sequence[str],
    probe: Callable[[], object],
) -> dict[str, Rows | str]:
    """Ask about all keys at once; where that fails, about one after the other.

    Returns each one's rows, or why there are none. Where not even `probe` succeeds, its DbtError is
    raised: then it isn't about one of them.
    """
    found: dict[str, Rows | str] = {}
    for first in range(0, len(keys), _TOGETHER):
        some = keys[first : first + _TOGETHER]
        try:
            found |= ask(some)
        except DbtError:
            probe()
            found |= {key: _ask_one(ask, key) for key in some}
    return found


def _ask_one(ask: Callable[[Sequence[str]], Mapping[str, Rows]], key: str) -> Rows | str:
    try:
        return ask([key])[key]
    except DbtError as error:
        return what_failed(error)


def together(parts: Mapping[str, str], keys: Sequence[str]) -> str:
    """Return one query from those of the keys, each with its key's number."""
    return "\nunion all\n".join(
        parts[key].replace(NUMBER, str(number)) for number, key in enumerate(keys)
    )


def what_failed(error: DbtError) -> str:
    """Return dbt's own sentence in one line."""
    return " ".join(_said(error.message))[:300]


def _said(message: str) -> Iterator[str]:
    for line in message.splitlines():
        text = _CLOCK.sub("", line.strip())
        if text and not _FRAME.fullmatch(text):
            yield text
