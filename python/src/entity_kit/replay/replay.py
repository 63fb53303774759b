"""Runs a project step by step, incrementally and with a full refresh, and compares the two.

Schedules of one world go in lockstep: at each state the project is refreshed once, and every
schedule that runs there is held against that one refresh.
"""

from __future__ import annotations

import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from entity_kit.compare import chance
from entity_kit.compare.relations import compare
from entity_kit.compare.tolerance import has_floats, merged, same, size
from entity_kit.errors import DbtError, EntityKitError, disk_is_full
from entity_kit.replay.outcome import Facts, Failure, Outcome, Step
from entity_kit.warehouse import (
    FLOATS,
    QueryError,
    Relation,
    attach,
    columns,
    connect,
    fold,
    quote,
    rows,
    unquoted,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from entity_kit.arrivals.model import Model
    from entity_kit.arrivals.schedules import Schedule
    from entity_kit.arrivals.sources import Source
    from entity_kit.compare.relations import Diff, SampleRow
    from entity_kit.dbt_bridge.project import NodeResult, Runner, RunResult
    from entity_kit.engines.duckdb import Scratch, Warehouse
    from entity_kit.replay.progress import Progress
    from entity_kit.warehouse import Connection

_T = TypeVar("_T")
_KEEP = "entity_kit_differing"


class World(Protocol):
    """What every source shows at each state; state 0 is before anything arrived."""

    @property
    def instants(self) -> tuple[datetime, ...]: ...

    def clock(self, state: int) -> datetime: ...

    def view(self, source: Source, state: int) -> str: ...


@dataclass(frozen=True, slots=True)
class Ran:
    """A warehouse after a run in it."""

    warehouse: Warehouse
    result: RunResult


@dataclass(frozen=True, slots=True)
class _Held:
    """A model's incremental table that is held against its full refresh, at one state."""

    model: Model
    outcome: Outcome
    state: int
    incremental: Ran
    refreshed: Ran
    thorough: bool


class Stopwatch:
    """Wall seconds: in which dbt was running, on however many lanes, and spent comparing."""

    def __init__(self) -> None:
        self.dbt = 0.0
        self.compare = 0.0
        self._lock = threading.Lock()
        self._running = 0
        self._since = 0.0

    @contextmanager
    def running(self) -> Iterator[None]:
        """Count the time of the block as dbt's, once where several run at once."""
        with self._lock:
            if not self._running:
                self._since = time.perf_counter()
            self._running += 1
        try:
            yield
        finally:
            with self._lock:
                self._running -= 1
                if not self._running:
                    self.dbt += time.perf_counter() - self._since


class Replay:
    """Replays worlds in scratch warehouses; everything it makes goes with the scratch folder."""

    def __init__(
        self, scratch: Scratch, runner: Runner, sources: Sequence[Source], progress: Progress
    ) -> None:
        self._scratch = scratch
        self._runner = runner
        self._sources = sources
        self._progress = progress
        self._count = 0
        self._pool = ThreadPoolExecutor(scratch.jobs)
        self._under_way: list[Future[Any]] = []
        self.clock = Stopwatch()
        # By name, with dbt's message: unless told otherwise, dbt goes on after such a failure.
        self.failed_hooks: dict[str, str] = {}
        # The seconds that a run took last, and of each run that was to be killed, whether it was.
        self._usual: float | None = None
        self.kills: list[bool] = []

    def __enter__(self) -> Replay:  # noqa: PYI034  (typing.Self is of Python 3.11)
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is not None:
            self._runner.stop()
        self._pool.shutdown(cancel_futures=True)

    def _submit(self, work: Callable[..., _T], *arguments: Any) -> Future[_T]:
        future = self._pool.submit(work, *arguments)
        self._under_way = [*(f for f in self._under_way if not f.done()), future]
        return future

    def settle(self) -> None:
        """Wait, after an interruption, until the warehouses are nobody's."""
        wait(self._under_way)

    def run(
        self,
        world: World,
        schedules: Sequence[Schedule],
        models: Sequence[Model],
        *,
        until: int | None = None,
        thorough: bool = True,
    ) -> dict[tuple[str, str], Outcome]:
        """Replay the schedules to state `until`; outcomes by schedule name and model.

        `thorough` also looks for nondeterminism and gathers the facts of first divergences.
        """
        outcomes = {(s.name, m.unique_id): Outcome() for s in schedules for m in models}
        lanes: dict[str, Warehouse] = {}
        for state in range((len(world.instants) if until is None else until) + 1):
            due = [schedule for schedule in schedules if schedule.runs.get(state)]
            if not due:
                continue
            refreshing = (
                self._submit(self._refresh, world, state, models, "full_refresh")
                if any(schedule.compares(state) for schedule in due)
                else None
            )
            advancing = [
                self._submit(self._advance, world, state, schedule, models, lanes)
                for schedule in due
            ]
            refreshed = refreshing.result() if refreshing else None
            for schedule, future in zip(due, advancing, strict=True):
                ran = future.result()
                if refreshed is not None and schedule.compares(state):
                    held = (ran, refreshed)
                    self._hold(world, state, schedule, models, held, outcomes, thorough=thorough)
            if refreshed is not None:
                self._scratch.drop(refreshed.warehouse)
        for warehouse in lanes.values():
            self._scratch.drop(warehouse)
        return outcomes

    def _advance(
        self,
        world: World,
        state: int,
        schedule: Schedule,
        models: Sequence[Model],
        lanes: dict[str, Warehouse],
    ) -> Ran:
        """Run a schedule's share of one state in its own warehouse, which lives through it."""
        if schedule.name not in lanes:
            lanes[schedule.name] = self._scratch.create(schedule.name)
        warehouse = lanes[schedule.name]
        self._reveal(world, state, warehouse)
        text = f"{schedule.name}, step {state} of {len(world.instants)}"
        self._kill(world, state, schedule, models, warehouse)
        for _ in range(schedule.runs[state]):
            if schedule.anew:
                self._run(world, state, warehouse, schedule.anew, text, full_refresh=True)
            result = self._run(world, state, warehouse, models, text, built=schedule.anew)
        return Ran(warehouse, result)

    @contextmanager
    def built(self, world: World, state: int, model: Model) -> Iterator[Warehouse | None]:
        """Build a model from nothing at one state, for a while; None where it can't be built."""
        self._count += 1
        ran = self._refresh(world, state, [model], f"refresh_{self._count}")
        try:
            failure = _failure(state, model, "full refresh", ran.result)
            yield None if failure else ran.warehouse
        finally:
            self._scratch.drop(ran.warehouse)

    def _kill(
        self,
        world: World,
        state: int,
        schedule: Schedule,
        models: Sequence[Model],
        warehouse: Warehouse,
    ) -> None:
        """Let runs die on the way, as the schedule says; what they leave stays in the warehouse."""
        for number, share in enumerate(schedule.kills.get(state, ()), 1):
            if self._usual is None:
                self._count += 1
                tried = self._refresh(world, state, models, f"refresh_{self._count}")
                self._scratch.drop(tried.warehouse)
                self._usual = tried.result.seconds
            text = f"{schedule.name}, step {state}, run {number}, to be killed"
            after = share * self._usual
            result = self._run(world, state, warehouse, models, text, kill_after=after)
            self.kills.append(result.killed)

    def _refresh(self, world: World, state: int, models: Sequence[Model], name: str) -> Ran:
        warehouse = self._scratch.create(name)
        self._reveal(world, state, warehouse)
        text = f"full refresh, step {state} of {len(world.instants)}"
        result = self._run(world, state, warehouse, models, text, full_refresh=True)
        return Ran(warehouse, result)

    def _reveal(self, world: World, state: int, warehouse: Warehouse) -> None:
        views = {source.relation: world.view(source, state) for source in self._sources}
        self._scratch.reveal(warehouse, views, world.clock(state))

    def _run(
        self,
        world: World,
        state: int,
        warehouse: Warehouse,
        models: Sequence[Model],
        text: str,
        *,
        full_refresh: bool = False,
        kill_after: float | None = None,
        built: Sequence[Model] = (),
    ) -> RunResult:
        self._progress.run(text)
        there = {name for model in built for name in model.select}
        select = sorted({name for model in models for name in model.select} - there)
        with self.clock.running():
            result = self._runner.run(
                warehouse.profiles,
                "run",
                select,
                clock=world.clock(state),
                full_refresh=full_refresh,
                kill_after=kill_after,
            )
        if kill_after is None and not full_refresh and not (result.cold and self._usual):
            self._usual = result.seconds
        self._progress.done()
        for node in result.nodes.values():
            if not node.ok and disk_is_full(node.message):
                raise DbtError(node.message)
            if not node.ok and _is_hook(node):
                self.failed_hooks.setdefault(_short(node), " ".join(node.message.split()))
        return result

    def _hold(
        self,
        world: World,
        state: int,
        schedule: Schedule,
        models: Sequence[Model],
        held: tuple[Ran, Ran],
        outcomes: Mapping[tuple[str, str], Outcome],
        *,
        thorough: bool,
    ) -> None:
        """Hold every model's incremental table against its refreshed one."""
        suspects: list[_Held] = []
        incremental, refreshed = held
        with self._opened(
            models, incremental=incremental.warehouse, full_refresh=refreshed.warehouse
        ) as connection:
            for model in models:
                outcome = outcomes[schedule.name, model.unique_id]
                if outcome.failure is None:
                    outcome.failure = _failure(
                        state, model, "incremental", incremental.result
                    ) or _failure(state, model, "full refresh", refreshed.result)
                if outcome.failure is not None:
                    continue
                self._progress.detail(f"comparing {model.name}")
                one = _Held(model, outcome, state, incremental, refreshed, thorough=thorough)
                suspects += self._judge(connection, world, one)
        if suspects:
            self._refresh_again(world, state, suspects, incremental, refreshed)

    def _judge(self, connection: Connection, world: World, one: _Held) -> list[_Held]:
        """Compare one model, and gather the facts of its first difference; return it where it has one.

        Where columns hold one value in all rows, the model is judged without them, too.
        """
        outcome = one.outcome
        step = self._compare(connection, world, one)
        suspects = []
        if step.differs and outcome.facts is None and one.thorough:
            facts = self._facts(connection, one)
            outcome.sample = outcome.sample or facts.diff.sample
            if facts.reordered:
                outcome.leave_out(facts.reordered, facts.reordered)
                step = self._compare(connection, world, one)
                facts = self._facts(connection, one)
            if step.differs:
                outcome.facts, outcome.sample = facts, facts.diff.sample
                outcome.constants = facts.constants
                suspects.append(one)
        if outcome.constants:
            if outcome.without is None:
                outcome.without = Outcome(steps=list(outcome.steps), apart=outcome.apart)
            without = replace(
                one,
                model=replace(one.model, ignore=(*one.model.ignore, *outcome.constants)),
                outcome=outcome.without,
            )
            suspects += self._judge(connection, world, without)
        outcome.steps.append(step)
        return suspects

    def _compare(self, connection: Connection, world: World, one: _Held) -> Step:
        started = time.perf_counter()
        model, outcome = one.model, one.outcome
        diff = self._diff(connection, model, ignore=model.ignore, sample=0)
        doubtful = (*model.ignore, *(() if diff.agrees else model.diverges))
        excused = [name for name in doubtful if name not in outcome.excused]
        outcome.excused.update(_differing(connection, model, excused))
        declared, by_chance = False, outcome.unfair and not diff.agrees
        if not diff.agrees and model.diverges:
            rest = self._diff(connection, model, ignore=(*model.ignore, *model.diverges), sample=0)
            declared = rest.agrees
            diff = diff if declared else rest
        if not diff.agrees and not declared and outcome.apart:
            left_out = (*model.ignore, *model.diverges, *outcome.apart)
            rest = self._diff(connection, model, ignore=left_out, sample=0)
            by_chance = rest.agrees
            diff = diff if by_chance else rest
        if outcome.drawn_by_run:
            self._see_if_drawn(connection, one)
        outcome.empty = not diff.rows_incremental
        outcome.rounding = merged((*outcome.rounding, *diff.rounding))
        self.clock.compare += time.perf_counter() - started
        at = world.clock(one.state)
        return Step(one.state, at, diff.comparison, diff.schema_changes, declared, by_chance)

    def _see_if_drawn(self, connection: Connection, one: _Held) -> None:
        """See whether what differs from run to run still has one value in all rows of a refresh.

        At first there may have been one row only, of which nothing can be told.
        """
        outcome, relation = one.outcome, _side("full_refresh", one.model)
        count, constant = chance.constants(connection, relation, outcome.drawn_by_run)
        if count > 1:
            outcome.drawn_is_sure = set(constant) == set(outcome.drawn_by_run)
            outcome.drawn_by_run = outcome.drawn_by_run if outcome.drawn_is_sure else ()

    def _diff(
        self,
        connection: Connection,
        model: Model,
        *,
        ignore: Sequence[str],
        sample: int,
        keep: str | None = None,
    ) -> Diff:
        sides = (_side("incremental", model), _side("full_refresh", model))
        try:
            found = compare(
                connection,
                *sides,
                key=_key(connection, model, ignore),
                ignore=ignore,
                sample=sample,
                keep=keep,
                tolerances=model.tolerances,
            )
        except EntityKitError as error:
            raise EntityKitError(f"Model {model.name}: {error.message}", fix=error.fix) from error
        return self._scratch.in_own_types(connection, found, *sides)

    def _facts(self, connection: Connection, one: _Held) -> Facts:
        model = one.model
        ignore = (*model.ignore, *model.diverges, *one.outcome.apart)
        diff = self._diff(connection, model, ignore=ignore, sample=5, keep=_KEEP)
        null_keys, duplicate_keys, unique_key_rows = _key_counts(connection, model, diff)
        extra_copies = _extra_copies(connection, model, diff)
        reordered, constants = self._apart(connection, one, diff)
        for side in ("incremental", "full_refresh"):
            rows(connection, f"drop table {_KEEP}_{side}")
        return Facts(
            state=one.state,
            diff=diff,
            null_keys=null_keys,
            duplicate_keys=duplicate_keys,
            unique_key_rows=unique_key_rows,
            extra_copies=extra_copies,
            incremental_sql=_sql(one.incremental.result, model),
            full_refresh_sql=_sql(one.refreshed.result, model),
            dialect=self._scratch.dialect,
            reordered=reordered,
            constants=constants,
        )

    def _apart(
        self, connection: Connection, one: _Held, diff: Diff
    ) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Name the differing columns that differ in a list's order only, and those with one value."""
        nodes = one.refreshed.result.nodes
        statements = [
            node.sql for u, node in nodes.items() if u in one.model.ancestors and node.sql
        ]
        unordered = chance.unordered_lists(statements, self._scratch.dialect)
        reordered = chance.reordered(connection, diff, _KEEP, unordered)
        # A key tells a row from others: it is no value of all.
        key = {fold(unquoted(part)) for part in one.model.key}
        names = [
            column.name
            for column in diff.columns
            if column.agrees and fold(column.name) not in key and column.name not in reordered
        ]
        differing = _differing(connection, one.model, names)
        count, found = chance.constants(connection, _side("full_refresh", one.model), differing)
        return reordered, found if count > 1 else ()

    def _refresh_again(
        self, world: World, state: int, suspects: Sequence[_Held], incremental: Ran, refreshed: Ran
    ) -> None:
        """Refresh suspects a second time: where two refreshes differ, no comparison is fair.

        Unless they differ in columns that can be left out: then the others are compared.
        """
        models = list(dict.fromkeys(one.model for one in suspects))
        again = self._refresh(world, state, models, "refresh_again")
        fairer = []
        with self._opened(
            models, incremental=again.warehouse, full_refresh=refreshed.warehouse
        ) as connection:
            for one in suspects:
                apart = (*one.model.ignore, *one.outcome.apart)
                if self._diff(connection, one.model, ignore=apart, sample=0).agrees:
                    continue
                if self._leave_out(connection, replace(one, incremental=again)):
                    fairer.append(one)
        self._scratch.drop(again.warehouse)
        if not fairer:
            return
        with self._opened(
            models, incremental=incremental.warehouse, full_refresh=refreshed.warehouse
        ) as connection:
            for one in fairer:
                step = self._compare(connection, world, one)
                one.outcome.steps[-1] = step
                if step.differs:
                    one.outcome.facts = self._facts(connection, one)
                    one.outcome.sample = one.outcome.facts.diff.sample

    def _leave_out(self, connection: Connection, one: _Held) -> bool:
        """Name what two full refreshes differ in; return whether the rest can be compared."""
        model, outcome = one.model, one.outcome
        facts = self._facts(connection, one)
        apart = replace(model, ignore=(*model.ignore, *outcome.apart))
        unstable = _unstable_columns(connection, apart)
        drawn = tuple(unstable)
        for side in ("incremental", "full_refresh"):
            (_, drawn) = chance.constants(connection, _side(side, model), drawn)
        outcome.facts, outcome.without, outcome.constants = None, None, ()
        if set(unstable) <= {*facts.reordered, *drawn}:
            listed = [name for name in unstable if name in facts.reordered]
            outcome.leave_out(unstable, listed)
            outcome.drawn_by_run = drawn
            return True
        outcome.nondeterministic = (*outcome.nondeterministic, *unstable)
        outcome.unfair = True
        outcome.steps[-1] = replace(outcome.steps[-1], chance=True)
        return False

    @contextmanager
    def _opened(self, models: Sequence[Model], **warehouses: Warehouse) -> Iterator[Connection]:
        """Open the files of each side's warehouse in one connection, under the names of `_side`.

        One warehouse has one side: older versions of DuckDB don't attach a file twice.
        """
        opened = {side: self._scratch.files(each, models) for side, each in warehouses.items()}
        with connect() as connection:
            self._scratch.configure(connection)
            for side, files in opened.items():
                for catalog, file in files.items():
                    _attach(connection, file, f"{side}:{catalog}")
            yield connection

    def contains(
        self, warehouse: Warehouse, model: Model, sample: Sequence[SampleRow]
    ) -> list[bool]:
        """Tell of each of the sample's incremental rows whether the model in a warehouse has it."""
        with self._opened([model], incremental=warehouse) as connection:
            return [_has_row(connection, model, incremental_row(row)) for row in sample]

    def constants(
        self, warehouse: Warehouse, model: Model, names: Sequence[str]
    ) -> tuple[int, tuple[str, ...]]:
        """Return how many rows a model has in a warehouse, and the columns with one value in all."""
        with self._opened([model], incremental=warehouse) as connection:
            return chance.constants(connection, _side("incremental", model), names)

    def rows_of(
        self, warehouse: Warehouse, model: Model, sample: Sequence[SampleRow]
    ) -> list[dict[str, Any] | None]:
        """Give the cells that changed, of the rows of the same key, in a warehouse."""
        with self._opened([model], incremental=warehouse) as connection:
            key = _key(connection, model, (), side="incremental")
            return [_cells(connection, model, key, row) for row in sample]


def _cells(
    connection: Connection, model: Model, key: Sequence[str], row: SampleRow
) -> dict[str, Any] | None:
    relation = _side("incremental", model)
    if not key or not _holds(connection, relation, row.before):
        return None
    cells = ", ".join(quote(name) for name in row.before)
    same = " and ".join(f"{quote(name)} is not distinct from ?" for name in key)
    found = rows(
        connection,
        f"select {cells} from {relation} where {same}",
        [row.row[name] for name in key],
    )
    return dict(zip(row.before, found[0], strict=True)) if len(found) == 1 else None


def incremental_row(row: SampleRow) -> dict[str, Any]:
    """Give what the incremental table holds of a differing row; empty where it holds none."""
    if row.kind == "only_full_refresh":
        return {}
    return {**row.row, **row.before} if row.kind == "changed" else dict(row.row)


def _key(
    connection: Connection, model: Model, ignore: Sequence[str], side: str = "full_refresh"
) -> tuple[str, ...]:
    """Give the columns of a model's unique_key; none where it is an expression."""
    known = {fold(name): name for name, _ in columns(connection, _side(side, model))}
    named = [known.get(fold(unquoted(part))) for part in model.key]
    ignored = {fold(name) for name in ignore}
    if None in named:
        return ()
    return tuple(name for name in named if name is not None and fold(name) not in ignored)


def _key_counts(connection: Connection, model: Model, diff: Diff) -> tuple[int, int, int]:
    """Count rows too many with a NULL key, keys of several rows, and differing rows of other keys."""
    if not model.key:
        return 0, 0, 0
    key = [quote(column) for column in diff.key] or [f"({part})" for part in model.key]
    named = ", ".join(f"{part} as k{number}" for number, part in enumerate(key))
    names = [f"k{number}" for number in range(len(key))]
    duplicates = (
        f"select {named} from {_side('full_refresh', model)} group by {', '.join(key)} "
        "having count(*) > 1"
    )
    (count,) = rows(connection, f"select count(*) from ({duplicates})")[0]
    try:
        differing = " union all ".join(
            f"select {named}, {sign} as side from {_KEEP}_{side}"
            for side, sign in (("incremental", 1), ("full_refresh", -1))
        )
        any_null = " or ".join(f"{name} is null" for name in names)
        same = " and ".join(f"d.{name} is not distinct from k.{name}" for name in names)
        (nulls,) = rows(
            connection,
            "select coalesce(sum(greatest(many, 0)), 0)::bigint from (select sum(side) as many "
            f"from ({differing}) where {any_null} group by {', '.join(names)})",
        )[0]
        (unique,) = rows(
            connection,
            f"select count(*) from ({differing}) as k where not exists "
            f"(select 1 from ({duplicates}) as d where {same})",
        )[0]
    except QueryError:  # an expression may read a column that is ignored
        return 0, count, 0
    return nulls, count, unique


def _extra_copies(connection: Connection, model: Model, diff: Diff) -> int:
    """Count the rows of the incremental table that the full refresh has, but fewer times."""
    if diff.schema_changes:
        return 0
    compared = ", ".join(quote(column.name) for column in diff.columns)
    (copies,) = rows(
        connection,
        f"select coalesce(sum(many), 0)::bigint from (select {compared}, sum(ours) as many, "
        f"sum(theirs) as there from (select {compared}, 1 as ours, 0 as theirs "
        f"from {_KEEP}_incremental union all select {compared}, 0, 1 "
        f"from {_side('full_refresh', model)}) group by {compared}) where many > 0 and there > 0",
    )[0]
    return int(copies)


def _attach(connection: Connection, file: Path, alias: str) -> None:
    try:
        attach(connection, file, alias)
    except EntityKitError:
        # DuckDB 1.x can't read what a run left in the log of a table with an index, only take it in.
        attach(connection, file, alias, read_only=False)


def _holds(connection: Connection, relation: Relation, names: Collection[str]) -> bool:
    """Return whether a relation has all of these columns, of which there must be one."""
    known = {fold(name) for name, _ in columns(connection, relation)}
    return bool(names) and all(fold(name) in known for name in names)


def _has_row(connection: Connection, model: Model, row: Mapping[str, Any]) -> bool:
    relation = _side("incremental", model)
    if not _holds(connection, relation, row):
        return False
    conditions = " and ".join(
        _is(connection, model, relation, column, f"${place}") for place, column in enumerate(row, 1)
    )
    found = rows(
        connection, f"select count(*) from {relation} where {conditions}", list(row.values())
    )
    return bool(found[0][0])


def _is(
    connection: Connection, model: Model, relation: Relation, column: str, parameter: str
) -> str:
    """Write that a column has a given value, which a float has but for its rounding."""
    name = quote(column)
    kind = next(k for n, k in columns(connection, relation) if fold(n) == fold(column))
    if kind not in FLOATS or fold(column) in {fold(unquoted(part)) for part in model.key}:
        return f"{name} is not distinct from {parameter}"
    tolerance = model.tolerances.of(column, kind)
    largest = rows(connection, f"select max({size(kind, name)}) from {relation}")[0][0]
    return same(kind, name, f"{parameter}::double", tolerance, tolerance.near_zero(largest or 0.0))


def _side(side: str, model: Model) -> Relation:
    return Relation(f"{side}:{model.relation.database}", model.relation.schema, model.relation.name)


def _unstable_columns(connection: Connection, model: Model) -> tuple[str, ...]:
    """Name the columns whose values, taken alone, differ between two full refreshes."""
    ignored = {fold(name) for name in model.ignore}
    known = [name for name, _ in columns(connection, _side("full_refresh", model))]
    compared = [name for name in known if fold(name) not in ignored]
    return _differing(connection, model, compared) or tuple(compared)


def _differing(connection: Connection, model: Model, names: Sequence[str]) -> tuple[str, ...]:
    """Name the columns, of those that both sides have, whose values differ, taken alone."""
    sides = [_side("incremental", model), _side("full_refresh", model)]
    known = [{fold(name) for name, _ in columns(connection, side)} for side in sides]
    shared = [name for name in names if all(fold(name) in each for each in known)]
    if not shared:
        return ()
    sums = ", ".join(f"sum(hash({quote(name)})::hugeint)" for name in shared)
    one, other = (rows(connection, f"select {sums} from {side}")[0] for side in sides)
    differing = (name for name, a, b in zip(shared, one, other, strict=True) if a != b)
    return tuple(name for name in differing if not _same_but_for_rounding(connection, model, name))


def _same_but_for_rounding(connection: Connection, model: Model, name: str) -> bool:
    """Tell whether a column, taken alone, differs by the rounding of its floats."""
    sides = (_side("incremental", model), _side("full_refresh", model))
    kinds = [(each, kind) for side in sides for each, kind in columns(connection, side)]
    if not all(has_floats(kind) for each, kind in kinds if fold(each) == fold(name)):
        return False
    return compare(
        connection,
        *sides,
        key=[name] if fold(name) in {fold(unquoted(part)) for part in model.key} else (),
        ignore=[each for each, _ in kinds if fold(each) != fold(name)],
        sample=0,
        tolerances=model.tolerances,
    ).agrees


def _failure(state: int, model: Model, side: str, result: RunResult) -> Failure | None:
    own = result.nodes.get(model.unique_id)
    if own is not None and own.ok:
        return None
    failed = [node for node in result.nodes.values() if not node.ok and node.status != "skipped"]
    broken = [node for node in failed if node.unique_id in model.ancestors]
    # Where none of these failed, dbt skipped the model because a hook did.
    root = next(iter((*broken, *filter(_is_hook, failed))), own)
    if root is None:
        return Failure(state, side, "dbt didn't run it")
    behind = _short(root) if root in broken and root.unique_id != model.unique_id else ""
    return Failure(state, side, f"{_short(root)}: {root.message or root.status}".strip(), behind)


def _is_hook(node: NodeResult) -> bool:
    return node.unique_id.startswith("operation.")


def _short(node: NodeResult) -> str:
    return node.unique_id.split(".", 2)[-1]


def _sql(result: RunResult, model: Model) -> str:
    node = result.nodes.get(model.unique_id)
    return node.sql if node else ""
