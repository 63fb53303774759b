"""A project's declared sources, their deliveries, and when their rows arrived."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from entity_kit.dbt_bridge.nodes import meta_of
from entity_kit.errors import EntityKitError, closest_word, refuse_unknown
from entity_kit.warehouse import QueryError, Relation, answered, quote, rows, unquoted

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from entity_kit.warehouse import Connection

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_TIMES = ("TIMESTAMP", "DATE")
# Python's range of years, less what a time zone may shift.
_LOWEST = datetime(1, 1, 2, tzinfo=timezone.utc)
_HIGHEST = datetime(9999, 12, 30, tzinfo=timezone.utc)
# Distinct arrival times kept per source: all of fewer than so many, about so many of more. The first
# and the last are always kept.
_SAMPLE = 10_000


# A text, a quoted name, or a word of an expression.
_WORD = re.compile(r"""'(?:[^']|'')*'|"(?:[^"]|"")*"|[^\W\d][\w$]*""")


@dataclass(frozen=True, slots=True)
class Delivery:
    """What a source may do to its readers; whatever is not declared is never simulated."""

    late_by: timedelta | None = None
    updates: bool = False
    deletes: str = "none"
    redelivers: bool = False
    split_batches: bool = False


@dataclass(frozen=True, slots=True)
class Source:
    """A relation whose rows arrive: a source table, or a seed.

    `relation` is the name that the project reads; `origin` is SQL for the rows themselves;
    `loaded_at` and `event_time` are SQL expressions over them. `loaded_column` and `event_column`
    name the column where the expression is just that; `event_columns` are all that it reads. For
    columns that are `fixed` no value can be made up.
    """

    unique_id: str
    name: str
    relation: Relation
    origin: str
    loaded_at: str
    event_time: str | None = None
    row_key: tuple[str, ...] = ()
    delivery: Delivery = field(default_factory=Delivery)
    loaded_column: str | None = None
    event_column: str | None = None
    event_columns: frozenset[str] = frozenset()
    fixed: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Arrivals:
    """When the rows of one source arrived.

    `instants` are some or all of the distinct arrival times in order, `weights` the rows of each.
    Rows `beyond` have an infinite time, or one that no calendar of Python's has. Of each set that
    is `telling`, a cut at one of its instants shows a kind of mistake that few cuts show (timeline).
    The loads in `behind` are about times that lie far back.
    """

    rows: int
    nulls: int
    future: int
    first: datetime | None
    last: datetime | None
    instants: tuple[datetime, ...]
    weights: tuple[int, ...]
    zoned: bool
    beyond: int = 0
    whole: bool = True  # all of the distinct arrival times are there
    kept: str = "true"  # SQL: whether a row came at one of the instants
    telling: tuple[frozenset[datetime], ...] = ()
    behind: frozenset[datetime] = frozenset()


def declared(node: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return what a source or seed declares, or None if it declares no arrival."""
    config = node.get("config") or {}
    ours = _ours(node["name"], meta_of(node).get("entity_kit") or {})
    loaded_at = (
        ours.get("loaded_at_field") or config.get("loaded_at_field") or node.get("loaded_at_field")
    )
    if not loaded_at or config.get("loaded_at_query") or node.get("loaded_at_query"):
        if ours.get("delivery"):
            raise EntityKitError(
                f"{node['name']} declares a delivery, but not when its rows arrive.",
                fix="Add loaded_at_field, or remove the delivery.",
            )
        return None
    return {
        "loaded_at": str(loaded_at),
        "event_time": config.get("event_time") or ours.get("event_time"),
        "row_key": _names(node["name"], ours.get("row_key")),
        "delivery": parse_delivery(node["name"], ours.get("delivery") or {}),
    }


def _ours(name: str, given: Any) -> dict[str, Any]:
    known = ("loaded_at_field", "event_time", "row_key", "delivery", "mask")
    if not isinstance(given, dict):
        raise EntityKitError(
            f"{name}: `meta.entity_kit` must be a mapping; got {given!r}.",
            fix="For example: entity_kit: {row_key: [order_id], delivery: {updates: true}}",
        )
    refuse_unknown(f"{name}: `meta.entity_kit` of a source", given, known)
    return given


def parse_delivery(name: str, given: Mapping[str, Any]) -> Delivery:
    """Read `delivery:`, and refuse misspelled words with the closest known one."""
    if not isinstance(given, dict):
        raise EntityKitError(
            f"{name}: `delivery` must be a mapping; got {given!r}.",
            fix="For example: delivery: {late_by: {days: 3}, updates: true}",
        )
    known = ("late_by", "updates", "deletes", "redelivers", "split_batches")
    refuse_unknown(f"{name}: `delivery`", given, known)
    for key in ("updates", "redelivers", "split_batches"):
        if not isinstance(given.get(key, False), bool):
            raise EntityKitError(
                f"{name}: `delivery.{key}` must be true or false; got {given[key]!r}.",
                fix=f"Write {key}: true, or remove it.",
            )
    deletes = given.get("deletes", "none")
    if deletes not in ("none", "hard"):
        raise EntityKitError(
            f"{name}: `delivery.deletes` must be none or hard; got {deletes!r}.",
            fix="hard: a row may disappear from the source.",
        )
    return Delivery(
        late_by=_interval(name, given["late_by"]) if "late_by" in given else None,
        updates=given.get("updates", False),
        deletes=deletes,
        redelivers=given.get("redelivers", False),
        split_batches=given.get("split_batches", False),
    )


def _interval(name: str, given: Any) -> timedelta:
    units = ("weeks", "days", "hours", "minutes", "seconds")
    if not isinstance(given, dict) or not given:
        raise EntityKitError(
            f"{name}: `delivery.late_by` must be a mapping of units; got {given!r}.",
            fix="For example: late_by: {days: 3}",
        )
    for unit, amount in given.items():
        if unit not in units:
            raise EntityKitError(
                f"{name}: `delivery.late_by` knows {', '.join(units)}; got `{unit}`.",
                fix=closest_word(unit, units),
            )
        # Written so that NaN is refused too.
        if isinstance(amount, bool) or not isinstance(amount, (int, float)) or not amount >= 0:
            raise EntityKitError(
                f"{name}: `delivery.late_by.{unit}` must be a number of {unit}; got {amount!r}.",
                fix=f"For example: late_by: {{{unit}: 3}}",
            )
    try:
        return timedelta(**given)
    except OverflowError as error:
        raise EntityKitError(
            f"{name}: `delivery.late_by` is too long: {given!r}.",
            fix="For example: late_by: {days: 3}",
        ) from error


def _names(name: str, given: Any) -> tuple[str, ...]:
    if given is None:
        return ()
    if isinstance(given, str):
        return (given,)
    if isinstance(given, list) and all(isinstance(item, str) for item in given):
        return tuple(given)
    raise EntityKitError(
        f"{name}: `row_key` must be a column or a list of columns; got {given!r}.",
        fix="For example: row_key: [order_id]",
    )


def resolve(connection: Connection, source: Source) -> Source:
    """Turn declared names into SQL expressions, and refuse names that the relation doesn't have."""
    try:
        described = rows(connection, f"describe select * from {source.origin}")
    except QueryError as error:
        raise EntityKitError(
            f"Source {source.name} can't be read.\n{error}",
            fix="Load it, or correct its database, schema, or identifier in the YAML.",
        ) from error
    columns = [str(row[0]) for row in described]
    event = source.event_time
    return replace(
        source,
        loaded_at=_expression(connection, source, "loaded_at_field", source.loaded_at, columns),
        event_time=_expression(connection, source, "event_time", event, columns) if event else None,
        row_key=tuple(_column(source, name, columns) for name in source.row_key),
        loaded_column=_bare_column(source.loaded_at, columns),
        event_column=_bare_column(event, columns) if event else None,
        event_columns=_read_columns(event, columns) if event else frozenset(),
    )


def _read_columns(expression: str, columns: list[str]) -> frozenset[str]:
    """Return the columns that an expression names, each by a whole word or in quotes."""
    words = (match[0] for match in _WORD.finditer(expression))
    named = {unquoted(word).casefold() for word in words if word[0] != "'"}
    return frozenset(column for column in columns if column.casefold() in named)


def _bare_column(declared_as: str, columns: list[str]) -> str | None:
    """Return the column that a declaration names, if it is a column and not an expression."""
    by_name = {column.casefold(): column for column in columns}
    bare = declared_as.strip()
    return by_name.get(bare.casefold()) or by_name.get(unquoted(bare).casefold())


def _column(source: Source, name: str, columns: list[str]) -> str:
    for column in columns:
        if column.casefold() == name.casefold():
            return column
    raise EntityKitError(
        f"Source {source.name} has no column `{name}` (declared in row_key); "
        f"it has {', '.join(columns)}.",
        fix=closest_word(name, columns),
    )


def _expression(
    connection: Connection, source: Source, field_name: str, declared_as: str, columns: list[str]
) -> str:
    bare = declared_as.strip()
    known = _bare_column(bare, columns)
    sql = quote(known) if known else f"({bare})"
    try:
        found = rows(connection, f"describe select {sql} as t from {source.origin}")[0][1]
    except QueryError as error:
        if re.fullmatch(r'\w+|"[^"]*"', bare):
            raise EntityKitError(
                f"Source {source.name} declares {field_name}: {declared_as}, which it doesn't have; "
                f"its columns are {', '.join(columns)}.",
                fix=closest_word(bare, columns),
            ) from error
        raise EntityKitError(
            f"Source {source.name} declares {field_name}: {declared_as}, which DuckDB can't read.\n"
            f"{error}",
            fix=f"Correct the expression; the columns are {', '.join(columns)}.",
        ) from error
    if not str(found).startswith(_TIMES):
        raise EntityKitError(
            f"Source {source.name} declares {field_name}: {declared_as}, which is {found}; "
            "it must be a date or a timestamp.",
            fix=f'Write an expression, such as {field_name}: "cast({bare} as timestamp)".',
        )
    return sql


def arrivals(connection: Connection, source: Source, now: datetime) -> Arrivals:
    """Measure when a source's rows arrived, in two passes and constant memory."""
    with answered(f"read when the rows of source {source.name} arrived"):
        return _arrivals(connection, source, now)


def _arrivals(connection: Connection, source: Source, now: datetime) -> Arrivals:
    instant = f"cast({source.loaded_at} as timestamptz)"
    lowest, highest, real_now = (
        f"make_timestamptz({to_microseconds(moment)})" for moment in (_LOWEST, _HIGHEST, now)
    )
    within = f"{instant} between {lowest} and {highest}"
    total, nulls, future, beyond, first, last, distinct = rows(
        connection,
        f"""
        select
            count(*),
            count(*) filter ({source.loaded_at} is null),
            count(*) filter ({instant} > {real_now} and {within}),
            count(*) filter ({instant} > {highest}),
            epoch_us(min({instant}) filter ({within})),
            epoch_us(max({instant}) filter ({within})),
            approx_count_distinct({instant})
        from {source.origin}
        """,
    )[0]
    sampled = max(1, distinct // _SAMPLE)
    kept = within
    if sampled > 1:
        ends = f"epoch_us({instant}) in ({first}, {last})"
        kept = f"{within} and (hash({instant}) % {sampled} = 0 or {ends})"
    sample = rows(
        connection,
        f"""
        select epoch_us(instant), weight
        from (
            select {instant} as instant, count(*) as weight
            from {source.origin}
            where {kept}
            group by 1  -- a column of the source may be called `instant`
        )
        order by instant
        """,
    )
    kind = rows(connection, f"describe select {source.loaded_at} as t from {source.origin}")[0][1]
    return Arrivals(
        rows=total,
        nulls=nulls,
        future=future,
        first=None if first is None else from_microseconds(first),
        last=None if last is None else from_microseconds(last),
        instants=tuple(from_microseconds(row[0]) for row in sample),
        weights=tuple(row[1] for row in sample),
        zoned="TIME ZONE" in str(kind),
        beyond=beyond,
        whole=sampled == 1,
        kept=kept,
    )


def declaration(tables: Iterable[tuple[str, str]]) -> str:
    """Return YAML that declares when the rows of tables arrive; `tables` are sources and their tables."""
    lines = ["sources:"]
    for source, found in groupby(tables, key=itemgetter(0)):
        lines += [f"  - name: {source}", "    tables:"]
        for _, table in found:
            lines += [f"      - name: {table}", "        config: {loaded_at_field: loaded_at}"]
    return "\n".join(lines)


def to_microseconds(instant: datetime) -> int:
    """Count the microseconds since 1970 (UTC) of an aware datetime, exactly."""
    return (instant - EPOCH) // timedelta(microseconds=1)


def from_microseconds(count: int) -> datetime:
    """Return the aware datetime (UTC) of a count of microseconds since 1970, exactly."""
    return EPOCH + timedelta(microseconds=count)
