"""Everything about both versions that is known before the first run."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from entity_kit.dbt_bridge.clock import names_clock
from entity_kit.dbt_bridge.nodes import ancestors, relation_of
from entity_kit.dbt_bridge.sharing import shareable
from entity_kit.errors import EntityKitError
from entity_kit.verify.deploy.versions import OPTION, bare_model
from entity_kit.verify.models import all_ancestors
from entity_kit.verify.plan import record
from entity_kit.verify.preparation import (
    fetch_sources,
    find_sources,
    load_seeds,
    prepare_template,
    show_files,
)
from entity_kit.verify.prepared import measure_sources

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from entity_kit.arrivals.model import Model
    from entity_kit.arrivals.schedules import RecordedWorld
    from entity_kit.arrivals.sources import Source
    from entity_kit.dbt_bridge.project import Manifest, Runner
    from entity_kit.dbt_bridge.sharing import Shareable
    from entity_kit.verify.deploy.changes import Changes, Version
    from entity_kit.verify.session import Session
    from entity_kit.warehouse import Relation

_OLD = "_old"


@dataclass(frozen=True, slots=True)
class Side:
    """One version as it is replayed: its models, its sources, and what it always shows."""

    models: tuple[Model, ...]
    sources: tuple[Source, ...]
    always: Mapping[Relation, str]


@dataclass(frozen=True, slots=True)
class Prepared:
    """Both versions over one world, merged after each of the steps in `merges`."""

    world: RecordedWorld
    old: Side
    new: Side
    merges: tuple[int, ...]
    shareable: Mapping[str, Shareable]


def prepare(
    session: Session,
    old: Version,
    old_runner: Runner,
    new: Version,
    changes: Changes,
    models: Sequence[Model],
    at: int | None,
) -> Prepared:
    """Set up the template of the scratch warehouses, read the sources, and place the steps."""
    needed = all_ancestors(new.manifest, [model.unique_id for model in models])
    old_ids = sorted(
        changes.before[u] for u in needed if u.startswith("model.") and u in changes.before
    )
    old_needed = ancestors(old.manifest, old_ids)
    both = _merged(old.manifest, new.manifest)
    arriving = needed | _old_sources(old.manifest, new.manifest, old_needed)
    prepare_template(session, both, needed | old_needed)
    views, old_views = _seeds(session, old, old_runner, new, changes, (needed, old_needed))
    if views:
        session.scratch.show(views)
    show_files(session, both, arriving)
    session.progress.run("reading the sources")
    fetch_sources(session, both, arriving)
    with session.scratch.originals() as connection:
        sources = find_sources(session, connection, both, arriving)
        measured = measure_sources(session, connection, sources, models)
    world = record(session, sources, measured, idle=names_clock(new.manifest, needed))
    old_sources = [
        replace(source, origin=str(session.scratch.seed_origin(source.relation, _OLD)))
        if source.unique_id.startswith("seed.") and source.relation in old_views
        else source
        for source in sources
    ]
    return Prepared(
        world,
        Side(tuple(bare_model(old.manifest, u) for u in old_ids), tuple(old_sources), old_views),
        Side(tuple(models), tuple(sources), views if old_views else {}),
        _merges(len(world.instants), at),
        shareable(new.manifest, needed),
    )


def _merged(old: Manifest, new: Manifest) -> Manifest:
    """Return a manifest with the nodes of both versions; a new one goes before an old one."""
    named = {name: {**old[name], **new[name]} for name in ("nodes", "sources", "macros")}
    return {**new, **named}


def _old_sources(old: Manifest, new: Manifest, needed: set[str]) -> set[str]:
    """Return the sources that only the old version has a name for."""
    known = {relation_of(node) for node in new["sources"].values()}
    return {
        u
        for u in needed
        if u in old["sources"]
        and u not in new["sources"]
        and relation_of(old["sources"][u]) not in known
    }


def _seeds(
    session: Session,
    old: Version,
    old_runner: Runner,
    new: Version,
    changes: Changes,
    needed: tuple[set[str], set[str]],
) -> tuple[dict[Relation, str], dict[Relation, str]]:
    """Load the seeds of both versions, and return the views of each; once if they are the same."""
    views = load_seeds(session, session.runner, new.manifest, needed[0])
    stayed = {changes.before.get(u) for u in needed[0] if u not in changes.own}
    if all(u in stayed for u in needed[1] if u.startswith("seed.")):
        return views, {}
    return views, load_seeds(session, old_runner, old.manifest, needed[1], _OLD)


def _merges(last: int, at: int | None) -> tuple[int, ...]:
    """Return the steps after which the code changes: the one that was asked for, or each."""
    if last < 2:
        raise EntityKitError(
            f"There is only one step, so no run comes after the merge ({OPTION}).",
            fix="Load rows at more times, or choose more steps with --steps.",
        )
    if at is None:
        return tuple(range(1, last))
    if not 1 <= at < last:
        raise EntityKitError(
            f"--deploy-at must be from 1 to {last - 1}; got {at}. There are {last} steps, and at "
            "least one must come after the merge.",
            fix="Choose one of them, or omit --deploy-at to try each.",
        )
    return (at,)
