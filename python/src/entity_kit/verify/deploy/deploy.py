"""Replay a merge after each step, and say of each model what it does to its table."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

from entity_kit.arrivals.schedules import Schedule
from entity_kit.errors import EntityKitError
from entity_kit.replay.outcome import Outcome
from entity_kit.replay.replay import Replay
from entity_kit.replay.runs import Runs
from entity_kit.replay.totals import Totals
from entity_kit.verify.deploy.changes import Changes, Version, compare_versions
from entity_kit.verify.deploy.ending import Ending, Findings
from entity_kit.verify.deploy.merging import Before, schedules
from entity_kit.verify.deploy.preparation import prepare
from entity_kit.verify.deploy.results import DeployedModel, DeployResult, Verdict
from entity_kit.verify.deploy.telling import built_whole, notes_of, untouched
from entity_kit.verify.deploy.versions import OPTION, export_old, open_old
from entity_kit.verify.models import parse_models
from entity_kit.verify.session import open_session
from entity_kit.verify.summary import summarize

if TYPE_CHECKING:
    from collections.abc import Sequence

    from entity_kit.arrivals.model import Model
    from entity_kit.dbt_bridge.project import Runner
    from entity_kit.dbt_bridge.revision import Revision
    from entity_kit.replay.progress import Progress
    from entity_kit.verify.deploy.preparation import Prepared
    from entity_kit.verify.options import VerifyOptions
    from entity_kit.verify.session import Session


def deploy(
    options: VerifyOptions, progress: Progress | None = None, started: float | None = None
) -> DeployResult:
    """Return what a merge of the code that is here does to tables that a revision's code built.

    The options name the revision (`deploy_from`), and the step after which the code changes
    (`deploy_at`), by default each in turn.

    Raises EntityKitError for bad configuration or an unknown revision, and DbtError if dbt can't
    parse one of the versions.
    """
    begun = time.perf_counter() if started is None else started
    with open_session(options, progress, started=begun) as session:
        if not session.scratch.copies:
            raise EntityKitError(
                f"{OPTION} copies the warehouse at the merge, which works on DuckDB only.",
                fix="Add a duckdb output to the profile and name it with --target. A DuckDB file "
                "with a sample of the source rows is enough.",
            )
        exported = export_old(session, str(options.deploy_from))
        manifest, models = parse_models(session, options.select, options.exclude)
        new = Version(session.project.directory, manifest)
        with open_old(session, exported) as (old, runner):
            changes = compare_versions(old, new)
            session.notes += notes_of(old, new, changes, exported)
            touched = [model for model in models if model.unique_id in changes.touched]
            rest = untouched(changes, models)
            if not (options.select or options.exclude):
                rest += built_whole(old, new, changes)
            if not touched:
                session.notes.append("The change reaches no incremental model.")
                return _result(session, exported, rest, Totals())
            ready = prepare(session, old, runner, new, changes, touched, options.deploy_at)
            found, totals = _replay(session, ready, runner, (old, new), changes)
            judged = [*found.models, *rest]
            session.notes += runner.notes
            return _result(session, exported, judged, totals, ready)


def _replay(
    session: Session,
    ready: Prepared,
    old_runner: Runner,
    versions: tuple[Version, Version],
    changes: Changes,
) -> tuple[Findings, Totals]:
    """Replay every merge, and judge the models while the last step's warehouses are there."""
    last = len(ready.world.instants)
    planned = schedules(ready.merges, last)
    old = Runs(session.scratch, old_runner, ready.old.sources, session.progress, ready.old.always)
    before = Before(session.scratch, old, ready)
    with Replay(
        session.scratch,
        session.runner,
        ready.new.sources,
        session.progress,
        ready.shareable,
        always=ready.new.always,
        begin=before.begin,
    ) as replay:
        session.progress.plan(
            last + 1 + last - min(ready.merges) + sum(len(each.runs) for each in planned)
        )
        ending = Ending(session, ready, replay, old, before, versions, changes)
        models = ready.new.models
        outcomes = {(s.name, m.unique_id): Outcome() for s in planned for m in models}
        for reached in replay.walk(ready.world, planned, models, outcomes):
            if reached.state == last and reached.refreshed is not None:
                ending.judge(outcomes, reached.incremental, reached.refreshed)
        found = ending.findings
        session.left_out += found.left_out
        wrong = [m for m in found.models if m.verdict in {Verdict.HEALS, Verdict.NEEDS}]
        found = replace(found, models=_without_merge(replay, ready, found.models, wrong))
        return found, replay.totals + old.totals


def _without_merge(
    replay: Replay, ready: Prepared, found: Sequence[DeployedModel], wrong: Sequence[DeployedModel]
) -> tuple[DeployedModel, ...]:
    """Note of each wrong model whether it is wrong without any merge, if built by the new code alone."""
    names = {model.unique_id for model in wrong}
    models: list[Model] = [m for m in ready.new.models if m.unique_id in names]
    if not models:
        return tuple(found)
    last = len(ready.world.instants)
    alone = Schedule("new_code", dict.fromkeys(range(1, last + 1), 1), frozenset({last}))
    outcomes = replay.run(ready.world, [alone], models, thorough=False)
    by_itself = {u for (_, u), outcome in outcomes.items() if outcome.differs}
    note = (
        "it differs from its full refresh without any merge, too: `entity-kit verify --select "
        "{name}` says why."
    )
    return tuple(
        replace(model, notes=(*model.notes, note.format(name=model.name)))
        if model.unique_id in by_itself
        else model
        for model in found
    )


def _result(
    session: Session,
    exported: Revision,
    models: Sequence[DeployedModel],
    totals: Totals,
    ready: Prepared | None = None,
) -> DeployResult:
    instants = ready.world.instants if ready else ()
    summed = summarize(session, totals, (), instants)
    return DeployResult(
        revision=exported.name,
        commit=exported.commit,
        models=tuple(models),
        steps=instants,
        merges=ready.merges if ready else (),
        timing=summed.timing,
        notes=summed.notes,
        left_out=summed.left_out,
    )
