"""The command `explain`: print the page about a cause."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.markdown import Markdown

from entity_kit.cli.completion import cause_pages, complete_causes
from entity_kit.errors import EntityKitError, closest_word

if TYPE_CHECKING:
    from pathlib import Path


@click.command()
@click.argument("cause", required=False, shell_complete=complete_causes)
def explain(cause: str | None) -> None:
    """Explain a CAUSE that verify reports: the mistake, an example, and the fix.

    Without CAUSE, list the causes.
    """
    pages = cause_pages()
    if cause is None:
        width = max(map(len, pages))
        for name, file in pages.items():
            click.echo(f"{name.ljust(width)}  {_first_sentence(file)}")
        return
    if cause not in pages:
        raise EntityKitError(f"There is no cause `{cause}`.", fix=closest_word(cause, pages))
    text = pages[cause].read_text(encoding="utf-8")
    if sys.stdout.isatty():
        Console().print(Markdown(text))
    else:
        click.echo(text, nl=False)


def _first_sentence(page: Path) -> str:
    paragraph = page.read_text(encoding="utf-8").split("\n\n")[1]
    return " ".join(paragraph.split()).partition(". ")[0].rstrip(".") + "."
