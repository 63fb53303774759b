"""One scratch warehouse on a server: its schemas, by the project's, and what is in them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from entity_kit.dbt_bridge.redirect import moved, scratch_schema

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from entity_kit.engines.shared_rows import Key


@dataclass(slots=True)
class Place:
    """Its `schemas` are all in one `database`, or, if that is None, in the only one that there is."""

    schemas: Mapping[tuple[str, str], str]
    database: str | None = None
    # The query of each source whose rows it shows.
    shown: dict[Key, str] = field(default_factory=dict)
    taken: set[str] = field(default_factory=set)

    def schema_of(self, node: Mapping[str, Any]) -> str:
        return self.schemas[_home(node, self.database)]

    def name_of(self, node: Mapping[str, Any]) -> str:
        """Return a node's relation here as dbt writes its name."""
        return moved(str(node["relation_name"]), self.schema_of(node), self.database)


def make_place(
    prefix: str,
    number: int,
    nodes: Iterable[Mapping[str, Any]],
    database: str | None,
    *,
    capitals: bool,
) -> Place:
    """Choose a scratch schema for each of the project's schemas.

    With `capitals` a name means the same with and without quotes on an engine that folds to them.
    """
    schemas = {}
    for home in {_home(node, database) for node in nodes}:
        name = scratch_schema(prefix, number, ".".join(filter(None, home)))
        schemas[home] = name.upper() if capitals else name
    return Place(schemas, database)


def what_is_made(prefix: str, nodes: Iterable[Mapping[str, Any]], database: str | None) -> str:
    """Say what there will be on a warehouse, before it is made."""
    return (
        f"In {database}, for each schedule and each full refresh, scratch schemas "
        f"{prefix}_<number>_… are created for {', '.join(sorted({n['schema'] for n in nodes}))}, and "
        f"in {prefix}_rows a table of each state of each source. All are dropped at the end."
    )


def _home(node: Mapping[str, Any], database: str | None) -> tuple[str, str]:
    """Return a node's database, if that isn't the one that everything is in, and its schema."""
    own = str(node.get("database") or "")
    elsewhere = database is not None and own.casefold() != database.casefold()
    return (own if elsewhere else "", node["schema"])
