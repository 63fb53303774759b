"""What is known of a project before its first replayed run: its models, sources, and plans."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from entity_kit.arrivals import deliveries, timeline
from entity_kit.arrivals.lateness import measure
from entity_kit.arrivals.schedules import RecordedWorld
from entity_kit.arrivals.telling import behind, telling
from entity_kit.dbt_bridge.changed import changed_files, touched
from entity_kit.dbt_bridge.clock import names_clock
from entity_kit.dbt_bridge.sharing import shareable
from entity_kit.verify.listing import Listing, listed_source
from entity_kit.verify.models import all_ancestors, parse_models
from entity_kit.verify.plan import Plan, count_runs, keep_proven, make_plans, record
from entity_kit.verify.preparation import (
    build_template,
    fetch_sources,
    find_sources,
    measure_source,
    show_files,
)
from entity_kit.warehouse import unquoted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from entity_kit.arrivals.lateness import Lateness
    from entity_kit.arrivals.model import Model
    from entity_kit.arrivals.sources import Arrivals, Source
    from entity_kit.dbt_bridge.project import Manifest
    from entity_kit.dbt_bridge.sharing import Shareable
    from entity_kit.verify.options import VerifyOptions
    from entity_kit.verify.results import ModelResult
    from entity_kit.verify.session import Session
    from entity_kit.warehouse import Connection


@dataclass(frozen=True, slots=True)
class Prepared:
    """Everything that is known before the first run."""

    sources: Sequence[Source]
    measured: Sequence[Arrivals]
    world: RecordedWorld
    plans: Sequence[Plan]
    models: Sequence[Model]
    lateness: tuple[Lateness, ...]
    shareable: Mapping[str, Shareable]


def nothing() -> Prepared:
    """Return what is known where no model is to be replayed."""
    utc = ZoneInfo("UTC")
    world = RecordedWorld((), {}, utc, datetime.fromtimestamp(0, utc))
    return Prepared((), (), world, (), (), (), {})


def prepare(
    session: Session,
    manifest: Manifest,
    models: Sequence[Model],
    world: RecordedWorld | None = None,
) -> Prepared:
    """Set up the scratch warehouses' template, read the sources, and plan the replays.

    Another session's `world` has the steps to replay; by default they are placed here.
    """
    needed = all_ancestors(
        manifest, [u for model in models for u in (model.unique_id, *model.definitions)]
    )
    build_template(session, manifest, needed)
    show_files(session, manifest, needed)
    session.progress.run("reading the sources")
    fetch_sources(session, manifest, needed)
    lateness: tuple[Lateness, ...] = ()
    with session.scratch.originals() as connection:
        sources = find_sources(session, connection, manifest, needed)
        measured = measure_sources(session, connection, sources, models)
        if session.options.lateness:
            lateness = measure_lateness(connection, sources, "day")
    if world is None:
        world = record(session, sources, measured, idle=names_clock(manifest, needed))
    plans = make_plans(session, world, sources)
    proven = keep_proven(session, plans, models)
    shared = shareable(manifest, needed)
    return Prepared(sources, measured, world, plans, proven, lateness, shared)


def listing_of(
    session: Session, ready: Prepared, known: Mapping[str, ModelResult] | None = None
) -> Listing:
    """Return what would be replayed; `known` are results that are taken from before, by model."""
    left = [model for model in ready.models if model.unique_id not in (known or {})]
    return Listing(
        models=tuple(
            (
                model.name,
                tuple(s.name for p in ready.plans if p.concerns(model) for s in p.schedules),
            )
            for model in ready.models
        ),
        sources=tuple(
            listed_source(source, found, deliveries.allowed([source]))
            for source, found in zip(ready.sources, ready.measured, strict=True)
        ),
        steps=ready.world.instants,
        runs=count_runs([plan for plan in ready.plans if any(map(plan.concerns, left))]),
        left_out=tuple(session.left_out),
        notes=(*session.notes, *session.runner.notes),
        unchanged=tuple(model.name for model in ready.models if model not in left),
    )


def changed(options: VerifyOptions) -> set[Path] | None:
    if options.changed_since is None:
        return None
    return changed_files(options.project_dir, options.changed_since)


def parse_affected(session: Session, files: set[Path] | None) -> tuple[Manifest, list[Model]]:
    """Return the manifest and the models under test, or those that changed `files` affect."""
    options = session.options
    manifest, models = parse_models(session, options.select, options.exclude)
    if files is not None:
        made = touched(manifest, options.project_dir, files)
        models = [model for model in models if made & model.ancestors]
        if not models:
            session.notes.append("No incremental model is affected by the changes.")
    return manifest, models


def measure_sources(
    session: Session, connection: Connection, sources: Sequence[Source], models: Sequence[Model]
) -> list[Arrivals]:
    """Measure when each source's rows arrived, and which cuts show the most, if steps are chosen."""
    measured = [measure_source(session, connection, source) for source in sources]
    steps = session.options.pace.steps
    # Only if steps are chosen among more loads, because it reads the sources several times.
    loads = timeline.distinct(measured)
    if steps is None or loads <= steps:
        return measured
    return [
        replace(
            found,
            telling=telling(connection, source, found, _keys(source, models)),
            behind=(
                behind(connection, source, found)
                if timeline.loads_rarely(found, loads)
                else frozenset()
            ),
        )
        for source, found in zip(sources, measured, strict=True)
    ]


def _keys(source: Source, models: Sequence[Model]) -> list[tuple[str, ...]]:
    """Return the unique keys of the models that are built from a source."""
    return [tuple(map(unquoted, m.key)) for m in models if source.unique_id in m.ancestors]


def measure_lateness(
    connection: Connection, sources: Sequence[Source], every: str
) -> tuple[Lateness, ...]:
    return tuple(measure(connection, s, every) for s in sources if s.event_time is not None)
