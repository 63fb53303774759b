"""Write a verification's result as JSON."""

from __future__ import annotations

import shlex
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from entity_kit.arrivals import cases
from entity_kit.compare import tolerance
from entity_kit.compare.report import json_value

if TYPE_CHECKING:
    from datetime import datetime

    from entity_kit.arrivals.behind import RowsBehind
    from entity_kit.compare.difference import SampleRow
    from entity_kit.dbt_bridge.metric_values import Reconciled
    from entity_kit.replay.outcome import Failure
    from entity_kit.verify.results import ModelResult, ScheduleResult, Timing, VerifyResult


def as_json(result: VerifyResult) -> dict[str, Any]:
    """Return the result as plain data, version 1 of the contract."""
    return {
        "version": 1,
        "verdict": result.verdict.value,
        "seed": result.seed,
        "steps": [instant.isoformat() for instant in result.steps],
        "models": [model_json(model) for model in result.models],
        "left_out": [{"name": name, "reason": reason} for name, reason in result.left_out],
        "notes": list(result.notes),
        "timing": timing_json(result.timing),
        "ran_at": _instant(result.ran_at),
        "selection": list(result.selection),
        "synthetic": result.synthetic,
    }


def timing_json(timing: Timing) -> dict[str, float]:
    return {
        "total_s": round(timing.total_s, 3),
        "dbt_s": round(timing.dbt_s, 3),
        "compare_s": round(timing.compare_s, 3),
    }


def model_json(model: ModelResult) -> dict[str, Any]:
    """Return what verify says of one model."""
    return {
        "name": model.name,
        "unique_id": model.unique_id,
        "verdict": model.verdict.value,
        "path": model.path,
        "notes": list(model.notes),
        "inherited_from": list(model.inherited_from),
        "through": list(model.through),
        "skipped_behind": model.skipped_behind or None,
        "schedules": [_schedule_json(schedule) for schedule in model.schedules],
        "rounding": tolerance.as_json(model.rounding),
        "cached": model.verified_at is not None,
        "verified_at": _instant(model.verified_at),
    }


def failure_json(failure: Failure | None) -> dict[str, Any] | None:
    """Return what kept a model from being built."""
    if failure is None:
        return None
    return {
        "step": failure.step,
        "side": failure.side,
        "message": failure.message,
        "skipped_behind": failure.behind or None,
        "unsupported": None if failure.unsupported is None else asdict(failure.unsupported),
    }


def _schedule_json(schedule: ScheduleResult) -> dict[str, Any]:
    divergence = schedule.divergence
    place = schedule.cause.place if schedule.cause else None
    return {
        "schedule": schedule.schedule,
        "verdict": schedule.verdict.value,
        "first_divergence": divergence.number if divergence else None,
        "heals": schedule.heals,
        "steps": [
            {
                "step": step.number,
                "at": step.at.isoformat(),
                "only_incremental": step.comparison.only_incremental,
                "only_full_refresh": step.comparison.only_full_refresh,
                "changed": step.comparison.changed,
                **({"metrics": list(map(_metric_json, step.metrics))} if step.metrics else {}),
            }
            for step in schedule.steps
        ],
        "nondeterministic_columns": list(schedule.nondeterministic),
        "failure": failure_json(schedule.failure),
        "examples": schedule.examples,
        "altered": schedule.altered,
        "untried": schedule.untried or None,
        "kept": (
            {
                "incremental": str(schedule.kept.incremental),
                "full_refresh": str(schedule.kept.full_refresh),
                "command": shlex.join(schedule.kept.command),
            }
            if schedule.kept
            else None
        ),
        "case": cases.as_json(schedule.case) if schedule.case else None,
        "cause": schedule.cause.name if schedule.cause else None,
        "explanation": schedule.cause.explanation if schedule.cause else None,
        "inherited_from": list(schedule.cause.inherited_from) if schedule.cause else [],
        "line": place.line if place else None,
        "fix": schedule.cause.fix or None if schedule.cause else None,
        "sample": [sample_json(row) for row in schedule.sample],
        "behind": [_behind_json(behind) for behind in schedule.behind],
    }


def _metric_json(found: Reconciled) -> dict[str, Any]:
    return {
        "metric": found.table.metric,
        "column": found.table.place.column,
        "differing": found.count,
        "sample": [each.as_json() for each in found.differences],
    }


def sample_json(row: SampleRow) -> dict[str, Any]:
    return {
        "kind": row.kind,
        "row": {column: json_value(value) for column, value in row.row.items()},
        "before": {column: json_value(value) for column, value in row.before.items()},
    }


def _behind_json(behind: RowsBehind) -> dict[str, Any]:
    return {
        "source": behind.source,
        "sample": behind.sample,
        "by": behind.by,
        "seen": _instant(behind.seen),
        "count": behind.count,
        "rows": [
            {
                "label": row.label,
                "event": _instant(row.event),
                "loaded": _instant(row.loaded),
                "step": row.step,
                "until": row.until,
            }
            for row in behind.rows
        ],
    }


def _instant(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()
