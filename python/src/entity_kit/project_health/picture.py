"""The lineage as a picture: boxes as wide as their names, and arrows, in pixels."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from entity_kit.project_health.report import Node

# A row's height, a box's height, the space between two columns, around the picture, and in a box.
_ROW, _HEIGHT, _GAP, _EDGE, _PADDING = 30, 22, 64, 12, 8
_NARROWEST = 80
# An arrow's length, and half of its width.
_ARROW, _HALF = 6, 3
# Widths of letters at 12 pixels in the widest of the usual fonts; a name must never leave its box.
_SLIM, _USUAL, _BROAD, _FULL = 5.0, 7.8, 12.0, 13.0


@dataclass(frozen=True, slots=True)
class Box:
    """A node's place in the picture."""

    node: Node
    x: float
    y: float
    width: float
    text_x: float
    text_y: float


@dataclass(frozen=True, slots=True)
class Arrow:
    """A line from a parent to a child, both by their numbers, and its path."""

    parent: int
    child: int
    way: str


@dataclass(frozen=True, slots=True)
class Picture:
    """All of it; every box has the same height."""

    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]
    width: float
    height: float
    box_height: int = _HEIGHT


def draw(nodes: Sequence[Node]) -> Picture:
    """Return the picture of a lineage; a column is as wide as its longest name."""
    widths = [float(_NARROWEST)] * (1 + max((node.place.column for node in nodes), default=0))
    for node in nodes:
        column = node.place.column
        widths[column] = max(widths[column], _text_width(node.name) + 2 * _PADDING)
    starts = list(accumulate((width + _GAP for width in widths), initial=float(_EDGE)))
    boxes = tuple(
        Box(
            node,
            round(starts[node.place.column], 1),
            y := round(_EDGE + node.place.row * _ROW, 1),
            round(widths[node.place.column], 1),
            round(starts[node.place.column] + _PADDING, 1),
            y + 15,
        )
        for node in nodes
    )
    lowest = max((node.place.row for node in nodes), default=0)
    return Picture(
        boxes,
        tuple(
            Arrow(number, box.node.number, _way(boxes[number - 1], box))
            for box in boxes
            for number in box.node.parents
        ),
        round(starts[-1] - _GAP + _EDGE),
        round(lowest * _ROW) + _HEIGHT + 2 * _EDGE,
    )


def _way(parent: Box, child: Box) -> str:
    """Return the curve from a parent to a child, and the two strokes of its arrow."""
    x1, y1 = parent.x + parent.width, parent.y + _HEIGHT / 2
    x2, y2 = child.x, child.y + _HEIGHT / 2
    bend = _GAP * 0.6
    curve = (
        f"M{x1:.0f} {y1:.1f}C{x1 + bend:.0f} {y1:.1f} {x2 - bend:.0f} {y2:.1f} {x2:.0f} {y2:.1f}"
    )
    return f"{curve}m-{_ARROW} -{_HALF}l{_ARROW} {_HALF}l-{_ARROW} {_HALF}"


def _text_width(text: str) -> float:
    return sum(map(_letter_width, text))


def _letter_width(letter: str) -> float:
    if unicodedata.east_asian_width(letter) in "WF":
        return _FULL
    if letter in "iIjl.,:;|!'()[]/ ":
        return _SLIM
    if letter in "mwMW@%" or (not letter.isascii() and not letter.isalpha()):
        return _BROAD
    return _BROAD - 2 if letter.isupper() else _USUAL
