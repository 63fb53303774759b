"""The command `init`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from entity_kit.cli.files import read_text, replace_texts
from entity_kit.cli.options import project_options, read_duckdb_options
from entity_kit.cli.terminal import progress_bar
from entity_kit.errors import EntityKitError
from entity_kit.project_health.onboarding import telling
from entity_kit.project_health.onboarding.changes import make_changes
from entity_kit.project_health.onboarding.project import look_at_sources, read_sources
from entity_kit.project_health.rewrite.rewrite import diff_lines
from entity_kit.verify.reports.words import printable
from entity_kit.verify.session import open_session

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from entity_kit.project_health.onboarding.changes import Changes
    from entity_kit.project_health.onboarding.project import Looked
    from entity_kit.verify.options import VerifyOptions


@click.command()
@project_options
@click.option("--write", is_flag=True, help="Write the declarations into the YAML files.")
@click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True
)
def init(
    project_dir: Path,
    profiles_dir: Path | None,
    target: str | None,
    variables: str,
    dbt: str | None,
    write: bool,
    form: str,
) -> None:
    """Propose what to declare for the sources, from their rows, so that verify can replay them.

    Shows the evidence and a diff of the YAML files. Only reads the warehouse, a DuckDB file.

    Exit codes: 0; 2, bad usage or configuration; 3, dbt failed.
    """
    options = read_duckdb_options(project_dir, profiles_dir, target, variables, dbt)
    project, found, notes = _look(options)
    folder = options.project_dir
    changes = make_changes(project, found, lambda path: read_text(folder / path))
    diffs = {
        path: "\n".join(diff_lines(path, changes.before[path], changes.after[path]))
        for path in changes.changed
    }
    if write:
        replace_texts({folder / path: changes.after[path] for path in changes.changed})
    if form == "json":
        data = telling.init_json(project, found, changes, diffs, written=write)
        click.echo(json.dumps(data, indent=2, ensure_ascii=False))
    else:
        _print(project, found, changes, diffs)
    for said in (*notes, *_summary(changes, written=write)):
        click.echo(printable(said), err=True)


def _look(options: VerifyOptions) -> tuple[str, list[Looked], list[str]]:
    """Return the project's name, what was found for each source, and notes."""
    with progress_bar() as progress, open_session(options, progress) as session:
        manifest = session.parse()
        nodes, incremental = read_sources(manifest)
        if not nodes:
            raise EntityKitError(
                "No model reads a source or a seed, so there is nothing to declare.",
                fix="Declare the tables that the models read as sources in the project's YAML.",
            )
        found = look_at_sources(session, nodes)
    if all(each.status == "unreadable" for each in found):
        problems = "\n".join(f"{each.name}: {each.problem}" for each in found)
        raise EntityKitError(
            f"None of the sources can be read.\n{problems}",
            fix="Load the sources into the target's DuckDB file, or name another target.",
        )
    notes = (
        []
        if incremental
        else ["No model is incremental yet, so all sources and seeds were looked at."]
    )
    return str(manifest["metadata"]["project_name"]), found, notes


def _print(project: str, found: list[Looked], changes: Changes, diffs: dict[str, str]) -> None:
    for each in found:
        for line in telling.source_lines(project, each):
            click.echo(printable(line))
        if each.name in changes.left:
            for line in changes.left[each.name].splitlines():
                click.echo(printable(f"  ! {line}" if not line.startswith(" ") else line))
        click.echo()
    for text in diffs.values():
        for line in text.splitlines():
            click.echo(line)


def _summary(changes: Changes, *, written: bool) -> Iterator[str]:
    count = len(changes.changed)
    if not count:
        yield "There is nothing to change."
        return
    files = f"{count} file{'' if count == 1 else 's'}"
    if written:
        yield f"Changed {files}. Next: entity-kit verify"
    else:
        yield f"Would change {files}. Nothing is written without --write."
    yield telling.NO_TRACE
