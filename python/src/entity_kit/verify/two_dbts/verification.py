"""Run a project under two dbts at every step of every schedule, and compare what they build."""

from __future__ import annotations

import shutil
import time
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from entity_kit.arrivals import trials
from entity_kit.arrivals.schedules import CRASH
from entity_kit.causes import Laboratory
from entity_kit.errors import EntityKitError
from entity_kit.replay.keeping import keep, require_folder
from entity_kit.replay.outcome import Outcome
from entity_kit.replay.replay import Replay
from entity_kit.replay.together import Together
from entity_kit.replay.totals import Totals
from entity_kit.verify.plan import count_runs
from entity_kit.verify.prepared import listing_of
from entity_kit.verify.results import Timing
from entity_kit.verify.summary import outside_notes
from entity_kit.verify.two_dbts.beside import Beside
from entity_kit.verify.two_dbts.opened import open_both
from entity_kit.verify.two_dbts.pairs import Found, Pairs, same_everywhere
from entity_kit.verify.two_dbts.results import EMPTY, EMPTY_RUN, PairedModel, TwoDbts
from entity_kit.verify.verdicts import Verdicts

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from entity_kit.arrivals.model import Model
    from entity_kit.replay.comparer import Held
    from entity_kit.replay.progress import Progress
    from entity_kit.replay.replay import Difference
    from entity_kit.verify.listing import Listing
    from entity_kit.verify.options import VerifyOptions
    from entity_kit.verify.two_dbts.beside import Lane
    from entity_kit.verify.two_dbts.opened import Opened
    from entity_kit.verify.two_dbts.results import PairedSchedule

Outcomes = dict[tuple[str, str], Outcome]


def run_against(
    options: VerifyOptions, progress: Progress | None = None, started: float | None = None
) -> TwoDbts:
    """Compare the dbt of these options with the one that they name in `against`."""
    return run_both(_both(options), progress, started)


def list_against(options: VerifyOptions, progress: Progress | None = None) -> Listing:
    """Return what `run_against` would replay, and count the runs of both."""
    with open_both(_both(options), progress) as opened:
        listings = [listing_of(each.session, each.ready) for each in opened]
        return replace(
            listings[0],
            runs=sum(listing.runs + 1 for listing in listings),
            notes=_notes(opened, (Totals(), Totals())),
        )


def _both(options: VerifyOptions) -> tuple[VerifyOptions, VerifyOptions]:
    """Return the options for each of the two dbts."""
    _refuse(options)
    own = replace(options, against=None, lateness=False)
    return own, replace(own, dbt=options.against)


def run_both(
    both: tuple[VerifyOptions, VerifyOptions],
    progress: Progress | None = None,
    started: float | None = None,
) -> TwoDbts:
    """Compare two ways to run one project; their options differ in how dbt is run."""
    begun = time.perf_counter() if started is None else started
    if both[0].keep is not None:
        require_folder(both[0].keep)
    with open_both(both, progress, begun) as opened:
        ours, theirs = opened
        with _replay_of(ours) as first, _replay_of(theirs) as second:
            comparing = _Comparing(opened, (first, second))
            ours.session.progress.plan(sum(count_runs(one.ready.plans) + 1 for one in opened))
            comparing.replay()
            models = comparing.results()
            each = (first.totals, second.totals)
            totals = each[0] + each[1]
        return TwoDbts(
            dbts=(ours.dbt, theirs.dbt),
            models=models,
            seed=ours.session.options.seed,
            steps=tuple(ours.ready.world.instants),
            timing=Timing(
                total_s=time.perf_counter() - begun,
                dbt_s=ours.session.dbt_s + theirs.session.dbt_s + totals.dbt_s,
                compare_s=totals.compare_s,
            ),
            notes=_notes(opened, each),
            left_out=tuple(dict.fromkeys((*ours.session.left_out, *theirs.session.left_out))),
        )


def _refuse(options: VerifyOptions) -> None:
    """Refuse what compares nothing, or can't be the same twice."""
    for given, option, why in (
        (options.examples, "--examples", "it looks for differences within one dbt"),
        (options.cases, "--replay", "it replays cases of one dbt"),
    ):
        if given:
            raise EntityKitError(
                f"{option} can't be combined with --against-dbt: {why}.", fix="Omit one of them."
            )
    found = [shutil.which(str(each)) for each in (options.dbt, options.against)]
    if found[0] is not None and found[0] == found[1]:
        raise EntityKitError(
            f"--dbt and --against-dbt name the same executable: {found[0]}.",
            fix="Name another one with --against-dbt.",
        )
    if CRASH in (options.schedules or ()):
        raise EntityKitError(
            f"The schedule `{CRASH}` can't be compared between two dbts: it kills runs at moments "
            "that depend on how fast each of them is.",
            fix=f"Omit {CRASH}, or --against-dbt.",
        )


def _replay_of(each: Opened) -> Replay:
    session, ready = each.session, each.ready
    return Replay(session.scratch, session.runner, ready.sources, session.progress, ready.shareable)


class _Comparing:
    """Replays a project under both dbts, state by state, and judges each model."""

    def __init__(self, opened: tuple[Opened, Opened], replays: tuple[Replay, Replay]) -> None:
        self._opened = opened
        self._replays = replays
        self._options = opened[0].session.options
        self._beside: list[Beside] = []
        self._empty: Found = {}
        self._outcomes: tuple[Outcomes, Outcomes] = ({}, {})

    @property
    def _found_any(self) -> bool:
        """Whether the dbts part, or one of them differs from its own full refresh."""
        return any(each.parts for each in self._beside) or any(
            outcome.differs for each in self._outcomes for outcome in each.values()
        )

    def replay(self) -> None:
        """Replay every plan, and compare what both built at each state before it is dropped."""
        for plans in zip(*(each.ready.plans for each in self._opened), strict=True):
            concerned = [
                [model for model in each.models if plan.concerns(model)]
                for each, plan in zip(self._opened, plans, strict=True)
            ]
            first = plans[0].schedules[0].name
            beside = Beside(self._replays, plans[0].world, concerned[0], partial(self._keep, first))
            self._beside.append(beside)
            walks = []
            for number, plan in enumerate(plans):
                outcomes = {
                    (s.name, m.unique_id): Outcome()
                    for s in plan.schedules
                    for m in concerned[number]
                }
                self._outcomes[number].update(outcomes)
                walks.append(
                    self._replays[number].walk(
                        plan.world,
                        plan.schedules,
                        concerned[number],
                        outcomes,
                        is_over=lambda: self._options.fail_fast and self._found_any,
                        on_difference=_teller(self._opened[number]),
                    )
                )
            for ours, theirs in zip(*walks, strict=True):
                beside.hold(plans[0].schedules, (ours, theirs))
            if self._options.fail_fast and self._found_any:
                return
        if self._opened[0].models:
            self._run_empty()

    def _run_empty(self) -> None:
        """Compare one run of each that is told to read no rows, at the last step."""
        ours, theirs = self._opened
        state = len(ours.ready.world.instants)
        with (
            self._replays[0].refreshed(ours.ready.world, state, ours.models, [EMPTY]) as one,
            self._replays[1].refreshed(theirs.ready.world, state, theirs.models, [EMPTY]) as other,
        ):
            beside = Beside(
                self._replays, ours.ready.world, ours.models, partial(self._keep, EMPTY)
            )
            beside.hold_empty(state, (one, other))
        self._empty = beside.found
        unbuilt = [
            model.name
            for model in ours.models
            for both in [beside.found[(EMPTY_RUN, EMPTY), model.unique_id]]
            if None not in both.failures
        ]
        if unbuilt:
            it = "it" if len(unbuilt) == 1 else "them"
            note = f"{EMPTY} isn't compared for {', '.join(unbuilt)}: neither dbt builds {it} so."
            for each in self._opened:
                each.session.notes.append(note)

    def _keep(self, first: str, lane: Lane, one: Held) -> None:
        """Report a parting as soon as it is found, and keep the tables of both if that was asked for.

        A full refresh serves all schedules of a plan, of which `first` is one.
        """
        side, schedule = lane
        session = self._opened[0].session
        named = f"{side} under {schedule}" if schedule else side
        folder = "_".join(((schedule or first).strip("-"), *side.split()))
        session.progress.found(f"the two part on {one.model.name}, {named}, at step {one.state}")
        if self._options.keep is not None:
            one.outcome.kept = keep(
                session.scratch,
                self._options.keep,
                one.model,
                folder,
                one.incremental.warehouse,
                one.refreshed.warehouse,
                names=("dbt", "against"),
            )

    def results(self) -> tuple[PairedModel, ...]:
        """Return what both made of each model, and what verify says of it under each."""
        pairs = Pairs(self._opened, [each.found for each in self._beside], self._empty)
        found = pairs.of(self._opened[0].models)
        models = self._judged(found)
        ours = self._verdicts(0).of(models)
        by_id = {result.unique_id: result for result in ours}
        same = {m.unique_id for m in models if same_everywhere(found, m)}
        others = {m.unique_id: m for m in self._opened[1].models if m.unique_id in by_id}
        # Equal rows have equal verdicts, so causes are looked for once.
        known = [(others[u], by_id[u]) for u in by_id if u in same]
        rest = [model for u, model in others.items() if u not in same]
        theirs = {u: by_id[u] for u in same}
        theirs |= {each.unique_id: each for each in self._verdicts(1).of(rest, known)}
        return tuple(
            PairedModel(
                model.name,
                model.unique_id,
                model.path,
                found[model.unique_id],
                (by_id[model.unique_id], theirs[model.unique_id]),
            )
            for model in models
        )

    def _judged(self, found: Mapping[str, tuple[PairedSchedule, ...]]) -> list[Model]:
        """Return the models that were replayed to the end, or found to part or to differ."""
        models = list(self._opened[0].models)
        if not (self._options.fail_fast and self._found_any):
            return models
        session = self._opened[0].session
        session.notes.append("Stopped at the first difference (--fail-fast).")
        bad = {
            unique_id
            for each in self._outcomes
            for (_, unique_id), outcome in each.items()
            if outcome.differs or outcome.failure
        } | {u for u, schedules in found.items() if any(s.parting for s in schedules)}
        session.left_out += [(m.name, trials.NOT_JUDGED) for m in models if m.unique_id not in bad]
        return [model for model in models if model.unique_id in bad]

    def _verdicts(self, number: int) -> Verdicts:
        each = self._opened[number]
        sources = tuple(each.ready.sources)
        return Verdicts(
            each.session,
            Laboratory(Together(self._replays[number]), each.session.scratch, sources),
            each.ready.plans,
            self._outcomes[number],
            frozenset(source.unique_id for source in sources),
        )


def _teller(each: Opened) -> Callable[[Difference], None]:
    """Return what reports a difference from a dbt's own full refresh as soon as it is found."""

    def tell(found: Difference) -> None:
        name = found.schedule.name
        each.session.progress.found(
            f"{found.model.name} differs under {name} at step {found.state}"
        )

    return tell


def _notes(opened: tuple[Opened, Opened], totals: tuple[Totals, Totals]) -> tuple[str, ...]:
    """Return the notes of both, once each; what only one says has its label."""
    said = [outside_notes(each.session, its) for each, its in zip(opened, totals, strict=True)]
    notes = dict.fromkeys(note for note in said[0] if note in said[1])
    for each, own in zip(opened, said, strict=True):
        notes |= dict.fromkeys(f"{each.dbt.label}: {note}" for note in own if note not in notes)
    return tuple(notes)
