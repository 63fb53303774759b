"""The command `deprecations`: parse, call, print."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from entity_kit.cli.options import project_options, read_date
from entity_kit.cli.parsed import parse_project
from entity_kit.cli.rewrite import rewrite_consumers
from entity_kit.cli.terminal import table_console
from entity_kit.errors import EntityKitError, ExitCode
from entity_kit.project_health import deprecations as register
from entity_kit.project_health.column_lineage import ColumnLineage
from entity_kit.project_health.metrics.readers import reader_lines
from entity_kit.project_health.metrics.reading import read_metrics
from entity_kit.project_health.rewrite.plan import read_columns, read_known

if TYPE_CHECKING:
    import datetime as dt
    from pathlib import Path

    from entity_kit.dbt_bridge.profiles import Target
    from entity_kit.dbt_bridge.project import Manifest
    from entity_kit.project_health.deprecations import Deprecation


@click.command()
@project_options
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "markdown"]),
    default="text",
    show_default=True,
)
@click.option(
    "--check", is_flag=True, help="Exit with 1 if anything reads a model past its sunset date."
)
@click.option("--guide", metavar="MODEL", help="Print a migration guide for this model.")
@click.option(
    "--rewrite", "rewritten", metavar="MODEL", help="Show the rewritten references to this model."
)
@click.option("--write", is_flag=True, help="With --rewrite: change the files.")
@click.option("--as-of", metavar="DATE", help="Use this date as today. Default: today in UTC.")
def deprecations(
    project_dir: Path,
    profiles_dir: Path | None,
    target: str | None,
    variables: str,
    dbt: str | None,
    form: str,
    check: bool,
    guide: str | None,
    rewritten: str | None,
    write: bool,
    as_of: str | None,
) -> None:
    """List the project's deprecated models, and help their consumers migrate.

    Exit codes: 0; 1, with --check, if a model past its sunset date is still read; 2, bad usage;
    3, dbt failed.
    """
    if write and rewritten is None:
        raise EntityKitError("--write needs --rewrite.", fix="--rewrite MODEL --write")
    today = read_date(as_of)
    manifest, chosen = parse_project(project_dir, profiles_dir, target, variables, dbt)
    found = register.read_deprecations(manifest)
    if rewritten is not None:
        gone = register.find_deprecation(found, rewritten)
        rewrite_consumers(project_dir, manifest, chosen, gone, write=write)
        return
    if guide is not None:
        _guide(project_dir, manifest, chosen, register.find_deprecation(found, guide), today)
        return
    if form == "json":
        click.echo(json.dumps(register.as_json(found, today), indent=2, ensure_ascii=False))
    elif form == "markdown":
        for line in register.markdown_lines(found, today):
            click.echo(line)
    elif found:
        table_console().print(register.as_table(found, today))
    else:
        click.echo("No model of this project is deprecated.")
    if check and any(each.overdue(today) for each in found):
        raise SystemExit(ExitCode.DIFFERS)


def _guide(
    project_dir: Path, manifest: Manifest, target: Target, gone: Deprecation, today: dt.date
) -> None:
    columns = None
    known = read_known(project_dir, manifest, target)
    if gone.final_id is not None:
        columns = read_columns(manifest, gone, known)
    lineage = ColumnLineage(
        manifest,
        project_dir=project_dir,
        known={each: tuple(names) for each, names in known.columns.items()},
    )
    for line in register.guide_lines(gone, today, columns):
        click.echo(line)
    for line in reader_lines(manifest, read_metrics(manifest), lineage, gone.unique_id):
        click.echo(line)
