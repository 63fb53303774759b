"""Looks at the sources of a project, and at single relations, in the project's warehouse."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from entity_kit.arrivals import sources as arriving
from entity_kit.compare.files import Files
from entity_kit.dbt_bridge.nodes import ancestors, relation_of, source_name
from entity_kit.errors import EntityKitError
from entity_kit.project_health.onboarding.evidence import Evidence, look_at
from entity_kit.project_health.onboarding.keys import duplicates
from entity_kit.project_health.onboarding.proposal import (
    Proposal,
    Reason,
    additions,
    contradictions,
    propose,
)
from entity_kit.verify.preparation import origin_of
from entity_kit.warehouse import QueryError, Relation, quote

if TYPE_CHECKING:
    from collections.abc import Mapping

    from entity_kit.dbt_bridge.project import Manifest
    from entity_kit.verify.session import Session
    from entity_kit.warehouse import Connection


@dataclass(frozen=True, slots=True)
class Looked:
    """What was found for one source.

    `status`: proposed, nothing (to propose), declared, or unreadable. Of one that is declared,
    `contradictions` are what its data doesn't bear out, and `additions` what could be declared as
    well. `problem` says why one is unreadable.
    `node` is dbt's.
    """

    name: str
    status: str
    node: Mapping[str, Any]
    evidence: Evidence | None = None
    proposal: Proposal = field(default_factory=lambda: Proposal(()))
    contradictions: tuple[str, ...] = ()
    additions: tuple[Reason, ...] = ()
    problem: str = ""


def read_sources(manifest: Manifest) -> tuple[list[dict[str, Any]], bool]:
    """Return the sources and seeds that incremental models read, by name; all if none is incremental.

    The flag says whether there are incremental models.
    """
    incremental = [
        unique_id
        for unique_id, node in manifest["nodes"].items()
        if node["resource_type"] == "model" and node["config"]["materialized"] == "incremental"
    ]
    known = {**manifest["sources"], **manifest["nodes"]}
    needed = ancestors(manifest, incremental) if incremental else set(known)
    found = [known[u] for u in needed if u.startswith(("source.", "seed.")) and u in known]
    return sorted(found, key=lambda node: (source_name(node), node["unique_id"])), bool(incremental)


def look_at_sources(session: Session, nodes: list[dict[str, Any]]) -> list[Looked]:
    """Look at each source. Sources over one table are looked at once, under the declared one."""
    found = []
    first_of: dict[Relation, str] = {}
    # Declared ones first, because what one of them declares holds for the others.
    ordered = sorted(nodes, key=lambda node: not _declares(node))
    with session.scratch.originals() as connection:
        for node in ordered:
            name, relation = source_name(node), relation_of(node)
            if relation in first_of and not _declares(node):
                said = f"the same table as {first_of[relation]}, whose declaration holds for it"
                found.append(Looked(name, "nothing", node, proposal=Proposal((), (said,))))
                continue
            first_of.setdefault(relation, name)
            session.progress.run(f"reading {name}")
            found.append(_look(session, connection, node))
    return sorted(found, key=lambda each: each.name)


def _declares(node: Mapping[str, Any]) -> bool:
    try:
        return arriving.declared(node) is not None
    except EntityKitError:
        return True  # it declares something, which is wrong


def _look(session: Session, connection: Connection, node: Mapping[str, Any]) -> Looked:
    name = source_name(node)
    try:
        what = arriving.declared(node)
        if node["resource_type"] == "seed":  # as `dbt seed` left it in the warehouse
            origin = str(session.scratch.origin(relation_of(node)) or relation_of(node))
        else:
            origin = origin_of(session, node)
        if what is not None:
            return _review(connection, node, origin, what)
        seen = look_at(connection, origin, table=node["name"])
    except QueryError as error:
        fix = (
            "Run dbt seed."
            if node["resource_type"] == "seed"
            else "Load it, or correct its database, schema, or identifier in the YAML."
        )
        said = str(error).splitlines()[0]
        problem = f"{relation_of(node)} can't be read: {said} {fix}"
        return Looked(name, "unreadable", node, problem=problem)
    except EntityKitError as error:
        return Looked(name, "unreadable", node, problem=" ".join(str(error).split("\n")))
    proposal = propose(seen)
    return Looked(name, "proposed" if proposal.config else "nothing", node, seen, proposal)


def _review(
    connection: Connection, node: Mapping[str, Any], origin: str, what: dict[str, Any]
) -> Looked:
    """Compare what a source declares with its data."""
    declared = arriving.Source(
        node["unique_id"], source_name(node), relation_of(node), origin, **what
    )
    source = arriving.resolve(connection, declared)
    seen = look_at(connection, origin, table=node["name"], declared=source)
    repeated = duplicates(connection, origin, source.row_key) if source.row_key else 0
    proposed = propose(seen)
    return Looked(
        declared.name,
        "declared",
        node,
        seen,
        proposed,
        contradictions(seen, source, repeated),
        additions(proposed, source),
    )


def look_at_relation(session: Session, manifest: Manifest, text: str) -> Looked:
    """Look at a source (`shop.orders`), a model or seed, or `schema.table` of the warehouse.

    Raises EntityKitError where there is no such relation.
    """
    nodes = [*manifest["sources"].values(), *manifest["nodes"].values()]
    with session.scratch.originals() as connection:
        for node in nodes:
            if node["resource_type"] == "source" and source_name(node) == text:
                found = _look(session, connection, node)
                if found.status == "unreadable":
                    raise EntityKitError(f"Source {text}: {found.problem}")
                return found
        for node in nodes:
            is_table = node["resource_type"] in {"model", "seed", "snapshot"}
            if is_table and node["name"] == text and node.get("relation_name"):
                return _look_at_built(session, connection, node)
    return _look_at_table(session, text)


def _look_at_built(session: Session, connection: Connection, node: Mapping[str, Any]) -> Looked:
    relation = relation_of(node)
    origin = session.scratch.origin(relation)
    try:
        seen = look_at(connection, str(origin or relation), table=node["name"])
    except QueryError as error:
        raise EntityKitError(
            f"{node['name']} can't be read: {str(error).splitlines()[0]}",
            fix=f"Build it first: dbt build --select {node['name']}",
        ) from error
    return Looked(node["name"], "relation", node, seen, propose(seen))


def _look_at_table(session: Session, text: str) -> Looked:
    original = session.scratch.file
    if original is None:
        raise EntityKitError(
            f"There is no source or model {text}, and the target has no warehouse file.",
            fix="Name a source as `source.table`.",
        )
    with session.scratch.connection() as connection:
        relation = Files(connection).relation(text, default=original)
        where = f"{quote(relation.database)}.{quote('main')}"
        connection.execute(
            f"use {where}"
        )  # where the file's views look for a name without a schema
        seen = look_at(connection, str(relation), table=relation.name)
    return Looked(text, "relation", {"name": relation.name}, seen, propose(seen))
