"""Take results from earlier verifications, and keep those of this one."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from entity_kit.arrivals import schedules
from entity_kit.dbt_bridge import reading
from entity_kit.engines.scratch import Shown
from entity_kit.errors import EntityKitError
from entity_kit.verify.cache import ingredients
from entity_kit.verify.cache.entries import from_entry, run_notes, to_entry
from entity_kit.verify.cache.environment import (
    environment,
    knows_packages,
    list_project_files,
    project_files,
    variables_of,
    versions,
)
from entity_kit.verify.cache.store import PLACE, Store
from entity_kit.warehouse import QueryError
from entity_kit.wording import counted

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from entity_kit.arrivals.model import Model
    from entity_kit.arrivals.schedules import Schedule
    from entity_kit.dbt_bridge.project import Manifest
    from entity_kit.replay.totals import Totals
    from entity_kit.verify.prepared import Prepared
    from entity_kit.verify.results import ModelResult
    from entity_kit.verify.session import Session

_FORMAT = 1


def taken(results: Collection[ModelResult], of: int) -> str:
    """Say how many of the models were verified before, and when."""
    at = sorted({f"{result.verified_at:%Y-%m-%d %H:%M}" for result in results})
    when = f"at {at[0]}" if len(at) == 1 else f"between {at[0]} and {at[-1]}"
    one = len(results) == 1
    return (
        f"{len(results)} of {counted(of, 'model')} {'is' if one else 'are'} unchanged since "
        f"{'it was' if one else 'they were'} verified {when} UTC; "
        f"--no-cache verifies {'it' if one else 'them'} again."
    )


@dataclass(slots=True)
class Cache:
    """The kept results of a verification's models.

    `fingerprints` are by the ids of the models that may be kept, and `shown` is what they depend on
    of the warehouse. `known` has the kept results that still hold.
    """

    session: Session
    store: Store
    fingerprints: Mapping[str, str]
    shown: Shown
    known: dict[str, ModelResult] = field(default_factory=dict)

    def take(self, models: Sequence[Model], *, apart: bool) -> None:
        """Take the results that still hold: all or none, unless the models are `apart`."""
        found: dict[str, ModelResult] = {}
        told: list[str] = []
        for model in models:
            fingerprint = self.fingerprints.get(model.unique_id)
            entry = None if fingerprint is None else self.store.read(fingerprint)
            result = None if entry is None else from_entry(entry, model)
            if entry is not None and result is not None:
                found[model.unique_id] = result
                told += run_notes(entry)
        if not found or (len(found) < len(models) and not apart):
            return
        self.known = found
        for note in told:
            self.session.runner.notes.setdefault(note)
        self.session.notes.append(taken(found.values(), len(models)))

    def left(self, models: Sequence[Model]) -> list[Model]:
        """Return the models that must be verified."""
        return [model for model in models if model.unique_id not in self.known]

    def with_known(
        self, models: Sequence[Model], results: Sequence[ModelResult]
    ) -> tuple[ModelResult, ...]:
        """Return the results of this verification and the kept ones, in the order of the models."""
        found = {**self.known, **{result.unique_id: result for result in results}}
        return tuple(found[m.unique_id] for m in models if m.unique_id in found)

    def keep(self, results: Sequence[ModelResult], totals: Totals) -> None:
        """Keep the results of models that were verified to the end."""
        now = datetime.now(timezone.utc)
        entries = {
            self.fingerprints[each.unique_id]: entry
            for each in results
            if each.unique_id in self.fingerprints
            if (entry := to_entry(each, now, self.session.runner.notes)) is not None
        }
        if not entries or totals.failed_hooks or self._has_changed():
            return
        try:
            for fingerprint, entry in entries.items():
                self.store.write(fingerprint, entry)
            self.store.prune()
        except OSError as error:
            self.session.progress.found(
                f"Results aren't kept for the next verification: {'/'.join(PLACE)} can't be written "
                f"({error.strerror or error})."
            )

    def _has_changed(self) -> bool:
        """Return whether the warehouse or the variables changed since the project was parsed."""
        began = time.time() - (time.perf_counter() - self.session.started)
        files = list_project_files(self.session.options.project_dir)
        try:
            return any(file.stat().st_mtime >= began for file in files) or (
                _shown(self.session) != self.shown
            )
        except (OSError, EntityKitError):  # such as a lock of another process
            return True


def _shown(session: Session) -> Shown:
    """Return what the warehouse shows; what can't be read is an obstacle and no failure."""
    try:
        return session.scratch.shown()
    except QueryError as error:
        return Shown("", (), f"the warehouse can't be read: {str(error).splitlines()[0]}")


def open_cache(session: Session, manifest: Manifest, ready: Prepared) -> Cache | None:
    """Return the kept results that hold for these models, or None if none are kept at all."""
    if not _is_wanted(session):
        return None
    session.progress.run("looking for kept results")
    shown = _shown(session)
    if shown.obstacle:
        session.notes.append(f"Each verification runs every model, because {shown.obstacle}.")
        return None
    named, apart = fingerprints(session, manifest, ready, shown)
    made = Cache(session, Store(session.options.project_dir), named, shown)
    made.take(ready.models, apart=apart)
    return made


def fingerprints(
    session: Session, manifest: Manifest, ready: Prepared, shown: Shown
) -> tuple[dict[str, str], bool]:
    """Return the fingerprints of the models that may be kept, and whether each stands for itself.

    If not, each has the whole project in it.
    """
    models = ready.models
    files = project_files(session.options.project_dir)
    apart = reading.are_apart(
        manifest,
        _needed(ready),
        [model.unique_id for model in models],
        variables_of(files, session.options.variables),
    )
    common = ingredients.digest(_common(session, manifest, ready, shown, files))
    more = "" if apart else ingredients.digest(ingredients.whole(manifest, models))
    nodes = ingredients.nodes(manifest, _needed(ready))
    return {
        model.unique_id: ingredients.digest(
            [common, more, ingredients.own(nodes, model, _schedules(ready, model))]
        )
        for model in _known_of(session, manifest, ready, shown)
    }, apart


def _is_wanted(session: Session) -> bool:
    """Return whether results are to be kept, of a kind that can be."""
    options = session.options
    if not options.cache or options.keep is not None or options.examples or options.cases:
        return False
    if not knows_packages(options.project_dir):
        return False
    # What another executable runs isn't known, nor what had been done when a run was killed.
    return session.runner.executable is None and schedules.CRASH not in (options.schedules or ())


def _known_of(session: Session, manifest: Manifest, ready: Prepared, shown: Shown) -> list[Model]:
    """Return the models of which it is known what they read; note the others."""
    for_all = (*reading.common_texts(manifest), *shown.code)
    always = next(filter(None, map(reading.unknown_in, for_all)), "")
    unknown = reading.unknown(manifest, _needed(ready))
    why = {
        model.unique_id: always
        or next((unknown[u] for u in model.ancestors | model.definitions if u in unknown), "")
        for model in ready.models
    }
    named = [f"{m.name} ({why[m.unique_id]})" for m in ready.models if why[m.unique_id]]
    if named:
        session.notes.append(
            "Verified each time, because not all that they read is known: " + ", ".join(named) + "."
        )
    return [model for model in ready.models if not why[model.unique_id]]


def _needed(ready: Prepared) -> frozenset[str]:
    return frozenset().union(*(model.ancestors | model.definitions for model in ready.models))


def _schedules(ready: Prepared, model: Model) -> list[Schedule]:
    return [s for plan in ready.plans if plan.concerns(model) for s in plan.schedules]


def _common(
    session: Session, manifest: Manifest, ready: Prepared, shown: Shown, files: Mapping[str, str]
) -> dict[str, Any]:
    """Return what the results of all models depend on."""
    macros = {u: macro["macro_sql"] for u, macro in manifest["macros"].items()}
    codes = (node.get("raw_code") or "" for node in manifest["nodes"].values())
    target = session.target
    return {
        "format": _FORMAT,
        "versions": versions(),
        "options": ingredients.options_that_bear(session.options),
        "target": [target.profile, target.name, target.output],
        "files": files,
        "environment": environment((*macros.values(), *codes, *files.values())),
        "macros": macros,
        "warehouse": shown.digest,
        "steps": [ready.world.instants, ready.world.zones, session.scratch.time_zone],
    }
