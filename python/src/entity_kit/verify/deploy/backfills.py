"""What rebuilds a part of a table: batches of a microbatch model, or a variable that a model reads."""

from __future__ import annotations

import ast
import math
import re
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

import yaml

from entity_kit.dbt_bridge.microbatch import around, is_microbatch, window_options

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from entity_kit.verify.deploy.results import Wrong

# A variable with its default, as a model's text calls it.
_VARIABLE = re.compile(
    r"""\bvar\(\s*(['"])(?P<name>[\w.]+)\1\s*(?:,\s*(?P<default>[^()]*?)\s*)?\)"""
)
_MOST_VARIABLES = 3
_DATE = "%Y-%m-%d"


@dataclass(frozen=True, slots=True)
class Backfill:
    """Options for one more run of a model that rebuilds the rows from `start` to `end`, if it is right.

    `shown` are the options as a person types them, `given` as our runs take them.
    """

    shown: tuple[str, ...]
    given: tuple[str, ...]
    start: datetime
    end: datetime | None = None


def backfills(
    node: Mapping[str, Any], wrong: Wrong, clock: datetime, variables: Mapping[str, Any]
) -> Iterator[Backfill]:
    """Yield what may mend a model's wrong rows without all the others, the smallest first.

    `variables` are those that every run of ours sets, `clock` is when the backfill would run.
    """
    if wrong.period is None or wrong.schema_changes:
        return
    time, first, last = wrong.period
    start, end = (_moment(text) for text in (first, last))
    if start is None or end is None:
        return
    config = node["config"]
    if is_microbatch(node):
        if str(config.get("event_time") or "").casefold() == time.casefold():
            window = around(start, end, str(config["batch_size"]))
            options = tuple(window_options(window))
            yield Backfill(options, options, *window)
        return
    for name, value in _values(node.get("raw_code") or "", start, clock):
        text = yaml.safe_dump({**variables, name: value}, default_flow_style=True, width=math.inf)
        shown = yaml.safe_dump({name: value}, default_flow_style=True, width=math.inf).strip()
        yield Backfill(("--vars", shown), (f"--vars={text}",), start)


def _values(text: str, start: datetime, clock: datetime) -> Iterator[tuple[str, Any]]:
    """Yield variables that a model reads, with a value that may reach back to a moment."""
    found = {each["name"]: each["default"] for each in _VARIABLE.finditer(text)}
    days = max(0, (clock.date() - start.date()).days) + 1
    for name, default in list(found.items())[:_MOST_VARIABLES]:
        if _is_number(default):
            yield name, days
            yield name, days * 24
        else:
            yield name, start.strftime(_DATE)


def _is_number(default: str | None) -> bool:
    try:
        value = ast.literal_eval(default or "")
    except (SyntaxError, ValueError):
        return False
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _moment(text: str) -> datetime | None:
    """Read a date or a timestamp as DuckDB prints it; without a zone, it is UTC."""
    text = re.sub(r"([+-]\d\d)$", r"\1:00", text)
    # Python 3.10 reads three or six digits only.
    text = re.sub(r"\.(\d{1,6})\d*", lambda found: "." + found[1].ljust(6, "0"), text)
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found.replace(tzinfo=found.tzinfo or timezone.utc).astimezone(timezone.utc)
