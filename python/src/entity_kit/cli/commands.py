"""The `entity-kit` command: parse the options, call the library, print the result."""

from __future__ import annotations

import io
import json
import os
import sys
import traceback
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import yaml
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
)
from rich.progress import Progress as Bar

from entity_kit.arrivals import cases
from entity_kit.arrivals.pace import ALL, DEFAULT_STEPS, MOST_STEPS, parse_instants
from entity_kit.arrivals.timeline import EVERY
from entity_kit.cli import coverage as cli_coverage
from entity_kit.cli import lookback as cli_lookback
from entity_kit.cli import project as cli_project
from entity_kit.cli.stopping import stoppable
from entity_kit.compare import report as report_diff
from entity_kit.compare.relations import diff as compare_relations
from entity_kit.compare.tolerance import parse_words
from entity_kit.errors import EntityKitError, ExitCode
from entity_kit.replay.progress import Progress
from entity_kit.verify.reports import github as report_github
from entity_kit.verify.reports import html as report_html
from entity_kit.verify.reports import text as report
from entity_kit.verify.verification import verify as run_verify
from entity_kit.warehouse import interrupt

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from entity_kit.verify.results import VerifyResult

# As shells count a process that Ctrl-C ended, and one whose reader went away.
_STOPPED, _UNREAD = 130, 141

_STYLES = {"✓": "green", "✗": "bold red", "!": "bold red", "?": "yellow", "≈": "yellow"}


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="entity-kit", prog_name="entity-kit")
def cli() -> None:
    """Test that each incremental dbt model equals its own full refresh."""


cli.add_command(cli_project.deprecations)
cli.add_command(cli_project.check)
cli.add_command(cli_coverage.coverage)
cli.add_command(cli_lookback.lookback)
cli.add_command(cli_project.monitor)
cli.add_command(cli_project.report)


def _number_or_all(_: click.Context, __: click.Parameter, given: str | None) -> int | str | None:
    if given is None or given == ALL:
        return given
    try:
        return int(given)
    except ValueError as error:
        raise click.BadParameter(f"{given!r} must be a number or `{ALL}`.") from error


@cli.command()
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
        _require_writable(file)
    with _bar() as progress:
        result = run_verify(
            project_dir,
            profiles_dir=profiles_dir,
            profile=profile,
            target=target,
            select=_words(select),
            exclude=_words(exclude),
            steps=steps,
            every=every,
            at=() if at is None else parse_instants(at),
            schedules=[s.strip() for s in schedules.split(",") if s.strip()] if schedules else None,
            seed=seed,
            variables=_read_variables(variables),
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
        _write(html, report_html.as_html(result, name))
    if junit is not None:
        _write(junit, report.as_junit(result))
    if markdown is not None:
        _write(markdown, report_github.markdown_text(result))
    text = _formatted(form, result, project_dir, command, saved)
    if output is not None:
        _write(output, text)
    elif form == "text":
        _print_coloured(text)
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
                _write(folder / schedule.case.file_name, cases.dump(schedule.case))
    return folder


def _formatted(
    form: str, result: VerifyResult, project_dir: Path, command: list[str], saved: Path | None
) -> str:
    if form == "json":
        return json.dumps(report.as_json(result), indent=2, ensure_ascii=False) + "\n"
    if form == "markdown":
        return report_github.markdown_text(result)
    if form == "github":
        # GitHub wants paths from the repository's folder, where workflows begin.
        workspace = Path(os.environ.get("GITHUB_WORKSPACE") or Path.cwd()).resolve()
        root = Path(os.path.relpath(project_dir.resolve(), workspace)).as_posix()
        lines = report_github.annotation_lines(result, root)
    else:
        lines = report.text_lines(result, command, cases_in=str(saved) if saved else None)
    return "".join(f"{line}\n" for line in lines)


@cli.command()
@click.argument("warehouse", type=click.Path(path_type=Path))
@click.argument("incremental")
@click.argument("full_refresh")
@click.option("--key", default="", help="Comma-separated columns that identify a row.")
@click.option("--limit", default=5, show_default=True, help="The number of sample rows to show.")
@click.option(
    "--float-tolerance",
    "tolerance",
    multiple=True,
    metavar="[COLUMN=]NUMBER",
    help="The relative tolerance for floats; 0 compares exactly. Repeatable.",
)
@click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True
)
def diff(
    warehouse: Path,
    incremental: str,
    full_refresh: str,
    key: str,
    limit: int,
    tolerance: tuple[str, ...],
    form: str,
) -> None:
    """Compare two relations of a DuckDB file as multisets, with all their columns.

    A relation is `table`, `schema.table` or `other.duckdb:schema.table`.
    Exit codes: 0, equal; 1, different; 2, bad usage.
    """
    columns = [column.strip() for column in key.split(",") if column.strip()]
    found = compare_relations(
        warehouse,
        incremental,
        full_refresh,
        key=columns,
        limit=limit,
        float_tolerance=parse_words(tolerance),
    )
    if form == "json":
        click.echo(json.dumps(report_diff.diff_json(found), indent=2, ensure_ascii=False))
    else:
        for line in report_diff.render_diff_text(found):
            click.echo(line)
    raise SystemExit(ExitCode.AGREES if found.agrees else ExitCode.DIFFERS)


@cli.command("package-path")
def package_path() -> None:
    """Print the path of the dbt package, for `packages: - local:` in packages.yml."""
    click.echo(find_package())


def find_package() -> Path:
    """Return the folder of the dbt package, in the wheel or in the checkout."""
    here = Path(__file__).resolve().parents[1]
    for folder in (here / "dbt_package", here.parents[2]):
        if (folder / "dbt_project.yml").is_file():
            return folder
    raise EntityKitError(
        f"The dbt package isn't next to {here}.", fix="Install entity-kit from a full checkout."
    )


def main() -> None:
    """Run the command, and turn our errors into a message on stderr and an exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a terminal may not know every character
            stream.reconfigure(errors="backslashreplace")
    try:
        with stoppable(interrupt):
            cli.main(_several(sys.argv[1:]), standalone_mode=False)
    except EntityKitError as error:
        _say(f"Error: {error.message}")
        if error.fix:
            _say(error.fix)
        sys.exit(error.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(ExitCode.USAGE)
    except (click.Abort, KeyboardInterrupt):
        _say("Stopped. Nothing was left behind.")
        sys.exit(_STOPPED)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(_UNREAD)
    except Exception:  # noqa: BLE001  (Python's own exit code for it, 1, would say "differs")
        traceback.print_exc()
        _say("This is a bug in entity-kit, so there is no result. Please report the lines above.")
        sys.exit(ExitCode.DBT_FAILED)


def _several(arguments: list[str]) -> list[str]:
    """Let --select, --exclude and --replay take several words, as dbt's do."""
    given: list[str] = []
    option = None
    for argument in arguments:
        if argument.startswith("-"):
            option = argument if argument in {"--select", "-s", "--exclude", "--replay"} else None
        elif option is not None and given[-1] != option:
            given.append(option)
        given.append(argument)
    return given


def _say(text: str) -> None:
    click.echo(text, err=True)


def _words(given: tuple[str, ...]) -> list[str]:
    return [word for value in given for word in value.split()]


def _read_variables(text: str) -> dict[str, Any]:
    try:
        variables = yaml.safe_load(text) or {}
    except yaml.YAMLError as error:
        raise EntityKitError(
            f"--vars isn't valid YAML: {error}", fix="--vars '{name: value}'"
        ) from error
    if not isinstance(variables, dict):
        raise EntityKitError(f"--vars must be a mapping; got {text}.", fix="--vars '{name: value}'")
    return variables


def _require_writable(file: Path) -> None:
    """Refuse a file that can't be written, before the work starts."""
    there = next(folder for folder in (file, *file.absolute().parents) if folder.exists())
    if there == file and there.is_dir():
        reason = "it is a folder"
    elif there != file and not there.is_dir():
        reason = f"{there} is a file"
    elif os.access(there, os.W_OK):
        return
    else:
        reason = f"no permission to write to {there}"
    raise EntityKitError(f"{file} can't be written: {reason}.", fix="Name another file.")


def _write(file: Path, text: str) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise EntityKitError(
            f"{file} can't be written: {error}", fix="Name another file."
        ) from error


def _print_coloured(text: str) -> None:
    for line in text.splitlines():
        style = _STYLES.get(line[:1])
        # https://no-color.org: whatever it says, unless it is empty.
        if style and sys.stdout.isatty() and not os.environ.get("NO_COLOR"):
            click.echo(click.style(line[:1], fg=style.split()[-1], bold="bold" in style) + line[1:])
        else:
            click.echo(line)


class _Terminal(Progress):
    """Progress as a bar on stderr, or as plain lines if stderr isn't a terminal."""

    def __init__(self, bar: Bar, console: Console) -> None:
        self._bar = bar
        self._console = console
        self._task = bar.add_task("starting", total=None, detail="")

    def plan(self, runs: int) -> None:
        self._bar.update(self._task, total=runs, completed=0)

    def run(self, text: str) -> None:
        self._bar.update(self._task, description=text, detail="")
        if not self._console.is_terminal:
            self._console.print(text, highlight=False, markup=False)

    def detail(self, text: str) -> None:
        self._bar.update(self._task, detail=text)

    def done(self) -> None:
        self._bar.advance(self._task)


@contextmanager
def _bar() -> Iterator[Progress]:
    console = Console(stderr=True)
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[detail]}", style="dim", markup=False),
    )
    with Bar(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        yield _Terminal(bar, console)
