"""Options that several commands share, and how their values are read."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click
import yaml

from entity_kit.cli.completion import complete_models
from entity_kit.cli.config import read_config
from entity_kit.dbt_bridge.profiles import load_target
from entity_kit.errors import EntityKitError
from entity_kit.verify.options import VerifyOptions, read_options

if TYPE_CHECKING:
    from collections.abc import Callable

    Command = TypeVar("Command", bound=Callable[..., Any])


def project_options(command: Command) -> Command:
    options = [
        click.option(
            "--project-dir",
            type=click.Path(path_type=Path),
            default=Path(),
            is_eager=True,  # its file sets the defaults of the other options
            callback=read_config,
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


select_option = click.option(
    "--select",
    "-s",
    multiple=True,
    shell_complete=complete_models,
    help="Models, in dbt's selector syntax.",
)
exclude_option = click.option(
    "--exclude",
    multiple=True,
    shell_complete=complete_models,
    help="Models to exclude, in dbt's selector syntax.",
)


def words(given: tuple[str, ...]) -> list[str]:
    return [word for value in given for word in value.split()]


def read_variables(text: str) -> dict[str, Any]:
    try:
        variables = yaml.safe_load(text) or {}
    except yaml.YAMLError as error:
        raise EntityKitError(
            f"--vars isn't valid YAML: {error}", fix="--vars '{name: value}'"
        ) from error
    if not isinstance(variables, dict):
        raise EntityKitError(f"--vars must be a mapping; got {text}.", fix="--vars '{name: value}'")
    return variables


def read_date(text: str | None) -> dt.date:
    if text is None:
        return dt.datetime.now(dt.timezone.utc).date()
    try:
        return dt.date.fromisoformat(text)
    except ValueError as error:
        raise EntityKitError(
            f"--as-of must be a date; got {text}.", fix="Write it as YYYY-MM-DD."
        ) from error


def read_duckdb_options(
    project_dir: Path,
    profiles_dir: Path | None,
    target: str | None,
    variables: str,
    dbt: str | None,
) -> VerifyOptions:
    """Read the options of `project_options`, and refuse a target that isn't a DuckDB file."""
    options = read_options(
        project_dir,
        profiles_dir=profiles_dir,
        target=target,
        variables=read_variables(variables),
        dbt=dbt,
    )
    found = load_target(
        options.project_dir,
        profiles_dir=options.profiles_dir,
        target=options.target,
        variables=dict(options.variables),
    )
    if found.output.get("type") != "duckdb":
        raise EntityKitError(
            f"Target {found.name} is of type {found.output.get('type')}; only DuckDB files are read.",
            fix="Add a duckdb output to the profile, with a sample of the sources, and name it with "
            "--target.",
        )
    return options
