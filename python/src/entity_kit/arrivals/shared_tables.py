"""Sources over one table: a declaration on one of them applies to all.

A source is a name in a project; rows arrive in a table. Where two sources (or a source and a seed)
stand for one table, whoever reads it by either name meets the same rows.
"""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any

from entity_kit.arrivals.sources import Delivery, declared
from entity_kit.errors import EntityKitError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from entity_kit.arrivals.sources import Source
    from entity_kit.warehouse import Relation

_SAYS = {
    "loaded_at": "loaded_at_field",
    "event_time": "event_time",
    "row_key": "row_key",
    "delivery": "delivery",
}


def with_namesakes(
    manifest: Mapping[str, Any],
    needed: Iterable[str],
    relation_of: Callable[[Mapping[str, Any]], Relation],
) -> set[str]:
    """Add the sources with another name that declare how the same table arrives."""
    found = set(needed)
    read = {
        _table(relation_of(manifest["sources"][unique_id]))
        for unique_id in found
        if unique_id in manifest["sources"]
    }
    others = [
        *manifest["sources"].items(),
        *((u, node) for u, node in manifest["nodes"].items() if u.startswith("seed.")),
    ]
    for unique_id, node in others:
        if unique_id not in found and _table(relation_of(node)) in read:
            found |= {unique_id} if declared(node) is not None else set()
    return found


def one_a_table(sources: Sequence[Source]) -> list[Source]:
    """Keep the first source of each table, and refuse contradicting declarations."""
    kept: dict[tuple[str, ...], Source] = {}
    for source in sources:
        first = kept.setdefault(_table(source.relation), source)
        for field, name in _SAYS.items():
            one, other = getattr(first, field), getattr(source, field)
            if one != other:
                raise EntityKitError(
                    f"Sources {first.name} and {source.name} are the same table, {source.relation}, and "
                    f"declare two things: {name} is {_told(one)} for {first.name}, and "
                    f"{_told(other)} for {source.name}.",
                    fix="Declare the same for both, or declare it for only one of them.",
                )
    return list(kept.values())


def _told(value: object) -> str:
    if isinstance(value, Delivery):
        said = (
            f"{each.name}: {getattr(value, each.name)}"
            for each in fields(value)
            if getattr(value, each.name) != each.default
        )
        return ", ".join(said) or "not declared"
    return "not declared" if value is None or value == () else str(value)


def _table(relation: Relation) -> tuple[str, ...]:
    return tuple(
        str(part).casefold() for part in (relation.database, relation.schema, relation.name)
    )
