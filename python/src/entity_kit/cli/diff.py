"""The command `diff`: parse, call, print."""

from __future__ import annotations

import json
from pathlib import Path

import click

from entity_kit.compare import report
from entity_kit.compare.relations import diff as compare_relations
from entity_kit.compare.tolerance import parse_words
from entity_kit.errors import ExitCode


@click.command()
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
        click.echo(json.dumps(report.diff_json(found), indent=2, ensure_ascii=False))
    else:
        for line in report.render_diff_text(found):
            click.echo(line)
    raise SystemExit(ExitCode.AGREES if found.agrees else ExitCode.DIFFERS)
