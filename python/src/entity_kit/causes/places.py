"""Find the line of a model's file that a cause points to. Pure functions over the file's text."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from entity_kit.causes.cause import Place

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_BLOCK = "the is_incremental() block"
_KEY = "the unique_key"
_CLOCK = "the clock"

_HIDDEN = re.compile(r"\{#.*?#\}|\{%-?\s*raw\b.*?\bendraw\s*-?%\}", re.DOTALL)
_SQL_HIDDEN = re.compile(r"--[^\n]*|/\*.*?\*/", re.DOTALL)
_JINJA = re.compile(r"\{%.*?%\}|\{\{.*?\}\}", re.DOTALL)
_PYTHON_HIDDEN = re.compile(r"#[^\n]*")

_WORDS = {
    _BLOCK: re.compile(r"\bis_incremental\b|\b(?:incremental|touched)_filter\b"),
    _KEY: re.compile(r"\bunique_key\b"),
}
_CLOCKS = re.compile(
    r"\b(?:get_)?current_(?:timestamp|date|time|localtimestamp)\b|\bnow\s*\(|\btoday\s*\("
    r"|\blocaltimestamp\b|\brun_started_at\b|\bmodules\.datetime\b",
    re.IGNORECASE,
)
# What a cause is about, if it isn't the block that chooses the rows to read.
_ABOUT = {"null-key": (_KEY, _BLOCK), "duplicate-key": (_KEY, _BLOCK), "clock": (_CLOCK, _BLOCK)}


def locate(text: str, path: str, cause: str, about: str = "") -> Place:
    """Return the place that a cause is about in a model's text, without a line if it isn't there.

    `about` is a word that it names, such as a joined table.
    """
    if about:
        named = re.search(rf"\b{re.escape(about)}\b", _SQL_HIDDEN.sub(_blank, text))
        if named is not None:
            return Place(path, text.count("\n", 0, named.start()) + 1, about)
    for what in _ABOUT.get(cause, (_BLOCK,)):
        found = _find(text, what, python=path.endswith(".py"))
        if found is not None:
            position, word = found
            said = f"the {word}" if word.endswith("_filter") else what
            return Place(path, text.count("\n", 0, position) + 1, said)
    return Place(path)


def _find(text: str, what: str, *, python: bool) -> tuple[int, str] | None:
    """Return where the words for something are, and the last of them."""
    words = _CLOCKS if what == _CLOCK else _WORDS[what]
    if python:
        found = words.search(_PYTHON_HIDDEN.sub(_blank, text))
        return None if found is None else (found.start(), found[0])
    shown = _HIDDEN.sub(_blank, text)
    if what == _CLOCK:
        found = words.search(_SQL_HIDDEN.sub(_blank, shown))
        return None if found is None else (found.start(), found[0])
    # Jinja runs inside SQL comments, too; outside of Jinja the words mean nothing.
    for block in _JINJA.finditer(shown):
        found = words.search(block[0])
        if found is not None:
            return block.start() + found.start(), found[0]
    return None


def _blank(hidden: re.Match[str]) -> str:
    return re.sub(r"[^\n]", " ", hidden[0])


def model_file(project_dir: Path, root: str, node: Mapping[str, object]) -> tuple[str, str]:
    """Return a model's path, relative to the project if it is inside, and the file's text.

    `root` is the project's own name; a package's models lie in a folder of the installed package.
    """
    path = str(node.get("original_file_path") or "").replace("\\", "/")
    if node.get("package_name") != root:
        path = f"dbt_packages/{node.get('package_name')}/{path}"
    try:
        # As text with one kind of line ending, so that line numbers agree.
        return path, (project_dir / path).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return path, ""
