"""Find the smallest command that mends the tables: each is tried, and held against a full refresh."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from entity_kit.dbt_bridge.nodes import selector
from entity_kit.replay.tables import side_of
from entity_kit.verify.deploy.backfills import Backfill, backfills
from entity_kit.verify.deploy.merging import merge_of
from entity_kit.verify.deploy.results import FULL_REFRESH, DeployedModel, Mend, Verdict
from entity_kit.warehouse import columns, fold, quote, rows

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from entity_kit.arrivals.model import Model
    from entity_kit.engines.scratch import Warehouse
    from entity_kit.replay.replay import Replay
    from entity_kit.replay.runs import Ran
    from entity_kit.verify.deploy.changes import Version
    from entity_kit.verify.deploy.preparation import Prepared
    from entity_kit.verify.session import Session

_BAD = {Verdict.NEEDS, Verdict.FAILS}
_NAME = "mended"


@dataclass(frozen=True, slots=True)
class Patient:
    """A model whose table needs mending, compared without what chance or a declaration excuses."""

    model: Model
    judged: DeployedModel

    @property
    def name(self) -> str:
        return self.model.name

    @property
    def unique_id(self) -> str:
        return self.model.unique_id


class Mender:
    """Tries commands in copies of the warehouses in which the merges ended (`lanes`)."""

    def __init__(self, session: Session, ready: Prepared, replay: Replay, new: Version) -> None:
        self._session = session
        self._replay = replay
        self._world = ready.world
        self._last = len(ready.world.instants)
        self._new = new
        self._lanes: dict[int, Warehouse] = {}
        # What is right once the roots are mended and the next run has been.
        self._well: set[str] = set()

    def mend(
        self,
        models: Sequence[Model],
        judged: Sequence[DeployedModel],
        lanes: Mapping[str, Ran],
        refreshed: Ran,
    ) -> tuple[DeployedModel, ...]:
        """Return the judged models with the command that mends each, where one was found."""
        by_id = {each.unique_id: each for each in judged if each.verdict in _BAD}
        patients = [Patient(m, by_id[m.unique_id]) for m in models if m.unique_id in by_id]
        if not patients:
            return tuple(judged)
        self._lanes = {merge_of(name): ran.warehouse for name, ran in lanes.items()}
        self._full_refresh = refreshed
        ids = set(by_id)
        roots = [p for p in patients if not ids & (p.model.ancestors - {p.unique_id})]
        small = {p.unique_id: found for p in roots if (found := self._backfill(p))}
        mends = {u: self._partial(by_id[u], each) for u, each in small.items()}
        whole = [p for p in roots if p.unique_id not in small]
        mends |= self._together(patients, roots, whole, small)
        self._heirs(patients, mends)
        return tuple(
            replace(each, mend=mends[each.unique_id]) if each.unique_id in mends else each
            for each in judged
        )

    def _backfill(self, patient: Patient) -> tuple[Backfill, float] | None:
        """Return the first backfill of a part of the table that mends a model, with that part."""
        wrong = patient.judged.wrong
        if wrong is None:
            return None
        node = self._new.nodes[patient.unique_id]
        clock = self._world.clock(self._last)
        for each in backfills(node, wrong, clock, self._session.project.variables):
            assert wrong.period is not None  # noqa: S101  (there is no backfill without one)
            share = self._share(patient.model, wrong.period[0], each)
            if share < 1:
                warehouse = self._copy(wrong.merge)
                self._run(warehouse, [patient], each.given)
                if self._agree(warehouse, [patient]):
                    return each, share
        return None

    def _partial(self, judged: DeployedModel, found: tuple[Backfill, float]) -> Mend:
        backfill, share = found
        return Mend(("dbt", "run", "--select", judged.name, *backfill.shown), share)

    def _together(
        self,
        patients: Sequence[Patient],
        roots: Sequence[Patient],
        whole: Sequence[Patient],
        small: Mapping[str, tuple[Backfill, float]],
    ) -> dict[str, Mend]:
        """Mend the roots, and let the next run do the rest; what that leaves is refreshed, too."""
        warehouse = self._copy(max(self._lanes))
        for patient in roots:
            if patient.unique_id in small:
                self._run(warehouse, [patient], small[patient.unique_id][0].given)
        if whole:
            self._run(warehouse, whole, (), full_refresh=True)
        self._replay.runs.run(
            self._world, self._last, warehouse, [p.model for p in patients], "the next run"
        )
        self._well = self._agree(warehouse, patients)
        left = [p for p in patients if p.unique_id not in self._well]
        right = set(self._well)
        if left:
            self._run(warehouse, left, (), full_refresh=True)
            right |= self._agree(warehouse, patients)
        tried = {p.unique_id for p in (*whole, *left)}
        refreshed = [p for p in patients if p.unique_id in tried & right]
        return {
            p.unique_id: Mend(
                (*FULL_REFRESH, *(q.name for q in refreshed if q.unique_id in p.model.ancestors)),
                1.0,
            )
            for p in refreshed
        }

    def _heirs(self, patients: Sequence[Patient], mends: dict[str, Mend]) -> None:
        """Add the models that the next run mends, because what they read is right by then."""
        for patient in patients:
            unique_id = patient.unique_id
            above = [u for u in mends if u in patient.model.ancestors]
            if unique_id in self._well and unique_id not in mends and above:
                mends[unique_id] = Mend(mends[above[0]].command, 0.0)

    def _copy(self, merge: int) -> Warehouse:
        return self._session.scratch.copy(self._lanes[merge], _NAME)

    def _run(
        self,
        warehouse: Warehouse,
        patients: Sequence[Patient],
        options: Sequence[str],
        *,
        full_refresh: bool = False,
    ) -> None:
        selectors = [selector(self._new.nodes[p.unique_id]) for p in patients]
        names = ", ".join(p.name for p in patients)
        self._replay.runs.select(
            self._world,
            self._last,
            warehouse,
            selectors,
            f"trying to mend {names}",
            full_refresh=full_refresh,
            options=options,
        )

    def _agree(self, warehouse: Warehouse, patients: Sequence[Patient]) -> set[str]:
        """Return the models whose table in a warehouse equals the full refresh."""
        comparer = self._replay.comparer
        models = [p.model for p in patients]
        with comparer.opened(
            models, incremental=warehouse, full_refresh=self._full_refresh.warehouse
        ) as connection:
            return {
                p.unique_id
                for p in patients
                if self._built(p)
                and columns(connection, side_of("incremental", p.model))
                and comparer.diff(connection, p.model, ignore=p.model.ignore, sample=0).agrees
            }

    def _built(self, patient: Patient) -> bool:
        node = self._full_refresh.result.nodes.get(patient.unique_id)
        return node is not None and node.ok

    def _share(self, model: Model, time: str, backfill: Backfill) -> float:
        """Return which part of the table's rows lies in the time that a backfill rebuilds."""
        relation = side_of("full_refresh", model)
        moments = [moment for moment in (backfill.start, backfill.end) if moment]
        with self._replay.comparer.opened(
            [model], full_refresh=self._full_refresh.warehouse
        ) as connection:
            kinds = {fold(name): kind for name, kind in columns(connection, relation)}
            zoned = kinds[fold(time)] == "TIMESTAMP WITH TIME ZONE"
            at = f"({quote(time)} at time zone 'UTC')" if zoned else f"{quote(time)}::timestamp"
            end = f" and {at} < ?::timestamp" if backfill.end else ""
            found = rows(
                connection,
                f"select count(*), count(*) filter (where {at} >= ?::timestamp{end}) "
                f"from {relation}",
                [f"{moment:%Y-%m-%d %H:%M:%S.%f}" for moment in moments],
            )[0]
        return found[1] / found[0] if found[0] else 1.0
