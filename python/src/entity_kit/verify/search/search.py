"""Search seeded variations of what may arrive, and shrink what fails to a case.

A variation draws which deliveries happen at once, where the timeline is cut, and which runs are
missed or repeated. Every attempt is a replay like any other, only over fewer rows and runs.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from entity_kit.arrivals import case_rows, deliveries
from entity_kit.arrivals.case_rows import DrawnWorld
from entity_kit.arrivals.cases import Case
from entity_kit.arrivals.drawing import CATALOG
from entity_kit.arrivals.schedules import RecordedWorld, Schedule
from entity_kit.causes import Differing, Laboratory, diagnose
from entity_kit.causes.places import locate
from entity_kit.verify.results import ScheduleResult, Verdict
from entity_kit.verify.search.attempts import CASE, Attempts, facts_of, guesses, kind_of
from entity_kit.verify.search.shrink import Candidate, Shrinker
from entity_kit.verify.search.variation import Variation, vary
from entity_kit.warehouse import quote, rows

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from entity_kit.arrivals.model import Model
    from entity_kit.arrivals.sources import Arrivals, Source
    from entity_kit.causes.cause import Cause
    from entity_kit.engines.scratch import Scratch
    from entity_kit.replay.outcome import Outcome
    from entity_kit.replay.progress import Progress
    from entity_kit.replay.replay import Replay
    from entity_kit.verify.search.shrink import Unit

MOST_UNITS = 50_000  # of a source, to choose from at a time
NAME = "examples"


@dataclass(frozen=True, slots=True)
class Found:
    """A model that differs: in which world, under which schedule, and why."""

    world: RecordedWorld
    schedule: Schedule
    outcome: Outcome
    cause: Cause
    by: str


class Search:
    """One call of `verify --examples`."""

    def __init__(
        self,
        replay: Replay,
        laboratory: Laboratory,
        scratch: Scratch,
        progress: Progress,
        sources: Sequence[Source],
        measured: Sequence[Arrivals],
    ) -> None:
        self._replay = replay
        self._laboratory = laboratory
        self._scratch = scratch
        self._progress = progress
        self._sources = sources
        self._measured = measured
        self._searched: dict[str, ScheduleResult] = {}
        self.notes: list[str] = []

    def run(
        self,
        models: Sequence[Model],
        known: Mapping[str, Found],
        recorded: RecordedWorld,
        kinds: Sequence[str],
        *,
        examples: int,
        steps: int,
        seed: int,
    ) -> dict[str, ScheduleResult]:
        """Return the result of the search for each model, by unique id.

        What is `known` to differ is shrunk; the others are searched. Ctrl-C ends the search with
        what was found so far, and is an interruption where nothing was.
        """
        found: dict[str, ScheduleResult] = {}
        try:
            for model in models:
                if model.unique_id in known:
                    self._shrink(model, known[model.unique_id], seed, found)
            rest = [model for model in models if model.unique_id not in found]
            for number in range(1, examples + 1):
                rest = [model for model in rest if model.unique_id not in found]
                if not rest:
                    break
                variation = vary(recorded, self._measured, kinds, steps, f"{seed}/{number}")
                self._try(rest, variation, number, seed, found)
                for model in rest:
                    if model.unique_id not in found:
                        searched = ScheduleResult(NAME, (), examples=number)
                        self._searched[model.unique_id] = searched
        except KeyboardInterrupt:
            if not found:
                raise
            self._replay.settle()
            self.notes.append("The search was interrupted. This is what it found.")
        return {**self._searched, **found}

    def _try(
        self,
        models: Sequence[Model],
        variation: Variation,
        number: int,
        seed: int,
        found: dict[str, ScheduleResult],
    ) -> None:
        schema = f"example_{number}"
        world = self._alter(variation, variation.kinds, schema, f"{seed}/{number}")
        schedule = Schedule(kind_of(variation.kinds), variation.runs)
        self._progress.run(f"example {number}: {', '.join(variation.kinds) or 'as recorded'}")
        outcomes = self._replay.run(world, [schedule], models)
        for model in models:
            outcome = outcomes[schedule.name, model.unique_id]
            if outcome.nondeterministic or outcome.facts is None:
                continue
            simpler, plan, seen = world, schedule, outcome
            for kind in variation.kinds if len(variation.kinds) > 1 else ():
                # If one delivery alone is enough to fail, it says more.
                alone = self._alter(variation, (kind,), f"{schema}_{kind}", f"{seed}/{number}")
                named = Schedule(kind, variation.runs)
                tried = self._replay.run(alone, [named], [model])[kind, model.unique_id]
                if tried.facts is not None and not tried.nondeterministic:
                    simpler, plan, seen = alone, named, tried
                    break
            self._progress.run(f"diagnosing {model.name} in example {number}")
            differing = Differing(model, simpler, plan, facts_of(seen), frozenset(), {})
            try:
                cause = diagnose(self._laboratory, differing)
            finally:
                self._laboratory.close()
            cause = replace(cause, place=locate(model.text, model.path, cause.name, cause.about))
            by = f"example {number}: {plan.name}"
            self._shrink(model, Found(simpler, plan, seen, cause, by), seed, found)
        with self._scratch.overlays(CATALOG) as connection:
            for name in (schema, *(f"{schema}_{kind}" for kind in variation.kinds)):
                rows(
                    connection,
                    f"drop schema if exists {quote(CATALOG)}.{quote(name)} cascade",
                )

    def _alter(
        self, variation: Variation, kinds: Sequence[str], schema: str, seed: str
    ) -> RecordedWorld:
        if not kinds:
            return variation.world
        with self._scratch.overlays(CATALOG) as connection:
            return deliveries.alter(
                connection, variation.world, self._sources, schema, seed, kinds=kinds
            )

    def _shrink(
        self, model: Model, what: Found, seed: int, found: dict[str, ScheduleResult]
    ) -> None:
        facts = facts_of(what.outcome)
        last = facts.state
        sources = [s for s in self._sources if s.unique_id in model.ancestors]
        with self._scratch.overlays(CATALOG) as connection:
            schema = f"{quote(CATALOG)}.{quote(CASE)}"
            rows(connection, f"drop schema if exists {schema} cascade")
            rows(connection, f"create schema {schema}")
            tables = {s.unique_id: f"{schema}.rows_{n}" for n, s in enumerate(sources)}
            units: list[Unit] = []
            for source in sources:
                count = case_rows.write_out(
                    connection, what.world, source, tables[source.unique_id], last, MOST_UNITS
                )
                units += [(source.unique_id, unit) for unit in range(1, count + 1)]
            guessed = guesses(connection, model, facts, sources, tables, units)
        whole = DrawnWorld(what.world.instants, what.world.first, tables, {})
        attempts = Attempts(self._replay, self._progress, model, whole, facts.signature, last)
        start = Candidate(
            {state: count for state, count in what.schedule.runs.items() if state <= last},
            tuple(units),
        )
        shrinker = Shrinker(start, attempts.fails)
        try:
            if attempts.fails(start):
                shrinker.shrink(guessed)
                self._refine(shrinker, attempts)
            else:
                self.notes.append(
                    f"{model.name}: the failure under {what.by} couldn't be made smaller."
                )
        except KeyboardInterrupt:
            self._replay.settle()
            found[model.unique_id] = self._finish(model, what, shrinker, attempts, sources, seed)
            raise
        found[model.unique_id] = self._finish(model, what, shrinker, attempts, sources, seed)

    def _refine(self, shrinker: Shrinker, attempts: Attempts) -> None:
        """Continue with single rows, if so far they were kept or removed in groups."""
        world = attempts.world(shrinker.best)
        with self._scratch.overlays(CATALOG) as connection:
            counts = {u: case_rows.refine(connection, world, u) for u in world.tables}
        units = [(u, unit) for u, count in counts.items() for unit in range(1, count + 1)]
        finer = len(units) > len(shrinker.best.units)
        shrinker.best = replace(shrinker.best, units=tuple(units))
        if finer:
            shrinker.shrink()

    def _finish(
        self,
        model: Model,
        what: Found,
        shrinker: Shrinker,
        attempts: Attempts,
        sources: Sequence[Source],
        seed: int,
    ) -> ScheduleResult:
        """Turn what is left into a case, and replay it as it will be replayed from its file."""
        world = attempts.world(shrinker.best)
        runs = shrinker.best.runs
        steps = [state for state in sorted(runs) if state]
        with self._scratch.overlays(CATALOG) as connection:
            drawn = [case_rows.read_back(connection, world, source, runs) for source in sources]
        case = Case(
            model=model.name,
            unique_id=model.unique_id,
            clocks=tuple(world.clock(state) for state in steps),
            first=world.first,
            runs={
                **({0: runs[0]} if 0 in runs else {}),
                **{number: runs[state] for number, state in enumerate(steps, 1)},
            },
            tables=tuple(drawn),
            cause=what.cause.name,
            explanation=what.cause.explanation,
            found_by=what.by,
            seed=seed,
            tried=attempts.runs,
        )
        result = replay_case(self._replay, self._scratch, model, case, NAME)
        return replace(result, cause=what.cause if result.verdict is Verdict.DIFFERS else None)


def replay_case(
    replay: Replay,
    scratch: Scratch,
    model: Model,
    case: Case,
    name: str,
    compared: frozenset[int] | None = None,
) -> ScheduleResult:
    """Replay a case from its file, and compare after each step, or after those in `compared`."""
    with scratch.overlays(CATALOG) as connection:
        schema = f"{quote(CATALOG)}.{quote(f'{CASE}_replayed')}"
        world = case_rows.write_case(connection, case, schema)
    schedule = Schedule(name, case.runs, compared=compared)
    outcome = replay.run(world, [schedule], [model])[name, model.unique_id]
    return ScheduleResult(
        schedule=name,
        steps=tuple(outcome.steps),
        failure=outcome.failure,
        nondeterministic=outcome.nondeterministic,
        reordered=outcome.reordered,
        sample=outcome.sample,
        case=case,
    )
