"""The command `sample`: parse, ask, call, print."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from entity_kit.cli.options import (
    exclude_option,
    project_options,
    read_variables,
    select_option,
    words,
)
from entity_kit.cli.terminal import asking, progress_bar
from entity_kit.engines.sample_files import MANIFEST
from entity_kit.errors import EntityKitError
from entity_kit.sampling.options import DEFAULT_FRACTION, DEFAULT_LIMIT, MASK_DEFAULTS, read_options
from entity_kit.sampling.sampling import run
from entity_kit.sampling.telling import plan_lines, result_lines, size_text
from entity_kit.verify.reports.words import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from entity_kit.replay.progress import Progress
    from entity_kit.sampling.plan import Planned

_STOPPED = 130  # as shells use after Ctrl-C


@click.command()
@project_options
@click.option(
    "--samples",
    type=click.Path(path_type=Path),
    metavar="DIR",
    required=True,
    help="Write the sample into this folder. verify reads it with the same option.",
)
@select_option
@exclude_option
@click.option(
    "--fraction",
    type=float,
    metavar="SHARE",
    help=f"The share of the entities to choose. Default: {DEFAULT_FRACTION}.",
)
@click.option(
    "--rows",
    type=int,
    metavar="N",
    help="About how many rows to choose of each table that no other table chooses, instead.",
)
@click.option(
    "--key",
    "keys",
    multiple=True,
    metavar="SOURCE.TABLE.COLUMN",
    help="Choose this table's rows by this column, such as a customer's id. Can be repeated.",
)
@click.option(
    "--whole",
    multiple=True,
    metavar="SOURCE.TABLE",
    help="Take all rows of this table. Can be repeated.",
)
@click.option(
    "--mask-default",
    type=click.Choice(MASK_DEFAULTS),
    help="The rule for columns that may hold personal data and have none in the YAML.",
)
@click.option(
    "--limit-bytes",
    type=click.IntRange(min=0),
    default=DEFAULT_LIMIT,
    show_default=True,
    help="Ask before reading more than this.",
)
@click.option("--yes", "-y", is_flag=True, help="Don't ask.")
@click.option("--quiet", "-q", is_flag=True, help="No progress, and no plan.")
def sample(
    project_dir: Path,
    profiles_dir: Path | None,
    target: str | None,
    variables: str,
    dbt: str | None,
    samples: Path,
    select: tuple[str, ...],
    exclude: tuple[str, ...],
    fraction: float | None,
    rows: int | None,
    keys: tuple[str, ...],
    whole: tuple[str, ...],
    mask_default: str | None,
    limit_bytes: int,
    yes: bool,
    quiet: bool,
) -> None:
    """Write a small consistent part of the sources as Parquet files, for verify --samples.

    Only reads the warehouse, through dbt's adapter. Chooses entities by the hash of their key, with
    all of their rows in every table. Refuses columns that may hold personal data unless a rule in the
    YAML, or --mask-default, says what to do with them. The same command continues after a break.

    Exit codes: 0; 2, bad usage or configuration; 3, dbt failed.
    """
    options = read_options(
        project_dir,
        samples,
        profiles_dir=profiles_dir,
        target=target,
        variables=read_variables(variables),
        dbt=dbt,
        select=words(select),
        exclude=words(exclude),
        fraction=fraction,
        rows=rows,
        keys=keys,
        whole=whole,
        mask_default=mask_default,
        limit_bytes=limit_bytes,
    )

    def confirm(planned: Sequence[Planned], progress: Progress) -> bool:
        size = sum(each.bytes for each in planned)
        if not quiet or size > limit_bytes:
            for line in plan_lines(planned):
                click.echo(printable(line), err=True)
        if size <= limit_bytes or yes:
            return True
        over = f"about {size_text(size)}, more than --limit-bytes ({size_text(limit_bytes)})"
        ask = asking(progress, "Read it?")
        if ask is None:
            raise EntityKitError(
                f"The sample would be {over}, so nothing was read.",
                fix="Choose a smaller --fraction, or pass --yes.",
            )
        return ask(f"This is {over}.")

    try:
        with progress_bar(quiet=quiet) as progress:
            done = run(options, lambda planned: confirm(planned, progress), progress)
    except KeyboardInterrupt:
        if not (options.samples / MANIFEST).exists():
            raise  # nothing was left behind
        click.echo("Stopped. The same command reads the tables that are missing.", err=True)
        raise SystemExit(_STOPPED) from None
    for line in result_lines(done):
        click.echo(printable(line))
