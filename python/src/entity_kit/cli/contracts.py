"""`check --contracts`: what changed in the models' contracts since a git revision."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from entity_kit.cli.formats import root_of
from entity_kit.cli.options import read_date, read_variables
from entity_kit.cli.parsed import parse_revision, parse_selected, project_variables
from entity_kit.cli.terminal import table_console
from entity_kit.errors import ExitCode
from entity_kit.project_health.column_lineage import ColumnLineage
from entity_kit.project_health.contracts import telling
from entity_kit.project_health.contracts.changes import compare_contracts
from entity_kit.project_health.rewrite.plan import read_known

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

OPTION = "--contracts"


def check_contracts(
    parse: tuple[Path, Path | None, str | None, str, str | None],
    select: Sequence[str],
    exclude: Sequence[str],
    form: str,
    revision: str,
) -> None:
    """Print what changed since a revision; exit with 1 if a breaking change has no new version."""
    project_dir = parse[0]
    now, target, selected = parse_selected(*parse, select, exclude)
    before = parse_revision(*parse, revision, OPTION)
    known = {
        each: tuple(columns)
        for each, columns in read_known(project_dir, now, target).columns.items()
    }
    variables = project_variables(project_dir, read_variables(parse[3]))

    def read(manifest: Mapping[str, Any]) -> ColumnLineage:
        # What dbt has compiled is of today's code, not of the revision's.
        folder = None if manifest is before else project_dir
        return ColumnLineage(manifest, project_dir=folder, known=known, variables=variables)

    found = compare_contracts(before, now, read, read_date(None))
    if selected is not None:
        found = [each for each in found if each.unique_id in selected]
    if form == "json":
        click.echo(json.dumps(telling.as_json(found, revision), indent=2, ensure_ascii=False))
    elif form == "github":
        for line in telling.annotation_lines(found, root_of(project_dir)):
            click.echo(line)
    else:
        if any(each.changes for each in found):
            table_console().print(telling.as_table(found))
        for line in telling.note_lines(found):
            click.echo(line)
    if any(each.owes_version for each in found):
        raise SystemExit(ExitCode.DIFFERS)
