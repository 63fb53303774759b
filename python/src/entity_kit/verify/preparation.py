"""What every scratch warehouse contains before the first step: mirrored tables, seeds, sources."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from entity_kit.arrivals import sources as arriving
from entity_kit.arrivals.shared_tables import one_a_table
from entity_kit.dbt_bridge.hooks import written_names
from entity_kit.dbt_bridge.nodes import relation_of, selector, source_name
from entity_kit.engines.scratch import Contents, source_rows
from entity_kit.errors import DbtError, EntityKitError
from entity_kit.verify.written import dialect_notes
from entity_kit.warehouse import QueryError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from entity_kit.arrivals.sources import Arrivals, Source
    from entity_kit.dbt_bridge.project import Manifest, Runner
    from entity_kit.verify.session import Session
    from entity_kit.warehouse import Connection, Relation


def build_template(session: Session, manifest: Manifest, needed: set[str]) -> None:
    """Create the template of every scratch warehouse: the user's warehouse, and seeds."""
    prepare_template(session, manifest, needed)
    views = load_seeds(session, session.runner, manifest, needed)
    if views:
        session.scratch.show(views)


def prepare_template(session: Session, manifest: Manifest, needed: set[str]) -> None:
    """Create the template without seeds: what the user's warehouse has and no run builds."""
    nodes = manifest["nodes"]
    named = {
        unique_id: node
        for unique_id, node in {**nodes, **manifest["sources"]}.items()
        if node.get("relation_name")
    }
    written = written_names(manifest)
    built = [
        relation_of(node)
        for unique_id, node in nodes.items()
        if node["resource_type"] in {"model", "seed"}
        and node.get("relation_name")
        and (unique_id in needed or relation_of(node).name.casefold() not in written)
    ]
    session.notes += session.scratch.prepare(
        Contents(
            named,
            {unique_id: relation_of(node) for unique_id, node in named.items()},
            frozenset(needed),
            built,
            written,
        )
    )
    if session.project.dialect is not None:
        session.notes += dialect_notes(manifest, session.project.dialect, needed)
    for unique_id in sorted(needed):
        if unique_id.startswith("snapshot."):
            why = (
                "a snapshot isn't replayed; its table in the warehouse is read as it is"
                if session.scratch.holds(relation_of(nodes[unique_id]))
                else "a snapshot that isn't in the warehouse yet; models that read it fail until "
                "`dbt snapshot` has run"
            )
            session.left_out.append((nodes[unique_id]["name"], why))


def load_seeds(
    session: Session, runner: Runner, manifest: Manifest, needed: Iterable[str], version: str = ""
) -> dict[Relation, str]:
    """Load the seeds once, and return the views through which every warehouse sees them.

    `version` tells the seeds of several versions of the code apart.
    """
    seeds = [manifest["nodes"][u] for u in sorted(needed) if u.startswith("seed.")]
    if not seeds:
        return {}
    with session.in_dbt("loading seeds"):
        warehouse = session.scratch.create(f"seeds{version}")
        result = runner.run(
            warehouse.profiles,
            "seed",
            [selector(seed) for seed in seeds],
            clock=datetime.now(timezone.utc),
        )
    failed = [node for node in result.nodes.values() if not node.ok]
    if failed:
        # If a hook failed, the seeds were skipped.
        node = next((node for node in failed if node.status != "skipped"), failed[0])
        kind, name = node.unique_id.split(".")[0], node.unique_id.split(".")[-1]
        raise DbtError(
            f"{kind.capitalize()} {name} failed.\n{node.message}",
            fix="Run `dbt seed` by hand and fix the error above.",
        )
    session.scratch.seeded_from(warehouse, version)
    return {
        relation_of(
            seed
        ): f"select * from {session.scratch.seed_origin(relation_of(seed), version)}"
        for seed in seeds
    }


def show_files(session: Session, manifest: Manifest, needed: set[str]) -> None:
    """Show sources that are files as views, if dbt was told to forget the files."""
    nodes = [manifest["sources"][u] for u in sorted(needed) if u in manifest["sources"]]
    found = [(node, file) for node in nodes if (file := session.scratch.location(node)) is not None]
    if found and not session.runner.forgets_files:
        raise EntityKitError(
            f"Source {source_name(found[0][0])} is a file (external_location), which can be "
            "shown step by step only with dbt-core in process.",
            fix="Omit --dbt, or load the file into a table.",
        )
    for node, file in found:
        _show_file(session, node, file)


def _show_file(session: Session, node: Mapping[str, Any], file: str) -> None:
    try:
        session.scratch.show({relation_of(node): f"select * from {file}"})
    except QueryError as error:
        raise EntityKitError(
            f"Source {source_name(node)} can't be read.\n{error}",
            fix="Correct its external_location. A relative path is relative to the project.",
        ) from error


def arriving_nodes(manifest: Manifest, needed: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Return the nodes that may declare arrival, sources and seeds, by unique id."""
    return {
        u: manifest["sources"][u] if u in manifest["sources"] else manifest["nodes"][u]
        for u in needed
        if u in manifest["sources"] or u.startswith("seed.")
    }


def fetch_sources(session: Session, manifest: Manifest, needed: set[str]) -> None:
    """Copy the rows of the sources that take part to where they can be read."""
    nodes = arriving_nodes(manifest, needed).values()
    declaring = [node for node in nodes if arriving.declared(node) is not None]
    session.scratch.fetch([relation_of(node) for node in declaring])


def find_sources(
    session: Session, connection: Connection, manifest: Manifest, needed: set[str]
) -> list[Source]:
    """Return the sources that declare how they arrive, among those that the models read."""
    read = arriving_nodes(manifest, needed)
    found = []
    for unique_id, node in sorted(read.items()):
        what = arriving.declared(node)
        if what is None:
            continue
        relation = relation_of(node)
        for field in ("loaded_at", "event_time"):
            what[field] = what[field] and session.scratch.expression(what[field], relation)
        source = arriving.Source(
            unique_id=unique_id,
            name=source_name(node),
            relation=relation,
            origin=origin_of(session, node),
            fixed=session.scratch.fixed(relation),
            **what,
        )
        found.append(arriving.resolve(connection, source))
    if not found:
        _refuse_undeclared(list(read.values()))
    return one_a_table(found)


def _refuse_undeclared(read: list[dict[str, Any]]) -> None:
    names = sorted(map(source_name, read))
    sources = sorted({(n["source_name"], n["name"]) for n in read if "source_name" in n})
    yaml = arriving.declaration(sources or [("shop", "orders")])
    raise EntityKitError(
        "No source of these models declares when its rows arrive "
        f"(loaded_at_field). They read: {', '.join(names) or 'no sources'}.",
        fix=f"Run `entity-kit init`, which proposes it from the data, or add to the sources' YAML:\n\n{yaml}\n",
    )


def origin_of(session: Session, node: Mapping[str, Any]) -> str:
    """Return the SQL for all rows of a source, read where they are."""
    if node["resource_type"] == "seed":
        return str(session.scratch.seed_origin(relation_of(node)))
    return source_rows(
        session.scratch, node, "Attach its DuckDB file in the profile, or remove loaded_at_field."
    )


def measure_source(session: Session, connection: Connection, source: Source) -> Arrivals:
    """Measure when a source's rows arrived, and note anything unusual."""
    found = arriving.arrivals(connection, source, datetime.now(timezone.utc))
    if not found.rows:
        session.notes.append(f"{source.name} is empty.")
    if found.nulls:
        session.notes.append(
            f"{source.name}: {found.nulls:,} of {found.rows:,} rows have no loaded_at; "
            "they are visible from the first step on."
        )
    if found.future:
        session.notes.append(
            f"{source.name}: {found.future:,} of {found.rows:,} rows have a loaded_at in the "
            "future; they arrive at that time."
        )
    if found.beyond:
        session.notes.append(
            f"{source.name}: {found.beyond:,} of {found.rows:,} rows have a loaded_at beyond all "
            "steps; they never arrive."
        )
    if found.first is not None and found.first == found.last:
        session.notes.append(
            f"{source.name}: all rows have one loaded_at ({found.first:%Y-%m-%d %H:%M:%S}), "
            "so they arrive in one step."
        )
    return found
