"""Write the comparison of two dbts as JSON."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

from entity_kit.verify.reports.json import model_json, sample_json, timing_json
from entity_kit.verify.sql_text import diff_lines
from entity_kit.verify.two_dbts.reports.words import labels_of

if TYPE_CHECKING:
    from entity_kit.compare.difference import SampleRow
    from entity_kit.replay.outcome import Failure
    from entity_kit.verify.two_dbts.results import (
        PairedModel,
        PairedSchedule,
        PairedSide,
        TwoDbts,
    )

_KINDS = {"only_incremental": "only_dbt", "only_full_refresh": "only_against"}
_NAMES = ("dbt", "against")


def as_json(result: TwoDbts) -> dict[str, Any]:
    """Return the result as plain data, version 1. `against` is the dbt of --against-dbt."""
    labels = labels_of(result)
    return {
        "version": 1,
        "verdict": result.verdict.value,
        "seed": result.seed,
        "steps": [instant.isoformat() for instant in result.steps],
        "dbts": {
            name: {"version": dbt.version, "executable": dbt.executable, "verdict": verdict.value}
            for name, dbt, verdict in zip(_NAMES, result.dbts, result.verified, strict=True)
        },
        "models": [_model_json(model, labels) for model in result.models],
        "left_out": [{"name": name, "reason": reason} for name, reason in result.left_out],
        "notes": list(result.notes),
        "timing": timing_json(result.timing),
    }


def _model_json(model: PairedModel, labels: tuple[str, str]) -> dict[str, Any]:
    return {
        "name": model.name,
        "unique_id": model.unique_id,
        "verdict": model.verdict.value,
        "path": model.path,
        "schedules": [_schedule_json(schedule, labels) for schedule in model.schedules],
        "verify": {name: model_json(own) for name, own in zip(_NAMES, model.verified, strict=True)},
    }


def _schedule_json(schedule: PairedSchedule, labels: tuple[str, str]) -> dict[str, Any]:
    side = schedule.parting
    cause = side.cause if side else None
    return {
        "schedule": schedule.schedule,
        "verdict": schedule.verdict.value,
        "parts_at": {"step": side.parts_at, "side": side.side} if side else None,
        "cause": cause.name if cause else None,
        "explanation": cause.explanation if cause else None,
        "inherited_from": list(cause.inherited_from) if cause else [],
        "line": cause.place.line if cause and cause.place else None,
        "sides": [_side_json(each, labels) for each in schedule.sides],
    }


def _side_json(side: PairedSide, labels: tuple[str, str]) -> dict[str, Any]:
    return {
        "side": side.side,
        "verdict": side.verdict.value,
        "parts_at": side.parts_at,
        "heals": side.parts_at is not None and side.heals,
        "steps": [
            {
                "step": step.number,
                "at": step.at.isoformat(),
                "only_dbt": step.comparison.only_incremental,
                "only_against": step.comparison.only_full_refresh,
                "changed": step.comparison.changed,
                "schema_changes": list(step.schema_changes),
            }
            for step in side.steps
        ],
        "failures": {
            name: _failure_json(failure)
            for name, failure in zip(_NAMES, side.failures, strict=True)
        },
        "nondeterministic_columns": list(side.nondeterministic),
        "sample": [_sample_json(row) for row in side.sample],
        "kept": (
            {
                "dbt": str(side.kept.incremental),
                "against": str(side.kept.full_refresh),
                "command": shlex.join(side.kept.command),
            }
            if side.kept
            else None
        ),
        "sql": [
            {
                "model": each.model,
                "dbt": each.dbt,
                "against": each.against,
                "diff": "\n".join(diff_lines(each.dbt, each.against, labels)),
            }
            for each in side.sql
        ],
    }


def _failure_json(failure: Failure | None) -> dict[str, Any] | None:
    if failure is None:
        return None
    behind = failure.behind or None
    return {"step": failure.step, "message": failure.message, "skipped_behind": behind}


def _sample_json(row: SampleRow) -> dict[str, Any]:
    return {**sample_json(row), "kind": _KINDS.get(row.kind, row.kind)}
