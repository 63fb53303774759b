"""Judge the models at the last step of a replay, while all of its warehouses are there."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from entity_kit.compare.relations import compare
from entity_kit.dbt_bridge.project import RunResult
from entity_kit.replay.failures import failure
from entity_kit.replay.runs import Ran
from entity_kit.replay.tables import model_key, side_of
from entity_kit.verify.deploy.forms import Compiled, same_form
from entity_kit.verify.deploy.mending import Mender
from entity_kit.verify.deploy.merging import merge_of
from entity_kit.verify.deploy.results import DeployedModel, Merge, Verdict
from entity_kit.verify.deploy.telling import reason
from entity_kit.verify.deploy.wrong import describe
from entity_kit.warehouse import Relation

if TYPE_CHECKING:
    from collections.abc import Mapping

    from entity_kit.arrivals.model import Model
    from entity_kit.compare.difference import Diff
    from entity_kit.replay.outcome import Outcome
    from entity_kit.replay.replay import Replay
    from entity_kit.replay.runs import Runs
    from entity_kit.verify.deploy.changes import Changes, Version
    from entity_kit.verify.deploy.merging import Before
    from entity_kit.verify.deploy.preparation import Prepared
    from entity_kit.verify.session import Session

_SAMPLE = 5
_TABLES = {"incremental", "table"}


@dataclass(frozen=True, slots=True)
class Findings:
    """The judged models, and those that can't be judged, each with the reason."""

    models: tuple[DeployedModel, ...] = ()
    left_out: tuple[tuple[str, str], ...] = ()


class Ending:
    """Judges the models of one replay; `findings` are there once the replay has ended."""

    def __init__(
        self,
        session: Session,
        ready: Prepared,
        replay: Replay,
        old: Runs,
        before: Before,
        versions: tuple[Version, Version],
        changes: Changes,
    ) -> None:
        self._session = session
        self._ready = ready
        self._replay = replay
        self._comparer = replay.comparer
        self._old = old
        self._before = before
        self._versions = versions
        self._changes = changes
        self.findings = Findings()

    def judge(
        self, outcomes: Mapping[tuple[str, str], Outcome], lanes: Mapping[str, Ran], refreshed: Ran
    ) -> None:
        """Judge all models, with the warehouses in which the merges ended (`lanes`)."""
        last = len(self._ready.world.instants)
        self._before.advance(last)
        old = self._refresh_old(last)
        latest = lanes[max(lanes, key=merge_of)]
        both = (
            Compiled(self._versions[0], old.result, self._before.result),
            Compiled(self._versions[1], refreshed.result, latest.result),
        )
        found, left_out, fair = [], [], []
        for model in self._ready.new.models:
            own = {merge_of(s): each for (s, u), each in outcomes.items() if u == model.unique_id}
            if any(each.unfair for each in own.values()):
                names = {name for each in own.values() for name in each.nondeterministic}
                why = f"two full refreshes of the same rows differ in {', '.join(sorted(names))}"
                left_out.append((model.name, why))
                continue
            judged = self._judge(model, own, both, (old, refreshed))
            fair.append(replace(model, ignore=(*model.ignore, *model.diverges, *_apart(own))))
            if judged.verdict is Verdict.NEEDS:
                judged = self._wrong(fair[-1], judged, lanes, refreshed)
            found.append(judged)
        mender = Mender(self._session, self._ready, self._replay, self._versions[1])
        mended = mender.mend(fair, found, lanes, refreshed)
        self.findings = Findings(mended, tuple(left_out))

    def _refresh_old(self, last: int) -> Ran:
        """Build everything with the old code, or nothing where the old code has none of the models."""
        name, models = "full_refresh_old", self._ready.old.models
        if not models:
            return Ran(self._session.scratch.create(name), RunResult({}, 0.0))
        return self._old.refresh(self._ready.world, last, models, name)

    def _judge(
        self,
        model: Model,
        own: Mapping[int, Outcome],
        both: tuple[Compiled, Compiled],
        refreshed: tuple[Ran, Ran],
    ) -> DeployedModel:
        dialect = self._session.scratch.dialect
        apart = _apart(own)
        same = same_form(*both, self._changes, model.ancestors, dialect)
        why = reason(self._versions[1], self._changes, model)
        return DeployedModel(
            model.name,
            model.unique_id,
            model.path,
            why="what dbt compiles differs only in form" if same else why,
            same_form=same,
            merges=tuple(
                Merge(at, tuple(outcome.steps), outcome.failure) for at, outcome in own.items()
            ),
            numbers=self._numbers(replace(model, ignore=(*model.ignore, *apart)), *refreshed),
            notes=tuple(self._notes(model, apart)),
        )

    def _notes(self, model: Model, apart: tuple[str, ...]) -> list[str]:
        notes = []
        before = self._changes.before.get(model.unique_id, "")
        if before in self._before.failures:
            step, message = self._before.failures[before]
            notes.append(f"the old code fails at step {step}: {' '.join(message.split())}")
        if apart:
            notes.append(
                f"two full refreshes of the same rows differ in {', '.join(apart)}, which is left out."
            )
        return notes

    def _numbers(self, model: Model, old: Ran, new: Ran) -> Diff | None:
        """Compare the full refreshes of both versions; None where one of them has no table."""
        before = self._changes.before.get(model.unique_id, "")
        node = self._versions[0].nodes.get(before)
        if node is None or node["config"]["materialized"] not in _TABLES:
            return None
        was = next((each for each in self._ready.old.models if each.unique_id == before), None)
        if was is None or failure(0, was, "", old.result) or failure(0, model, "", new.result):
            return None
        with self._comparer.opened(
            [model], incremental=old.warehouse, full_refresh=new.warehouse
        ) as connection:
            relation = was.relation
            return compare(
                connection,
                Relation(f"incremental:{relation.database}", relation.schema, relation.name),
                side_of("full_refresh", model),
                key=model_key(connection, model, model.ignore),
                ignore=model.ignore,
                sample=_SAMPLE,
                tolerances=model.tolerances,
            )

    def _wrong(
        self,
        model: Model,
        judged: DeployedModel,
        lanes: Mapping[str, Ran],
        refreshed: Ran,
    ) -> DeployedModel:
        """Add what stays wrong after the merge that left most, in the end."""
        bad = [merge for merge in judged.telling if merge.verdict is Verdict.NEEDS]
        most = max(bad, key=lambda merge: (_size(merge), merge.at))
        lane = next(ran for name, ran in lanes.items() if merge_of(name) == most.at)
        node = self._versions[1].nodes[model.unique_id]
        with self._comparer.opened(
            [model], incremental=lane.warehouse, full_refresh=refreshed.warehouse
        ) as connection:
            wrong = describe(connection, self._comparer, model, node, most.at)
        return replace(judged, wrong=wrong)


def _apart(own: Mapping[int, Outcome]) -> tuple[str, ...]:
    """Return the columns that chance decides."""
    return tuple(dict.fromkeys(name for each in own.values() for name in each.apart))


def _size(merge: Merge) -> int:
    found = merge.steps[-1].comparison
    return found.changed + found.only_incremental + found.only_full_refresh
