# ruff: noqa: INP001 - mkdocs loads it, nobody imports it
"""Create the pages that the site has and docs/ doesn't: the reference pages and the READMEs.

mkdocs calls the `on_…` functions. A link to a file without a page becomes its path as text.
"""

from __future__ import annotations

import os
import posixpath
import re
from pathlib import Path
from typing import Any

import click
import yaml
from mkdocs.structure.files import File

ROOT = Path(__file__).resolve().parents[2]
# Files outside of docs/ that get a page, by their path in the repository.
OUTSIDE = {
    "README.md": "reference/readme.md",
    "benchmarks/README.md": "reference/benchmarks.md",
    "CHANGELOG.md": "reference/changelog.md",
    "CONTRIBUTING.md": "reference/contributing.md",
}
_LINK = re.compile(r"(?<!!)\[([^\]]*)\]\(([^)\s]+)\)")
_FENCE = re.compile(r"^( *)(```|~~~).*?^\1\2\s*$", re.MULTILINE | re.DOTALL)


def on_files(files: Any, config: Any) -> Any:
    """Add the generated pages."""
    made = {where: (ROOT / path).read_text("utf-8") for path, where in OUTSIDE.items()}
    made["reference/commands.md"] = commands()
    for family in families():
        made[f"reference/macros/{family}.md"] = macros(family)
    for where, text in made.items():
        files.append(File.generated(config, where, content=text))
    return files


def on_config(config: Any) -> Any:
    """Expand the folders that mkdocs.yml names in its navigation."""

    def spelled(entry: Any) -> Any:
        if isinstance(entry, list):
            return [spelled(each) for each in entry]
        if isinstance(entry, dict):
            return {name: spelled(each) for name, each in entry.items()}
        if entry == "reference/macros/":
            return [f"reference/macros/{family}.md" for family in families()]
        if entry.endswith("/"):
            found = sorted((ROOT / "docs" / entry).glob("*.md"), key=lambda file: file.name)
            return [f"{entry}{file.name}" for file in found]
        return entry

    config.nav = spelled(config.nav)
    return config


def on_page_markdown(markdown: str, page: Any, config: Any, files: Any) -> str:
    """Point each link at a page of the site, or write the path of a file without a page."""
    del config
    here = page.file.src_uri
    in_repository = next((path for path, where in OUTSIDE.items() if where == here), f"docs/{here}")

    def pointed(found: re.Match[str]) -> str:
        text, target = found.groups()
        path, _, anchor = target.partition("#")
        if not path or "://" in path or path.startswith("mailto:"):
            return found[0]
        meant = posixpath.normpath(posixpath.join(posixpath.dirname(in_repository), path))
        where = OUTSIDE.get(meant) or meant.removeprefix("docs/")
        if (ROOT / meant).is_dir() and files.get_file_from_path(f"{where}/README.md"):
            where = f"{where}/README.md"
        if where.endswith(".md") and files.get_file_from_path(where):
            relative = os.path.relpath(where, posixpath.dirname(here) or ".")
            return f"[{text}]({relative}{'#' if anchor else ''}{anchor})"
        return text if text == f"`{meant}`" else f"{text} (`{meant}`)"

    pieces, last = [], 0
    for fence in _FENCE.finditer(markdown):
        pieces += [_LINK.sub(pointed, markdown[last : fence.start()]), fence[0]]
        last = fence.end()
    return "".join([*pieces, _LINK.sub(pointed, markdown[last:])])


def families() -> list[str]:
    """Return the folders of public macros."""
    folders = (ROOT / "macros").iterdir()
    return sorted(f.name for f in folders if f.is_dir() and not f.name.startswith("_"))


def macros(family: str) -> str:
    """Write the page of one family from the YAML beside its macros."""
    documented = [
        macro
        for file in sorted((ROOT / "macros" / family).glob("*.yml"))
        for macro in yaml.safe_load(file.read_text("utf-8"))["macros"]
    ]
    lines = [f"# Macros: {family}", ""]
    for macro in sorted(documented, key=lambda each: each["name"]):
        lines += [f"## {macro['name']}", "", macro["description"].strip(), ""]
        if macro.get("arguments"):
            lines += ["| argument | type | |", "|---|---|---|"]
            lines += [
                f"| `{argument['name']}` | {_cell(argument.get('type', ''))} "
                f"| {_cell(argument.get('description', ''))} |"
                for argument in macro["arguments"]
            ]
            lines.append("")
    return "\n".join(lines)


def commands() -> str:
    """Write the page of the commands from click."""
    from entity_kit.cli.commands import cli as main  # noqa: PLC0415  (only where the page is made)

    context = click.Context(main, info_name="entity-kit")
    lines = ["# Commands", "", (main.help or "").strip(), ""]
    for name in main.list_commands(context):
        command = main.get_command(context, name)
        assert command is not None  # noqa: S101  (click listed it)
        inner = click.Context(command, info_name=f"entity-kit {name}", parent=None)
        usage = " ".join(command.collect_usage_pieces(inner))
        lines += [f"## entity-kit {name}", "", (command.help or "").strip(), ""]
        lines += ["```", f"entity-kit {name} {usage}", "```", "", "| option | |", "|---|---|"]
        for parameter in command.get_params(inner):
            record = parameter.get_help_record(inner)
            if record is not None:
                lines.append(f"| `{_cell(record[0])}` | {_cell(record[1])} |")
        lines.append("")
    return "\n".join(lines)


def _cell(text: Any) -> str:
    return " ".join(str(text).split()).replace("|", "\\|")
