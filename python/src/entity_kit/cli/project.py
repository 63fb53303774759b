"""The commands about the project itself: `deprecations`, `check`, `monitor`, `report`."""

from __future__ import annotations

import datetime as dt
import json
import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click
import yaml
from rich.console import Console

from entity_kit import warehouse
from entity_kit.cli.rewrite import rewrite_consumers, write_text
from entity_kit.dbt_bridge.profiles import Target, load_target, read_project_file
from entity_kit.dbt_bridge.project import Manifest, Project, make_runner
from entity_kit.errors import EntityKitError, ExitCode
from entity_kit.project_health import deprecations as register
from entity_kit.project_health import monitor as monitoring
from entity_kit.project_health import page as project_html
from entity_kit.project_health import performance as past
from entity_kit.project_health import policies
from entity_kit.project_health import report as project_report
from entity_kit.project_health.rewrite import plan as rewrite_plan
from entity_kit.project_health.verification import Verification, read_verification

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from entity_kit.project_health.deprecations import Deprecation

    Command = TypeVar("Command", bound=Callable[..., Any])

# In characters: the longest list of consumers fits.
_UNBOUNDED = 100_000

_HISTORY = "model.entity_kit.run_history"
# Where a result of verify is looked for, in the project's folder; the newest counts.
_VERIFIED = ("verify.json", "target/verify.json")


def table_console() -> Console:
    """Return a console as wide as its terminal, or in a pipe wide enough for any name."""
    bounded = sys.stdout.isatty() or os.environ.get("COLUMNS")
    return Console(highlight=False, width=None if bounded else _UNBOUNDED)


def _project_options(command: Command) -> Command:
    options = [
        click.option(
            "--project-dir",
            type=click.Path(path_type=Path),
            default=Path(),
            help="The dbt project.",
        ),
        click.option(
            "--profiles-dir", type=click.Path(path_type=Path), help="Where profiles.yml is."
        ),
        click.option("--target", "-t", help="The profile's target."),
        click.option("--vars", "variables", default="{}", help="dbt variables, as YAML."),
        click.option("--dbt", help="Run this dbt executable instead of dbt-core in process."),
    ]
    for option in reversed(options):
        command = option(command)
    return command


@click.command()
@_project_options
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
    today = _date(as_of)
    manifest, chosen = _manifest(project_dir, profiles_dir, target, variables, dbt)
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


@click.command()
@_project_options
@click.option("--baseline", type=click.Path(path_type=Path), help="The file of known findings.")
@click.option("--write-baseline", is_flag=True, help="Write the current findings to that file.")
def check(
    project_dir: Path,
    profiles_dir: Path | None,
    target: str | None,
    variables: str,
    dbt: str | None,
    baseline: Path | None,
    write_baseline: bool,
) -> None:
    """Check each model against the naming and coverage policies of its layer.

    Exit codes: 0, no findings except those in the baseline; 1, new findings; 2, bad usage;
    3, dbt failed.
    """
    if write_baseline and baseline is None:
        raise EntityKitError(
            "--write-baseline needs --baseline.", fix="--baseline FILE --write-baseline"
        )
    declared = _declared(project_dir, _variables(variables))
    layers = policies.read_layers(declared.get("entity_kit_layers", {}))
    known: set[str] = set()
    if baseline is not None and not write_baseline:
        known = policies.read_baseline(baseline)
    manifest, _ = _manifest(project_dir, profiles_dir, target, variables, dbt)
    findings = policies.check_policies(manifest, layers)
    if baseline is not None and write_baseline:
        write_text(baseline, policies.as_baseline(findings))
        click.echo(f"{baseline} knows {len(findings)} findings now.")
        return
    for line in policies.text_lines(findings, known):
        click.echo(line)
    if any(finding.key not in known for finding in findings):
        raise SystemExit(ExitCode.DIFFERS)


@click.command()
@_project_options
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
    manifest, chosen = _manifest(project_dir, profiles_dir, target, variables, dbt)
    rows = _history(
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


@click.command()
@_project_options
@click.option(
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("entity-kit-report.html"),
    show_default=True,
    help="The file to write.",
)
@click.option(
    "--verify",
    "verified",
    type=click.Path(path_type=Path),
    help="verify's result in JSON. Default: the newer of the project's verify.json and target/verify.json.",
)
@click.option("--as-of", metavar="DATE", help="Use this date as today. Default: today in UTC.")
def report(
    project_dir: Path,
    profiles_dir: Path | None,
    target: str | None,
    variables: str,
    dbt: str | None,
    output: Path,
    verified: Path | None,
    as_of: str | None,
) -> None:
    """Write an HTML page about the project: lineage, coverage, runs, deprecations, verify's result.

    Exit codes: 0, the page is written, whatever it shows; 2, bad usage; 3, dbt failed.
    """
    if not output.parent.is_dir():
        raise EntityKitError(f"{output.parent} isn't a folder.", fix="Create it, or name another.")
    today = _date(as_of)
    declared = _declared(project_dir, _variables(variables))
    layers = policies.read_layers(declared.get("entity_kit_layers", {}))
    limits = past.read_limits(declared)
    missing: dict[str, str] = {}
    verification = None
    try:
        verification = _verification(project_dir, verified)
    except EntityKitError as error:
        if verified is not None:
            raise
        missing["verification"] = str(error)
    manifest, chosen = _manifest(project_dir, profiles_dir, target, variables, dbt)
    performance = None
    try:
        performance = _performance(project_dir, manifest, chosen)
    except EntityKitError as error:
        missing["performance"] = str(error)
    found = project_report.gather(
        manifest, layers, today, limits, performance, verification, missing
    )
    for name, reason in missing.items():
        click.echo(f"{name}: not known: {' '.join(reason.split())}", err=True)
    write_text(output, project_html.as_html(found))
    click.echo(f"Wrote {output}.")


def _guide(
    project_dir: Path, manifest: Manifest, target: Target, gone: Deprecation, today: dt.date
) -> None:
    columns = None
    if gone.final_id is not None:
        known = rewrite_plan.read_known(project_dir, manifest, target)
        columns = rewrite_plan.read_columns(manifest, gone, known)
    for line in register.guide_lines(gone, today, columns):
        click.echo(line)


def _manifest(
    project_dir: Path,
    profiles_dir: Path | None,
    target: str | None,
    variables: str,
    dbt: str | None,
) -> tuple[Manifest, Target]:
    given = _variables(variables)
    chosen = load_target(project_dir, profiles_dir=profiles_dir, target=target, variables=given)
    with tempfile.TemporaryDirectory(prefix="entity-kit-") as name:
        folder = Path(name)
        profile = {"target": chosen.name, "outputs": {chosen.name: chosen.output}}
        (folder / "profiles.yml").write_text(
            yaml.safe_dump({chosen.profile: profile}), encoding="utf-8"
        )
        project = Project(project_dir.resolve(), folder, chosen.profile, chosen.name, given)
        return make_runner(project, executable=dbt).parse(folder), chosen


def _declared(project_dir: Path, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the variables as dbt resolves them: global, the project's own block, the options."""
    project = read_project_file(project_dir)
    declared = project.get("vars") or {}
    found: dict[str, Any] = {}
    for block in (declared, declared.get(project.get("name")), declared.get("entity_kit"), given):
        if isinstance(block, dict):
            found.update(block)
    return found


def _history(
    project_dir: Path, manifest: Manifest, target: Target, query: str
) -> list[tuple[Any, ...]]:
    """Query the project's `run_history`, which the query calls `history`."""
    node = manifest["nodes"].get(_HISTORY)
    if node is None:
        raise EntityKitError(
            "The project has no run history.",
            fix="Set the variable entity_kit_run_history to true, and run the project.",
        )
    path = str(target.output.get("path") or ":memory:")
    if target.output.get("type") != "duckdb" or path == ":memory:" or ":" in path:
        raise EntityKitError(
            f"Target {target.name} isn't a DuckDB file; only DuckDB files can be read.",
            fix="Query run_history there, or name another target with --target.",
        )
    # dbt runs in the project's folder, so that is what a relative path is relative to.
    with warehouse.connect(project_dir / Path(path).expanduser(), read_only=True) as connection:
        relation = f"{warehouse.quote(node['schema'])}.{warehouse.quote(node['alias'])}"
        with warehouse.answered("read run_history; build it with: dbt run --select run_history"):
            return warehouse.rows(connection, f"with history as (select * from {relation}) {query}")


def _performance(project_dir: Path, manifest: Manifest, target: Target) -> list[past.Performance]:
    rows = _history(
        project_dir,
        manifest,
        target,
        "select unique_id, model_name, status, seconds from history "
        "where status in ('success', 'error') "
        "qualify row_number() over "
        "(partition by unique_id order by started_at desc, invocation_id desc) "
        f"<= {past.LOOKED_AT} order by unique_id, started_at, invocation_id",
    )
    return past.read_performance(past.PastRun(*row) for row in rows)


def _verification(project_dir: Path, given: Path | None) -> Verification:
    """Read the given file, or the newest one found."""
    if given is not None:
        return read_verification(given)
    found = [project_dir / name for name in _VERIFIED if (project_dir / name).is_file()]
    if not found:
        raise EntityKitError(
            f"{project_dir} has no {' and no '.join(_VERIFIED)}.",
            fix="Make one with: entity-kit verify --format json --output verify.json",
        )
    return read_verification(max(found, key=lambda file: file.stat().st_mtime))


def _date(text: str | None) -> dt.date:
    if text is None:
        return dt.datetime.now(dt.timezone.utc).date()
    try:
        return dt.date.fromisoformat(text)
    except ValueError as error:
        raise EntityKitError(
            f"--as-of must be a date; got {text}.", fix="Write it as YYYY-MM-DD."
        ) from error


def _variables(text: str) -> dict[str, Any]:
    try:
        variables = yaml.safe_load(text) or {}
    except yaml.YAMLError as error:
        raise EntityKitError(
            f"--vars isn't valid YAML: {error}", fix="--vars '{name: value}'"
        ) from error
    if not isinstance(variables, dict):
        raise EntityKitError(f"--vars must be a mapping; got {text}.", fix="--vars '{name: value}'")
    return variables
