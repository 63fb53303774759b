"""The command `metrics`: parse, call, print."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from entity_kit.cli.completion import complete_metrics
from entity_kit.cli.options import project_options, read_date, words
from entity_kit.cli.parsed import parse_project
from entity_kit.cli.terminal import table_console
from entity_kit.project_health.metrics import catalog
from entity_kit.project_health.metrics.reading import read_metrics

if TYPE_CHECKING:
    from pathlib import Path


@click.command()
@project_options
@click.option(
    "--select",
    "-s",
    multiple=True,
    shell_complete=complete_metrics,
    help="Metrics, by name. Default: all of the project's own.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "markdown"]),
    default="text",
    show_default=True,
)
@click.option("--as-of", metavar="DATE", help="Use this date as today. Default: today in UTC.")
def metrics(
    project_dir: Path,
    profiles_dir: Path | None,
    target: str | None,
    variables: str,
    dbt: str | None,
    select: tuple[str, ...],
    form: str,
    as_of: str | None,
) -> None:
    """List the project's metrics: what each means, who owns it, and what uses it.

    Exit codes: 0; 2, bad usage; 3, dbt failed.
    """
    today = read_date(as_of)
    manifest, _ = parse_project(project_dir, profiles_dir, target, variables, dbt)
    found = catalog.read_catalog(read_metrics(manifest), words(select))
    if form == "json":
        click.echo(json.dumps(catalog.as_json(found, today), indent=2, ensure_ascii=False))
    elif form == "markdown":
        for line in catalog.markdown_lines(found, today):
            click.echo(line)
    elif found:
        table_console().print(catalog.as_table(found, today))
    else:
        click.echo("The project defines no metrics.")
