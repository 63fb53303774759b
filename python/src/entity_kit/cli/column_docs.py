"""`check --column-docs`: the descriptions of measures that the project's YAML lacks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from entity_kit.cli.files import read_text, replace_texts
from entity_kit.cli.findings import report_findings
from entity_kit.project_health.column_docs import find_gaps, make_changes, selected_of
from entity_kit.project_health.rewrite.rewrite import diff_lines

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from entity_kit.dbt_bridge.project import Manifest

OPTION = "--column-docs"


def check_column_docs(
    project_dir: Path,
    manifest: Manifest,
    selected: Collection[str] | None,
    form: str,
    *,
    write: bool,
) -> None:
    """Report what is missing, or write it. Exit with 1 if something is missing afterwards."""
    gaps = selected_of(find_gaps(manifest), selected)
    changes = make_changes(gaps, lambda path: _read(project_dir / path))
    for path in changes.changed:
        for line in diff_lines(path, changes.before[path] or "", changes.after[path]):
            click.echo(line, err=form != "text")
    if changes.changed and form == "text":
        click.echo()
    for said in changes.left:
        click.echo(said, err=True)
    if write:
        replace_texts({project_dir / path: changes.after[path] for path in changes.changed})
        left = {said.split(":", 1)[0] for said in changes.left}
        gaps = [gap for gap in gaps if gap.written or gap.name in left]
    if changes.changed:
        count = len(changes.changed)
        files = f"{count} file{'' if count == 1 else 's'}"
        click.echo(
            f"Changed {files}."
            if write
            else f"Would change {files}. Nothing is written without --write.",
            err=True,
        )
    report_findings(gaps, (), form, project_dir)


def _read(file: Path) -> str | None:
    return read_text(file) if file.exists() else None
