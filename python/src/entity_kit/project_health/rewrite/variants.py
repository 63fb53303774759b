"""Yield the SQL of a file for each outcome of its Jinja conditions."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

from entity_kit.project_health.rewrite.jinja import UnreadableError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from entity_kit.project_health.rewrite.jinja import Document, Tag

# These blocks contain text that is used elsewhere, or changed.
_BLOCKS = {"set", "macro", "call", "filter", "raw", "test", "materialization"}
_MOST_CONDITIONS = 6


def variants(document: Document) -> Iterator[str]:
    """Yield the SQL for each outcome of the file's conditions, all of the same length.

    A loop's body appears once, as its first and last iteration. Raises UnreadableError.
    """
    conditions = list(dict.fromkeys(_conditions(document)))
    if len(conditions) > _MOST_CONDITIONS:
        raise UnreadableError(
            document.tags[0].start,
            f"{len(conditions)} Jinja conditions are too many to try; rewrite this file by hand",
        )
    base = list(document.text)
    for start, end in document.comments:
        base[start:end] = " " * (end - start)
    for tag in document.tags:
        base[tag.start : tag.end] = " " * (tag.end - tag.start)
    for piece in document.pieces:
        base[piece.start : piece.end] = piece.word.ljust(piece.end - piece.start)
    seen = set()
    for values in itertools.product((True, False), repeat=len(conditions)):
        chosen = list(base)
        for start, end in _hidden(document, dict(zip(conditions, values, strict=True))):
            chosen[start:end] = " " * (end - start)
        sql = "".join(chosen)
        if sql not in seen:
            seen.add(sql)
            yield sql


def hidden_blocks(document: Document) -> Iterator[tuple[int, int]]:
    """Yield the contents of blocks whose text is used elsewhere, such as `{% set x %}…`."""
    opened: list[Tag] = []
    for tag in document.tags:
        if tag.name in _BLOCKS and not (tag.name == "set" and "=" in tag.condition.split()):
            opened.append(tag)
        elif tag.name.startswith("end") and opened and tag.name == f"end{opened[-1].name}":
            yield opened.pop().end, tag.start


def _conditions(document: Document) -> Iterator[str]:
    for tag in document.tags:
        if tag.name in {"if", "elif"}:
            condition = _positive(tag.condition)[0]
            if condition not in {"loop . last", "loop . first"}:
                yield condition


def _positive(condition: str) -> tuple[str, bool]:
    return (condition[4:], False) if condition.startswith("not ") else (condition, True)


def _holds(tag: Tag, chosen: Mapping[str, bool]) -> bool:
    condition, said = _positive(tag.condition)
    return chosen.get(condition, True) is said


@dataclass
class _Open:
    """A block that is open while its tags are read."""

    tag: Tag
    shown: bool  # what is between the tags now
    done: bool  # a branch of it was shown


def _hidden(document: Document, chosen: Mapping[str, bool]) -> Iterator[tuple[int, int]]:
    """Yield what isn't in the output for these outcomes."""
    opened: list[_Open] = []
    hidden_from: int | None = None
    for tag in document.tags:
        before = all(each.shown for each in opened)
        _step(opened, tag, chosen)
        after = all(each.shown for each in opened)
        if before and not after:
            hidden_from = tag.end
        elif after and not before and hidden_from is not None:
            yield hidden_from, tag.start
            hidden_from = None
        elif not before and hidden_from is None:
            hidden_from = tag.end
    if opened:
        raise UnreadableError(
            opened[-1].tag.start, f"`{opened[-1].tag.name}` isn't closed; close it"
        )


def _step(opened: list[_Open], tag: Tag, chosen: Mapping[str, bool]) -> None:
    name = tag.name
    if name == "if":
        holds = _holds(tag, chosen)
        opened.append(_Open(tag, holds, holds))
    elif name == "for":
        opened.append(_Open(tag, shown=True, done=True))
    elif name in {"elif", "else"} and opened:
        last = opened[-1]
        last.shown = not last.done and (name == "else" or _holds(tag, chosen))
        last.done = last.done or last.shown
    elif name == "snapshot":
        opened.append(_Open(tag, shown=True, done=True))
    elif name in _BLOCKS and not (name == "set" and "=" in tag.condition.split()):
        opened.append(_Open(tag, shown=False, done=True))
    elif name.startswith("end") and opened:
        opened.pop()
