"""The command `package-path`: print where the dbt package lies."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from entity_kit.cli.files import find_shipped

if TYPE_CHECKING:
    from pathlib import Path


@click.command("package-path")
def package_path() -> None:
    """Print the path of the dbt package, for `packages: - local:` in packages.yml."""
    click.echo(find_package())


def find_package() -> Path:
    """Return the folder of the dbt package, in the wheel or in the checkout."""
    return find_shipped("The dbt package isn't", "dbt_package", "dbt_project.yml")
