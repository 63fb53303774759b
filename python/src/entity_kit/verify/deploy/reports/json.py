"""A deploy's result as plain data."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

from entity_kit.compare.report import diff_json, json_value
from entity_kit.verify.reports.json import failure_json

if TYPE_CHECKING:
    from entity_kit.verify.deploy.results import DeployedModel, DeployResult, Mend, Merge, Wrong


def as_json(result: DeployResult) -> dict[str, Any]:
    """Return the result as plain data, version 1.

    In `numbers` the old version's full refresh is the incremental side.
    """
    return {
        "version": 1,
        "deploy_from": result.revision,
        "commit": result.commit,
        "verdict": result.verdict.value,
        "steps": [instant.isoformat() for instant in result.steps],
        "merges": list(result.merges),
        "models": [_model(model) for model in result.models],
        "left_out": [{"name": name, "reason": reason} for name, reason in result.left_out],
        "notes": list(result.notes),
        "timing": {
            "total_s": round(result.timing.total_s, 3),
            "dbt_s": round(result.timing.dbt_s, 3),
            "compare_s": round(result.timing.compare_s, 3),
        },
    }


def _model(model: DeployedModel) -> dict[str, Any]:
    return {
        "name": model.name,
        "unique_id": model.unique_id,
        "path": model.path,
        "verdict": model.verdict.value,
        "why": model.why,
        "heals_after": model.heals_after or None,
        "merges": [_merge(merge) for merge in model.merges],
        "wrong": _wrong(model.wrong) if model.wrong else None,
        "mend": _mend(model.mend) if model.mend else None,
        "numbers": diff_json(model.numbers) if model.numbers else None,
        "notes": list(model.notes),
    }


def _merge(merge: Merge) -> dict[str, Any]:
    return {
        "after_step": merge.at,
        "verdict": merge.verdict.value,
        "steps": [
            {
                "step": step.number,
                "at": step.at.isoformat(),
                "only_incremental": step.comparison.only_incremental,
                "only_full_refresh": step.comparison.only_full_refresh,
                "changed": step.comparison.changed,
                "schema_changes": list(step.schema_changes),
            }
            for step in merge.steps
        ],
        "failure": failure_json(merge.failure),
    }


def _wrong(wrong: Wrong) -> dict[str, Any]:
    period = None
    if wrong.period is not None:
        period = dict(zip(("column", "first", "last"), wrong.period, strict=True))
    return {
        "after_step": wrong.merge,
        "rows": wrong.rows,
        "only_incremental": wrong.comparison.only_incremental,
        "only_full_refresh": wrong.comparison.only_full_refresh,
        "changed": wrong.comparison.changed,
        "changed_columns": dict(wrong.columns),
        "schema_changes": list(wrong.schema_changes),
        "period": period,
        "key": list(wrong.key),
        "keys": list(wrong.keys),
        "sample": [
            {"kind": row.kind, "row": json_value(row.row), "before": json_value(row.before)}
            for row in wrong.sample
        ],
    }


def _mend(mend: Mend) -> dict[str, Any]:
    return {"command": shlex.join(mend.command), "share": mend.share}
