"""Identities in plain Python: a union-find over the links that count."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

Row = dict[str, Any]
Node = tuple[str, str]
Pair = tuple[Node, Node]


@dataclass(frozen=True)
class Case:
    """What the arguments of a model say. `ends` maps columns to types; a type in braces is a column."""

    ends: tuple[tuple[str, str], ...] = (("from_id", "device"), ("to_id", "user"))
    row_key: tuple[str, ...] = ()
    deleted_when: bool = False
    linked_at: bool = False
    shared: dict[str, int] = field(default_factory=dict)
    one_to_one: tuple[str, ...] = ()
    handover: str = "nobody"
    max_members: int = 0
    max_steps: int = 50


class Groups:
    """Disjoint sets."""

    def __init__(self, members: list[Node]) -> None:
        self.parents = {member: member for member in members}

    def find(self, member: Node) -> Node:
        while self.parents[member] != member:
            member = self.parents[member]
        return member

    def join(self, one: Node, other: Node) -> None:
        self.parents[self.find(one)] = self.find(other)


def durable_key(node: Node) -> str:
    """Return the hash of an identifier's type and value."""
    text = ",".join('"' + part.replace('"', '""') + '"' for part in node)
    return hashlib.md5(text.encode()).hexdigest()  # noqa: S324


def named(row: Row, case: Case) -> list[Node]:
    """Return the identifiers that a row names."""
    found = []
    for column, kind in case.ends:
        kind = row[kind[1:-1]] if kind.startswith("{") else kind  # noqa: PLW2901
        if row[column] is not None and kind is not None:
            found.append((kind, str(row[column])))
    return found


def content(row: Row) -> tuple[Any, ...]:
    """Return what orders versions that tie: their columns as DuckDB compares rows. NULL is greater than all else."""
    return tuple((value is None, "" if value is None else value) for value in row.values())


def versions(rows: list[Row], case: Case) -> list[list[Row]]:
    """Return the versions of each link, the latest last."""
    if not case.row_key:
        return [[row] for row in rows]
    links: dict[Any, list[Row]] = defaultdict(list)
    for row in rows:
        links[tuple(row[column] for column in case.row_key)].append(row)

    def age(row: Row) -> tuple[Any, ...]:
        return (row["loaded_at"] is not None, row["loaded_at"] or 0, content(row))

    return [sorted(link, key=age) for link in links.values()]


def kept_apart(pairs: dict[Pair, list[Any]], case: Case) -> tuple[set[Pair], dict[Node, str]]:
    """Return the pairs that make a person, and why identifiers lose theirs."""
    neighbors: dict[Node, set[Node]] = defaultdict(set)
    for one, other in pairs:
        neighbors[one].add(other)
    reasons = {
        node: "shared_device"
        for node, others in neighbors.items()
        if node[0] in case.shared and len(others) > case.shared[node[0]]
    }
    kept = {pair for pair in pairs if not reasons.keys() & set(pair)}
    lost: set[Pair] = set()
    for node in neighbors:
        for kind in case.one_to_one:
            rivals = [there for here, there in kept if here == node and there[0] == kind]
            if node[0] == kind and rivals:
                reasons[node] = "one_to_one"
                lost |= {(node, rival) for rival in rivals}
            elif len(rivals) > 1 and case.handover == "nobody":
                reasons[node] = "one_to_one"
                lost |= {pair for pair in kept if node in pair}
            elif len(rivals) > 1:

                def preference(rival: Node, node: Node = node) -> tuple[Any, ...]:
                    times = pairs[node, rival]
                    at = times[0] if case.handover == "first_login" else times[-1]
                    missing = at is None
                    at = 0 if at is None else at.timestamp()
                    return (
                        missing,
                        at if case.handover == "first_login" else -at,
                        durable_key(rival),
                    )

                lost |= {(node, rival) for rival in sorted(rivals, key=preference)[1:]}
    return {(a, b) for a, b in kept if (a, b) not in lost and (b, a) not in lost}, reasons


@dataclass
class Seen:
    """What the links say: when each identifier's were loaded and made, and what is linked since when."""

    loaded: dict[Node, list[Any]] = field(default_factory=lambda: defaultdict(list))
    linked: dict[Node, list[Any]] = field(default_factory=lambda: defaultdict(list))
    counting: set[Node] = field(default_factory=set)
    pairs: dict[Pair, list[Any]] = field(default_factory=lambda: defaultdict(list))

    def earliest(self, nodes: list[Node]) -> str:
        """Return the id of what has these identifiers."""

        def age(node: Node) -> tuple[Any, ...]:
            at = min(self.linked[node], default=None)
            return (at is None, at or 0, durable_key(node))

        return durable_key(min(nodes, key=age))


def read(rows: list[Row], case: Case) -> Seen:
    """Read the links, of which the latest version counts unless it is deleted."""
    seen = Seen()
    for link in versions(rows, case):
        times = [row["loaded_at"] for row in link if row["loaded_at"] is not None]
        for node in {node for row in link for node in named(row, case)}:
            seen.loaded[node] += times
        if case.deleted_when and link[-1]["deleted"]:
            continue
        nodes, at = named(link[-1], case), link[-1]["linked_at" if case.linked_at else "loaded_at"]
        seen.counting |= set(nodes)
        for node in nodes:
            seen.linked[node] += [at] if at is not None else []
        for one, other in combinations(nodes, 2):
            if one != other:
                for pair in ((one, other), (other, one)):
                    seen.pairs[pair].append(at)
    for times in seen.pairs.values():
        times[:] = sorted(at for at in times if at is not None) or [None]
    return seen


def groups(nodes: list[Node], pairs: set[Pair]) -> dict[Node, list[Node]]:
    """Return what each identifier is connected with, itself included."""
    found = Groups(nodes)
    for pair in pairs:
        found.join(*pair)
    members: dict[Node, list[Node]] = defaultdict(list)
    for node in nodes:
        members[found.find(node)].append(node)
    return {node: members[found.find(node)] for node in nodes}


def identities(rows: list[Row], case: Case) -> list[tuple[Any, ...]]:
    """Return the rows of the table `identity_map`, without `durable_key`, in no order."""
    seen = read(rows, case)
    nodes = list(seen.loaded)
    kept, reasons = kept_apart(seen.pairs, case)
    components, persons = groups(nodes, set(seen.pairs)), groups(nodes, kept)
    made = []
    for node in nodes:
        own, component = persons[node], components[node]
        kinds = Counter(kind for kind, _ in own)
        reason = reasons.get(node)
        is_split = any(kinds[kind] > 1 for kind in case.one_to_one)
        is_large = bool(case.max_members) and len(own) > case.max_members
        if is_split or is_large:
            own = [node]
            reason = reason or ("one_to_one" if is_split else "max_members")
        made.append(
            (
                *node,
                seen.earliest(own),
                len(own),
                min(seen.linked[node], default=None),
                max(seen.linked[node], default=None),
                seen.earliest(component),
                reason,
                node not in seen.counting,
                max((at for n in component for at in seen.loaded[n]), default=None),
            )
        )
    return made
