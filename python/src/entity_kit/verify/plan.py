"""What will be replayed: which schedules, over which worlds, and which models they run again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from entity_kit.arrivals import deliveries, schedules, trials
from entity_kit.arrivals.drawing import CATALOG
from entity_kit.arrivals.pace import ALL, place_steps, too_few
from entity_kit.arrivals.schedules import RecordedWorld, Schedule
from entity_kit.errors import EntityKitError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from entity_kit.arrivals.model import Model
    from entity_kit.arrivals.sources import Arrivals, Source
    from entity_kit.replay.outcome import Outcome
    from entity_kit.verify.session import Session


@dataclass(frozen=True, slots=True)
class Plan:
    """Schedules over one world; `sources` are those it alters, or None for all."""

    world: RecordedWorld
    schedules: tuple[Schedule, ...]
    sources: frozenset[str] | None

    def concerns(self, model: Model) -> bool:
        return self.sources is None or bool(self.sources & (model.ancestors | model.definitions))


def record(
    session: Session, sources: Sequence[Source], measured: Sequence[Arrivals], *, idle: bool
) -> RecordedWorld:
    """Return the world as recorded, cut into the requested steps."""
    pace = session.options.pace
    zone = ZoneInfo(session.scratch.time_zone)
    instants = place_steps(pace, measured, zone, idle=idle)
    if not instants:
        empty = ", ".join(source.name for source in sources)
        raise EntityKitError(
            f"The declared sources have no row with a loaded_at: {empty}.",
            fix="Load some rows. Without arrivals there is nothing to replay.",
        )
    zones = {s.unique_id: found.zoned for s, found in zip(sources, measured, strict=True)}
    why = too_few(pace, instants)
    if why is not None:
        session.notes.append(why)
    return RecordedWorld(instants, zones, zone, instants[0])


def make_plans(session: Session, world: RecordedWorld, sources: Sequence[Source]) -> list[Plan]:
    """Plan the requested schedules, or all that are allowed. Refuse what no source allows."""
    seed = session.options.seed
    may = deliveries.allowed(sources)
    names = named_schedules(session.options.schedules, may)
    for name in names:
        if name in deliveries.NAMES and name not in may:
            raise EntityKitError(
                f"No source of these models declares a delivery that allows `{name}`.",
                fix=f"Declare it under config.meta.entity_kit.delivery, or omit {name}.",
            )
    last = len(world.instants)
    recorded = [name for name in names if name in schedules.RECORDED]
    plans = []
    if recorded:
        plans.append(Plan(world, schedules.recorded_schedules(recorded, last), None))
    if schedules.CRASH in names:
        plans.append(Plan(world, (schedules.crash_schedule(last, seed),), None))
    drawn = [name for name in names if name in deliveries.NAMES]
    _note_hindrances(session, sources, drawn)
    if drawn:
        with session.scratch.overlays(CATALOG) as connection:
            for name in drawn:
                altered = deliveries.alter(connection, world, sources, name, seed, alone=True)
                schedule = deliveries.schedule(name, len(altered.instants))
                plans.append(Plan(altered, (schedule,), frozenset(altered.overlays)))
    trials.refuse_single_runs([s for plan in plans for s in plan.schedules], last)
    return plans


def keep_proven(session: Session, plans: Sequence[Plan], models: Sequence[Model]) -> list[Model]:
    """Leave out the models that no schedule runs incrementally. Refuse if none is left."""
    proven = [
        model
        for model in models
        if any(
            plan.concerns(model) and any(map(trials.runs_again, plan.schedules)) for plan in plans
        )
    ]
    left = [model.name for model in models if model not in proven]
    if not proven:
        raise EntityKitError(
            f"Nothing would be tested for {', '.join(left)}: no chosen schedule runs them "
            "incrementally.",
            fix="Choose schedules that their sources allow, or omit --schedules.",
        )
    session.left_out += [(name, trials.UNPROVEN) for name in left]
    return proven


def keep_judged(
    session: Session,
    plans: Sequence[Plan],
    models: Sequence[Model],
    outcomes: Mapping[tuple[str, str], Outcome],
) -> list[Model]:
    """Leave out the models that --fail-fast didn't get to."""
    if not any(outcome.differs for outcome in outcomes.values()):
        return list(models)
    ran = {name for name, _ in outcomes}
    rest = [s.name for plan in plans for s in plan.schedules if s.name not in ran]
    and_rest = f" Not run: {', '.join(rest)}." if rest else ""
    session.notes.append(f"Stopped at the first difference (--fail-fast).{and_rest}")
    judged = [
        model
        for model in models
        if any(
            outcome.differs or outcome.failure
            for (_, unique_id), outcome in outcomes.items()
            if unique_id == model.unique_id
        )
    ]
    session.left_out += [(m.name, trials.NOT_JUDGED) for m in models if m not in judged]
    return judged


def count_runs(plans: Sequence[Plan]) -> int:
    """Count the dbt runs that these plans take."""
    return sum(
        len({state for s in plan.schedules for state in s.runs if s.compares(state)})
        + sum(sum(s.runs.values()) for s in plan.schedules)
        for plan in plans
    )


def example_kinds(sources: Sequence[Source], chosen: Sequence[str] | None) -> list[str]:
    """Return the requested deliveries that an example may have."""
    may = [name for name in deliveries.allowed(sources) if name != deliveries.STORM]
    if chosen is None or {ALL, deliveries.STORM} & set(chosen):
        return may
    return [name for name in may if name in chosen]


def _note_hindrances(session: Session, sources: Sequence[Source], drawn: Sequence[str]) -> None:
    for source in sources:
        for name in drawn:
            why = deliveries.hindrance(source, name)
            if why is not None and name in deliveries.allowed([source]):
                session.notes.append(f"{source.name}: {name} isn't simulated: {why}.")


def named_schedules(chosen: Sequence[str] | None, may: Sequence[str]) -> Sequence[str]:
    """Return the requested schedules. Runs are killed only if `crash` is named."""
    if chosen is not None and ALL not in chosen:
        return chosen
    named = [schedules.CRASH] if chosen is not None and schedules.CRASH in chosen else []
    return (*schedules.RECORDED, *may, *named)
