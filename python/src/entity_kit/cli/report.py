"""The command `report`: parse, gather, write the page."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from entity_kit.cli.files import write_text
from entity_kit.cli.metric_past import metric_history, metric_series
from entity_kit.cli.options import project_options, read_date, read_variables
from entity_kit.cli.parsed import parse_project, project_variables, run_history
from entity_kit.errors import EntityKitError
from entity_kit.project_health import page, policies
from entity_kit.project_health import performance as past
from entity_kit.project_health import report as project_report
from entity_kit.project_health.verification import Verification, read_verification

if TYPE_CHECKING:
    from entity_kit.dbt_bridge.profiles import Target
    from entity_kit.dbt_bridge.project import Manifest

# Where to look for a result of verify in the project's folder; the newest counts.
_VERIFIED = ("verify.json", "target/verify.json")


@click.command()
@project_options
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
    today = read_date(as_of)
    declared = project_variables(project_dir, read_variables(variables))
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
    manifest, chosen = parse_project(project_dir, profiles_dir, target, variables, dbt)
    performance = None
    try:
        performance = read_past(project_dir, manifest, chosen)
    except EntityKitError as error:
        missing["performance"] = str(error)
    found = project_report.gather(
        manifest,
        layers,
        today,
        limits,
        performance,
        verification,
        missing,
        metric_series(project_dir, manifest, chosen),
        metric_history(project_dir, manifest, chosen),
    )
    for name, reason in missing.items():
        click.echo(f"{name}: not available: {' '.join(reason.split())}", err=True)
    write_text(output, page.as_html(found))
    click.echo(f"Wrote {output}.")


def read_past(project_dir: Path, manifest: Manifest, target: Target) -> list[past.Performance]:
    rows = run_history(
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
            fix="Create one with: entity-kit verify --format json --output verify.json",
        )
    return read_verification(max(found, key=lambda file: file.stat().st_mtime))
