"""Compare a model's incremental table with its full refresh, and collect facts about a difference."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from entity_kit.compare import chance
from entity_kit.compare.relations import compare
from entity_kit.compare.sql_columns import grouped_by
from entity_kit.compare.tolerance import merged
from entity_kit.errors import EntityKitError
from entity_kit.replay.failures import ancestors_sql, compiled_sql
from entity_kit.replay.outcome import Facts, Outcome, Step
from entity_kit.replay.tables import (
    KEEP,
    attach_side,
    cells,
    differing,
    earlier_versions,
    extra_copies,
    has_row,
    incremental_row,
    key_counts,
    model_key,
    side_of,
    unstable_columns,
)
from entity_kit.warehouse import (
    fold,
    rows,
    unquoted,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from entity_kit.arrivals.model import Model
    from entity_kit.compare.difference import Diff, SampleRow
    from entity_kit.engines.scratch import Scratch, Warehouse
    from entity_kit.replay.runs import Ran
    from entity_kit.replay.totals import Stopwatch
    from entity_kit.replay.world import World
    from entity_kit.warehouse import Connection


@dataclass(frozen=True, slots=True)
class Held:
    """A model's incremental table that is compared with its full refresh, at one state."""

    model: Model
    outcome: Outcome
    state: int
    incremental: Ran
    refreshed: Ran
    thorough: bool


class Comparer:
    """Compare the tables of two scratch warehouses; `clock` measures the time."""

    def __init__(self, scratch: Scratch, clock: Stopwatch) -> None:
        self._scratch = scratch
        self._clock = clock

    def judge(self, connection: Connection, world: World, one: Held) -> list[Held]:
        """Compare one model, collect the facts of its first difference, and return it if there is one.

        Where columns hold one value in all rows, the model is judged without them, too.
        """
        outcome = one.outcome
        step = self.hold(connection, world, one)
        suspects = []
        if step.differs and outcome.facts is None and one.thorough:
            facts = self.facts(connection, one)
            outcome.sample = outcome.sample or facts.diff.sample
            if facts.reordered:
                outcome.leave_out(facts.reordered, facts.reordered)
                step = self.hold(connection, world, one)
                facts = self.facts(connection, one)
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
            suspects += self.judge(connection, world, without)
        outcome.steps.append(step)
        return suspects

    def hold(self, connection: Connection, world: World, one: Held) -> Step:
        started = time.perf_counter()
        model, outcome = one.model, one.outcome
        diff = self.diff(connection, model, ignore=model.ignore, sample=0)
        doubtful = (*model.ignore, *(() if diff.agrees else model.diverges))
        excused = [name for name in doubtful if name not in outcome.excused]
        outcome.excused.update(differing(connection, model, excused))
        declared, by_chance = False, outcome.unfair and not diff.agrees
        if not diff.agrees and model.diverges:
            rest = self.diff(connection, model, ignore=(*model.ignore, *model.diverges), sample=0)
            declared = rest.agrees
            diff = diff if declared else rest
        if not diff.agrees and not declared and outcome.apart:
            left_out = (*model.ignore, *model.diverges, *outcome.apart)
            rest = self.diff(connection, model, ignore=left_out, sample=0)
            by_chance = rest.agrees
            diff = diff if by_chance else rest
        if outcome.drawn_by_run and not outcome.pasted:
            self._see_if_drawn(connection, one)
        outcome.empty = not diff.rows_incremental
        outcome.rounding = merged((*outcome.rounding, *diff.rounding))
        self._clock.compare += time.perf_counter() - started
        at = world.clock(one.state)
        return Step(one.state, at, diff.comparison, diff.schema_changes, declared, by_chance)

    def _see_if_drawn(self, connection: Connection, one: Held) -> None:
        """Check whether what differs between runs still has one value in all rows of a refresh.

        At first there may have been one row only, of which nothing can be told.
        """
        outcome, relation = one.outcome, side_of("full_refresh", one.model)
        count, constant = chance.constants(connection, relation, outcome.drawn_by_run)
        if count > 1:
            outcome.drawn_is_sure = set(constant) == set(outcome.drawn_by_run)
            outcome.drawn_by_run = outcome.drawn_by_run if outcome.drawn_is_sure else ()

    def diff(
        self,
        connection: Connection,
        model: Model,
        *,
        ignore: Sequence[str],
        sample: int,
        keep: str | None = None,
    ) -> Diff:
        sides = (side_of("incremental", model), side_of("full_refresh", model))
        try:
            found = compare(
                connection,
                *sides,
                key=model_key(connection, model, ignore),
                ignore=ignore,
                sample=sample,
                keep=keep,
                tolerances=model.tolerances,
            )
        except EntityKitError as error:
            raise EntityKitError(f"Model {model.name}: {error.message}", fix=error.fix) from error
        return self._scratch.in_own_types(connection, found, *sides)

    def facts(self, connection: Connection, one: Held) -> Facts:
        model = one.model
        ignore = (*model.ignore, *model.diverges, *one.outcome.apart)
        diff = self.diff(connection, model, ignore=ignore, sample=5, keep=KEEP)
        null_keys, duplicate_keys, unique_key_rows = key_counts(connection, model, diff)
        copies = extra_copies(connection, model, diff)
        refreshed = compiled_sql(one.refreshed.result, model)
        earlier = earlier_versions(connection, model, self._told_apart_by(model, diff, refreshed))
        reordered, constants = self._apart(connection, one, diff)
        for side in ("incremental", "full_refresh"):
            rows(connection, f"drop table {KEEP}_{side}")
        return Facts(
            state=one.state,
            diff=diff,
            null_keys=null_keys,
            duplicate_keys=duplicate_keys,
            unique_key_rows=unique_key_rows,
            extra_copies=copies,
            earlier_versions=earlier,
            incremental_sql=compiled_sql(one.incremental.result, model),
            full_refresh_sql=refreshed,
            ancestors_sql=ancestors_sql(one.refreshed.result, model),
            dialect=self._scratch.dialect,
            reordered=reordered,
            constants=constants,
        )

    def _told_apart_by(self, model: Model, diff: Diff, refreshed: str) -> tuple[str, ...]:
        """Return the columns that tell rows apart: the key, or those of the groups without one."""
        if diff.key or model.key or diff.schema_changes:
            return diff.key
        return grouped_by(refreshed, [each.name for each in diff.columns], self._scratch.dialect)

    def _apart(
        self, connection: Connection, one: Held, diff: Diff
    ) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return the columns that differ only in a list's order, and those with one value."""
        nodes = one.refreshed.result.nodes
        statements = [
            node.sql for u, node in nodes.items() if u in one.model.ancestors and node.sql
        ]
        unordered = chance.unordered_lists(statements, self._scratch.dialect)
        reordered = chance.reordered(connection, diff, KEEP, unordered)
        # A key tells a row from others: it is no value of all.
        key = {fold(unquoted(part)) for part in one.model.key}
        names = [
            column.name
            for column in diff.columns
            if column.agrees and fold(column.name) not in key and column.name not in reordered
        ]
        apart = differing(connection, one.model, names)
        incremental, refreshed = (
            side_of(side, one.model) for side in ("incremental", "full_refresh")
        )
        count, found = chance.constants(connection, refreshed, apart)
        if count < 2:
            return reordered, ()
        # A value that both tables have in all rows differs only as often as their rows do.
        return reordered, chance.other_values(connection, incremental, refreshed, found)

    def leave_out(self, connection: Connection, one: Held) -> bool:
        """Record what two full refreshes differ in, and return whether the rest can be compared."""
        model, outcome = one.model, one.outcome
        facts = self.facts(connection, one)
        apart = replace(model, ignore=(*model.ignore, *outcome.apart))
        unstable = unstable_columns(connection, apart)
        drawn = tuple(unstable)
        for side in ("incremental", "full_refresh"):
            (_, drawn) = chance.constants(connection, side_of(side, model), drawn)
        outcome.facts, outcome.without, outcome.constants = None, None, ()
        pasted = self._is_pasted(one, unstable)
        if pasted or set(unstable) <= {*facts.reordered, *drawn}:
            listed = [name for name in unstable if name in facts.reordered]
            outcome.leave_out(unstable, listed)
            outcome.drawn_by_run = tuple(unstable) if pasted else drawn
            outcome.pasted = outcome.drawn_is_sure = pasted
            return True
        outcome.nondeterministic = (*outcome.nondeterministic, *unstable)
        outcome.unfair = True
        outcome.steps[-1] = replace(outcome.steps[-1], chance=True)
        return False

    def _is_pasted(self, one: Held, unstable: Sequence[str]) -> bool:
        """Return whether two full refreshes differ because their SQL does, and in no column of the key."""
        key = {fold(unquoted(part)) for part in one.model.key}
        texts = {compiled_sql(each.result, one.model) for each in (one.incremental, one.refreshed)}
        return len(texts) == 2 and "" not in texts and key.isdisjoint(map(fold, unstable))

    @contextmanager
    def opened(self, models: Sequence[Model], **warehouses: Warehouse) -> Iterator[Connection]:
        """Open the files of each side's warehouse in one connection, under the names of `side`.

        One warehouse has one side: older versions of DuckDB don't attach a file twice.
        """
        opened = {side: self._scratch.files(each, models) for side, each in warehouses.items()}
        with self._scratch.connection() as connection:
            for side, files in opened.items():
                for catalog, file in files.items():
                    attach_side(connection, file, f"{side}:{catalog}")
            yield connection

    def contains(
        self, warehouse: Warehouse, model: Model, sample: Sequence[SampleRow]
    ) -> list[bool]:
        """Return for each row of the sample whether the model in a warehouse has it.

        Looked for is what the incremental table holds of a row, or else the full refresh.
        """
        with self.opened([model], incremental=warehouse) as connection:
            return [
                has_row(connection, model, incremental_row(row) or dict(row.row)) for row in sample
            ]

    def constants(
        self, warehouse: Warehouse, model: Model, names: Sequence[str]
    ) -> tuple[int, tuple[str, ...]]:
        """Return a model's row count in a warehouse, and the columns with one value in all rows."""
        with self.opened([model], incremental=warehouse) as connection:
            return chance.constants(connection, side_of("incremental", model), names)

    def values_of(
        self, warehouse: Warehouse, model: Model, expressions: Callable[[str], Sequence[str]]
    ) -> tuple[Any, ...]:
        """Return the values of expressions over a model in a warehouse; they are made from its name."""
        with self.opened([model], incremental=warehouse) as connection:
            named = expressions(str(side_of("incremental", model)))
            return rows(connection, f"select {', '.join(named)}")[0]

    def rows_of(
        self, warehouse: Warehouse, model: Model, sample: Sequence[SampleRow]
    ) -> list[dict[str, Any] | None]:
        """Return the changed cells of the rows with the same key in a warehouse."""
        with self.opened([model], incremental=warehouse) as connection:
            key = model_key(connection, model, (), side="incremental")
            return [cells(connection, model, key, row) for row in sample]
