"""The command `profile`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from entity_kit.cli.options import project_options, read_duckdb_options
from entity_kit.cli.terminal import progress_bar
from entity_kit.project_health.onboarding import telling
from entity_kit.project_health.onboarding.project import look_at_relation
from entity_kit.verify.reports.words import printable
from entity_kit.verify.session import open_session

if TYPE_CHECKING:
    from pathlib import Path


@click.command()
@click.argument("relation")
@project_options
@click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True
)
def profile(
    relation: str,
    project_dir: Path,
    profiles_dir: Path | None,
    target: str | None,
    variables: str,
    dbt: str | None,
    form: str,
) -> None:
    """Show what a relation's rows say about when they arrived, and what to declare for it.

    RELATION is a source (shop.orders), a model or seed, or schema.table of the warehouse.

    Exit codes: 0; 2, bad usage or configuration; 3, dbt failed.
    """
    options = read_duckdb_options(project_dir, profiles_dir, target, variables, dbt)
    with progress_bar() as progress, open_session(options, progress) as session:
        found = look_at_relation(session, session.parse(), relation)
    if form == "json":
        data = {"version": 1, **telling.as_data(found)}
        click.echo(json.dumps(data, indent=2, ensure_ascii=False))
        return
    for line in telling.profile_lines(found):
        click.echo(printable(line))
