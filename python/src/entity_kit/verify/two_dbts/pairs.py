"""What two dbts made of each model, under each of its schedules, with the cause where they part."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from entity_kit.verify.two_dbts.batches import batches_text
from entity_kit.verify.two_dbts.causes import Parted, tell
from entity_kit.verify.two_dbts.results import (
    EMPTY,
    EMPTY_RUN,
    FULL_REFRESH,
    INCREMENTAL,
    PairedSchedule,
    PairedSide,
    Pairing,
)
from entity_kit.verify.two_dbts.strategies import strategy_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from entity_kit.arrivals.model import Model
    from entity_kit.arrivals.schedules import Schedule
    from entity_kit.verify.plan import Plan
    from entity_kit.verify.two_dbts.beside import Both, Lane
    from entity_kit.verify.two_dbts.opened import Opened

Found = dict[tuple["Lane", str], "Both"]
# The models that a model reads, with what the two made of them.
Above = Sequence[tuple["Model", tuple[PairedSchedule, ...]]]


@dataclass(frozen=True, slots=True)
class Pairs:
    """Pairs up what both dbts did; `found` is what was compared under each plan, in their order.

    `empty` is what was compared after runs that were told to read no rows.
    """

    opened: tuple[Opened, Opened]
    found: Sequence[Found]
    empty: Found

    def of(self, models: Sequence[Model]) -> dict[str, tuple[PairedSchedule, ...]]:
        """Return the schedules of each model, by unique id; what a model reads comes before it."""
        done: dict[str, tuple[PairedSchedule, ...]] = {}
        for model in sorted(models, key=lambda each: len(each.ancestors)):
            above = [(each, done[each.unique_id]) for each in models if each.unique_id in done]
            read = [(parent, own) for parent, own in above if parent.unique_id in model.ancestors]
            done[model.unique_id] = tuple(
                self._paired(model, schedule, found, read)
                for plan, found in zip(self._plans, self.found, strict=False)
                for schedule in plan.schedules
                if ((INCREMENTAL, schedule.name), model.unique_id) in found
            )
            side = self._emptied(model, read)
            if side is not None:
                done[model.unique_id] += (PairedSchedule(EMPTY, (side,)),)
        return done

    def _emptied(self, model: Model, above: Above) -> PairedSide | None:
        """Return what both built of no rows; None where neither could, which some projects can't."""
        both = self.empty.get(((EMPTY_RUN, EMPTY), model.unique_id))
        if both is None or None not in both.failures:
            return None
        return self._side(model, EMPTY, (EMPTY_RUN, EMPTY), both, above)

    @property
    def _plans(self) -> Sequence[Plan]:
        return self.opened[0].ready.plans

    def _paired(
        self,
        model: Model,
        schedule: Schedule,
        found: Found,
        above: Above,
    ) -> PairedSchedule:
        # The refreshes of a plan serve all its schedules: each tells of the states that it compares.
        lanes = [(FULL_REFRESH, ""), (INCREMENTAL, schedule.name)]
        sides = tuple(
            self._side(model, schedule.name, lane, both, above)
            for lane in lanes
            if (both := found.get((lane, model.unique_id))) is not None
        )
        return PairedSchedule(schedule.name, sides)

    def _side(
        self,
        model: Model,
        schedule: str,
        lane: Lane,
        both: Both,
        above: Above,
    ) -> PairedSide:
        outcome = both.outcome
        side = PairedSide(
            side=lane[0],
            steps=tuple(outcome.steps),
            failures=both.failures,
            nondeterministic=outcome.nondeterministic,
            unfair=outcome.unfair,
            sample=outcome.sample,
            rounding=outcome.rounding,
            kept=outcome.kept,
        )
        if side.parts_at is None or both.nodes is None:
            return side
        configs = [each.manifest["nodes"][model.unique_id]["config"] for each in self.opened]
        parents = _parting(above, schedule, side)
        dialect = self.opened[0].session.scratch.dialect
        batches = [
            batches_text(each.session.runner.own_batches, config, lane[0] == INCREMENTAL)
            for each, config in zip(self.opened, configs, strict=True)
        ]
        strategies = [
            strategy_of(each.manifest, config)
            for each, config in zip(self.opened, configs, strict=True)
        ]
        parted = Parted(
            model,
            side,
            both.nodes,
            (configs[0], configs[1]),
            parents,
            (batches[0], batches[1]),
            (strategies[0], strategies[1]),
            dialect,
        )
        cause, sql = tell(parted, (self.opened[0].dbt, self.opened[1].dbt))
        return replace(side, cause=cause, sql=sql)


def _parting(above: Above, schedule: str, side: PairedSide) -> list[tuple[str, bool]]:
    """Return the upstream models that part by then, and whether each does so by itself."""
    step = side.parts_at or 0
    return [
        (parent.name, not (own.cause and own.cause.inherited_from))
        for parent, schedules in sorted(above, key=lambda each: len(each[0].ancestors))
        for paired in schedules
        if paired.schedule == schedule
        for own in paired.sides
        if own.side == side.side and own.parts_at is not None and own.parts_at <= step
    ]


def same_everywhere(pairs: Mapping[str, tuple[PairedSchedule, ...]], model: Model) -> bool:
    """Return whether two dbts built the same rows of a model on both sides of every schedule."""
    return all(
        each.verdict is Pairing.SAME for each in pairs[model.unique_id] if each.schedule != EMPTY
    )
