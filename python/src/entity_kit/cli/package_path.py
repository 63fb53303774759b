"""The command `package-path`: print where the dbt package lies."""

from __future__ import annotations

from pathlib import Path

import click

from entity_kit.errors import EntityKitError


@click.command("package-path")
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
