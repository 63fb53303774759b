"""Tells a dbt whose clock can't be set which batches of a microbatch model to build.

dbt v2 counts batches back from the machine's own time. A replayed run stands at another time, so it
gets dbt's `--event-time-start` and `--event-time-end`. These hold for all models of a command, so
a run is cut into commands that each have one window.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from graphlib import TopologicalSorter
from typing import TYPE_CHECKING, Any

from entity_kit.dbt_bridge.nodes import ancestors

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

Window = tuple[datetime, datetime]
Node = dict[str, Any]
# What a dbt chooses with a longer lookback is taken to be as with this one.
MOST_LOOKBACK = 3


@dataclass(slots=True)
class Command:
    """Models to run at once, and the window of the microbatch models among them."""

    models: list[str] = field(default_factory=list)
    window: Window | None = None

    @property
    def options(self) -> list[str]:
        if self.window is None:
            return []
        return window_options(self.window)


def commands(
    nodes: Mapping[str, Node],
    parents: Mapping[str, Sequence[str]],
    selected: Collection[str],
    clock: datetime,
    is_incremental: Callable[[Node], bool],
    choose: Callable[..., Window | None] | None = None,
) -> list[Command]:
    """Cut a run of these models into commands: a model comes after, or with, all that it reads.

    `choose` returns the window of a microbatch model as `window` does, which it is by default.
    """
    found = [Command()]
    place: dict[str, int] = {}
    for unique_id in _in_order(parents, selected):
        # Also through models that aren't selected.
        earliest = max((place[u] for u in parents.get(unique_id, ()) if u in place), default=0)
        place[unique_id] = earliest
        if unique_id not in selected:
            continue
        node = nodes[unique_id]
        if is_microbatch(node):
            wanted = (choose or window)(node["config"], clock, is_incremental=is_incremental(node))
            while earliest < len(found) and found[earliest].window not in {None, wanted}:
                earliest += 1
            if earliest == len(found):
                found.append(Command())
            found[earliest].window = wanted
            place[unique_id] = earliest
        found[earliest].models.append(unique_id)
    return [command for command in found if command.models]


def window_options(given: Window) -> list[str]:
    """Return dbt's options for a window."""
    start, end = (f"{moment:%Y-%m-%dT%H:%M:%S}" for moment in given)
    return [f"--event-time-start={start}", f"--event-time-end={end}"]


def is_microbatch(node: Mapping[str, Any]) -> bool:
    """Tell whether dbt builds a model in batches."""
    config = node["config"]
    kind = (config.get("materialized"), config.get("incremental_strategy"))
    return kind == ("incremental", "microbatch")


def window(config: Mapping[str, Any], clock: datetime, *, is_incremental: bool) -> Window:
    """Return from when to when dbt v1 would build batches at this time, both in UTC."""
    size = str(config["batch_size"])
    end = offset(clock, size, 0)
    if end < clock:
        end = offset(clock, size, 1)
    if not is_incremental:
        return offset(_instant(config["begin"]), size, 0), end
    # The end lies on a border, so the last batch is the one before it.
    return offset(end, size, -1 - int(config.get("lookback", 1))), end


def around(first: datetime, last: datetime, size: str) -> Window:
    """Return the window of whole batches that holds both moments."""
    return offset(first, size, 0), offset(last, size, 1)


def _in_order(parents: Mapping[str, Sequence[str]], selected: Collection[str]) -> list[str]:
    """Return the models and all that lies above them, parents first."""
    above = sorted(ancestors({"parent_map": parents}, selected))
    return list(TopologicalSorter({u: parents.get(u, ()) for u in above}).static_order())


def _instant(given: Any) -> datetime:
    # YAML has a date or a time where the project has a bare one; a manifest has its text.
    found = datetime.fromisoformat(str(given).strip().replace("Z", "+00:00"))
    return found.replace(tzinfo=found.tzinfo or timezone.utc).astimezone(timezone.utc)


@dataclass(frozen=True, slots=True)
class Shift:
    """By how many batches the first and the last one differ from those of dbt v1."""

    first: int = 0
    last: int = 0


NONE = Shift()


@dataclass(frozen=True, slots=True)
class OwnBatches:
    """How a dbt's own choice of batches differs from that of dbt v1.

    `incremental` is by batch size and lookback, `whole` by batch size, for full refreshes. A value
    of None stands for no batch at all; a missing one for the same as dbt v1.
    """

    incremental: Mapping[tuple[str, int], Shift | None] = field(default_factory=dict)
    whole: Mapping[str, Shift | None] = field(default_factory=dict)

    def shift(self, config: Mapping[str, Any], *, is_incremental: bool) -> Shift | None:
        size, lookback = str(config["batch_size"]), lookback_of(config)
        if is_incremental:
            return self.incremental.get((size, min(lookback, MOST_LOOKBACK)), NONE)
        return self.whole.get(size, NONE)

    def window(
        self, config: Mapping[str, Any], clock: datetime, *, is_incremental: bool
    ) -> Window | None:
        """Return from when to when this dbt would build batches; None if none."""
        start, end = window(config, clock, is_incremental=is_incremental)
        shift = self.shift(config, is_incremental=is_incremental)
        if shift is None:
            return None
        if shift == NONE:
            return start, end
        size = str(config["batch_size"])
        found = offset(start, size, shift.first), offset(end, size, shift.last)
        return found if found[0] < found[1] else None


def lookback_of(config: Mapping[str, Any]) -> int:
    return int(config.get("lookback", 1))


def offset(moment: datetime, size: str, batches: int) -> datetime:
    """Return the start of the batch that lies so many batches after the one that holds a moment."""
    day = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    if size == "hour":
        return day + timedelta(hours=moment.hour + batches)
    if size == "day":
        return day + timedelta(days=batches)
    if size == "month":
        months = day.year * 12 + day.month - 1 + batches
        return day.replace(year=months // 12, month=months % 12 + 1, day=1)
    return day.replace(year=day.year + batches, month=1, day=1)
