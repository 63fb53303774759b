"""Worlds in which some rows arrive as their source's delivery allows.

Each such world alters a few rows, drawn with a seed from the source's own. An altered row leaves
the recorded ones and stands in an overlay instead, in one or more versions, each with the states
at which it shows. All other rows stay where they are.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from entity_kit.arrivals.drawing import CATALOG, Drawing
from entity_kit.arrivals.schedules import Overlay, RecordedWorld, Schedule
from entity_kit.warehouse import quote, rows

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from datetime import datetime

    from entity_kit.arrivals.sources import Source
    from entity_kit.warehouse import Connection

# Everything that the deliveries allow, at once.
STORM = "storm"
# After the last recorded state, rows arrive alone in so many states more. Late ones in two: a run may
# read the last load again, with which they aren't alone.
_ALONE = {"late": 2, "redelivers": 1}
NAMES = ("late", "updates", "deletes", "redelivers", "split_batches", STORM)


def allowed(sources: Iterable[Source]) -> tuple[str, ...]:
    """Return the names of the schedules that the sources' deliveries allow."""
    found = {name for source in sources for name in declared_kinds(source)}
    names = [name for name in NAMES if name in found]
    return (*names, STORM) if names else ()


def declared_kinds(source: Source) -> list[str]:
    delivery = source.delivery
    return [
        name
        for name, declared in (
            ("late", delivery.late_by is not None),
            ("updates", delivery.updates),
            ("deletes", delivery.deletes == "hard"),
            ("redelivers", delivery.redelivers),
            ("split_batches", delivery.split_batches),
        )
        if declared
    ]


def hindrance(source: Source, name: str) -> str | None:
    """Return why a declared delivery can't be simulated for a source, or None if it can."""
    restamps = name not in {"split_batches", "deletes"}
    if restamps and source.loaded_column is None:
        return "its loaded_at_field is an expression, which can't be set to a new value"
    if name == "late" and source.event_time is None:
        return "it declares no event_time"
    if name in {"updates", "redelivers"} and not source.row_key:
        return "it declares no row_key"
    return None


def schedule(name: str, last: int) -> Schedule:
    """Return the runs of a delivery schedule: one at each state.

    A storm starts empty, misses one run and repeats another.
    """
    runs = dict.fromkeys(range(1, last + 1), 1)
    if name == STORM:
        runs[0] = 1
        if last > 2:
            del runs[last - 1]
        runs[min(2, last)] = 2
    return Schedule(name, runs)


@dataclass(frozen=True, slots=True)
class AlteredWorld(RecordedWorld):
    """A recorded world in which some sources' rows are altered; `overlays` says where they are."""

    overlays: Mapping[str, Overlay] = field(default_factory=dict)

    @property
    def altered(self) -> Mapping[str, Overlay]:
        """The sources with rows that don't arrive as recorded."""
        return self.overlays

    def as_recorded(self, sources: Collection[str]) -> AlteredWorld:
        """Return the world in which these sources arrive as recorded again."""
        kept = {u: overlay for u, overlay in self.overlays.items() if u not in sources}
        return replace(self, overlays=kept)

    def view(self, source: Source, state: int) -> str:
        recorded = RecordedWorld.view(self, source, state)
        overlay = self.overlays.get(source.unique_id)
        if overlay is None or state == 0:
            return recorded
        last = len(self.instants) if source.unique_id in self.settled else state
        shown = f"{overlay.extra} where entity_kit_from <= {last}"
        if source.unique_id in self.since:
            shown += f" and entity_kit_from > {self.since[source.unique_id]}"
        until = f"(entity_kit_until is null or entity_kit_until > {last}"
        rules = self.late.get(source.unique_id, ())
        if rules:
            held = f"coalesce({' or '.join(rules)}, false)"
            shown += f" and not {held}"
            if source.row_key:
                # What a row that is held back would replace stays.
                key = f"({', '.join(map(quote, source.row_key))})"
                until += f" or {key} in (select {key} from {overlay.extra} where {held})"
        return (
            f"{recorded} and {overlay.identity} not in (select id from {overlay.hidden}) "
            "union all by name select * exclude (entity_kit_from, entity_kit_until) "
            f"from {shown} and {until})"
        )


def alter(
    connection: Connection,
    world: RecordedWorld,
    sources: Sequence[Source],
    name: str,
    seed: int | str,
    *,
    kinds: Sequence[str] | None = None,
    alone: bool = False,
) -> AlteredWorld:
    """Draw a delivery schedule's world; its rows are written to the catalog `CATALOG`.

    Several `kinds` may happen at once under a name of their own. Sources that don't allow it stay
    as recorded. Some rows may arrive `alone`, in states after the last one.
    """
    wanted = kinds if kinds is not None else NAMES if name == STORM else (name,)
    rows(connection, f"create schema if not exists {quote(CATALOG)}.{quote(name)}")
    overlays = {}
    after = _states_after(connection, world, sources, _ALONE.get(name, 0)) if alone else ()
    for number, source in enumerate(sources):
        own = [
            kind
            for kind in declared_kinds(source)
            if kind in wanted and hindrance(source, kind) is None
        ]
        if own:
            drawing = Drawing(connection, world, source, f"{name}/{seed}", name, number)
            overlays[source.unique_id] = drawing.draw(own, after)
    last = max((overlay.last for overlay in overlays.values()), default=0)
    instants = (*world.instants, *after)[: max(last, len(world.instants))]
    return AlteredWorld(instants, world.zones, world.session_zone, world.first, overlays=overlays)


def _states_after(
    connection: Connection, world: RecordedWorld, sources: Sequence[Source], count: int
) -> tuple[datetime, ...]:
    """Return instants after the last one, each as long after the one before as that is.

    None if that was the first, or if recorded rows would arrive then, too.
    """
    if len(world.instants) < 2 or not count:
        return ()
    last = world.instants[-1]
    pause = last - world.instants[-2]
    after = tuple(last + pause * number for number in range(1, count + 1))
    longer = replace(world, instants=(last, after[-1]))
    for source in sources:
        shown = (f"(select count(*) from ({longer.view(source, state)}))" for state in (1, 2))
        if rows(connection, f"select {' < '.join(shown)}")[0][0]:
            return ()
    return after
