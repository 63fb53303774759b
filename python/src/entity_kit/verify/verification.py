"""Test that each incremental model of a dbt project equals its full refresh."""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING, Any

from entity_kit.arrivals import deliveries
from entity_kit.arrivals import sources as arriving
from entity_kit.arrivals.pace import parse_pace
from entity_kit.arrivals.schedules import RECORDED
from entity_kit.causes import Laboratory
from entity_kit.dbt_bridge.nodes import relation_of
from entity_kit.errors import EntityKitError
from entity_kit.replay.keeping import keep, require_folder
from entity_kit.replay.replay import Replay
from entity_kit.replay.together import Together
from entity_kit.replay.totals import Totals
from entity_kit.verify.bill import consent_to_run
from entity_kit.verify.cache.cache import open_cache
from entity_kit.verify.cases import load_cases, replay_cases
from entity_kit.verify.definitions import read_definitions, with_definitions
from entity_kit.verify.examples import add_examples
from entity_kit.verify.listing import Listing
from entity_kit.verify.models import all_ancestors, parse_models
from entity_kit.verify.options import VerifyOptions, read_options
from entity_kit.verify.plan import Plan, count_runs, keep_judged
from entity_kit.verify.preparation import (
    arriving_nodes,
    build_template,
    fetch_sources,
    find_sources,
)
from entity_kit.verify.prepared import (
    Prepared,
    changed,
    listing_of,
    measure_lateness,
    parse_affected,
    prepare,
)
from entity_kit.verify.session import Session, open_session
from entity_kit.verify.summary import summarize
from entity_kit.verify.verdicts import Verdicts
from entity_kit.warehouse import closest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from entity_kit.arrivals.lateness import Lateness
    from entity_kit.arrivals.model import Model
    from entity_kit.replay.definitions import Definitions
    from entity_kit.replay.outcome import Outcome
    from entity_kit.replay.progress import Progress
    from entity_kit.replay.replay import Difference
    from entity_kit.verify.bill import Ask
    from entity_kit.verify.cache.cache import Cache
    from entity_kit.verify.results import ModelResult, VerifyResult


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
    cache: bool = False,
    samples: str | Path | None = None,
    synthetic: bool = False,
    dialect: str | None = None,
    target_type: str | None = None,
    dialect_macros: Sequence[str | Path] = (),
    billed: bool = False,
    progress: Progress | None = None,
) -> VerifyResult:
    """Replay a project's sources step by step, and compare each incremental model with its refresh.

    steps: a number, or `"all"` for a run after each load. Default: 5, or up to 13 if fewer would
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
    cache: take the results of unchanged models from `.entity_kit/cache`, and keep this one's there.
    samples: a folder with files of the sources' rows, which are read instead of the warehouse.
    synthetic: make the rows up from the sources' YAML, with the seed.
    dialect: what the project's SQL is written in, such as "snowflake"; it runs on DuckDB, translated.
    target_type: what Jinja's `target.type` says then. Default: "duckdb".
    dialect_macros: files with `create macro` statements for DuckDB, for functions of the dialect.
    billed: go on although the target bills for what runs there (Snowflake, BigQuery, …).

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
        cache=cache,
        samples=samples,
        synthetic=synthetic,
        dialect=dialect,
        target_type=target_type,
        dialect_macros=dialect_macros,
        billed=billed,
    )
    return run(options, progress, started)


def run(
    options: VerifyOptions,
    progress: Progress | None = None,
    started: float | None = None,
    ask: Ask | None = None,
) -> VerifyResult:
    """Run a verification with these options. Where it would cost money, `ask` first."""
    if options.keep is not None:
        require_folder(options.keep)
    cases = load_cases(options.cases)
    files = changed(options)
    with open_session(options, progress, started=started, absent=bool(cases), ask=ask) as session:
        if cases:
            return replay_cases(session, cases)
        manifest, models = parse_affected(session, files)
        if not models:
            return summarize(session, Totals())
        ready = prepare(session, manifest, with_definitions(manifest, models))
        if session.scratch.billed:
            consent_to_run(options, listing_of(session, ready), ask)
        definitions = read_definitions(session, manifest, ready.models)
        return _prove(session, ready, open_cache(session, manifest, ready), definitions)


def list_runs(
    options: VerifyOptions, progress: Progress | None = None, ask: Ask | None = None
) -> Listing:
    """Return what `run` would replay, without running models. Seeds are loaded in a scratch warehouse."""
    files = changed(options)
    with open_session(options, progress, ask=ask) as session:
        manifest, models = parse_affected(session, files)
        if not models:
            return Listing((), (), (), 0, notes=tuple(session.notes))
        ready = prepare(session, manifest, with_definitions(manifest, models))
        kept = open_cache(session, manifest, ready)
        return listing_of(session, ready, kept.known if kept is not None else {})


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
            found = measure_lateness(connection, sources, every)
    if not found:
        raise EntityKitError(
            f"No source of {model} declares when its rows happened (event_time): "
            f"{', '.join(source.name for source in sources)}.",
            fix="Add `event_time` next to loaded_at_field in the sources' YAML.",
        )
    return found


def _prove(
    session: Session, ready: Prepared, kept: Cache | None, definitions: Definitions
) -> VerifyResult:
    """Take the kept results, replay everything else that is planned, and judge each model."""
    models = ready.models if kept is None else kept.left(ready.models)
    results, totals = _verified(session, ready, models, definitions) if models else ((), Totals())
    if kept is not None:
        kept.keep(results, totals)
        results = kept.with_known(ready.models, results)
    return summarize(session, totals, results, ready.world.instants, ready.lateness)


def _verified(
    session: Session, ready: Prepared, models: Sequence[Model], definitions: Definitions
) -> tuple[tuple[ModelResult, ...], Totals]:
    sources = ready.sources
    plans = [plan for plan in ready.plans if any(map(plan.concerns, models))]
    with Replay(
        session.scratch,
        session.runner,
        sources,
        session.progress,
        ready.shareable,
        definitions=definitions,
    ) as replay:
        session.progress.plan(count_runs(plans))
        outcomes = _replay(session, replay, plans, models)
        if session.options.fail_fast:
            models = keep_judged(session, plans, models, outcomes)
        laboratory = Laboratory(Together(replay), session.scratch, tuple(sources))
        verdicts = Verdicts(
            session, laboratory, plans, outcomes, frozenset(s.unique_id for s in sources)
        )
        results = verdicts.of(models)
        if session.options.examples:
            results = add_examples(
                verdicts, replay, ready.world, sources, ready.measured, models, results
            )
        return results, replay.totals


def _replay(
    session: Session, replay: Replay, plans: Sequence[Plan], models: Sequence[Model]
) -> dict[tuple[str, str], Outcome]:
    options = session.options
    outcomes: dict[tuple[str, str], Outcome] = {}
    for plan in plans:
        outcomes |= replay.run(
            plan.world,
            plan.schedules,
            [model for model in models if plan.concerns(model)],
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
