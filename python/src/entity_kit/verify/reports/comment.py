"""Pieces of workflow logs and pull request comments on GitHub, with all data escaped."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from entity_kit.verify.reports.words import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

# A comment may have 65,536 characters. Leave a few for whoever posts it.
_LONGEST = 60_000


def workflow_command(
    kind: str, text: str, file: str = "", line: int | None = None, title: str = ""
) -> str:
    """Return a command that annotates a file, or the run as a whole."""
    given = {"file": file, "line": "" if line is None else str(line), "title": title}
    properties = ",".join(f"{name}={_property(value)}" for name, value in given.items() if value)
    return f"::{kind}{' ' if properties else ''}{properties}::{_data(text)}"


def _data(text: str) -> str:
    """Escape the three characters that have a meaning in a command's text."""
    lines = "\n".join(printable(line) for line in text.split("\n"))
    return lines.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text.replace("\n", " ")).replace(":", "%3A").replace(",", "%2C")


def file_in(root: str, path: str) -> str:
    """Return the path of a project's file from the repository's folder; '' for none."""
    return posixpath.normpath(posixpath.join(root, path)) if path else ""


def table_row(*cells: str) -> str:
    """Return one row of a table."""
    return f"| {' | '.join(escaped(printable(cell)) for cell in cells)} |"


def folded(name: str, lines: Iterable[str]) -> str:
    """Return lines under a heading that opens them."""
    text = "\n".join(map(printable, lines))
    fence = "`" * max(3, *(len(run) + 1 for run in re.findall("`+", text) or [""]))
    summary = escaped(printable(name))
    return f"\n<details><summary>{summary}</summary>\n\n{fence}text\n{text}\n{fence}\n\n</details>"


def listed(notes: Sequence[str]) -> list[str]:
    """Return notes as a list, one block per line."""
    return ["", *(f"- {escaped(printable(note))}" for note in notes)] if notes else []


def fitted(head: Sequence[str], blocks: Sequence[str], foot: Sequence[str]) -> str:
    """Return a comment within the length limit, with as many of the blocks as fit."""
    room = _LONGEST - sum(len(line) + 1 for line in (*head, *foot))
    shown: list[str] = []
    for number, block in enumerate(blocks):
        room -= len(block) + 1
        if room < 0:
            left = len(blocks) - number
            shown.append(f"\n… and {left} more: see the command's output.")
            break
        shown.append(block)
    return "\n".join([*head, *shown, *foot])


def escaped(text: str) -> str:
    """Escape data so that it mentions nobody, starts no column or tag, and links nothing."""
    return re.sub(
        r"[&<>|`*~\[\]()#@\\!]|(?<!\w)_|_(?!\w)", lambda found: f"&#{ord(found[0])};", text
    )
