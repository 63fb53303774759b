"""The options and the output that commands with findings share."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from entity_kit.cli.files import write_text
from entity_kit.cli.formats import root_of
from entity_kit.errors import EntityKitError, ExitCode
from entity_kit.project_health import findings as listing

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from entity_kit.project_health.findings import Finding

    Command = TypeVar("Command", bound=Callable[..., Any])


def baseline_options(command: Command) -> Command:
    """Add --baseline and --write-baseline."""
    options = [
        click.option(
            "--baseline", type=click.Path(path_type=Path), help="The file of known findings."
        ),
        click.option(
            "--write-baseline", is_flag=True, help="Write the current findings to that file."
        ),
    ]
    for option in reversed(options):
        command = option(command)
    return command


def require_baseline(baseline: Path | None, *, write: bool) -> None:
    """Refuse --write-baseline without a file."""
    if write and baseline is None:
        raise EntityKitError(
            "--write-baseline needs --baseline.", fix="--baseline FILE --write-baseline"
        )


def read_known(baseline: Path | None, command: str, *, write: bool) -> set[str]:
    """Return the known findings; none if the baseline is to be written."""
    if baseline is None or write:
        return set()
    return listing.read_baseline(baseline, command)


def write_known(baseline: Path, findings: Sequence[Finding]) -> None:
    write_text(baseline, listing.as_baseline(findings))
    click.echo(f"Wrote {len(findings)} findings to {baseline}.")


def report_findings(
    findings: Sequence[Finding],
    known: Collection[str],
    form: str,
    project_dir: Path,
    kind: str = "model",
) -> None:
    """Print the findings, and exit with 1 if the baseline lacks one."""
    if form == "json":
        click.echo(json.dumps(listing.as_json(findings, known, kind), indent=2, ensure_ascii=False))
    else:
        lines = (
            listing.annotation_lines(findings, known, root_of(project_dir))
            if form == "github"
            else listing.text_lines(findings, known)
        )
        for line in lines:
            click.echo(line)
    if any(finding.key not in known for finding in findings):
        raise SystemExit(ExitCode.DIFFERS)
