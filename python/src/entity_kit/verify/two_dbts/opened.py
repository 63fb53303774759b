"""One project opened under two dbts: their sessions, what each parsed, and the models of both."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from entity_kit.errors import DbtError, EntityKitError
from entity_kit.replay.progress import Progress
from entity_kit.verify.prepared import changed, nothing, parse_affected, prepare
from entity_kit.verify.session import open_session
from entity_kit.verify.two_dbts.results import Dbt

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from entity_kit.arrivals.model import Model
    from entity_kit.arrivals.schedules import RecordedWorld
    from entity_kit.dbt_bridge.project import Manifest, Runner, RunResult
    from entity_kit.verify.options import VerifyOptions
    from entity_kit.verify.prepared import Prepared
    from entity_kit.verify.session import Session

OPTIONS = ("--dbt", "--against-dbt")


@dataclass(frozen=True, slots=True)
class Opened:
    """A project under one dbt; `ready` is what was prepared for the models that both dbts have."""

    dbt: Dbt
    session: Session
    manifest: Manifest
    ready: Prepared

    @property
    def models(self) -> Sequence[Model]:
        return self.ready.models


class _Labeled(Progress):
    """Progress that says which dbt runs."""

    def __init__(self, inner: Progress, label: str) -> None:
        self._inner = inner
        self._label = label

    def plan(self, runs: int) -> None:
        self._inner.plan(runs)

    def run(self, text: str) -> None:
        self._inner.run(f"{text} ({self._label})")

    def detail(self, text: str) -> None:
        self._inner.detail(text)

    def found(self, text: str) -> None:
        self._inner.found(f"{text} ({self._label})")

    def done(self) -> None:
        self._inner.done()


@contextmanager
def open_both(
    both: tuple[VerifyOptions, VerifyOptions],
    progress: Progress | None = None,
    started: float | None = None,
) -> Iterator[tuple[Opened, Opened]]:
    """Open a project under two dbts, each with scratch warehouses of its own, over the same steps."""
    files = changed(both[0])
    telling = progress or Progress()
    with ExitStack() as stack:
        found = []
        for number, options in enumerate(both):
            labeled = _Labeled(telling, options.dbt or "in process")
            with _blamed(both, number):
                session = stack.enter_context(open_session(options, labeled, started=started))
            session.runner = cast("Runner", _Blamed(session.runner, both, number))
            found.append(session)
        sessions = (found[0], found[1])
        parsed = []
        for number, session in enumerate(sessions):
            with _blamed(both, number):
                parsed.append(parse_affected(session, files))
        manifests = (parsed[0][0], parsed[1][0])
        dbts = _dbts(sessions, manifests)
        models = _shared(sessions[0], dbts, (parsed[0][1], parsed[1][1]))
        opened: list[Opened] = []
        world: RecordedWorld | None = None
        for number, session in enumerate(sessions):
            ready = nothing()
            if models[number]:
                with _blamed(both, number):
                    ready = prepare(session, manifests[number], models[number], world)
                    needed = {u for model in models[number] for u in model.ancestors}
                    session.runner.choose_batches(needed)
            opened.append(Opened(dbts[number], session, manifests[number], ready))
            world = ready.world
        _require_same_plans(opened[0], opened[1])
        yield opened[0], opened[1]


@contextmanager
def _blamed(both: tuple[VerifyOptions, VerifyOptions], number: int) -> Iterator[None]:
    """Let errors name the option of the dbt that they are about, and that dbt if it failed."""
    try:
        yield
    except EntityKitError as error:
        if number:
            error.fix = error.fix.replace(*OPTIONS)
        if isinstance(error, DbtError) and not error.message.startswith("Under "):
            error.message = f"Under {both[number].dbt or 'dbt-core in process'}: {error.message}"
        raise


class _Blamed:
    """A runner whose failed runs name the dbt that failed."""

    def __init__(
        self, runner: Runner, both: tuple[VerifyOptions, VerifyOptions], number: int
    ) -> None:
        self._runner, self._both, self._number = runner, both, number

    def __getattr__(self, name: str) -> Any:
        return getattr(self._runner, name)

    def run(self, *arguments: Any, **options: Any) -> RunResult:
        with _blamed(self._both, self._number):
            return self._runner.run(*arguments, **options)


def _dbts(
    sessions: tuple[Session, Session], manifests: tuple[Manifest, Manifest]
) -> tuple[Dbt, Dbt]:
    versions = [str(manifest["metadata"].get("dbt_version")) for manifest in manifests]
    found = [
        Dbt(
            version,
            session.runner.executable,
            f"dbt {version}"
            if versions[0] != versions[1]
            else f"dbt {version} ({session.runner.executable or 'in process'})",
        )
        for version, session in zip(versions, sessions, strict=True)
    ]
    return found[0], found[1]


def _shared(
    session: Session, dbts: tuple[Dbt, Dbt], models: tuple[Sequence[Model], Sequence[Model]]
) -> tuple[list[Model], list[Model]]:
    """Return the models that both dbts have under the same name, and leave out the others."""
    known: list[Mapping[str, Model]] = [{m.unique_id: m for m in each} for each in models]
    for number, (mine, others) in enumerate(((known[0], known[1]), (known[1], known[0]))):
        session.left_out += [
            (model.name, f"only {dbts[number].label} has it as an incremental model")
            for unique_id, model in mine.items()
            if unique_id not in others
        ]
    shared = [u for u in known[0] if u in known[1]]
    for unique_id in list(shared):
        ours, theirs = (each[unique_id].relation for each in known)
        if ours != theirs:
            said = f"{dbts[0].label} writes it to {ours}, and {dbts[1].label} to {theirs}"
            session.left_out.append((known[0][unique_id].name, said))
            shared.remove(unique_id)
    if not shared and (known[0] or known[1]):
        reasons = "\n".join(f"{name} is left out: {why}." for name, why in session.left_out)
        raise EntityKitError("The two dbts have no incremental model in common.", fix=reasons)
    return [known[0][u] for u in shared], [known[1][u] for u in shared]


def _require_same_plans(ours: Opened, theirs: Opened) -> None:
    """Refuse to compare replays of different schedules or models."""
    names = [
        [schedule.name for plan in each.ready.plans for schedule in plan.schedules]
        for each in (ours, theirs)
    ]
    if names[0] != names[1]:
        raise EntityKitError(
            "The two dbts read different deliveries from the project's YAML: "
            f"{ours.dbt.label} allows {', '.join(names[0])}; {theirs.dbt.label} allows "
            f"{', '.join(names[1])}.",
            fix="Name the schedules that both allow with --schedules.",
        )
