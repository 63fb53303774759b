"""Which columns of a relation are times, and the SQL expression that says so."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import TYPE_CHECKING, NamedTuple

from entity_kit.arrivals.sources import from_microseconds, to_microseconds
from entity_kit.warehouse import fold, quote, rows

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from entity_kit.warehouse import Connection

Columns = list[tuple[str, str]]

TIMES = "entity_kit_times"

# Numbers are taken for times only where the name says so, too.
_TIME_NAME = re.compile(
    r"(_at|_ts|_on|_dts|ldts)$|time|date|stamp|epoch|load|sync|ingest|extract|batch", re.IGNORECASE
)
_NUMBERS = re.compile(r"(U?(INTEGER|BIGINT)|HUGEINT|DOUBLE|DECIMAL.*)$")
# Epochs of the years 2000 to 2099, in seconds.
_FROM, _UNTIL = 946_684_800, 4_102_444_800
_EPOCHS = (
    (1, "to_timestamp({})"),
    (10**3, "epoch_ms({})"),
    (10**6, "make_timestamp({})"),
    (10**9, "make_timestamp_ns({})"),
)
# Texts that DuckDB doesn't cast by itself. Of two in one group, a column may fit only one.
_FORMATS = (
    ("%d.%m.%Y %H:%M:%S",), ("%d.%m.%Y %H:%M",), ("%d.%m.%Y",),
    ("%m/%d/%Y %H:%M:%S", "%d/%m/%Y %H:%M:%S"), ("%m/%d/%Y %H:%M", "%d/%m/%Y %H:%M"),
    ("%m/%d/%Y %I:%M:%S %p", "%d/%m/%Y %I:%M:%S %p"), ("%m/%d/%Y", "%d/%m/%Y"),
    ("%d %b %Y %H:%M:%S",), ("%d %b %Y",), ("%b %d, %Y",), ("%a, %d %b %Y %H:%M:%S",),
    ("%Y%m%d%H%M%S",), ("%Y%m%d",),
)  # fmt: skip
_OFFSET = r"\d:\d\d(:\d\d(\.\d+)?)?\s*(Z|UTC|[+-]\d\d(:?\d\d)?)$"
_ISO = r"x similar to '\d{4}-.*' and try_cast(x as timestamp) is not null"
_NUMBER = "isfinite(try_cast(x as double))"
_SAMPLE = 1_000
_JINJA = re.compile(r"\{[{%#]")


@dataclass(frozen=True, slots=True)
class TimeColumn:
    """A column that is a time. `declared` is what stands in the YAML for it.

    `slot` is its column in the table `TIMES`, which has microseconds since 1970 there, NULL where the
    time isn't finite. `kind` says how the column holds the time: timestamp, date, text, or number; expression for one
    that was declared so.
    """

    name: str
    type: str
    kind: str
    declared: str
    slot: str
    nulls: int
    distinct: int
    first: datetime | None
    last: datetime | None
    future: int = 0

    @property
    def is_expression(self) -> bool:
        """Tell whether a cast or a function must be declared, and not a column."""
        return self.kind in {"text", "number", "expression"}


@dataclass(frozen=True, slots=True)
class Times:
    """A relation's columns that are times; `unsure` says why others that look so aren't."""

    columns: tuple[TimeColumn, ...]
    unsure: tuple[str, ...] = ()


class _Candidate(NamedTuple):
    name: str
    type: str
    kind: str
    declared: str
    sql: str


def find_times(
    connection: Connection,
    origin: str,
    columns: Columns,
    now: datetime | None = None,
    declared: Mapping[str, str] | None = None,
) -> Times:
    """Find the times among a relation's columns, and write them to the temporary table `TIMES`.

    Times after `now` are counted as future. `declared` are further times by their names, with SQL
    over the relation; a column of such a name is taken as it is.
    """
    finder = _Finder(connection, origin)
    found = [time for name, kind in columns if (time := finder.look_at(name, kind)) is not None]
    known = {time.name for time in found}
    found += [
        _Candidate(name, "", "expression", name, sql)
        for name, sql in (declared or {}).items()
        if name not in known
    ]
    measured = _measured(connection, origin, found, now or datetime.now(timezone.utc))
    return Times(tuple(measured), tuple(finder.unsure))


def _measured(
    connection: Connection, origin: str, found: Sequence[_Candidate], now: datetime
) -> Iterator[TimeColumn]:
    # Once, because to cast times is what takes longest.
    _write(connection, origin, [time.sql for time in found])
    for number, time in enumerate(found):
        slot = f"t{number}"
        nulls, distinct, first, last, future = rows(
            connection,
            f"select count(*) - count({slot}), count(distinct {slot}), min({slot}), max({slot}), "
            f"count(*) filter ({slot} > {to_microseconds(now)}) from {TIMES}",
        )[0]
        if distinct or not nulls or time.kind == "expression":
            yield TimeColumn(
                time.name,
                time.type,
                time.kind,
                time.declared,
                slot,
                nulls,
                distinct,
                _instant(first),
                _instant(last),
                future,
            )


def keep_first_deliveries(
    connection: Connection,
    origin: str,
    times: Sequence[TimeColumn],
    arrival: TimeColumn,
    content: Sequence[str],
) -> None:
    """Write the table `TIMES` again, with the first row to arrive of each value of `content`."""
    names = ", ".join(map(quote, content))
    numbered = f"row_number() over (partition by {names} order by {arrival.declared} nulls first)"
    slots = [time.declared for time in times]
    _write(connection, f"{origin} qualify {numbered} = 1", slots, [time.slot for time in times])


def _write(
    connection: Connection, origin: str, sqls: Sequence[str], slots: Sequence[str] | None = None
) -> None:
    named = zip(sqls, slots or [f"t{number}" for number in range(len(sqls))], strict=True)
    items = [
        f"case when isfinite({instant}) then epoch_us({instant}) end as {slot}"
        for sql, slot in named
        for instant in (f"cast({sql} as timestamptz)",)
    ]
    items = items or ["null as t0"]
    rows(
        connection,
        f"create or replace temp table {TIMES} as select {', '.join(items)} from {origin}",
    )


class _Finder:
    def __init__(self, connection: Connection, origin: str) -> None:
        self._connection = connection
        self._origin = origin
        self._keywords = {
            str(word)
            for (word,) in rows(
                connection,
                "select keyword_name from duckdb_keywords() where keyword_category = 'reserved'",
            )
        }
        self.unsure: list[str] = []

    def look_at(self, name: str, kind: str) -> _Candidate | None:
        if _JINJA.search(name):
            self.unsure.append(f"{name}: dbt would read its name as Jinja")
            return None
        if kind.startswith("TIMESTAMP"):
            return self._column(name, kind, "timestamp", "{}")
        if kind == "DATE":
            return self._column(name, kind, "date", "{}")
        if kind == "VARCHAR":
            form = self._of_text(name)
            return None if form is None else self._column(name, kind, "text", form)
        if _NUMBERS.match(kind) and _TIME_NAME.search(name):
            column = quote(name)
            form = self._of_number(column, "{}" if "INT" in kind else "cast({} as double)")
            return None if form is None else self._column(name, kind, "number", form)
        return None

    def _column(self, name: str, kind: str, how: str, form: str) -> _Candidate:
        return _Candidate(
            name, kind, how, form.format(self._as_declared(name)), form.format(quote(name))
        )

    def _as_declared(self, name: str) -> str:
        """Return a column's name as SQL, with quotes only where it needs them."""
        plain = re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name)
        return name if plain and fold(name) not in self._keywords else quote(name)

    def _of_text(self, name: str) -> str | None:
        """Return the cast of a text that is a time in every row, or None."""
        named = bool(_TIME_NAME.search(name))
        holds = {_ISO: _ISO, _NUMBER: _NUMBER} | {
            form: f"year(try_strptime(x, '{form}')) between 1900 and 2100"
            for group in _FORMATS
            for form in group
            if named or not form.startswith("%Y%m%d")  # any number of eight digits
        }
        fits = self._hold(name, holds)
        if _ISO in fits:
            plain = f"not regexp_matches(x, '{_OFFSET}')"
            zoned = not self._hold(name, {plain: plain})
            return f"cast({{}} as {'timestamptz' if zoned else 'timestamp'})"
        for group in _FORMATS:
            of_group = [form for form in group if form in fits]
            if len(of_group) > 1:
                self.unsure.append(f"{name}: its dates fit both {of_group[0]} and {of_group[1]}")
                return None
            if of_group:
                return f"strptime({{}}, '{of_group[0]}')"
        if named and _NUMBER in fits:
            return self._of_number(f"cast({quote(name)} as double)", "cast({} as double)")
        return None

    def _hold(self, name: str, conditions: Mapping[str, str]) -> set[str]:
        """Return which conditions on `x` hold for all texts of a column, of which there are some.

        A few rows are asked first, because most texts are no times.
        """
        texts = f"select {quote(name)} as x from {self._origin} where {quote(name)} is not null"
        asked = dict(conditions)
        for source in (f"{texts} limit {_SAMPLE}", texts):
            items = [f"bool_and(({condition}) is true)" for condition in asked.values()]
            answers = rows(self._connection, f"select {', '.join(items)} from ({source})")[0]
            asked = {each: asked[each] for each, yes in zip(asked, answers, strict=True) if yes}
            if not asked:
                break
        return set(asked)

    def _of_number(self, column: str, form: str) -> str | None:
        """Return the function for an epoch in a unit that its numbers fit, or None."""
        low, high = rows(
            self._connection, f"select min({column}), max({column}) from {self._origin}"
        )[0]
        if low is None:
            return None
        for size, function in _EPOCHS:
            if _FROM * size <= low and high < _UNTIL * size:
                # Only seconds come with a fraction.
                whole = form if size == 1 or form == "{}" else "cast({} as bigint)"
                return function.format(whole)
        return None


def _instant(count: int | None) -> datetime | None:
    try:
        return None if count is None else from_microseconds(count)
    except OverflowError:  # beyond the years that Python knows
        return None
