"""The command `lookback`."""

from __future__ import annotations

import json
from pathlib import Path

import click

from entity_kit.arrivals import lateness
from entity_kit.cli.completion import complete_models
from entity_kit.cli.files import require_writable, write_text
from entity_kit.cli.options import project_options, read_variables
from entity_kit.verify.reports.html import lookback_html
from entity_kit.verify.reports.words import printable
from entity_kit.verify.verification import lookback as measure


@click.command()
@click.argument("model", shell_complete=complete_models)
@project_options
@click.option(
    "--every",
    type=click.Choice(lateness.TIMETABLES),
    default="day",
    show_default=True,
    help="How often the model runs.",
)
@click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True
)
@click.option(
    "--report",
    "html",
    type=click.Path(path_type=Path),
    help="Also write an HTML page to this file.",
)
def lookback(
    model: str,
    project_dir: Path,
    profiles_dir: Path | None,
    target: str | None,
    variables: str,
    dbt: str | None,
    every: str,
    form: str,
    html: Path | None,
) -> None:
    """Measure how late the rows of a model's sources arrive, and what each lookback costs.

    Exit codes: 0; 2, bad usage or configuration; 3, dbt failed.
    """
    if html is not None:
        require_writable(html)
    found = measure(
        project_dir,
        model,
        profiles_dir=profiles_dir,
        target=target,
        variables=read_variables(variables),
        dbt=dbt,
        every=every,
    )
    if html is not None:
        write_text(html, lookback_html(model, found))
    if form == "json":
        click.echo(json.dumps(lateness.as_json(model, found), indent=2, ensure_ascii=False))
        return
    for line in lateness.text_lines(model, found):
        click.echo(printable(line))
