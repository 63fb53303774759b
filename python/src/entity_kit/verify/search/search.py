"""Searches seeded variations of what may arrive, and shrinks what fails to a case.

A variation draws which deliveries happen at once, where the timeline is cut, and which runs are
missed or repeated. Every attempt is a replay like any other, only over fewer rows and runs.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from entity_kit.arrivals import case_rows, deliveries
from entity_kit.arrivals.case_rows import DrawnWorld
from entity_kit.arrivals.cases import Case
from entity_kit.arrivals.schedules import RecordedWorld, Schedule
from entity_kit.causes import Differing, Laboratory, diagnose
from entity_kit.causes.places import locate
from entity_kit.verify.results import ScheduleResult, Verdict
from entity_kit.verify.search.shrink import Candidate, Shrinker, SpentError
from entity_kit.warehouse import literal, quote, rows

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from entity_kit.arrivals.model import Model
    from entity_kit.arrivals.sources import Arrivals, Source
    from entity_kit.causes.cause import Cause
    from entity_kit.engines.duckdb import Scratch
    from entity_kit.replay.outcome import Facts, Outcome, Signature
    from entity_kit.replay.progress import Progress
    from entity_kit.replay.replay import Replay
    from entity_kit.verify.search.shrink import Unit
    from entity_kit.warehouse import Connection

MOST_RUNS = 400  # of dbt, to shrink one failure
MOST_UNITS = 50_000  # of a source, to choose from at a time
NAME = "examples"
_CASE = "entity_kit_case"


@dataclass(frozen=True, slots=True)
class Found:
    """A model that differs: in which world, under which schedule, and why."""

    world: RecordedWorld
    schedule: Schedule
    outcome: Outcome
    cause: Cause
    by: str


@dataclass(frozen=True, slots=True)
class Variation:
    """One example before its rows are drawn."""

    world: RecordedWorld
    runs: Mapping[int, int]
    kinds: tuple[str, ...]


def vary(
    recorded: RecordedWorld,
    measured: Sequence[Arrivals],
    kinds: Sequence[str],
    steps: int,
    seed: str,
) -> Variation:
    """Draw an example: at most `steps` steps at recorded times, runs, and some of the deliveries."""
    chance = random.Random(seed)  # noqa: S311  (nothing is secret here)
    last = recorded.instants[-1]
    moments = sorted({t for found in measured for t in found.instants if t < last})
    count = min(len(moments), chance.randint(1, max(steps - 1, 1)))
    instants = (*sorted(chance.sample(moments, count)), last)
    final = len(instants)
    runs = {state: chance.choice((1, 1, 1, 1, 2)) for state in range(1, final + 1)}
    for state in range(2, final):
        if chance.random() < 0.2:
            del runs[state]
    if chance.random() < 0.3:
        runs[0] = 1
    several = chance.randint(1, len(kinds)) if kinds else 0
    chosen = chance.sample(list(kinds), several)
    return Variation(
        replace(recorded, instants=instants), runs, tuple(k for k in kinds if k in chosen)
    )


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
        """Give what the search has to say of each model, by unique id.

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
        schedule = Schedule(_kind(variation.kinds), variation.runs)
        self._progress.run(f"example {number}: {', '.join(variation.kinds) or 'as recorded'}")
        outcomes = self._replay.run(world, [schedule], models)
        for model in models:
            outcome = outcomes[schedule.name, model.unique_id]
            if outcome.nondeterministic or outcome.facts is None:
                continue
            simpler, plan, seen = world, schedule, outcome
            for kind in variation.kinds if len(variation.kinds) > 1 else ():
                # One delivery alone, if that is enough to fail, says more.
                alone = self._alter(variation, (kind,), f"{schema}_{kind}", f"{seed}/{number}")
                named = Schedule(kind, variation.runs)
                tried = self._replay.run(alone, [named], [model])[kind, model.unique_id]
                if tried.facts is not None and not tried.nondeterministic:
                    simpler, plan, seen = alone, named, tried
                    break
            self._progress.run(f"finding out why {model.name} differs in example {number}")
            differing = Differing(model, simpler, plan, _facts(seen), frozenset(), {})
            cause = diagnose(self._laboratory, differing)
            cause = replace(cause, place=locate(model.text, model.path, cause.name, cause.about))
            by = f"example {number}: {plan.name}"
            self._shrink(model, Found(simpler, plan, seen, cause, by), seed, found)
        with self._scratch.overlays(deliveries.CATALOG) as connection:
            for name in (schema, *(f"{schema}_{kind}" for kind in variation.kinds)):
                rows(
                    connection,
                    f"drop schema if exists {quote(deliveries.CATALOG)}.{quote(name)} cascade",
                )

    def _alter(
        self, variation: Variation, kinds: Sequence[str], schema: str, seed: str
    ) -> RecordedWorld:
        if not kinds:
            return variation.world
        with self._scratch.overlays(deliveries.CATALOG) as connection:
            return deliveries.alter(
                connection, variation.world, self._sources, schema, seed, kinds=kinds
            )

    def _shrink(
        self, model: Model, what: Found, seed: int, found: dict[str, ScheduleResult]
    ) -> None:
        facts = _facts(what.outcome)
        last = facts.state
        sources = [s for s in self._sources if s.unique_id in model.ancestors]
        with self._scratch.overlays(deliveries.CATALOG) as connection:
            schema = f"{quote(deliveries.CATALOG)}.{quote(_CASE)}"
            rows(connection, f"drop schema if exists {schema} cascade")
            rows(connection, f"create schema {schema}")
            tables = {s.unique_id: f"{schema}.rows_{n}" for n, s in enumerate(sources)}
            units: list[Unit] = []
            for source in sources:
                count = case_rows.write_out(
                    connection, what.world, source, tables[source.unique_id], last, MOST_UNITS
                )
                units += [(source.unique_id, unit) for unit in range(1, count + 1)]
            guesses = _guesses(connection, model, facts, sources, tables, units)
        whole = DrawnWorld(what.world.instants, what.world.first, tables, {})
        attempts = _Attempts(self._replay, self._progress, model, whole, facts.signature, last)
        start = Candidate(
            {state: count for state, count in what.schedule.runs.items() if state <= last},
            tuple(units),
        )
        shrinker = Shrinker(start, attempts.fails)
        try:
            if attempts.fails(start):
                shrinker.shrink(guesses)
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

    def _refine(self, shrinker: Shrinker, attempts: _Attempts) -> None:
        """Go on with single rows, where so far they came and stayed away by the hundred."""
        world = attempts.world(shrinker.best)
        with self._scratch.overlays(deliveries.CATALOG) as connection:
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
        attempts: _Attempts,
        sources: Sequence[Source],
        seed: int,
    ) -> ScheduleResult:
        """Make a case of what is left, and replay it as it will be replayed from its file."""
        world = attempts.world(shrinker.best)
        runs = shrinker.best.runs
        steps = [state for state in sorted(runs) if state]
        with self._scratch.overlays(deliveries.CATALOG) as connection:
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
    """Replay a case as it stands in its file; compare after each step, or those of `compared`."""
    with scratch.overlays(deliveries.CATALOG) as connection:
        schema = f"{quote(deliveries.CATALOG)}.{quote(f'{_CASE}_replayed')}"
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


def _facts(outcome: Outcome) -> Facts:
    if outcome.facts is None:
        raise ValueError("only what differs has facts")
    return outcome.facts


def _kind(kinds: Sequence[str]) -> str:
    """Name a schedule by what happens in it, as causes are told by that name."""
    return kinds[0] if len(kinds) == 1 else deliveries.STORM if kinds else "arrival"


class _Attempts:
    """Replays candidates, only up to where the model differed, and counts the dbt runs."""

    def __init__(
        self,
        replay: Replay,
        progress: Progress,
        model: Model,
        whole: DrawnWorld,
        signature: Signature,
        last: int,
    ) -> None:
        self._replay = replay
        self._progress = progress
        self._model = model
        self._whole = whole
        self._signature = signature
        self._last = last
        self.runs = 0

    def world(self, candidate: Candidate) -> DrawnWorld:
        kept: dict[str, list[int]] = {name: [] for name in self._whole.tables}
        for name, unit in candidate.units:
            kept[name].append(unit)
        return replace(
            self._whole, kept={name: case_rows.ranges(units) for name, units in kept.items()}
        )

    def fails(self, candidate: Candidate) -> bool:
        """Tell whether the model still differs at the end, in no way in which it didn't before."""
        cost = sum(candidate.runs.values()) + 1
        if self.runs + cost > MOST_RUNS:
            raise SpentError
        self.runs += cost
        self._progress.run(
            f"shrinking {self._model.name}: {len(candidate.units):,} rows, "
            f"{len(candidate.runs)} steps"
        )
        schedule = Schedule("case", candidate.runs, compared=frozenset({self._last}))
        outcomes = self._replay.run(
            self.world(candidate), [schedule], [self._model], until=self._last, thorough=False
        )
        outcome = outcomes[schedule.name, self._model.unique_id]
        if outcome.failure is not None or not outcome.steps:
            return False
        step = outcome.steps[-1]
        if step.agrees or step.declared:
            return False
        # A table that never gets a row is another mistake.
        return self._signature.allows(step.comparison, empty=outcome.empty)


def _guesses(
    connection: Connection,
    model: Model,
    facts: Facts,
    sources: Sequence[Source],
    tables: Mapping[str, str],
    units: Sequence[Unit],
) -> list[list[Unit]]:
    """Give the rows that share the key of a differing row, by columns of the same name.

    With them goes the last row that each source delivers at each state, which sets watermarks.
    """
    guesses = []
    latest = {
        (source.unique_id, int(unit))
        for source in sources
        for (unit,) in rows(
            connection,
            f"select arg_max(entity_kit_unit, {source.loaded_at}) as unit from "
            f"{tables[source.unique_id]} group by entity_kit_from having unit is not null",
        )
    }
    for sample in facts.diff.sample[:3]:
        row = {name.casefold(): value for name, value in sample.row.items()}
        for named in (model.key, tuple(sample.row)):
            wanted: set[Unit] = set()
            hits = 0
            for source in sources:
                table = tables[source.unique_id]
                known = [str(found[0]) for found in rows(connection, f"describe {table}")]
                shared = [
                    name
                    for name in known
                    if name.casefold() in {each.casefold() for each in named}
                    and name not in {source.loaded_column, source.event_column}
                    and row.get(name.casefold()) is not None
                ]
                same = " and ".join(
                    f"cast({quote(name)} as varchar) = {literal(str(row[name.casefold()]))}"
                    for name in shared
                )
                hits += bool(shared)
                found = rows(
                    connection,
                    f"select distinct entity_kit_unit from {table} where {same or 'true'}",
                )
                wanted |= {(source.unique_id, int(unit)) for (unit,) in found}
            guesses += [
                [unit for unit in units if unit in guess]
                for guess in ((wanted, wanted | latest) if hits else ())
                if 0 < len(guess) < len(units)
            ]
    return guesses
