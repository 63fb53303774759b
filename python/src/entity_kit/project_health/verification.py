"""Read a result of `entity-kit verify --format json` for later reports."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from entity_kit.errors import EntityKitError
from entity_kit.verify.results import Verdict

if TYPE_CHECKING:
    from pathlib import Path

VERSION = 1


@dataclass(frozen=True, slots=True)
class VerifiedSchedule:
    """A model under one schedule; `first_divergence` is a step's number."""

    schedule: str
    verdict: Verdict
    first_divergence: int | None
    cause: str | None
    explanation: str | None


@dataclass(frozen=True, slots=True)
class VerifiedModel:
    """A model under all schedules."""

    name: str
    unique_id: str
    verdict: Verdict
    schedules: tuple[VerifiedSchedule, ...]


@dataclass(frozen=True, slots=True)
class Verification:
    """A whole result; `last_step` is the time of the last step, as text.

    `ran_at` is when the run began; `selection` what limited it to a part of the project, as on the
    command line; `left_out` has the models that couldn't take part, each with the reason.
    """

    verdict: Verdict
    seed: int
    models: tuple[VerifiedModel, ...]
    last_step: str | None
    ran_at: dt.datetime | None = None
    selection: tuple[str, ...] = ()
    left_out: tuple[tuple[str, str], ...] = ()

    @property
    def agreeing(self) -> int:
        return sum(model.verdict.agrees for model in self.models)


def read_verification(file: Path) -> Verification:
    """Return the result in a file. Raise EntityKitError if there is none."""
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
        if content["version"] != VERSION:
            raise ValueError(f"it has version {content['version']!r}")  # noqa: TRY301
        models = tuple(_model(given) for given in content["models"])
        steps = content.get("steps") or [None]
        return Verification(
            Verdict(content["verdict"]),
            int(content["seed"]),
            models,
            steps[-1],
            _ran_at(content.get("ran_at"), file),
            tuple(map(str, content.get("selection") or ())),
            tuple((str(e["name"]), str(e["reason"])) for e in content.get("left_out") or ()),
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        said = f"it lacks {error}" if isinstance(error, KeyError) else str(error)
        raise EntityKitError(
            f"{file} isn't a result of verify: {said}.",
            fix="Create one with: entity-kit verify --format json --output FILE",
        ) from error


def _ran_at(given: str | None, file: Path) -> dt.datetime:
    """Return when a result was made; one that doesn't say is as old as its file."""
    if given is None:
        return dt.datetime.fromtimestamp(file.stat().st_mtime, dt.timezone.utc)
    at = dt.datetime.fromisoformat(given)
    return at.astimezone(dt.timezone.utc) if at.tzinfo else at.replace(tzinfo=dt.timezone.utc)


def _model(given: dict[str, Any]) -> VerifiedModel:
    return VerifiedModel(
        str(given["name"]),
        str(given["unique_id"]),
        Verdict(given["verdict"]),
        tuple(
            VerifiedSchedule(
                str(each["schedule"]),
                Verdict(each["verdict"]),
                each.get("first_divergence"),
                each.get("cause"),
                each.get("explanation"),
            )
            for each in given["schedules"]
        ),
    )
