"""The command `metrics`: parse, call, print."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import click

from entity_kit.cli import metric_values
from entity_kit.cli.asking import open_questions
from entity_kit.cli.completion import complete_metrics
from entity_kit.cli.findings import (
    baseline_options,
    read_known,
    report_findings,
    require_baseline,
    write_known,
)
from entity_kit.cli.options import project_options, read_date, read_variables, words
from entity_kit.cli.parsed import owed_by_log, parse_project, parse_revision, project_variables
from entity_kit.cli.terminal import table_console
from entity_kit.dbt_bridge.metric_tables import GRAINS
from entity_kit.errors import EntityKitError, ExitCode
from entity_kit.project_health.column_lineage import ColumnLineage
from entity_kit.project_health.metrics import catalog, changes, impact
from entity_kit.project_health.metrics.conflicts import obstacle_lines
from entity_kit.project_health.metrics.ends import read_ends
from entity_kit.project_health.metrics.reading import read_metrics
from entity_kit.project_health.metrics.rules import check_metrics
from entity_kit.project_health.rewrite import plan

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from rich.table import Table

    from entity_kit.cli.asking import Asked
    from entity_kit.cli.metric_values import Answer
    from entity_kit.dbt_bridge.profiles import Target
    from entity_kit.dbt_bridge.project import Manifest
    from entity_kit.project_health.findings import Finding
    from entity_kit.project_health.metrics.changes import Change
    from entity_kit.project_health.metrics.conflicts import Conflict

_DIFF, _IMPACT = "--diff", "--impact"


@dataclass(frozen=True, slots=True)
class _Call:
    """The project that the command is about, and how it is to answer."""

    project_dir: Path
    parse: tuple[Path, Path | None, str | None, str, str | None]
    select: tuple[str, ...]
    form: str
    today: dt.date

    def changes(self, manifest: Manifest, revision: str) -> list[Change]:
        before = read_metrics(parse_revision(*self.parse, revision, _DIFF))
        now = read_metrics(manifest)
        for name in self.select:
            if name not in before.metrics:
                now.find(name)
        found = changes.compare(before, now)
        return [each for each in found if not self.select or each.name in self.select]

    def lineage(self, manifest: Manifest, target: Target) -> ColumnLineage:
        known = plan.read_known(self.project_dir, manifest, target)
        return ColumnLineage(
            manifest,
            project_dir=self.project_dir,
            known={each: tuple(columns) for each, columns in known.columns.items()},
            variables=project_variables(self.project_dir, read_variables(self.parse[3])),
        )


@click.command()
@project_options
@click.option(
    "--select",
    "-s",
    "metric_names",
    multiple=True,
    shell_complete=complete_metrics,
    help="Metrics, by name. Default: all of the project's own.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "markdown", "github"]),
    default="text",
    show_default=True,
    help="markdown: not with --check; github: only with --check.",
)
@click.option("--check", is_flag=True, help="Check the definitions, and exit with 1 for findings.")
@click.option(
    _DIFF, "since", metavar="REF", help="Show what changed in meaning since this git revision."
)
@click.option(
    _IMPACT,
    "changed",
    metavar="MODEL[.COLUMN]",
    help="Show which metrics, models, saved queries, and exposures change with this.",
)
@click.option(
    "--reconcile", is_flag=True, help="Compare the tables of metrics with their definitions."
)
@click.option(
    "--conflicts",
    is_flag=True,
    help="Compare the values of metrics that measure the same; with --check, as one of its rules.",
)
@click.option(
    "--grain",
    type=click.Choice(GRAINS),
    default="month",
    show_default=True,
    help="The periods in which --conflicts compares.",
)
@baseline_options
@click.option("--as-of", metavar="DATE", help="Use this date as today. Default: today in UTC.")
def metrics(
    project_dir: Path,
    profiles_dir: Path | None,
    target: str | None,
    variables: str,
    dbt: str | None,
    metric_names: tuple[str, ...],
    form: str,
    check: bool,
    since: str | None,
    changed: str | None,
    reconcile: bool,
    conflicts: bool,
    grain: str,
    baseline: Path | None,
    write_baseline: bool,
    as_of: str | None,
) -> None:
    """List the project's metrics, check their definitions, and show what changed in their meaning.

    With --check and --diff together, a metric whose meaning changed must also have a new version.
    --reconcile and --conflicts read the warehouse, and write nothing to it.
    Exit codes: 0; 1, with --check, for new findings, with --diff, if a metric owes a new version,
    with --reconcile, if a table differs, and with --conflicts, if two metrics do; 2, bad usage; 3,
    dbt failed.
    """
    _require_fitting(form, baseline, check=check, write_baseline=write_baseline)
    _require_one_mode(
        {
            "--check": check,
            _DIFF: since is not None,
            _IMPACT: changed is not None,
            "--reconcile": reconcile,
            "--conflicts": conflicts,
            "--select": bool(metric_names),
        }
    )
    if write_baseline and metric_names:
        raise EntityKitError(
            "--write-baseline writes the findings of all metrics.", fix="Omit --select."
        )
    parse = (project_dir, profiles_dir, target, variables, dbt)
    call = _Call(project_dir, parse, tuple(words(metric_names)), form, read_date(as_of))
    known = read_known(baseline, "entity-kit metrics --check", write=write_baseline)
    if reconcile:
        _in_warehouse(call, metric_values.reconcile)
    if conflicts and not check:
        _in_warehouse(call, partial(metric_values.show_conflicts, grain=grain))
    parting: list[Conflict] = []
    if conflicts:
        manifest, chosen, parting = _conflicts(call, grain)
    else:
        manifest, chosen = parse_project(*parse)
    if check:
        written = baseline if write_baseline else None
        _check(call, manifest, chosen, since, written, known, parting)
    elif since is not None:
        _diff(call, manifest, since)
    elif changed is not None:
        reached = impact.find_impact(
            manifest, read_metrics(manifest), call.lineage(manifest, chosen), changed
        )
        text = "\n".join(impact.text_lines(reached))
        _print(form, impact.as_json(reached), impact.markdown_lines(reached), text)
    else:
        found = catalog.read_catalog(read_metrics(manifest), call.select)
        _print(
            form,
            catalog.as_json(found, call.today),
            catalog.markdown_lines(found, call.today),
            catalog.as_table(found, call.today) if found else "The project defines no metrics.",
        )


def _require_fitting(
    form: str, baseline: Path | None, *, check: bool, write_baseline: bool
) -> None:
    require_baseline(baseline, write=write_baseline)
    if baseline is not None and not check:
        raise EntityKitError("--baseline needs --check.", fix="--check --baseline FILE")
    if form == ("markdown" if check else "github"):
        fits = "text, json, or github" if check else "text, json, or markdown"
        raise EntityKitError(
            f"--format {form} doesn't fit {'--check' if check else 'without --check'}.",
            fix=f"Use {fits}.",
        )


def _require_one_mode(given: Mapping[str, bool]) -> None:
    fits = {"--reconcile": ["--select"], "--conflicts": ["--check", _DIFF, "--select"], _IMPACT: []}
    for option, others in fits.items():
        wrong = [each for each in given if given[each] and each not in (option, *others)]
        if given[option] and wrong:
            raise EntityKitError(
                f"{option} doesn't fit {', '.join(wrong)}.", fix="Run it on its own."
            )
    if given["--conflicts"] and given[_DIFF] and not given["--check"]:
        raise EntityKitError(f"--conflicts doesn't fit {_DIFF}.", fix="Run it on its own.")


def _check(
    call: _Call,
    manifest: Manifest,
    target: Target,
    since: str | None,
    written: Path | None,
    known: set[str],
    conflicts: Sequence[Conflict],
) -> None:
    found = read_metrics(manifest)
    for name in call.select:
        found.find(name)
    changed = call.changes(manifest, since) if since is not None else ()
    lineage = call.lineage(manifest, target)
    logged, unread = owed_by_log(call.project_dir, manifest, target)
    if unread:
        click.echo(f"The log of versions isn't checked: {unread}", err=True)
    ends = read_ends(manifest, call.today)
    findings: list[Finding] = [
        *check_metrics(found, lineage, ends, call.today, changed, logged),
        *conflicts,
    ]
    if written is not None:
        write_known(written, findings)
        return
    if call.select:
        findings = [each for each in findings if each.name in call.select]
        known = {key for key in known if key.split(": ")[1] in call.select}
    report_findings(findings, known, call.form, call.project_dir, "name")


def _diff(call: _Call, manifest: Manifest, since: str) -> None:
    found = call.changes(manifest, since)
    _print(
        call.form,
        changes.as_json(found, since),
        changes.markdown_lines(found, since),
        changes.as_table(found) if found else "",
    )
    if call.form == "text":
        click.echo(changes.summary(found))
    if any(each.version_owed is not None or each.certificate_lost for each in found):
        raise SystemExit(ExitCode.DIFFERS)


def _in_warehouse(call: _Call, answer: Callable[[Asked, Sequence[str]], Answer]) -> None:
    with open_questions(*call.parse) as asked:
        found = answer(asked, call.select)
    _print(call.form, found.data, found.markdown, found.text)
    raise SystemExit(found.exit_code)


def _conflicts(call: _Call, grain: str) -> tuple[Manifest, Target, list[Conflict]]:
    with open_questions(*call.parse) as asked:
        found, compared = metric_values.find_conflicts(asked, grain, call.select)
    for line in obstacle_lines(compared):
        click.echo(line, err=True)
    return asked.manifest, asked.target, found


def _print(form: str, data: Mapping[str, Any], lines: Iterable[str], shown: Table | str) -> None:
    if form == "json":
        click.echo(json.dumps(data, indent=2, ensure_ascii=False))
    elif form == "markdown":
        for line in lines:
            click.echo(line)
    elif not isinstance(shown, str):
        table_console().print(shown)
    elif shown:
        click.echo(shown)
