"""Test that each incremental model of a dbt project equals its full refresh."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from entity_kit.arrivals import deliveries, timeline
from entity_kit.arrivals import sources as arriving
from entity_kit.arrivals.lateness import measure
from entity_kit.arrivals.pace import parse_pace
from entity_kit.arrivals.schedules import RECORDED
from entity_kit.arrivals.telling import telling
from entity_kit.causes import Laboratory
from entity_kit.dbt_bridge.changed import changed_files, touched
from entity_kit.dbt_bridge.clock import names_clock
from entity_kit.dbt_bridge.nodes import relation_of
from entity_kit.dbt_bridge.sharing import shareable
from entity_kit.errors import EntityKitError
from entity_kit.replay.keeping import keep, require_folder
from entity_kit.replay.replay import Replay
from entity_kit.replay.totals import Totals
from entity_kit.verify.cases import load_cases, replay_cases
from entity_kit.verify.examples import add_examples
from entity_kit.verify.listing import Listing, listed_source
from entity_kit.verify.models import all_ancestors, parse_models
from entity_kit.verify.options import VerifyOptions, read_options
from entity_kit.verify.plan import Plan, count_runs, keep_judged, keep_proven, make_plans, record
from entity_kit.verify.preparation import (
    arriving_nodes,
    build_template,
    fetch_sources,
    find_sources,
    measure_source,
    show_files,
)
from entity_kit.verify.session import Session, open_session
from entity_kit.verify.summary import summarize
from entity_kit.verify.verdicts import Verdicts
from entity_kit.warehouse import closest, unquoted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from entity_kit.arrivals.lateness import Lateness
    from entity_kit.arrivals.model import Model
    from entity_kit.arrivals.schedules import RecordedWorld
    from entity_kit.arrivals.sources import Arrivals, Source
    from entity_kit.dbt_bridge.project import Manifest
    from entity_kit.dbt_bridge.sharing import Shareable
    from entity_kit.replay.outcome import Outcome
    from entity_kit.replay.progress import Progress
    from entity_kit.replay.replay import Difference
    from entity_kit.verify.results import VerifyResult
    from entity_kit.warehouse import Connection


def verify(
    project_dir: str | Path,
    *,
    profiles_dir: str | Path | None = None,
    profile: str | None = None,
    target: str | None = None,
    select: Sequence[str] = (),
    exclude: Sequence[str] = (),
    steps: int | str | None = None,
    every: str | None = None,
    at: Sequence[datetime] = (),
    schedules: Sequence[str] | None = None,
    seed: int = 0,
    variables: Mapping[str, Any] | None = None,
    dbt: str | None = None,
    jobs: int | None = None,
    examples: int = 0,
    replay: Sequence[str | Path] = (),
    lateness: bool = False,
    changed_since: str | None = None,
    fail_fast: bool = False,
    keep: str | Path | None = None,
    progress: Progress | None = None,
) -> VerifyResult:
    """Replay a project's sources step by step, and compare each incremental model with its refresh.

    steps: a number, or `"all"` for a run after each load. Default: 5, or up to 10 if fewer would
        miss what the record can show.
    every: run at the end of each "day" or "hour" instead.
    at: run at these instants instead.
    select, exclude: models, in dbt's selector syntax.
    schedules: None or `["all"]` for every schedule that the declared deliveries allow.
    dbt: an executable to use instead of dbt-core in process.
    examples: try this many random variations of each model that agrees, and shrink what fails.
    replay: files with saved cases; replay them and nothing else.
    lateness: also measure how late rows arrive.
    changed_since: verify only models affected by changes since this git revision.
    fail_fast: stop at the first difference.
    keep: a folder in which to keep both sides of each first difference.

    Raises EntityKitError for bad configuration, and DbtError if dbt itself fails.
    """
    started = time.perf_counter()
    options = read_options(
        project_dir,
        profiles_dir=profiles_dir,
        profile=profile,
        target=target,
        select=select,
        exclude=exclude,
        pace=parse_pace(steps, every, at),
        schedules=schedules,
        seed=seed,
        variables=variables,
        dbt=dbt,
        jobs=jobs,
        examples=examples,
        cases=replay,
        lateness=lateness,
        changed_since=changed_since,
        fail_fast=fail_fast,
        keep=keep,
    )
    return run(options, progress, started)


def run(
    options: VerifyOptions, progress: Progress | None = None, started: float | None = None
) -> VerifyResult:
    """Run a verification with these options."""
    if options.keep is not None:
        require_folder(options.keep)
    cases = load_cases(options.cases)
    files = _changed(options)
    with open_session(options, progress, started=started, absent=bool(cases)) as session:
        if cases:
            return replay_cases(session, cases)
        manifest, models = _parse(session, files)
        if not models:
            return summarize(session, Totals())
        return _prove(session, _prepare(session, manifest, models))


def list_runs(options: VerifyOptions, progress: Progress | None = None) -> Listing:
    """Return what `run` would replay, without running models. Seeds are loaded in a scratch warehouse."""
    files = _changed(options)
    with open_session(options, progress) as session:
        manifest, models = _parse(session, files)
        if not models:
            return Listing((), (), (), 0, notes=tuple(session.notes))
        return _list(session, _prepare(session, manifest, models))


def _changed(options: VerifyOptions) -> set[Path] | None:
    if options.changed_since is None:
        return None
    return changed_files(options.project_dir, options.changed_since)


def _parse(session: Session, files: set[Path] | None) -> tuple[Manifest, list[Model]]:
    """Return the manifest and the models under test, or those that changed `files` affect."""
    options = session.options
    manifest, models = parse_models(session, options.select, options.exclude)
    if files is not None:
        made = touched(manifest, options.project_dir, files)
        models = [model for model in models if made & model.ancestors]
        if not models:
            session.notes.append("No incremental model is affected by the changes.")
    return manifest, models


def plan(
    project_dir: str | Path,
    *,
    profiles_dir: str | Path | None = None,
    target: str | None = None,
    select: Sequence[str] = (),
) -> dict[str, tuple[str, ...]]:
    """Return the schedules that `verify` would replay for each incremental model, without a run."""
    options = read_options(project_dir, profiles_dir=profiles_dir, target=target)
    planned = {}
    with open_session(options) as session:
        manifest, models = parse_models(session, select, ())
    for model in models:
        read = [
            arriving.Source(u, node["name"], relation_of(node), "", **what)
            for u, node in arriving_nodes(manifest, model.ancestors).items()
            if (what := arriving.declared(node)) is not None
        ]
        planned[model.name] = (*RECORDED, *deliveries.allowed(read))
    return planned


def lookback(
    project_dir: str | Path,
    model: str,
    *,
    profiles_dir: str | Path | None = None,
    target: str | None = None,
    variables: Mapping[str, Any] | None = None,
    dbt: str | None = None,
    every: str = "day",
) -> tuple[Lateness, ...]:
    """Measure how late the rows of a model's sources arrive, and what each lookback costs.

    For a model that runs `every` hour, day or week and reads by event time. Nothing is run.
    """
    options = read_options(
        project_dir, profiles_dir=profiles_dir, target=target, variables=variables, dbt=dbt
    )
    with open_session(options) as session:
        manifest = session.parse()
        known = {
            node["name"]: unique_id
            for unique_id, node in manifest["nodes"].items()
            if node["resource_type"] == "model"
        }
        if model not in known:
            raise EntityKitError(
                f"There is no model `{model}` in the project.", fix=closest(model, list(known))
            )
        needed = all_ancestors(manifest, [known[model]])
        build_template(session, manifest, needed)
        fetch_sources(session, manifest, needed)
        with session.scratch.originals() as connection:
            sources = find_sources(session, connection, manifest, needed)
            found = _measure_lateness(connection, sources, every)
    if not found:
        raise EntityKitError(
            f"No source of {model} declares when its rows happened (event_time): "
            f"{', '.join(source.name for source in sources)}.",
            fix="Add `event_time` next to loaded_at_field in the sources' YAML.",
        )
    return found


@dataclass(frozen=True, slots=True)
class _Prepared:
    """Everything that is known before the first run."""

    sources: Sequence[Source]
    measured: Sequence[Arrivals]
    world: RecordedWorld
    plans: Sequence[Plan]
    models: Sequence[Model]
    lateness: tuple[Lateness, ...]
    shareable: Mapping[str, Shareable]


def _prepare(session: Session, manifest: Manifest, models: Sequence[Model]) -> _Prepared:
    """Set up the scratch warehouses' template, read the sources, and plan the replays."""
    needed = all_ancestors(manifest, [model.unique_id for model in models])
    build_template(session, manifest, needed)
    show_files(session, manifest, needed)
    session.progress.run("reading the sources")
    fetch_sources(session, manifest, needed)
    lateness: tuple[Lateness, ...] = ()
    with session.scratch.originals() as connection:
        sources = find_sources(session, connection, manifest, needed)
        measured = _measure(session, connection, sources, models)
        if session.options.lateness:
            lateness = _measure_lateness(connection, sources, "day")
    world = record(session, sources, measured, idle=names_clock(manifest, needed))
    plans = make_plans(session, world, sources)
    proven = keep_proven(session, plans, models)
    shared = shareable(manifest, needed)
    return _Prepared(sources, measured, world, plans, proven, lateness, shared)


def _prove(session: Session, ready: _Prepared) -> VerifyResult:
    """Replay everything that is planned, and judge each model."""
    sources, models = ready.sources, ready.models
    with Replay(
        session.scratch, session.runner, sources, session.progress, ready.shareable
    ) as replay:
        session.progress.plan(count_runs(ready.plans))
        outcomes = _replay(session, replay, ready.plans, models)
        if session.options.fail_fast:
            models = keep_judged(session, ready.plans, models, outcomes)
        laboratory = Laboratory(replay, session.scratch, tuple(sources))
        verdicts = Verdicts(
            session, laboratory, ready.plans, outcomes, frozenset(s.unique_id for s in sources)
        )
        results = verdicts.of(models)
        if session.options.examples:
            results = add_examples(
                verdicts, replay, ready.world, sources, ready.measured, models, results
            )
        totals = replay.totals
    return summarize(session, totals, results, ready.world.instants, ready.lateness)


def _list(session: Session, ready: _Prepared) -> Listing:
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
        runs=count_runs(ready.plans),
        left_out=tuple(session.left_out),
        notes=(*session.notes, *session.runner.notes),
    )


def _replay(
    session: Session, replay: Replay, plans: Sequence[Plan], models: Sequence[Model]
) -> dict[tuple[str, str], Outcome]:
    options = session.options
    outcomes: dict[tuple[str, str], Outcome] = {}
    for plan in plans:
        concerned = [model for model in models if plan.concerns(model)]
        if concerned:
            outcomes |= replay.run(
                plan.world,
                plan.schedules,
                concerned,
                fail_fast=options.fail_fast,
                on_difference=partial(_tell, session),
            )
        if options.fail_fast and any(outcome.differs for outcome in outcomes.values()):
            break
    return outcomes


def _tell(session: Session, found: Difference) -> None:
    """Report a difference as soon as it is found, and keep both sides if that was asked for."""
    name = found.schedule.name
    session.progress.found(f"{found.model.name} differs under {name} at step {found.state}")
    if session.options.keep is not None:
        found.outcome.kept = keep(
            session.scratch,
            session.options.keep,
            found.model,
            name,
            found.incremental,
            found.full_refresh,
        )


def _measure(
    session: Session, connection: Connection, sources: Sequence[Source], models: Sequence[Model]
) -> list[Arrivals]:
    """Measure when each source's rows arrived, and which cuts show the most, if steps are chosen."""
    measured = [measure_source(session, connection, source) for source in sources]
    steps = session.options.pace.steps
    # Only if steps are chosen among more loads, because it reads the sources several times.
    if steps is None or timeline.distinct(measured) <= steps:
        return measured
    return [
        replace(found, telling=telling(connection, source, found, _keys(source, models)))
        for source, found in zip(sources, measured, strict=True)
    ]


def _keys(source: Source, models: Sequence[Model]) -> list[tuple[str, ...]]:
    """Return the unique keys of the models that are built from a source."""
    return [tuple(map(unquoted, m.key)) for m in models if source.unique_id in m.ancestors]


def _measure_lateness(
    connection: Connection, sources: Sequence[Source], every: str
) -> tuple[Lateness, ...]:
    return tuple(measure(connection, s, every) for s in sources if s.event_time is not None)
