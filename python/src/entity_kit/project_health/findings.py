"""Findings of a check: listed by rule, as annotations, as JSON, and against a baseline of known ones."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any, Protocol

from entity_kit.errors import EntityKitError
from entity_kit.verify.reports.comment import file_in, workflow_command
from entity_kit.wording import counted

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from pathlib import Path

BASELINE_VERSION = 1
JSON_VERSION = 1


class Finding(Protocol):
    """One thing that a rule finds about something with a name, and the file where that is written.

    `key` is the finding's identity in a baseline, independent of its file.
    """

    @property
    def unique_id(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def path(self) -> str: ...
    @property
    def rule(self) -> str: ...
    @property
    def reason(self) -> str: ...
    @property
    def key(self) -> str: ...


def read_baseline(file: Path, command: str) -> set[str]:
    """Return the keys of the known findings. Raise EntityKitError if the file isn't a baseline."""
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
        known = content["known"]
        version = content["version"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise EntityKitError(
            f"{file} isn't a baseline: {error}.",
            fix=f"Create one with: {command} --baseline FILE --write-baseline",
        ) from error
    if version != BASELINE_VERSION or not all(isinstance(each, str) for each in known):
        raise EntityKitError(
            f"{file} isn't a baseline of version {BASELINE_VERSION}.",
            fix="Create it again with --write-baseline.",
        )
    return set(known)


def as_baseline(findings: Sequence[Finding]) -> str:
    """Return a baseline with these findings, as a text that merges well line by line."""
    known = sorted({finding.key for finding in findings})
    content = {"version": BASELINE_VERSION, "known": known}
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def text_lines(findings: Sequence[Finding], known: Collection[str]) -> Iterator[str]:
    """Yield the new findings by rule and file, and how many the baseline covers or no longer needs."""
    for finding in _new(findings, known):
        yield f"{finding.path}: {finding.name}: {finding.reason} ({finding.rule})"
    yield closing(findings, known)


def annotation_lines(
    findings: Sequence[Finding], known: Collection[str], root: str = ""
) -> Iterator[str]:
    """Yield GitHub's workflow commands: an error for each new finding, at its file.

    `root` is the project's folder, relative to the repository's.
    """
    for finding in _new(findings, known):
        yield workflow_command(
            "error",
            f"{finding.name}: {finding.reason}",
            file_in(root, finding.path),
            title=f"entity-kit: {finding.rule}",
        )
    yield closing(findings, known)


def as_json(
    findings: Sequence[Finding], known: Collection[str], kind: str = "model"
) -> dict[str, Any]:
    """Return all findings by rule, each with whether the baseline has it, and the new ones counted.

    `kind` is what the named things are.
    """
    rules = Counter(finding.rule for finding in _new(findings, known))
    return {
        "version": JSON_VERSION,
        "new": rules.total(),
        "rules": dict(sorted(rules.items())),
        "findings": [
            {
                "rule": finding.rule,
                kind: finding.name,
                "unique_id": finding.unique_id,
                "path": finding.path,
                "reason": finding.reason,
                "known": finding.key in known,
            }
            for finding in sorted(findings, key=_by_rule)
        ],
    }


def closing(findings: Sequence[Finding], known: Collection[str]) -> str:
    """Return the counts: new findings by rule, and what the baseline covers or no longer needs."""
    rules = Counter(finding.rule for finding in _new(findings, known))
    said = [counted(rules.total(), "finding")]
    if len(rules) > 1:
        said[0] += f" ({', '.join(f'{count} {rule}' for rule, count in sorted(rules.items()))})"
    covered = len(findings) - rules.total()
    gone = len(set(known) - {finding.key for finding in findings})
    if covered:
        said.append(f"{covered} more in the baseline")
    if gone:
        said.append(f"{gone} of the baseline fixed: update the baseline")
    return ", ".join(said) + "."


def _new(findings: Sequence[Finding], known: Collection[str]) -> list[Finding]:
    return sorted((each for each in findings if each.key not in known), key=_by_rule)


def _by_rule(finding: Finding) -> tuple[str, str]:
    return finding.rule, finding.path
