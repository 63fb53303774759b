"""What the shell offers for the arguments of commands; nothing here parses a project or runs dbt."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import yaml
from click.shell_completion import CompletionItem

from entity_kit.arrivals import deliveries
from entity_kit.arrivals.schedules import CRASH, RECORDED
from entity_kit.cli.files import find_shipped
from entity_kit.dbt_bridge.profiles import read_project_file
from entity_kit.errors import EntityKitError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    import click

_PAGES = "docs/causes"
_CODE, _YAML = (".sql", ".py"), (".yml", ".yaml")


def complete_models(context: click.Context, _: click.Parameter, incomplete: str) -> list[str]:
    """Return the models of the project, by the names of their files."""
    return _matching({file.stem for file in _model_files(context, _CODE)}, incomplete)


def complete_metrics(context: click.Context, _: click.Parameter, incomplete: str) -> list[str]:
    """Return the metrics that the project's YAML files define, as far as they can be read."""
    texts = map(_text, _model_files(context, _YAML))
    return _matching({name for text in texts for name in _metrics(text)}, incomplete)


def _model_files(context: click.Context, suffixes: Collection[str]) -> Iterator[Path]:
    folder = Path(context.params.get("project_dir") or ".")
    try:
        paths = read_project_file(folder).get("model-paths") or ["models"]
    except EntityKitError:  # completion has no place for messages
        return
    for path in paths:
        yield from (file for file in (folder / path).rglob("*") if file.suffix in suffixes)


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return ""


def _metrics(text: str) -> list[str]:
    """Return the names of the metrics of a YAML file: at its top, or within a model."""
    if "metrics:" not in text:
        return []
    try:
        found = yaml.safe_load(text)
    except yaml.YAMLError:
        return []
    if not isinstance(found, dict):
        return []
    blocks = [found, *(each for each in found.get("models") or () if isinstance(each, dict))]
    return [
        str(metric["name"])
        for block in blocks
        for metric in block.get("metrics") or ()
        if isinstance(metric, dict) and "name" in metric
    ]


def complete_specs(_: click.Context, __: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Return what the shell completes to files."""
    return [CompletionItem(incomplete, type="file")]


def complete_schedules(_: click.Context, __: click.Parameter, incomplete: str) -> list[str]:
    """Return the schedules that may follow in a comma-separated list."""
    before, comma, last = incomplete.rpartition(",")
    left = {*RECORDED, *deliveries.NAMES, CRASH, "all"} - set(before.split(","))
    return [before + comma + name for name in _matching(left, last)]


def complete_causes(_: click.Context, __: click.Parameter, incomplete: str) -> list[str]:
    """Return the causes that have a page."""
    return _matching(cause_pages(), incomplete)


def cause_pages() -> dict[str, Path]:
    """Return the pages about causes, by cause."""
    folder = find_shipped("The pages about causes aren't", ".", _PAGES) / _PAGES
    return {file.stem: file for file in sorted(folder.glob("*.md")) if file.stem != "README"}


def _matching(names: Iterable[str], incomplete: str) -> list[str]:
    return sorted(name for name in names if name.startswith(incomplete))
