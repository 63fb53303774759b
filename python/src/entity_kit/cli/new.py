"""The command `new`: parse, call, print."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from entity_kit.cli.completion import complete_specs
from entity_kit.cli.files import read_text, replace_texts
from entity_kit.cli.options import project_options, read_variables
from entity_kit.cli.parsed import project_variables
from entity_kit.dbt_bridge.profiles import load_target, read_project_file
from entity_kit.errors import EntityKitError, ExitCode
from entity_kit.project_health.scaffold.plan import DIFFERS, EXTENDED, NEW, make_plan
from entity_kit.project_health.scaffold.project_files import read_project_files
from entity_kit.project_health.scaffold.reading import read_spec
from entity_kit.project_health.scaffold.spec_text import read_spec_text
from entity_kit.project_health.scaffold.telling import plan_json, summary_lines, tree_lines
from entity_kit.project_health.scaffold.warehouse_columns import check_columns
from entity_kit.verify.reports.words import printable
from entity_kit.warehouse import connect

if TYPE_CHECKING:
    from entity_kit.project_health.scaffold.plan import Plan
    from entity_kit.project_health.scaffold.spec import Spec
    from entity_kit.project_health.scaffold.spec_text import SpecText

_EXAMPLE = Path(__file__).resolve().parents[1] / "templates" / "entity.yml"


@click.command()
@click.argument(
    "spec",
    metavar="SPEC.yml",
    type=click.Path(path_type=Path),
    required=False,
    shell_complete=complete_specs,
)
@project_options
@click.option(
    "--example", is_flag=True, help="Print a spec that has every key, and do nothing else."
)
@click.option(
    "--write", is_flag=True, help="Write the files, if none of them is there and differs."
)
@click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True
)
def new(
    spec: Path | None,
    project_dir: Path,
    profiles_dir: Path | None,
    target: str | None,
    variables: str,
    dbt: str | None,  # noqa: ARG001  (one of the project's options; nothing here needs dbt)
    example: bool,
    write: bool,
    form: str,
) -> None:
    """Turn the spec of an entity into models, tests, metrics, and what verify needs to know.

    Shows the files and their differences from those that are there. Only reads the warehouse.

    Exit codes: 0; 1, a file is there and differs, so nothing was written; 2, bad usage or a wrong
    spec.
    """
    if example:
        click.echo(read_text(_EXAMPLE), nl=False)
        return
    if spec is None:
        raise EntityKitError(
            "Name the file with the spec.",
            fix="`entity-kit new --example > customers.yml` writes one to start with.",
        )
    text = read_spec_text(spec.name, read_text(spec))
    entity = read_spec(text)
    project = read_project_file(project_dir)
    given = read_variables(variables)
    plan = make_plan(entity, project_dir, project, project_variables(project_dir, given))
    plan.notes += _check_warehouse(text, entity, project_dir, profiles_dir, target, given)
    differing = plan.having(DIFFERS)
    if write and not differing:
        replace_texts({project_dir / f.path: f.after for f in plan.having(NEW, EXTENDED)})
    _print(plan, form, written=write and not differing)
    for said in (*plan.notes, *summary_lines(plan, write=write)):
        click.echo(printable(said), err=True)
    if differing:
        raise SystemExit(ExitCode.DIFFERS)


def _print(plan: Plan, form: str, *, written: bool) -> None:
    if form == "json":
        data = plan_json(plan, written=written)
        click.echo(json.dumps(data, indent=2, ensure_ascii=False))
        return
    for line in tree_lines(plan):
        click.echo(printable(line))
    for each in plan.files:
        if each.diff:
            click.echo()
            click.echo(each.diff)


def _check_warehouse(
    text: SpecText,
    entity: Spec,
    project_dir: Path,
    profiles_dir: Path | None,
    target: str | None,
    variables: dict[str, Any],
) -> list[str]:
    """Look up the spec's columns, and return why that wasn't possible, if so."""
    try:
        chosen = load_target(
            project_dir, profiles_dir=profiles_dir, target=target, variables=variables
        )
        path = str(chosen.output.get("path") or ":memory:")
        if chosen.output.get("type") != "duckdb" or ":" in path:
            return [f"The columns weren't checked: target {chosen.name} isn't a DuckDB file."]
        file = project_dir.resolve() / Path(path).expanduser()
        declared = read_project_files(project_dir, read_project_file(project_dir)).sources
        with connect(file, read_only=True):
            pass  # it refuses what can't be read, with the reason
    except EntityKitError as error:
        if target is not None or profiles_dir is not None:
            raise
        said = " ".join(error.message.split())
        return [f"The columns weren't checked: {said}"]
    return check_columns(text, entity, file, declared)
