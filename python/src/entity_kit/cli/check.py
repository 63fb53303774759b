"""The command `check`: parse, call, print."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from entity_kit.cli import column_docs as documenting
from entity_kit.cli.contracts import OPTION, check_contracts
from entity_kit.cli.findings import (
    baseline_options,
    read_known,
    report_findings,
    require_baseline,
    write_known,
)
from entity_kit.cli.options import exclude_option, project_options, read_variables, select_option
from entity_kit.cli.parsed import parse_selected, project_variables
from entity_kit.errors import EntityKitError
from entity_kit.project_health import policies
from entity_kit.project_health.source_policy import VARIABLE, check_sources

if TYPE_CHECKING:
    from pathlib import Path


@click.command()
@project_options
@select_option
@exclude_option
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "github"]),
    default="text",
    show_default=True,
)
@click.option(
    OPTION,
    "since",
    metavar="REF",
    help="Show instead what changed since this git revision in columns, types, nullability, keys, "
    "and grain, and who reads it.",
)
@click.option(
    documenting.OPTION,
    "column_docs",
    is_flag=True,
    help="Check instead that the YAML has the descriptions of the models' measures and metrics as "
    "those of their columns, and show what to add.",
)
@click.option("--write", is_flag=True, help="With --column-docs: add them to the YAML files.")
@baseline_options
def check(
    project_dir: Path,
    profiles_dir: Path | None,
    target: str | None,
    variables: str,
    dbt: str | None,
    select: tuple[str, ...],
    exclude: tuple[str, ...],
    form: str,
    since: str | None,
    column_docs: bool,
    write: bool,
    baseline: Path | None,
    write_baseline: bool,
) -> None:
    """Check models against the policies of their layers: naming, coverage, and contracts.

    Sources named by the variable entity_kit_fresh_sources need freshness and a loaded_at_field.

    Exit codes: 0, no findings except those in the baseline; 1, new findings, or with --contracts, a
    breaking change without a new version of the model; 2, bad usage; 3, dbt failed.
    """
    if write and not column_docs:
        raise EntityKitError(
            "--write is about --column-docs.",
            fix="Write --column-docs --write, or omit --write.",
        )
    if column_docs:
        if since is not None or baseline is not None or write_baseline:
            raise EntityKitError(
                f"{documenting.OPTION} has no baseline, and no {OPTION}.", fix="Run it on its own."
            )
        manifest, _, selected = parse_selected(
            project_dir, profiles_dir, target, variables, dbt, select, exclude
        )
        documenting.check_column_docs(project_dir, manifest, selected, form, write=write)
        return
    if since is not None:
        if baseline is not None or write_baseline:
            raise EntityKitError(f"{OPTION} has no baseline.", fix="Run it on its own.")
        parse = (project_dir, profiles_dir, target, variables, dbt)
        check_contracts(parse, select, exclude, form, since)
        return
    require_baseline(baseline, write=write_baseline)
    if write_baseline and (select or exclude):
        raise EntityKitError(
            "--write-baseline writes the findings of all models.",
            fix="Omit --select and --exclude.",
        )
    declared = project_variables(project_dir, read_variables(variables))
    layers = policies.read_layers(declared.get("entity_kit_layers", {}))
    known = read_known(baseline, "entity-kit check", write=write_baseline)
    manifest, _, selected = parse_selected(
        project_dir, profiles_dir, target, variables, dbt, select, exclude
    )
    findings = [
        *policies.check_policies(manifest, layers),
        *check_sources(manifest, declared.get(VARIABLE)),
    ]
    if baseline is not None and write_baseline:
        write_known(baseline, findings)
        return
    if selected is not None:
        selected = policies.with_sources(manifest, selected)
        findings = [finding for finding in findings if finding.unique_id in selected]
        known = policies.known_of(known, manifest, selected)
    report_findings(findings, known, form, project_dir)
