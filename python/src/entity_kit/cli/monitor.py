"""The command `monitor`: parse, call, print."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from entity_kit.cli.options import project_options
from entity_kit.cli.parsed import parse_project, run_history
from entity_kit.errors import ExitCode
from entity_kit.project_health import monitor as monitoring

if TYPE_CHECKING:
    from pathlib import Path


@click.command()
@project_options
@click.option(
    "--threshold-minutes",
    type=click.FloatRange(min=0, min_open=True),
    default=10.0,
    show_default=True,
    help="Alert when a run takes longer than this.",
)
@click.option(
    "--factor",
    type=click.FloatRange(min=1, min_open=True),
    default=2.0,
    show_default=True,
    help="Alert when a run takes this many times its usual duration.",
)
@click.option(
    "--failures",
    type=click.IntRange(min=1),
    default=2,
    show_default=True,
    help="Alert after this many failures in a row.",
)
@click.option("--webhook", metavar="URL", help="Post the alerts to this chat webhook.")
def monitor(
    project_dir: Path,
    profiles_dir: Path | None,
    target: str | None,
    variables: str,
    dbt: str | None,
    threshold_minutes: float,
    factor: float,
    failures: int,
    webhook: str | None,
) -> None:
    """Check the latest run of each model in the project's `run_history`.

    Exit codes: 0, no alerts; 1, alerts; 2, bad usage, or the webhook didn't accept the message;
    3, dbt failed.
    """
    manifest, chosen = parse_project(project_dir, profiles_dir, target, variables, dbt)
    rows = run_history(
        project_dir,
        manifest,
        chosen,
        "select model_name, status, seconds, unique_id from history "
        "order by started_at, invocation_id",
    )
    runs = [monitoring.Run(*row) for row in rows]
    alerts = monitoring.judge(
        runs, threshold_s=threshold_minutes * 60, factor=factor, failures=failures
    )
    for line in monitoring.text_lines(alerts):
        click.echo(line)
    if alerts and webhook is not None:
        name = str(manifest["metadata"]["project_name"])
        monitoring.post(webhook, monitoring.as_message(name, alerts))
    if alerts:
        raise SystemExit(ExitCode.DIFFERS)
