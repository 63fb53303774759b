"""Draw, in SQL, which rows a delivery alters, and how."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from entity_kit.arrivals.schedules import Overlay, RecordedWorld
from entity_kit.arrivals.sources import to_microseconds
from entity_kit.warehouse import QueryError, literal, quote, rows

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from entity_kit.arrivals.sources import Source
    from entity_kit.warehouse import Connection


CATALOG = "entity_kit_overlays"

_SHARE = 10  # one eligible row in so many is altered …
_FEWEST = 50  # … but never fewer, where there are as many,
_MOST = 1000  # nor more
_SOON = 8  # one altered row in so many arrives soon after a run
_HOUR = 3_600_000_000  # in microseconds
_DONORS = 500  # rows whose values earlier versions take
_ALONE = 20  # rows that arrive after all others, if there are as many


class Drawing:
    """Draws the altered rows of one source in one world."""

    def __init__(
        self,
        connection: Connection,
        world: RecordedWorld,
        source: Source,
        seed: str,
        schema: str,
        number: int,
    ) -> None:
        self._connection = connection
        self._world = world
        self._source = source
        self._seed = literal(f"{seed}/{source.unique_id}")
        self._last = len(world.instants)
        described = rows(connection, f"describe select * from {source.origin}")
        self._columns = {str(row[0]): str(row[1]) for row in described}
        self._identity = self._row_identity()
        prefix = f"{quote(CATALOG)}.{quote(schema)}"
        self._hidden, self._extra = f"{prefix}.hidden_{number}", f"{prefix}.extra_{number}"

    def draw(self, kinds: Sequence[str], after: Sequence[datetime] = ()) -> Overlay:
        """Alter rows in these ways, some of them so that they arrive alone, in states `after` the last."""
        drawers: dict[str, Callable[[str, str], None]] = {
            "late": self._later,
            "updates": self._later,
            "deletes": self._deletes,
            "redelivers": self._later,
            "split_batches": self._split_batches,
        }
        self._do(f"create or replace table {self._hidden} (id ubigint)")
        self._do(
            f"create or replace table {self._extra} as select *, "
            "null::integer as entity_kit_from, null::integer as entity_kit_until "
            f"from {self._source.origin} where false"
        )
        self._do("drop table if exists entity_kit_drawn")
        for kind in kinds:
            drawers[kind](kind, self._eligible(kind))
            since = self._world.instants[-1]
            for state, until in enumerate(after, self._last + 1):
                self._draw_alone(kind, state, to_microseconds(since), to_microseconds(until))
                self._deliver(kind)
                since = until
        count, last = rows(
            self._connection,
            f"select (select count(*) from {self._hidden}), "
            f"(select coalesce(max(entity_kit_from), 0) from {self._extra})",
        )[0]
        return Overlay(self._identity, self._hidden, self._extra, count, last)

    def _row_identity(self) -> str:
        """Return SQL that identifies a row: its position in a table, or its content in a view."""
        try:
            rows(self._connection, f"select rowid from {self._source.origin} limit 0")
        except QueryError:
            names = ", ".join(quote(name) for name in self._columns)
            return f"hash(row({names}))"
        return "rowid::ubigint"

    def _do(self, sql: str) -> None:
        rows(self._connection, sql)

    def _hash(self, salt: str, row: str = "") -> str:
        """Return SQL for a random number for a row; `row` is its table's name with a dot."""
        return f"hash({row}entity_kit_id, {literal(salt)}, {self._seed})"

    def _state(self, microseconds: str) -> str:
        """Return the state at which a row of that loaded time shows."""
        passed = " + ".join(
            f"({microseconds} > {to_microseconds(instant)})::integer"
            for instant in self._world.instants[:-1]
        )
        return f"(1 + {passed})" if passed else "1"

    def _instant(self, state: str) -> str:
        """Return a state's instant in microseconds."""
        listed = ", ".join(str(to_microseconds(instant)) for instant in self._world.instants)
        return f"([{listed}]::bigint[])[{state}]"

    def _last_arrival(self, state: str) -> str:
        """Return the latest moment, in microseconds, to which a row may move in a state.

        Where batches may be split it is the last recorded batch of that state: a later row would
        make another batch the last one; a state without a recorded row then takes none.
        """
        if not self._source.delivery.split_batches:
            return self._instant(state)
        loaded = f"epoch_us(cast({self._source.loaded_at} as timestamptz))"
        last = dict(
            rows(
                self._connection,
                f"select {self._state(loaded)}, max({loaded}) from {self._source.origin} "
                f"where isfinite(cast({self._source.loaded_at} as timestamptz)) group by all",
            )
        )
        listed = ", ".join(str(last.get(number + 1, 0)) for number in range(self._last))
        return f"([{listed}]::bigint[])[{state}]"

    def _recorded(self) -> str:
        """Return SQL for the rows that aren't altered so far, with all columns and our own."""
        event = (
            f"epoch_us(cast({self._source.event_time} as timestamptz))"
            if self._source.event_time
            else "null::bigint"
        )
        loaded = f"epoch_us(cast({self._source.loaded_at} as timestamptz))"
        return f"""
            select *, {self._identity} as entity_kit_id, {loaded} as entity_kit_loaded,
                {event} as entity_kit_event,
                {self._state(loaded)} as entity_kit_state
            from {self._source.origin}
            where isfinite(cast({self._source.loaded_at} as timestamptz))
                and {self._identity} not in (select id from {self._hidden})
        """

    def _eligible(self, kind: str) -> str:
        """Return SQL for the rows that could be altered in this way, with all columns and our own."""
        base = self._recorded()
        if kind == "split_batches":
            return base
        if kind != "late":
            return (
                f"select *, {self._last} as entity_kit_last from ({base}) "
                f"where entity_kit_state < {self._last}"
            )
        last = self._state(f"(entity_kit_event + {self._late_by})")
        # A row is late behind a newer one, so the newest row of each state stays.
        return f"""
            select * exclude (entity_kit_newest), {last} as entity_kit_last
            from (
                select *, max(entity_kit_event) over (partition by entity_kit_state)
                    as entity_kit_newest
                from ({base})
            )
            where entity_kit_state < {last} and entity_kit_event < entity_kit_newest
        """

    def _draw_rows(self, kind: str, eligible: str) -> None:
        """Store the drawn rows, each with its new state and loaded time."""
        self._do(f"create or replace temp table entity_kit_eligible as {eligible}")
        count = rows(self._connection, "select count(*) from entity_kit_eligible")[0][0]
        wanted = min(_MOST, max(_FEWEST, count // _SHARE))
        if kind == "late":
            # A row is late only if others arrive on time.
            wanted = min(wanted, (count + 1) // 2)
        cap = "entity_kit_upper"
        bound = self._last_arrival("entity_kit_later")
        if kind == "late":
            bound = f"least({bound}, entity_kit_event + {self._late_by})"
        # Some come within the hour of the run before, where a watermark that is truncated loses them.
        left = f"{_HOUR} - entity_kit_lower % {_HOUR}"
        span = (
            f"case when {self._hash('soon')} % {_SOON} = 0 then least({cap} - entity_kit_lower, {left}) "
            f"else {cap} - entity_kit_lower end"
        )
        self._do(f"""
            create or replace temp table entity_kit_drawn as
            select *, entity_kit_lower + 1
                + ({self._hash("moment")} % ({span})::ubigint)::bigint
                as entity_kit_reloaded
            from (
                select *, {self._instant("entity_kit_later - 1")} as entity_kit_lower,
                    {bound} as {cap}
                from (
                    select *, entity_kit_state + 1 + ({self._hash("state")}
                        % (entity_kit_last - entity_kit_state)::ubigint)::integer
                        as entity_kit_later
                    from (
                        select * from entity_kit_eligible
                        order by {self._hash(kind)}, entity_kit_id
                        limit {wanted}
                    )
                )
            )
            where {cap} > entity_kit_lower
        """)
        self._hide_drawn()

    def _draw_alone(self, kind: str, state: int, lower: int, upper: int) -> None:
        """Store rows that arrive in a state after the last one, with nothing else of their source.

        What comes with a row may hide what it alone would show: newer rows of its key, say.
        """
        cap, when = str(upper), "true"
        if kind == "late":
            last = f"(entity_kit_event + {self._late_by})"
            cap = f"least({upper}, {last})"
            when = f"{last} > {lower} and entity_kit_event < entity_kit_newest"
        self._do(f"""
            create or replace temp table entity_kit_drawn as
            select *, {state} as entity_kit_later, entity_kit_lower + 1
                + ({self._hash("moment")} % (entity_kit_upper - entity_kit_lower)::ubigint)::bigint
                as entity_kit_reloaded
            from (
                select *, {lower} as entity_kit_lower, {cap} as entity_kit_upper
                from (
                    select *, max(entity_kit_event) over () as entity_kit_newest
                    from ({self._recorded()})
                    where entity_kit_loaded <= {to_microseconds(self._world.instants[-1])}
                )
                where {when}
            )
            order by {self._hash(f"{kind} alone")}, entity_kit_id
            limit {_ALONE}
        """)
        self._hide_drawn()

    def _hide_drawn(self) -> None:
        """Hide the recorded rows that were drawn, but those whose new time can't be written."""
        if self._source.loaded_column is not None:
            # A coarser type, such as a date, may have no value within that step.
            said = f"epoch_us(cast({self._restamped()} as timestamptz))"
            self._do(
                f"delete from entity_kit_drawn where {said} <= entity_kit_lower "
                f"or {said} > entity_kit_upper"
            )
        self._do(f"insert into {self._hidden} select distinct entity_kit_id from entity_kit_drawn")

    def _restamped(self) -> str:
        kind = self._columns[self._source.loaded_column or ""]
        return f"cast(make_timestamptz(entity_kit_reloaded) as {kind})"

    def _insert(
        self, shown_from: str, shown_until: str, changed: Mapping[str, str], where: str = "true"
    ) -> None:
        """Add a version of every drawn row, with the changed columns replaced."""
        values = ", ".join(
            f"{changed.get(name, 'd.' + quote(name))} as {quote(name)}" for name in self._columns
        )
        self._do(
            f"insert into {self._extra} by name select {values}, {shown_from} as entity_kit_from, "
            f"{shown_until} as entity_kit_until from entity_kit_drawn as d where {where}"
        )

    def _later_version(self) -> dict[str, str]:
        return {self._source.loaded_column or "": self._restamped()}

    @property
    def _late_by(self) -> int:
        return (self._source.delivery.late_by or timedelta()) // timedelta(microseconds=1)

    def _later(self, kind: str, eligible: str) -> None:
        self._draw_rows(kind, eligible)
        self._deliver(kind)

    def _deliver(self, kind: str) -> None:
        """Add the versions of the drawn rows: what shows first, if anything does, and what comes later."""
        if kind == "updates":
            self._insert("entity_kit_state", "entity_kit_later", self._earlier_version())
        elif kind == "redelivers":
            self._insert("entity_kit_state", "null", {})
        self._insert("entity_kit_later", "null", self._later_version())

    def _deletes(self, kind: str, eligible: str) -> None:
        self._draw_rows(kind, eligible)
        self._insert("entity_kit_state", "entity_kit_later", {})
        strangers = self._stranger_key()
        if strangers is not None:
            # Rows that aren't in the record come and go: copies with new keys.
            self._insert(
                "entity_kit_state",
                "entity_kit_later",
                strangers,
                where=f"{self._hash('stranger')} % 2 = 0",
            )

    def _stranger_key(self) -> dict[str, str] | None:
        for name in self._source.row_key:
            if name == self._source.loaded_column or name in self._source.fixed:
                continue
            kind, column = self._columns[name], quote(name)
            if kind.endswith("INT") or kind == "INTEGER":
                highest = f"(select max({column}) from {self._source.origin})"
                number = "row_number() over (order by d.entity_kit_id)"
                return {name: f"cast({highest} + {number} as {kind})"}
            if kind == "VARCHAR":
                return {name: f"coalesce(d.{column}, '') || ' (stranger)'"}
        return None

    def _split_batches(self, kind: str, eligible: str) -> None:
        """Delay part of the last batch of each step to the next step. At least one row stays."""
        drawn = f"{self._hash(kind)} % 2 = 0"
        self._do(f"""
            create or replace temp table entity_kit_drawn as
            select *, entity_kit_state + 1 as entity_kit_later
            from ({eligible})
            where entity_kit_state < {self._last}
                and entity_kit_loaded = {self._last_arrival("entity_kit_state")}
            qualify {drawn} and row_number() over (
                partition by entity_kit_state order by {drawn}, entity_kit_id
            ) > 1
        """)
        self._do(f"insert into {self._hidden} select distinct entity_kit_id from entity_kit_drawn")
        self._insert("entity_kit_later", "null", {})

    def _earlier_version(self) -> dict[str, str]:
        """Return the changed columns, with values from another row: one for certain, others by chance.

        One row in eight only gets a new loaded time. Columns with a single value don't change.
        """
        source = self._source
        event = source.event_column
        moving = {event} - set(source.row_key)
        fixed = {*source.row_key, source.loaded_column, *source.event_columns} - moving
        names = [name for name in self._columns if name not in fixed]
        if not names:
            return {}
        self._do(f"""
            create or replace temp table entity_kit_donors as
            select {", ".join(quote(name) for name in names)}
            from {source.origin}
            order by hash({self._identity}, 'donor', {self._seed})
            limit {_DONORS}
        """)
        varying = [name for name in names if name == event or self._varies(name)]
        changed = {}
        for name in varying:
            column, chance = quote(name), self._drawn_hash(f"value of {name}")
            if name == event:
                # The event time must keep the first arrival within the allowed lateness.
                lowest, highest = self._lateness()
                span = f"({highest - lowest + 1})::ubigint"
                moved = f"d.entity_kit_loaded - {lowest} - (({chance} // 3) % {span})::bigint"
                taken = f"cast(make_timestamptz({moved}) as {self._columns[name]})"
            else:
                others = (
                    f"list_filter((select list({column}) from entity_kit_donors), "
                    f"lambda x: x is distinct from d.{column})"
                )
                taken = f"{others}[1 + (({chance} // 3) % len({others})::ubigint)::bigint]"
            chosen = f"{self._drawn_hash('column')} % {len(varying)} = {varying.index(name)}"
            changed[name] = (
                f"case when {self._drawn_hash('stamp')} % 8 > 0 "
                f"and ({chosen} or {chance} % 3 = 0) then {taken} else d.{column} end"
            )
        return changed

    def _drawn_hash(self, salt: str) -> str:
        return self._hash(salt, "d.")

    def _varies(self, name: str) -> bool:
        """Return whether the donors have more than one value, NULL among them."""
        return bool(
            rows(
                self._connection,
                f"select count(*) > 1 from (select distinct {quote(name)} from entity_kit_donors)",
            )[0][0]
        )

    def _lateness(self) -> tuple[int, int]:
        """Return the shortest and longest lateness that a first arrival may have, in microseconds."""
        source = self._source
        if source.event_time is None:
            return 0, 0
        lateness = (
            f"epoch_us(cast({source.loaded_at} as timestamptz)) "
            f"- epoch_us(cast({source.event_time} as timestamptz))"
        )
        lowest, highest = rows(
            self._connection,
            f"select min({lateness}), max({lateness}) from {source.origin} "
            f"where isfinite(cast({source.loaded_at} as timestamptz)) "
            f"and isfinite(cast({source.event_time} as timestamptz))",
        )[0]
        late_by = source.delivery.late_by
        allowed_late = late_by // timedelta(microseconds=1) if late_by else 0
        return lowest or 0, max(highest or 0, allowed_late)
