"""The command `coverage`: parse, ask, print."""

from __future__ import annotations

import json
import tempfile
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import yaml

from entity_kit import warehouse
from entity_kit.cli.options import project_options, read_variables, select_option
from entity_kit.cli.parsed import warehouse_file
from entity_kit.dbt_bridge.profiles import Target, load_target
from entity_kit.dbt_bridge.project import Project, make_runner
from entity_kit.errors import DbtError, EntityKitError, ExitCode
from entity_kit.project_health import coverage as covering

if TYPE_CHECKING:
    from entity_kit.project_health.coverage import Coverage


@click.command()
@project_options
@select_option
@click.option(
    "--backfill",
    nargs=2,
    metavar="FROM TO",
    help="Also show what it takes to build the rows of a range again. FROM is its first day, and TO "
    "the first day after it, as YYYY-MM-DD.",
)
@click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True
)
def coverage(
    project_dir: Path,
    profiles_dir: Path | None,
    target: str | None,
    variables: str,
    dbt: str | None,
    select: tuple[str, ...],
    backfill: tuple[str, str] | None,
    form: str,
) -> None:
    """Show what each grain table contains, and what a backfill would have to build.

    Exit codes: 0, every grain table is complete; 1, one lacks rows; 2, bad usage; 3, dbt failed.
    """
    given = read_variables(variables) | {covering.VARIABLE: True}
    if backfill is not None:
        given[covering.BACKFILL] = read_range(*backfill)
    chosen = load_target(project_dir, profiles_dir=profiles_dir, target=target, variables=given)
    found = _ask(project_dir, chosen, given, dbt, select)
    if form == "json":
        click.echo(json.dumps(covering.as_json(found), indent=2, ensure_ascii=False))
    elif not found:
        click.echo("No model of this project is a grain table.")
    else:
        lines = list(covering.text_lines(found))
        if backfill is not None:
            lines += covering.range_lines(found, *backfill)
        for line in lines:
            click.echo(line)
    if not all(each.complete for each in found):
        raise SystemExit(ExitCode.DIFFERS)


def read_range(start: str, end: str) -> dict[str, str]:
    """Return the range of a backfill as the macros' variable has it."""
    for text in (start, end):
        try:
            correct = date.fromisoformat(text).isoformat() == text
        except ValueError:
            correct = False
        if not correct:
            raise EntityKitError(
                f"--backfill takes two days as YYYY-MM-DD; got {text}.",
                fix="For March 2026: --backfill 2026-03-01 2026-04-01",
            )
    if start >= end:
        raise EntityKitError(
            f"The range of --backfill ends before it starts: {start} to {end}.",
            fix="TO is the first day after the range: for a single day, name the day after it.",
        )
    return {"from": start, "to": end}


def _ask(
    project_dir: Path,
    chosen: Target,
    given: dict[str, Any],
    dbt: str | None,
    select: tuple[str, ...],
) -> list[Coverage]:
    output = _only_read(project_dir, chosen)
    with tempfile.TemporaryDirectory(prefix="entity-kit-") as name:
        folder = Path(name)
        profile = {"target": chosen.name, "outputs": {chosen.name: output}}
        (folder / "profiles.yml").write_text(
            yaml.safe_dump({chosen.profile: profile}), encoding="utf-8"
        )
        project = Project(project_dir.resolve(), folder, chosen.profile, chosen.name, given)
        runner = make_runner(project, executable=dbt)
        try:
            tables = covering.grain_tables(runner.parse(folder))
            if select:
                selected = set(runner.select(folder, select, ()))
                tables = [node for node in tables if node["unique_id"] in selected]
                if not tables:
                    raise EntityKitError(
                        f"No grain table is selected by {' '.join(select)}.",
                        fix="Leave --select out to see all of them.",
                    )
            if not tables:
                return []
            shown = {result.unique_id: result for result in runner.show(folder, tables)}
        finally:
            runner.stop()
    failed = [result for result in shown.values() if not result.rows]
    if failed or len(shown) < len(tables):
        said = "\n".join(f"{each.unique_id}: {each.message}" for each in failed)
        raise DbtError(
            f"dbt show failed.\n{said}".rstrip(),
            fix="Build the models that the grain tables read, and try again.",
        )
    return [covering.read_coverage(node, shown[node["unique_id"]].rows[0]) for node in tables]


def _only_read(project_dir: Path, target: Target) -> dict[str, Any]:
    """Return the target's output, read-only if the warehouse is a DuckDB file."""
    output = dict(target.output)
    file = warehouse_file(project_dir.resolve(), target)
    if file is None:
        return output
    with warehouse.connect(file, read_only=True):
        pass  # it refuses what is no warehouse, with a way out
    options = output.get("config_options") or {}
    return output | {
        "path": str(file),
        "config_options": {**options, "access_mode": "READ_ONLY"},
        "threads": 1,  # else one model's error may hide behind what it does to the others
    }
