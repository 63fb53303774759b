"""Replay cases from their files, each with its own rows."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from entity_kit.arrivals import cases as recorded
from entity_kit.arrivals.sources import Source
from entity_kit.causes.cause import Cause
from entity_kit.causes.places import locate
from entity_kit.dbt_bridge.nodes import relation_of
from entity_kit.errors import EntityKitError
from entity_kit.replay.replay import Replay
from entity_kit.replay.totals import Totals
from entity_kit.verify.models import all_ancestors, parse_models
from entity_kit.verify.preparation import build_template
from entity_kit.verify.results import ModelResult, ScheduleResult, Verdict, VerifyResult
from entity_kit.verify.search.search import replay_case
from entity_kit.verify.summary import summarize

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path

    from entity_kit.arrivals.cases import Case, Table
    from entity_kit.arrivals.model import Model
    from entity_kit.dbt_bridge.project import Manifest
    from entity_kit.verify.session import Session


def load_cases(files: Sequence[Path]) -> list[tuple[Path, Case]]:
    return [(file, recorded.load(file)) for file in files]


def replay_cases(session: Session, given: Sequence[tuple[Path, Case]]) -> VerifyResult:
    """Replay each case by itself; a model's cases are its schedules."""
    names = sorted({case.model for _, case in given})
    manifest, models = parse_models(session, names, ())
    by_id = {model.unique_id: model for model in models}
    build_template(session, manifest, all_ancestors(manifest, by_id))
    found: dict[str, list[ScheduleResult]] = {}
    clocks: tuple[datetime, ...] = ()
    totals = Totals()
    for file, case in given:
        model = by_id.get(case.unique_id)
        if model is None:
            raise EntityKitError(
                f"{file}: there is no incremental model {case.unique_id} any more.",
                fix="Remove the file, or create the case again with --examples.",
            )
        result, took = _replay(session, manifest, model, case, file)
        totals += took
        found.setdefault(case.unique_id, []).append(result)
        clocks = max(clocks, case.clocks, key=len)
    results = [
        ModelResult(by_id[u].name, u, tuple(schedules), path=by_id[u].path, text=by_id[u].text)
        for u, schedules in found.items()
    ]
    return summarize(session, totals, results, clocks, seed=given[0][1].seed)


def _replay(
    session: Session, manifest: Manifest, model: Model, case: Case, file: Path
) -> tuple[ScheduleResult, Totals]:
    sources = [case_source(manifest, file, table) for table in case.tables]
    with Replay(session.scratch, session.runner, sources, session.progress) as replay:
        session.progress.plan(sum(case.runs.values()) + len(case.clocks))
        result = replay_case(replay, session.scratch, model, case, file.name)
        totals = replay.totals
    if result.verdict is Verdict.DIFFERS:
        place = locate(model.text, model.path, case.cause)
        result = replace(result, cause=Cause(case.cause, case.explanation, place))
    return result, totals


def case_source(manifest: Manifest, file: Path, table: Table) -> Source:
    """Return the source of a case's table."""
    node = manifest["sources"].get(table.unique_id) or manifest["nodes"].get(table.unique_id)
    if node is None:
        raise EntityKitError(
            f"{file}: the project has no source {table.name} any more.",
            fix="Remove the file, or create the case again with --examples.",
        )
    return Source(table.unique_id, table.name, relation_of(node), "", "")
