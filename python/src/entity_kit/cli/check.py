"""The command `check`: parse, call, print."""

from __future__ import annotations

import json
from pathlib import Path

import click

from entity_kit.cli.files import write_text
from entity_kit.cli.formats import root_of
from entity_kit.cli.options import exclude_option, project_options, read_variables, select_option
from entity_kit.cli.parsed import parse_selected, project_variables
from entity_kit.errors import EntityKitError, ExitCode
from entity_kit.project_health import policies


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
@click.option("--baseline", type=click.Path(path_type=Path), help="The file of known findings.")
@click.option("--write-baseline", is_flag=True, help="Write the current findings to that file.")
def check(
    project_dir: Path,
    profiles_dir: Path | None,
    target: str | None,
    variables: str,
    dbt: str | None,
    select: tuple[str, ...],
    exclude: tuple[str, ...],
    form: str,
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
    if write_baseline and (select or exclude):
        raise EntityKitError(
            "--write-baseline writes the findings of all models.",
            fix="Omit --select and --exclude.",
        )
    declared = project_variables(project_dir, read_variables(variables))
    layers = policies.read_layers(declared.get("entity_kit_layers", {}))
    known: set[str] = set()
    if baseline is not None and not write_baseline:
        known = policies.read_baseline(baseline)
    manifest, _, selected = parse_selected(
        project_dir, profiles_dir, target, variables, dbt, select, exclude
    )
    findings = policies.check_policies(manifest, layers)
    if baseline is not None and write_baseline:
        write_text(baseline, policies.as_baseline(findings))
        click.echo(f"Wrote {len(findings)} findings to {baseline}.")
        return
    if selected is not None:
        findings = [finding for finding in findings if finding.unique_id in selected]
        known = policies.known_of(known, manifest, selected)
    if form == "json":
        click.echo(json.dumps(policies.as_json(findings, known), indent=2, ensure_ascii=False))
    else:
        lines = (
            policies.annotation_lines(findings, known, root_of(project_dir))
            if form == "github"
            else policies.text_lines(findings, known)
        )
        for line in lines:
            click.echo(line)
    if any(finding.key not in known for finding in findings):
        raise SystemExit(ExitCode.DIFFERS)
