"""Lay out the nodes of a graph: columns by depth, few crossings, short edges."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

# Each pass from left to right and back removes fewer crossings than the previous one.
_SWEEPS = 4


@dataclass(frozen=True, slots=True)
class Place:
    """The position of a node: its column from the left, and its row from the top."""

    column: int
    row: float


def place_nodes(nodes: Sequence[str], edges: Sequence[tuple[str, str]]) -> dict[str, Place]:
    """Return a place for each node, parents left of children; `edges` are (parent, child) pairs.

    Edges to unknown nodes and from a node to itself don't count. A circle, which dbt has none of,
    does no harm: an edge of it goes backwards.
    """
    parents: dict[str, list[str]] = {node: [] for node in nodes}
    children: dict[str, list[str]] = {node: [] for node in nodes}
    for parent, child in dict.fromkeys(edges):
        if parent in parents and child in parents and parent != child:
            parents[child].append(parent)
            children[parent].append(child)
    columns = _columns(parents, children)
    ranked: list[list[str]] = [[] for _ in range(max(columns.values(), default=-1) + 1)]
    for node in nodes:
        ranked[columns[node]].append(node)
    for _ in range(_SWEEPS):
        for column in ranked[1:]:
            _sort(column, parents, ranked)
        for column in reversed(ranked[:-1]):
            _sort(column, children, ranked)
    rows = _rows(ranked, parents)
    return {node: Place(columns[node], rows[node]) for node in nodes}


def _columns(
    parents: Mapping[str, Sequence[str]], children: Mapping[str, Sequence[str]]
) -> dict[str, int]:
    """Return each node's column: the length of the longest path to it, or next to its first reader."""
    waiting = {node: len(above) for node, above in parents.items()}
    ready = [node for node, count in waiting.items() if count == 0]
    columns = dict.fromkeys(parents, 0)
    for node in ready:
        for child in children[node]:
            columns[child] = max(columns[child], columns[node] + 1)
            waiting[child] -= 1
            if waiting[child] == 0:
                ready.append(child)
    for node, below in children.items():
        if below and not parents[node]:
            columns[node] = max(0, min(columns[child] for child in below) - 1)
    return columns


def _sort(
    column: list[str], neighbours: Mapping[str, Sequence[str]], ranked: Sequence[Sequence[str]]
) -> None:
    heights = {node: place for nodes in ranked for place, node in enumerate(nodes)}
    column.sort(
        key=lambda node: _mean([heights[other] for other in neighbours[node]], heights[node])
    )


def _rows(
    ranked: Sequence[Sequence[str]], parents: Mapping[str, Sequence[str]]
) -> dict[str, float]:
    """Return each node's row, near its parents' and without overlaps."""
    rows: dict[str, float] = {}
    for column in ranked:
        wanted = [
            _mean([rows[other] for other in parents[node] if other in rows], place)
            for place, node in enumerate(column)
        ]
        taken: list[float] = []
        for want in wanted:
            taken.append(max(want, taken[-1] + 1) if taken else want)
        # Nodes are only pushed down, so move the whole column back up.
        back = _mean([place - want for place, want in zip(taken, wanted, strict=True)], 0)
        # But not past the top, so that the graph starts where its first column does.
        back = min(back, taken[0])
        rows.update((node, place - back) for node, place in zip(column, taken, strict=True))
    return rows


def _mean(values: Sequence[float], otherwise: float) -> float:
    return sum(values) / len(values) if values else otherwise
