"""The command `verify`: parse, call, print."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from entity_kit.arrivals import cases
from entity_kit.arrivals.pace import ALL, DEFAULT_STEPS, MOST_STEPS, parse_instants, parse_pace
from entity_kit.arrivals.timeline import EVERY, MOST_RARE
from entity_kit.cli.completion import complete_schedules
from entity_kit.cli.deploying import refuse_others
from entity_kit.cli.files import require_writable, write_text
from entity_kit.cli.formats import Formats, formats_of, root_of
from entity_kit.cli.options import (
    exclude_option,
    project_options,
    read_variables,
    select_option,
    words,
)
from entity_kit.cli.terminal import asking, print_colored, progress_bar
from entity_kit.dialects import DIALECTS
from entity_kit.errors import EntityKitError
from entity_kit.verify.deploy.deploy import deploy
from entity_kit.verify.listing import listing_json, listing_lines
from entity_kit.verify.options import read_options
from entity_kit.verify.reports.words import printable
from entity_kit.verify.results import VerifyResult
from entity_kit.verify.two_dbts.verification import list_against, run_against
from entity_kit.verify.verification import list_runs, run

if TYPE_CHECKING:
    from collections.abc import Mapping

    from entity_kit.replay.progress import Progress
    from entity_kit.verify.deploy.results import DeployResult
    from entity_kit.verify.listing import Listing
    from entity_kit.verify.options import VerifyOptions
    from entity_kit.verify.two_dbts.results import TwoDbts


def _number_or_all(_: click.Context, __: click.Parameter, given: str | None) -> int | str | None:
    if given is None or given == ALL:
        return given
    try:
        return int(given)
    except ValueError as error:
        raise click.BadParameter(f"{given!r} must be a number or `{ALL}`.") from error


@click.command()
@project_options
@click.option("--profile", help="The profile, if dbt_project.yml doesn't name it.")
@select_option
@exclude_option
@click.option(
    "--steps",
    callback=_number_or_all,
    metavar="N",
    help="The number of steps, or `all` for one after each load. "
    f"Default: {DEFAULT_STEPS}, or up to {MOST_STEPS + MOST_RARE} if fewer would miss what the record can show.",
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
    "--schedules",
    shell_complete=complete_schedules,
    help="Comma-separated. Default: `all`, every schedule that the deliveries allow.",
)
@click.option("--seed", default=0, show_default=True, help="The seed for random choices.")
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
    "--against-dbt",
    "against",
    metavar="PATH",
    help="Also run everything with this dbt executable, and compare what the two dbts build.",
)
@click.option(
    "--deploy-from",
    metavar="REF",
    help="Run this git revision's code up to a step, and the code that is here from there on: what "
    "does a merge do to the tables? `unpushed`: from the last push.",
)
@click.option(
    "--deploy-at",
    type=int,
    metavar="K",
    help="With --deploy-from, the step after which the code changes. Default: each in turn.",
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
@click.option("--fail-fast", is_flag=True, help="Stop at the first difference.")
@click.option(
    "--list", "listed", is_flag=True, help="Show models, schedules, and dbt runs; run nothing."
)
@click.option(
    "--yes",
    "-y",
    "billed",
    is_flag=True,
    help="Don't ask before reading and running on a warehouse that bills for it.",
)
@click.option(
    "--keep",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Keep both sides of each difference in this folder, as DuckDB files.",
)
@click.option(
    "--cache/--no-cache",
    default=True,
    show_default=True,
    help="Take the results of unchanged models from .entity_kit/cache, and keep new ones there.",
)
@click.option(
    "--samples",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Read the sources from files in this folder instead of the warehouse: "
    "SOURCE/TABLE.parquet or .csv.",
)
@click.option(
    "--synthetic",
    is_flag=True,
    help="Make the sources' rows up from their YAML, with --seed; no warehouse is needed.",
)
@click.option(
    "--dialect",
    metavar="NAME",
    help=f"The models are written in this dialect, and run on DuckDB: {', '.join(DIALECTS)}.",
)
@click.option(
    "--target-type",
    metavar="NAME",
    help="With --dialect, what target.type says in Jinja. Default: duckdb.",
)
@click.option(
    "--dialect-macro",
    "dialect_macros",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="With --dialect, `create macro` statements for DuckDB, for functions that aren't translated.",
)
@click.option("--quiet", "-q", is_flag=True, help="Print only what doesn't agree; no progress.")
def verify(
    project_dir: Path,
    form: str,
    output: Path | None,
    html: Path | None,
    junit: Path | None,
    markdown: Path | None,
    listed: bool,
    quiet: bool,
    **given: Any,
) -> None:
    """Replay the sources step by step, and compare each incremental model with its full refresh.

    Every option can stand in entity_kit.toml beside dbt_project.yml, or under [tool.entity_kit] in
    pyproject.toml. The command line wins.

    Exit codes: 0, every model agrees; 1, one differs; 2, bad usage or configuration; 3, dbt failed.
    """
    started = time.perf_counter()
    for file in filter(None, (output, html, junit, markdown)):
        require_writable(file)
    refuse_others(click.get_current_context())
    if given["deploy_from"] is not None:
        html, junit, listed = None, None, False  # at most the project's file asks for them
    options = _read(project_dir, given, lateness=html is not None)
    with progress_bar(quiet=quiet) as progress:
        if listed:
            listing = _list(options, progress)
        else:
            result = _run(options, progress, started)
    if listed:
        _emit(_listed(listing, form), form, output)
        return
    saved = None
    if options.examples and isinstance(result, VerifyResult):
        saved = _save_cases(result, project_dir)
    formats = formats_of(result, saved)
    if html is not None:
        write_text(html, formats.html(f"entity-kit verify: {project_dir.resolve().name}"))
    if junit is not None:
        write_text(junit, formats.junit())
    if markdown is not None:
        write_text(markdown, formats.markdown())
    command = _command(project_dir, given)
    _emit(_formatted(form, formats, project_dir, command, quiet=quiet), form, output)
    raise SystemExit(result.exit_code)


def _run(
    options: VerifyOptions, progress: Progress, started: float
) -> VerifyResult | TwoDbts | DeployResult:
    if options.deploy_from is not None:
        return deploy(options, progress, started)
    if options.against is not None:
        return run_against(options, progress, started)
    return run(options, progress, started, asking(progress))


def _list(options: VerifyOptions, progress: Progress) -> Listing:
    return (
        list_against(options, progress)
        if options.against
        else list_runs(options, progress, asking(progress))
    )


def _read(project_dir: Path, given: Mapping[str, Any], *, lateness: bool) -> VerifyOptions:
    """Read the options as the command line has them."""
    _one_of({f"--{name}": given[name] for name in ("steps", "every", "at")})
    at, schedules = given["at"], given["schedules"]
    return read_options(
        project_dir,
        profiles_dir=given["profiles_dir"],
        profile=given["profile"],
        target=given["target"],
        select=words(given["select"]),
        exclude=words(given["exclude"]),
        pace=parse_pace(given["steps"], given["every"], () if at is None else parse_instants(at)),
        schedules=[s.strip() for s in schedules.split(",") if s.strip()] if schedules else None,
        seed=given["seed"],
        variables=read_variables(given["variables"]),
        dbt=given["dbt"],
        against=given["against"],
        deploy_from=given["deploy_from"],
        deploy_at=given["deploy_at"],
        jobs=given["jobs"],
        examples=given["examples"],
        cases=given["replay"],
        lateness=lateness,
        changed_since=given["changed_since"],
        fail_fast=given["fail_fast"],
        keep=given["keep"],
        cache=given["cache"],
        samples=given["samples"],
        synthetic=given["synthetic"],
        dialect=given["dialect"],
        target_type=given["target_type"],
        dialect_macros=given["dialect_macros"],
        billed=given["billed"],
    )


def _emit(text: str, form: str, output: Path | None) -> None:
    if output is not None:
        write_text(output, text)
    elif form == "text":
        print_colored(text)
    else:
        click.echo(text, nl=False)


def _listed(listing: Listing, form: str) -> str:
    if form == "json":
        return json.dumps(listing_json(listing), indent=2, ensure_ascii=False) + "\n"
    return "".join(f"{printable(line)}\n" for line in listing_lines(listing))


def _one_of(options: Mapping[str, Any]) -> None:
    """Refuse options that exclude each other."""
    given = [name for name, value in options.items() if value is not None]
    if len(given) > 1:
        raise EntityKitError(
            f"{' and '.join(given)} can't be combined: each sets when the project runs.",
            fix="Use only one of them.",
        )


# The options in a command that repeats a verification, with the defaults to omit.
_REPEATED = {
    "profiles_dir": ("--profiles-dir", None),
    "profile": ("--profile", None),
    "target": ("--target", None),
    "variables": ("--vars", "{}"),
    "seed": ("--seed", 0),
    "dbt": ("--dbt", None),
    "against": ("--against-dbt", None),
    "samples": ("--samples", None),
    "dialect": ("--dialect", None),
    "target_type": ("--target-type", None),
}


def _command(project_dir: Path, given: Mapping[str, Any]) -> list[str]:
    """Return the command that repeats a verification, with every option that isn't the default."""
    command = ["entity-kit", "verify", "--project-dir", str(project_dir)]
    for name, (option, default) in _REPEATED.items():
        if given[name] != default:
            command += [option, str(given[name])]
    if given["synthetic"]:
        command.append("--synthetic")
    for file in given["dialect_macros"]:
        command += ["--dialect-macro", str(file)]
    return command


def _save_cases(result: VerifyResult, project_dir: Path) -> str:
    """Save the cases found as files for `--replay`, and return their folder."""
    folder = project_dir / cases.FOLDER
    for model in result.models:
        for schedule in model.schedules:
            if schedule.case is not None:
                write_text(folder / schedule.case.file_name, cases.dump(schedule.case))
    return str(folder)


def _formatted(
    form: str, formats: Formats, project_dir: Path, command: list[str], *, quiet: bool
) -> str:
    if form == "json":
        return json.dumps(formats.json(), indent=2, ensure_ascii=False) + "\n"
    if form == "markdown":
        return formats.markdown()
    if form == "github":
        lines = formats.github(root_of(project_dir))
    else:
        lines = formats.text(command, quiet=quiet)
    return "".join(f"{line}\n" for line in lines)
