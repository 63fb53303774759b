"""The command `monitor`: ask, print, tell."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from entity_kit.cli.asking import open_questions
from entity_kit.cli.files import replace_texts, require_writable
from entity_kit.cli.monitored import Limits, check_project
from entity_kit.cli.options import project_options
from entity_kit.errors import EntityKitError, ExitCode
from entity_kit.project_health.monitor import state as states
from entity_kit.project_health.monitor import telling
from entity_kit.project_health.monitor import webhook as webhooks

if TYPE_CHECKING:
    from entity_kit.project_health.monitor.state import News


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
@click.option(
    "--state",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Remember in this file what was posted: post only what is new, and what is over.",
)
@click.option(
    "--docs-url",
    default="",
    metavar="URL",
    help="Where the project's dbt docs are, for links. Default: the path of the file.",
)
@click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True
)
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
    state: Path | None,
    docs_url: str,
    form: str,
) -> None:
    """Check a project's latest runs, anomalies, source freshness, and SLAs, and tell it once.

    Reads the latest run of each model in `run_history`, the data tests `no_anomalies`, tables of
    `anomalies`, the `freshness` of sources, and `sla_hours` of models.

    Exit codes: 0, no alerts; 1, alerts; 2, bad usage, or the webhook didn't accept the message;
    3, dbt failed.
    """
    if webhook is not None:
        webhooks.require_address(webhook)
    if state is not None and webhook is None:
        raise EntityKitError(
            "--state needs --webhook: it remembers what was posted.",
            fix="--webhook URL --state FILE",
        )
    limits = Limits(threshold_minutes * 60, factor, failures)
    now = dt.datetime.now(dt.timezone.utc)
    with open_questions(project_dir, profiles_dir, target, variables, dbt) as asked:
        name, chosen = str(asked.manifest["metadata"]["project_name"]), asked.target.name
        told = {} if state is None else _read_state(state, name, chosen)
        checked, notes = check_project(asked, project_dir, limits, docs_url, now)
    news = states.find_news(told, checked, now.isoformat(timespec="seconds"))
    for note in notes:
        click.echo(note, err=True)
    if form == "json":
        data = telling.as_json(checked, None if state is None else news)
        click.echo(json.dumps(data, indent=2, ensure_ascii=False))
    else:
        for line in telling.text_lines(checked.alerts):
            click.echo(line)
    if webhook is not None and news:
        webhooks.post(webhook, telling.as_message(name, news.new, news.over, len(news.known)))
    if state is not None and news.told != told:
        _write_state(state, states.as_state(name, chosen, news.told), news)
    if checked.alerts:
        raise SystemExit(ExitCode.DIFFERS)


def _read_state(file: Path, project: str, target: str) -> dict[str, states.Told]:
    """Return what was told. Refuse a file that can't be written before anything is posted."""
    require_writable(file)
    return states.read_state(file, project, target)


def _write_state(file: Path, text: str, news: News) -> None:
    try:
        replace_texts({file: text})
    except EntityKitError as error:
        again = " The message was posted, and the next call will post it again." if news else ""
        raise EntityKitError(
            f"The state can't be written to {file}.{again}\n{error.message}", fix=error.fix
        ) from error
