"""What was already told of a project, in a file: so that only news is told, and when it is over."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from entity_kit.errors import EntityKitError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from entity_kit.project_health.monitor.alerts import Alert, Checked

VERSION = 1


@dataclass(frozen=True, slots=True)
class Told:
    """A problem that was told; `since` says when, first."""

    model: str
    reason: str
    check: str
    about: str
    level: str
    since: str


@dataclass(frozen=True, slots=True)
class News:
    """What is to be told now (`new`, `over`), and what need not be; `told` is the state afterwards."""

    new: tuple[Alert, ...]
    over: tuple[Told, ...]
    known: tuple[Alert, ...]
    told: Mapping[str, Told]

    def __bool__(self) -> bool:
        return bool(self.new or self.over)


def find_news(told: Mapping[str, Told], checked: Checked, now: str) -> News:
    """Compare alerts with what was told.

    A problem whose level grew is new again. One that isn't found any more is over, unless what it
    is about couldn't be checked this time: then it stays in the state, and nothing is said.
    """
    new: list[Alert] = []
    known: list[Alert] = []
    after: dict[str, Told] = {}
    for alert in checked.alerts:
        before = told.get(alert.key)
        is_new = before is None or alert.level > before.level
        (new if is_new else known).append(alert)
        since = now if before is None else before.since
        after[alert.key] = Told(
            alert.model, alert.reason, alert.check, alert.about, alert.level, since
        )
    over = []
    for key, each in told.items():
        if key in after:
            continue
        if {(each.check, each.about), (each.check, "")} & checked.unjudged:
            after[key] = each
        else:
            over.append(each)
    return News(tuple(new), tuple(over), tuple(known), after)


def read_state(file: Path, project: str, target: str) -> dict[str, Told]:
    """Return what was told, nothing if there is no file yet.

    Raises EntityKitError if the file isn't a state, or that of another project or target.
    """
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
        version, of = content["version"], (content["project"], content["target"])
        told = {str(key): _read_told(each) for key, each in content["told"].items()}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise EntityKitError(
            f"{file} isn't a state of entity-kit monitor: {error}.",
            fix="Name another file with --state, or remove it: then all alerts are new.",
        ) from error
    if version != VERSION:
        raise EntityKitError(
            f"{file} is a state of version {version}; this entity-kit reads version {VERSION}.",
            fix="Name another file with --state, or remove it: then all alerts are new.",
        )
    if of != (project, target):
        raise EntityKitError(
            f"{file} is the state of project {of[0]}, target {of[1]}; this is project {project}, "
            f"target {target}.",
            fix="Use one state file for each project and target.",
        )
    return told


def _read_told(given: Mapping[str, str]) -> Told:
    told = Told(**given)
    if not all(isinstance(part, str) for part in asdict(told).values()):
        raise TypeError("a part of it isn't a text")
    return told


def as_state(project: str, target: str, told: Mapping[str, Told]) -> str:
    """Return the text of a state file."""
    content = {
        "version": VERSION,
        "project": project,
        "target": target,
        "told": {key: asdict(each) for key, each in sorted(told.items())},
    }
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"
