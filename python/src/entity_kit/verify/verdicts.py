"""The verdict on each model, from what its schedules' replays found."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from entity_kit.dbt_bridge.profiles import for_all_models, read_project_file
from entity_kit.verify.judge import Judge, Replayed
from entity_kit.verify.results import ModelResult
from entity_kit.warehouse import fold

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from entity_kit.arrivals.model import Model
    from entity_kit.causes import Laboratory
    from entity_kit.replay.outcome import Outcome
    from entity_kit.verify.plan import Plan
    from entity_kit.verify.session import Session

_IDLE = (
    "none of its sources declares when its rows arrive (loaded_at_field): every run read "
    "the same rows."
)


@dataclass(frozen=True, slots=True)
class Verdicts:
    """Judge models; `outcomes` are by schedule and model, `arriving` are the sources that take part."""

    session: Session
    laboratory: Laboratory
    plans: Sequence[Plan]
    outcomes: Mapping[tuple[str, str], Outcome]
    arriving: frozenset[str]

    def of(
        self, models: Sequence[Model], known: Sequence[tuple[Model, ModelResult]] = ()
    ) -> tuple[ModelResult, ...]:
        """Judge each model after those that it is built from, because it may inherit their difference.

        `known` are models that were judged before.
        """
        found = {model.unique_id: result for model, result in known}
        every = [*(model for model, _ in known), *models]

        def judge(model: Model) -> None:
            above = [
                (parent, found[parent.unique_id])
                for parent in every
                if parent.unique_id in model.ancestors and parent.unique_id in found
            ]
            found[model.unique_id] = self._result(model, above)

        self.laboratory.together.take_turns(
            {
                model.unique_id: partial(judge, model)
                for model in sorted(models, key=lambda each: len(each.ancestors))
            },
            {model.unique_id: model.ancestors - {model.unique_id} for model in models},
        )
        return tuple(found[model.unique_id] for model in models)

    def _result(self, model: Model, above: Sequence[tuple[Model, ModelResult]]) -> ModelResult:
        own = {
            schedule.name: Replayed(
                plan.world, schedule, self.outcomes[schedule.name, model.unique_id]
            )
            for plan in self.plans
            for schedule in plan.schedules
            if (schedule.name, model.unique_id) in self.outcomes
        }
        judge = Judge(self.laboratory, self.session.progress, model, above)
        results = judge.results(own)
        notes = [] if any(r.outcome.failure for r in own.values()) else self._unused(model, own)
        if not self.arriving & model.ancestors:
            notes.append(_IDLE)
        found = ModelResult(model.name, model.unique_id, results, (), model.path, model.text)
        return replace(found, notes=(*judge.notes, *notes, *map(str, found.rounding)))

    def _unused(self, model: Model, own: Mapping[str, Replayed]) -> list[str]:
        """Return the declared exceptions that weren't used."""
        excused = {name for each in own.values() for name in each.outcome.excused}
        # A setting for a whole folder needn't apply to each of its models.
        for_all = for_all_models(
            read_project_file(self.session.project.directory), "ignore_columns"
        )
        return [
            f"{declaration} {', '.join(unused)} but nothing {did} there. Remove the declaration."
            for declaration, names, did in (
                ("`diverges` is declared for", model.diverges, "diverged"),
                ("`ignore_columns` names", model.ignore, "differed"),
            )
            if (unused := [n for n in names if n not in excused and fold(n) not in for_all])
        ]
