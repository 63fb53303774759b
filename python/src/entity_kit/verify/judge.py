"""Judge a model from its replays, and find the cause of each difference."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from entity_kit.arrivals import deliveries, trials
from entity_kit.arrivals import schedules as plans
from entity_kit.causes import Differing, Laboratory, diagnose, run_stamp
from entity_kit.causes.cause import Cause, Place
from entity_kit.causes.metric import of_metrics
from entity_kit.causes.places import locate
from entity_kit.verify.evidence import find_evidence
from entity_kit.verify.results import ModelResult, ScheduleResult, Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from entity_kit.arrivals.model import Model
    from entity_kit.replay.outcome import Facts, Outcome, Signature
    from entity_kit.replay.progress import Progress

_KILLED = (
    "If no run is killed, the model agrees: a killed run left partial work that later runs neither "
    "detect nor repair. Let each run find out from the tables what is left to do."
)


@dataclass(frozen=True, slots=True)
class Replayed:
    """What happened to a model under one schedule."""

    world: plans.RecordedWorld
    schedule: plans.Schedule
    outcome: Outcome


@dataclass(slots=True)
class Judge:
    """Find the causes of one model's differences; `above` are the models that it is built from.

    Two schedules that show the same kinds of difference share a cause: it is looked for once.
    """

    laboratory: Laboratory
    progress: Progress
    model: Model
    above: Sequence[tuple[Model, ModelResult]]
    agreeing: frozenset[str] = frozenset()
    notes: list[str] = field(default_factory=list)
    _causes: dict[str, Cause] = field(default_factory=dict)
    _told: dict[tuple[Signature, tuple[str, ...]], Cause] = field(default_factory=dict)
    _stamps: dict[tuple[str, ...], tuple[str, ...]] = field(default_factory=dict)

    def results(self, replayed: Mapping[str, Replayed]) -> tuple[ScheduleResult, ...]:
        """Return the result of each schedule, with its cause if it differs."""
        results = {name: self._judged(each, each.outcome) for name, each in replayed.items()}
        self.agreeing = frozenset(n for n, r in results.items() if r.verdict is Verdict.AGREES)
        try:
            return tuple(self._result(results[name], each) for name, each in replayed.items())
        finally:
            self.laboratory.close()

    def _result(self, result: ScheduleResult, each: Replayed) -> ScheduleResult:
        drawn = each.outcome.drawn_by_run if each.outcome.drawn_is_sure else ()
        if drawn and result.verdict is Verdict.NONDETERMINISTIC:
            return replace(
                result,
                cause=self._placed(run_stamp.drawn(self.model, drawn, pasted=each.outcome.pasted)),
            )
        if result.only_metrics and result.divergence is not None:
            return replace(result, cause=self._placed(of_metrics(result.divergence)))
        if result.verdict is not Verdict.DIFFERS or each.outcome.facts is None:
            return result
        differing = self._differing(each, self.model, each.outcome.facts)
        if self._needs_kills(differing):
            return replace(result, cause=self._placed(Cause("unknown", _KILLED)))
        without = each.outcome.without
        left_out: tuple[str, ...] = ()
        if without is not None and without.facts is not None:
            # More than these columns differs, so they aren't reported by themselves.
            left_out = self._stamped(differing)
            if set(left_out) == set(each.outcome.constants):
                result = self._judged(each, without)
                model = replace(self.model, ignore=(*self.model.ignore, *left_out))
                differing = self._differing(each, model, without.facts)
                self._note_stamps(left_out)
        cause = self._cause(differing, left_out)
        behind = () if cause.inherited_from else find_evidence(self.laboratory, differing)
        return replace(result, cause=cause, key=differing.facts.diff.key, behind=behind)

    def _judged(self, each: Replayed, outcome: Outcome) -> ScheduleResult:
        """Return an outcome as a result, without its cause."""
        schedule = each.schedule
        delivery = schedule.name in deliveries.NAMES
        altered = trials.count_altered(each.world, self.model.ancestors) if delivery else None
        return ScheduleResult(
            schedule=schedule.name,
            altered=altered,
            untried=trials.why_untried(schedule, altered),
            steps=tuple(outcome.steps),
            failure=outcome.failure,
            nondeterministic=outcome.nondeterministic,
            reordered=outcome.reordered,
            sample=outcome.sample,
            rounding=outcome.rounding,
            kept=each.outcome.kept,
        )

    def _differing(self, each: Replayed, model: Model, facts: Facts) -> Differing:
        name = each.schedule.name
        if each.outcome.apart:
            model = replace(model, ignore=(*model.ignore, *each.outcome.apart))
        parents = _differing_parents(self.above, name, facts.state)
        return Differing(
            model, each.world, each.schedule, facts, self.agreeing, self._causes, parents
        )

    def _stamped(self, differing: Differing) -> tuple[str, ...]:
        """Return which of the columns with one value in all rows depend on the run; computed once."""
        asked = differing.facts.constants
        if asked not in self._stamps:
            self._stamps[asked] = run_stamp.stamped(self.laboratory, differing)
        return self._stamps[asked]

    def _note_stamps(self, columns: tuple[str, ...]) -> None:
        note = run_stamp.note(columns)
        if note not in self.notes:
            self.notes.append(note)

    def _cause(self, differing: Differing, left_out: tuple[str, ...]) -> Cause:
        name = differing.schedule.name
        own_story = name in deliveries.NAMES and "arrival" in self.agreeing
        kind = (differing.facts.signature, left_out)
        if not own_story and kind in self._told:
            cause = self._told[kind]
        else:
            self.progress.run(f"diagnosing {self.model.name} under {name}")
            cause = self._placed(diagnose(self.laboratory, differing))
            self.progress.done()
        self._causes[name] = cause
        if not own_story:
            self._told[kind] = cause
        return cause

    def _placed(self, cause: Cause) -> Cause:
        text, path = self.model.text, self.model.path
        if cause.inherited_from:
            return replace(cause, place=Place(path))  # no line of its own is to blame
        return replace(cause, place=locate(text, path, cause.name, cause.about))

    def _needs_kills(self, differing: Differing) -> bool:
        """Return whether a model that differs under `crash` agrees if no run is killed."""
        if differing.schedule.name != plans.CRASH:
            return False
        return self.laboratory.agrees_in(differing.world, differing)


def _differing_parents(
    above: Sequence[tuple[Model, ModelResult]], schedule: str, state: int
) -> tuple[tuple[Model, Cause | None], ...]:
    """Return the upstream models that already differ under a schedule, the topmost first."""
    return tuple(
        (parent, own.cause)
        for parent, result in sorted(above, key=lambda each: len(each[0].ancestors))
        for own in result.schedules
        if own.schedule == schedule
        and not own.only_metrics
        and own.divergence
        and own.divergence.number <= state
    )
