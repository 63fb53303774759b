"""Add the findings of a search among random variations to each model's result."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from entity_kit.verify.plan import example_kinds
from entity_kit.verify.results import ModelResult, Verdict
from entity_kit.verify.search.search import Found, Search

if TYPE_CHECKING:
    from collections.abc import Sequence

    from entity_kit.arrivals.model import Model
    from entity_kit.arrivals.schedules import RecordedWorld
    from entity_kit.arrivals.sources import Arrivals, Source
    from entity_kit.replay.replay import Replay
    from entity_kit.verify.verdicts import Verdicts


def add_examples(
    verdicts: Verdicts,
    replay: Replay,
    world: RecordedWorld,
    sources: Sequence[Source],
    measured: Sequence[Arrivals],
    models: Sequence[Model],
    results: Sequence[ModelResult],
) -> tuple[ModelResult, ...]:
    """Search the models that agree, and shrink any difference to a case."""
    session = verdicts.session
    options = session.options
    looking = Search(
        replay, verdicts.laboratory, session.scratch, session.progress, sources, measured
    )
    searched = looking.run(
        [m for m, r in zip(models, results, strict=True) if _searchable(m, r)],
        _known(verdicts, models, results),
        world,
        example_kinds(sources, options.schedules),
        examples=options.examples,
        steps=len(world.instants),
        seed=options.seed,
    )
    session.notes += looking.notes
    return tuple(
        replace(r, schedules=(*r.schedules, searched[r.unique_id]))
        if r.unique_id in searched
        else r
        for r in results
    )


def _searchable(model: Model, result: ModelResult) -> bool:
    return not model.diverges and result.verdict in {Verdict.AGREES, Verdict.DIFFERS}


def _known(
    verdicts: Verdicts, models: Sequence[Model], results: Sequence[ModelResult]
) -> dict[str, Found]:
    """Return the first differing schedule of each model that differs."""
    found: dict[str, Found] = {}
    for model, result in zip(models, results, strict=True):
        for told in result.schedules:
            if told.verdict is not Verdict.DIFFERS or told.cause is None or told.failure:
                continue
            world, schedule = next(
                (plan.world, schedule)
                for plan in verdicts.plans
                for schedule in plan.schedules
                if schedule.name == told.schedule
            )
            outcome = verdicts.outcomes[told.schedule, model.unique_id]
            if model.unique_id not in found and outcome.facts is not None:
                found[model.unique_id] = Found(world, schedule, outcome, told.cause, told.schedule)
    return found
