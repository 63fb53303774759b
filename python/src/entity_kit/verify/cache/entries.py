"""Write the result of a model that agrees as JSON, and read it back the same."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Any

from entity_kit.compare.difference import Comparison
from entity_kit.compare.tolerance import Rounding
from entity_kit.replay.outcome import Step
from entity_kit.verify.results import ModelResult, ScheduleResult

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from entity_kit.arrivals.model import Model


def to_entry(result: ModelResult, at: datetime, notes: Collection[str]) -> dict[str, Any] | None:
    """Return what to keep of a model's result, or None if it isn't kept.

    Kept is what agrees, or differs as declared. Of what doesn't, the next verification shall have
    all the evidence: the rows, the cause, and both sides. `notes` are those of the runs.
    """
    entry = {
        "unique_id": result.unique_id,
        "verified_at": at.isoformat(),
        "notes": list(result.notes),
        "run_notes": list(notes),
        "schedules": [_schedule(each) for each in result.schedules],
    }
    return entry if _read(entry, result) == result else None


def from_entry(entry: Mapping[str, Any], model: Model) -> ModelResult | None:
    """Return a kept result of a model, or None if it isn't one."""
    like = ModelResult(model.name, model.unique_id, (), (), model.path, model.text)
    try:
        found = _read(entry, like, datetime.fromisoformat(entry["verified_at"]))
    except (KeyError, TypeError, ValueError, AttributeError):
        return None
    return found


def run_notes(entry: Mapping[str, Any]) -> list[str]:
    return [str(note) for note in entry.get("run_notes") or ()]


def _schedule(result: ScheduleResult) -> dict[str, Any]:
    return {
        "schedule": result.schedule,
        "altered": result.altered,
        "untried": result.untried,
        "rounding": [asdict(each) for each in result.rounding],
        "steps": [
            {
                "number": step.number,
                "at": step.at.isoformat(),
                "comparison": asdict(step.comparison),
                "schema_changes": list(step.schema_changes),
                "declared": step.declared,
                "chance": step.chance,
            }
            for step in result.steps
        ],
    }


def _read(
    entry: Mapping[str, Any], like: ModelResult, verified_at: datetime | None = None
) -> ModelResult | None:
    """Return the result of an entry, with the name and the file of another; None if it isn't its or a bad one."""
    schedules = tuple(
        ScheduleResult(
            schedule=str(each["schedule"]),
            steps=tuple(
                Step(
                    int(step["number"]),
                    datetime.fromisoformat(step["at"]),
                    Comparison(**step["comparison"]),
                    tuple(step["schema_changes"]),
                    declared=bool(step["declared"]),
                    chance=bool(step["chance"]),
                )
                for step in each["steps"]
            ),
            rounding=tuple(Rounding(**rounding) for rounding in each["rounding"]),
            altered=each["altered"],
            untried=str(each["untried"]),
        )
        for each in entry["schedules"]
    )
    found = ModelResult(
        like.name,
        str(entry["unique_id"]),
        schedules,
        tuple(map(str, entry["notes"])),
        like.path,
        like.text,
        verified_at,
    )
    good = bool(schedules) and found.unique_id == like.unique_id and found.verdict.agrees
    return found if good else None
