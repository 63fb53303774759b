"""The command `verify`: parse, call, print."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from entity_kit.arrivals import cases
from entity_kit.arrivals.pace import ALL, DEFAULT_STEPS, MOST_STEPS, parse_instants
from entity_kit.arrivals.timeline import EVERY
from entity_kit.cli.files import require_writable, write_text
from entity_kit.cli.options import read_variables, words
from entity_kit.cli.terminal import print_colored, progress_bar
from entity_kit.errors import EntityKitError
from entity_kit.verify.reports.github import annotation_lines, markdown_text
from entity_kit.verify.reports.html import as_html
from entity_kit.verify.reports.json import as_json
from entity_kit.verify.reports.junit import as_junit
from entity_kit.verify.reports.text import text_lines
from entity_kit.verify.verification import verify as run_verify

if TYPE_CHECKING:
    from collections.abc import Mapping

    from entity_kit.verify.results import VerifyResult


def _number_or_all(_: click.Context, __: click.Parameter, given: str | None) -> int | str | None:
    if given is None or given == ALL:
        return given
    try:
        return int(given)
    except ValueError as error:
        raise click.BadParameter(f"{given!r} must be a number or `{ALL}`.") from error


@click.command()
@click.option(
    "--project-dir", type=click.Path(path_type=Path), default=Path(), help="The dbt project."
)
@click.option("--profiles-dir", type=click.Path(path_type=Path), help="Where profiles.yml is.")
@click.option("--profile", help="The profile, if dbt_project.yml doesn't name it.")
@click.option("--target", "-t", help="The profile's target.")
@click.option("--select", "-s", multiple=True, help="Models, in dbt's selector syntax.")
@click.option("--exclude", multiple=True, help="Models to exclude, in dbt's selector syntax.")
@click.option("--vars", "variables", default="{}", help="dbt variables, as YAML.")
@click.option(
    "--steps",
    callback=_number_or_all,
    metavar="N",
    help="The number of steps, or `all` for one after each load. "
    f"Default: {DEFAULT_STEPS}, or up to {MOST_STEPS} if fewer would miss what the record can show.",
)
@click.option(
    "--every",
    type=click.Choice(EVERY),
    help="Run as a scheduler would, instead of --steps.",
)
@click.option(
    "--at",
    metavar="TIME,TIME,...",
    help="Run at these instants (ISO 8601, UTC), instead of --steps.",
)
@click.option(
    "--schedules", help="Comma-separated. Default: `all`, every schedule that the deliveries allow."
)
@click.option("--seed", default=0, show_default=True, help="The seed for random choices.")
@click.option("--dbt", help="Run this dbt executable instead of dbt-core in process.")
@click.option(
    "--jobs", type=int, help="The number of parallel dbt runs. Default: one per core, at most 4."
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "github", "markdown"]),
    default="text",
    show_default=True,
    help="github: annotations for a workflow log; markdown: a pull request comment.",
)
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    help="Write the result to this file instead of stdout.",
)
@click.option(
    "--examples",
    default=0,
    metavar="N",
    help="Also try N random variations of what may arrive, and shrink any failure to a minimal case.",
)
@click.option(
    "--replay",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Replay cases saved by --examples, and nothing else.",
)
@click.option(
    "--changed-since",
    metavar="REF",
    help="Only models affected by changes since this git revision; `unpushed`: since the last push.",
)
@click.option(
    "--report",
    "html",
    type=click.Path(path_type=Path),
    help="Also write an HTML report to this file.",
)
@click.option("--junit", type=click.Path(path_type=Path), help="Also write JUnit XML to this file.")
@click.option(
    "--markdown", type=click.Path(path_type=Path), help="Also write Markdown to this file."
)
def verify(
    project_dir: Path,
    profiles_dir: Path | None,
    profile: str | None,
    target: str | None,
    select: tuple[str, ...],
    exclude: tuple[str, ...],
    variables: str,
    steps: int | str | None,
    every: str | None,
    at: str | None,
    schedules: str | None,
    seed: int,
    dbt: str | None,
    jobs: int | None,
    form: str,
    output: Path | None,
    examples: int,
    replay: tuple[Path, ...],
    html: Path | None,
    changed_since: str | None,
    junit: Path | None,
    markdown: Path | None,
) -> None:
    """Replay the sources step by step, and compare each incremental model with its full refresh.

    Exit codes: 0, every model agrees; 1, one differs; 2, bad usage or configuration; 3, dbt failed.
    """
    _one_of({"--steps": steps, "--every": every, "--at": at})
    for file in filter(None, (output, html, junit, markdown)):
        require_writable(file)
    with progress_bar() as progress:
        result = run_verify(
            project_dir,
            profiles_dir=profiles_dir,
            profile=profile,
            target=target,
            select=words(select),
            exclude=words(exclude),
            steps=steps,
            every=every,
            at=() if at is None else parse_instants(at),
            schedules=[s.strip() for s in schedules.split(",") if s.strip()] if schedules else None,
            seed=seed,
            variables=read_variables(variables),
            dbt=dbt,
            jobs=jobs,
            examples=examples,
            replay=replay,
            lateness=html is not None,
            changed_since=changed_since,
            progress=progress,
        )
    saved = _save_cases(result, project_dir) if examples else None
    command = _command(
        project_dir,
        {
            "--profiles-dir": (profiles_dir, None),
            "--profile": (profile, None),
            "--target": (target, None),
            "--vars": (variables, "{}"),
            "--seed": (seed, 0),
            "--dbt": (dbt, None),
        },
    )
    if html is not None:
        name = f"entity-kit verify: {project_dir.resolve().name}"
        write_text(html, as_html(result, name))
    if junit is not None:
        write_text(junit, as_junit(result))
    if markdown is not None:
        write_text(markdown, markdown_text(result))
    text = _formatted(form, result, project_dir, command, saved)
    if output is not None:
        write_text(output, text)
    elif form == "text":
        print_colored(text)
    else:
        click.echo(text, nl=False)
    raise SystemExit(result.exit_code)


def _one_of(options: Mapping[str, Any]) -> None:
    """Refuse options that exclude each other."""
    given = [name for name, value in options.items() if value is not None]
    if len(given) > 1:
        raise EntityKitError(
            f"{' and '.join(given)} can't be combined: each sets when the project runs.",
            fix="Use only one of them.",
        )


def _command(project_dir: Path, options: Mapping[str, tuple[Any, Any]]) -> list[str]:
    """Return the command that repeats a verification, with every option that isn't the default."""
    command = ["entity-kit", "verify", "--project-dir", str(project_dir)]
    for option, (value, default) in options.items():
        if value != default:
            command += [option, str(value)]
    return command


def _save_cases(result: VerifyResult, project_dir: Path) -> Path:
    """Save the cases found as files for `--replay`, and return their folder."""
    folder = project_dir / cases.FOLDER
    for model in result.models:
        for schedule in model.schedules:
            if schedule.case is not None:
                write_text(folder / schedule.case.file_name, cases.dump(schedule.case))
    return folder


def _formatted(
    form: str, result: VerifyResult, project_dir: Path, command: list[str], saved: Path | None
) -> str:
    if form == "json":
        return json.dumps(as_json(result), indent=2, ensure_ascii=False) + "\n"
    if form == "markdown":
        return markdown_text(result)
    if form == "github":
        # GitHub wants paths from the repository's folder, where workflows begin.
        workspace = Path(os.environ.get("GITHUB_WORKSPACE") or Path.cwd()).resolve()
        root = Path(os.path.relpath(project_dir.resolve(), workspace)).as_posix()
        lines = annotation_lines(result, root)
    else:
        lines = text_lines(result, command, cases_in=str(saved) if saved else None)
    return "".join(f"{line}\n" for line in lines)
