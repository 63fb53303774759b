"""Dates and times: units, and the arithmetic that each dialect has a name of its own for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlglot import exp

from entity_kit.dialects.macros import UNQUOTED, macro
from entity_kit.dialects.writing import filled

if TYPE_CHECKING:
    from entity_kit.dialects.calls import Call

UNITS = {
    "year": "year", "years": "year", "y": "year", "yy": "year", "yyy": "year", "yyyy": "year",
    "yr": "year", "yrs": "year",
    "quarter": "quarter", "quarters": "quarter", "q": "quarter", "qtr": "quarter", "qtrs": "quarter",
    "month": "month", "months": "month", "mm": "month", "mon": "month", "mons": "month",
    "week": "week", "weeks": "week", "w": "week", "wk": "week",
    "day": "day", "days": "day", "d": "day", "dd": "day",
    "hour": "hour", "hours": "hour", "h": "hour", "hh": "hour", "hr": "hour", "hrs": "hour",
    "minute": "minute", "minutes": "minute", "m": "minute", "mi": "minute", "min": "minute",
    "mins": "minute",
    "second": "second", "seconds": "second", "s": "second", "sec": "second", "secs": "second",
    "millisecond": "millisecond", "milliseconds": "millisecond", "ms": "millisecond",
    "microsecond": "microsecond", "microseconds": "microsecond", "us": "microsecond",
}  # fmt: skip
LONG = ("day", "week", "month", "quarter", "year")


def unit(call: Call, place: int) -> str:
    word = call.word(place)
    if word not in UNITS:
        raise call.refuse(f"The unit `{word}` isn't known.")
    return UNITS[word]


def instant(node: exp.Expr) -> exp.Expr:
    """Return a value that is a date or a time; a text literal is read as a timestamp."""
    if isinstance(node, exp.Null) or (isinstance(node, exp.Literal) and node.is_string):
        return filled("CAST({0} AS TIMESTAMP)", node)
    return node


def added(name: str, number: exp.Expr, to: exp.Expr) -> exp.Expr:
    """Add a number of units; a date stays a date where the units are days or longer."""
    step = filled(f"to_{name}s(CAST({{0}} AS BIGINT))", number)
    macro = "ek_date_plus" if name in LONG else "ek_time_plus"
    return filled(f"{macro}({{0}}, {{1}})", instant(to), step)


def boundaries(name: str, start: exp.Expr, end: exp.Expr) -> exp.Expr:
    """Count how often a unit begins between two instants."""
    if name == "week":
        template = "(date_diff('day', date_trunc('week', {0}), date_trunc('week', {1})) // 7)"
        return filled(template, instant(start), instant(end))
    return filled(f"date_diff('{name}', {{0}}, {{1}})", instant(start), instant(end))


def dateadd(call: Call) -> exp.Expr:
    """`dateadd(unit, number, date)`: a date stays a date if the unit is a day or longer."""
    call.count(3)
    number = call.arguments[1]
    if call.walk.dialect == "snowflake" and not isinstance(number, exp.Literal):
        number = filled("ek_bigint({0})", number)  # half away from zero
    return added(unit(call, 0), number, call.arguments[2])


def datediff(call: Call) -> exp.Expr:
    """`datediff(unit, start, end)`: how often the unit begins in between; weeks begin on Monday."""
    call.count(3)
    return boundaries(unit(call, 0), call.arguments[1], call.arguments[2])


def date_trunc(call: Call) -> exp.Expr:
    """`date_trunc(unit, date)`: a date stays a date; weeks begin on Monday."""
    call.count(2)
    return filled(f"ek_trunc('{unit(call, 0)}', {{0}})", instant(call.arguments[1]))


PLUS = (
    "create or replace macro ek_date_plus(a, b) as cast_to_type(a + b, a)",
    "create or replace macro ek_time_plus(a, b) as a + b",
)
TRUNC_KEEPS_DATES = "create or replace macro ek_trunc(u, a) as cast_to_type(date_trunc(u, a), a)"

# DuckDB reads more as a time: `10:00 PM` as 10:00, and a date as midnight.
CLOCK = "'^\\s*([01]?\\d|2[0-3]):\\d{2}(:\\d{2}(\\.\\d{0,6})?)?\\s*$'"
TIMES = tuple(
    macro(
        f"ek_{tried_}time(x)",
        "case when typeof(x) in ('VARCHAR', 'JSON') then case "
        f"when regexp_matches({UNQUOTED}, {CLOCK}) then cast({UNQUOTED} as time) "
        f"when {unread} then cast('Not known to be read alike: ' || {UNQUOTED} as time) end "
        "else cast(x as time) end",
    )
    for tried_, unread in (
        ("", f"{UNQUOTED} is not null"),
        ("try_", f"contains({UNQUOTED}, ':')"),
    )
)

# A month has 31 days, unless both are the same day of it, or its last.
MONTHS_APART = macro(
    "ek_months_apart(a, b)",
    "12 * (year(a) - year(b)) + month(a) - month(b) + case when day(a) = day(b) "
    "or (cast(a as date) = last_day(a) and cast(b as date) = last_day(b)) then 0e0 else "
    "((day(a) - day(b)) * 86400 + epoch(date_trunc('second', a) - date_trunc('day', a)) "
    "- epoch(date_trunc('second', b) - date_trunc('day', b))) / 2678400e0 end",
)
# Whether the number is rounded isn't documented. It would show in a small fraction.
SMALL_FRACTION = "'Months whose fraction is this small: cast to dates'"
MONTHS_BETWEEN = (
    MONTHS_APART,
    macro(
        "ek_months_between(a, b)",
        "case when ek_months_apart(a, b) <> round(ek_months_apart(a, b)) "
        "and abs(ek_months_apart(a, b) - round(ek_months_apart(a, b))) < 1e-5 "
        f"then cast({SMALL_FRACTION} as double) else ek_months_apart(a, b) end",
    ),
)

PARTS = {
    "year": "year", "quarter": "quarter", "month": "month", "day": "day", "hour": "hour",
    "minute": "minute", "second": "second", "dayofmonth": "day", "dayofyear": "doy",
    "doy": "doy", "yearday": "doy", "dy": "doy",
}  # fmt: skip


def extract(node: str, part: str, value: exp.Expr) -> exp.Expr:
    """Return the part of a date that is known by DuckDB's name."""
    return filled(f"{node}('{part}', {{0}})", instant(value))


def part_of(dialect: str, word: str) -> str:
    """Return the template for a part of a date in a dialect, or nothing if it isn't known."""
    own = OF_DIALECT[dialect]
    found = own.get(word) or own.get(UNITS.get(word, ""))
    if found is None:
        name = PARTS.get(word) or PARTS.get(UNITS.get(word, ""))
        found = f"CAST(date_part('{name}', {{0}}) AS BIGINT)" if name else ""
    return found


WHOLE_EPOCH = "CAST(floor(epoch({0})) AS BIGINT)"
ISO_WEEK = "CAST(date_part('week', {0}) AS BIGINT)"
ISO_DAY = "CAST(date_part('isodow', {0}) AS BIGINT)"
SUNDAY_0 = "CAST(date_part('dow', {0}) AS BIGINT)"
SUNDAY_1 = "(CAST(date_part('dow', {0}) AS BIGINT) + 1)"
ISO_YEAR = "CAST(date_part('isoyear', {0}) AS BIGINT)"
# "Supported date and time parts" of Snowflake's manual, with WEEK_START and
# WEEK_OF_YEAR_POLICY as they are unless set.
OF_DIALECT: dict[str, dict[str, str]] = {
    "snowflake": {
        **dict.fromkeys(("dayofweek", "weekday", "dow", "dw"), SUNDAY_0),
        **dict.fromkeys(("dayofweekiso", "dayofweek_iso", "weekday_iso", "dow_iso"), ISO_DAY),
        **dict.fromkeys(("week", "w", "wk", "weekofyear", "woy", "wy"), ISO_WEEK),
        **dict.fromkeys(("weekiso", "week_iso", "weekofyeariso", "weekofyear_iso"), ISO_WEEK),
        **dict.fromkeys(("yearofweek", "yearofweekiso"), ISO_YEAR),
        **dict.fromkeys(("epoch_second", "epoch", "epoch_seconds"), WHOLE_EPOCH),
        **dict.fromkeys(("epoch_millisecond", "epoch_milliseconds"), "epoch_ms({0})"),
        **dict.fromkeys(("epoch_microsecond", "epoch_microseconds"), "epoch_us({0})"),
    },
    # "EXTRACT" in "Date functions" and "Timestamp functions" of BigQuery's manual.
    "bigquery": {
        "dayofweek": SUNDAY_1,
        "isoweek": ISO_WEEK,
        "isoyear": ISO_YEAR,
        "week": "CAST(strftime({0}, '%U') AS BIGINT)",
        "date": "CAST({0} AS DATE)",
    },
    # "Date parts for date or timestamp functions" of Redshift's manual.
    "redshift": {
        **dict.fromkeys(("dow", "dayofweek", "dw", "weekday"), SUNDAY_0),
        **dict.fromkeys(("week", "w"), ISO_WEEK),
        "second": "CAST(date_part('second', {0}) AS BIGINT)",
        "epoch": WHOLE_EPOCH,
    },
    # "Date/Time Functions and Operators" of Postgres' manual.
    "postgres": {
        "dow": SUNDAY_0,
        "isodow": ISO_DAY,
        "week": ISO_WEEK,
        "isoyear": ISO_YEAR,
        "epoch": "epoch({0})",
        "second": "(CAST(date_part('microsecond', {0}) AS DOUBLE) / 1000000)",
    },
    # "extract function" of Databricks' manual.
    "databricks": {
        "dayofweek": SUNDAY_1,
        "dow": SUNDAY_1,
        "dayofweek_iso": ISO_DAY,
        **dict.fromkeys(("week", "w", "weeks", "weekofyear"), ISO_WEEK),
        "yearofweek": ISO_YEAR,
        "second": "CAST(date_part('microsecond', {0}) / 1000000 AS DECIMAL(8, 6))",
    },
}


def named_part(word: str) -> Any:
    """Return the entry of a function that is named for its part: `year(d)`."""

    def entry(call: Call) -> exp.Expr:
        call.count(1)
        template = part_of(call.walk.dialect, word)
        if not template:
            raise call.refuse(f"The part `{word}` isn't known.")
        return filled(template, instant(call.arguments[0]))

    entry.__doc__ = f"The part `{word}` of a date or a time."
    return entry


def date_part(call: Call) -> exp.Expr:
    """`date_part(part, date)`."""
    call.count(2)
    word = call.word(0)
    template = part_of(call.walk.dialect, word)
    if not template:
        raise call.refuse(f"The part `{word}` isn't known.")
    if call.walk.dialect in ("postgres", "redshift"):
        template = f"CAST({template} AS DOUBLE)"
    return filled(template, instant(call.arguments[1]))


def last_day(call: Call) -> exp.Expr:
    """`last_day(date[, unit])`: a date."""
    call.count(1, 2)
    name = unit(call, 1) if len(call.arguments) == 2 else "month"
    if name not in LONG or name == "day":
        raise call.refuse(f"The unit `{name}` isn't known.")
    template = f"CAST(date_trunc('{name}', {{0}}) + to_{name}s(1) - INTERVAL (1) DAY AS DATE)"
    return filled(template, instant(call.arguments[0]))


WEEKDAYS = ("mo", "tu", "we", "th", "fr", "sa", "su")


def next_day(call: Call) -> exp.Expr:
    """`next_day(date, 'fri')`: the first Friday after it."""
    template = (
        f"(CAST({{0}} AS DATE) + CAST(({weekday(call)} - isodow({{0}}) + 6) % 7 + 1 AS INTEGER))"
    )
    return filled(template, instant(call.arguments[0]))


def previous_day(call: Call) -> exp.Expr:
    """`previous_day(date, 'fri')`: the last Friday before it."""
    template = (
        f"(CAST({{0}} AS DATE) - CAST((isodow({{0}}) - {weekday(call)} + 6) % 7 + 1 AS INTEGER))"
    )
    return filled(template, instant(call.arguments[0]))


def weekday(call: Call) -> int:
    """Return the number of the weekday that the second argument names, from 1 for Monday."""
    call.count(2)
    name = call.text(1).strip().lower()
    if name[:2] not in WEEKDAYS:
        raise call.refuse(f"The day `{name}` isn't known.")
    return WEEKDAYS.index(name[:2]) + 1


def convert_timezone(call: Call) -> exp.Expr:
    """`convert_timezone(from, to, t)`: a wall clock; with two arguments under a cast or to UTC."""
    call.count(2, 3)
    if len(call.arguments) == 3:
        template = "((CAST({2} AS TIMESTAMP) AT TIME ZONE {0}) AT TIME ZONE {1})"
        return filled(template, *call.arguments)
    zone = call.text(0)
    outer = call.node.parent
    if isinstance(outer, exp.Cast) and str(outer.to.this.value) in WALL_CLOCKS:
        return filled("ek_wall({1}, {0})", *call.arguments)
    if isinstance(outer, exp.Anonymous) and str(outer.this).upper() in ("DATE", "TO_DATE"):
        return filled("ek_wall({1}, {0})", *call.arguments)
    if zone.upper() == "UTC":
        return filled("CAST({0} AS TIMESTAMPTZ)", call.arguments[1])
    raise call.refuse(
        "DuckDB's timestamps have no zone of their own. Cast it (`::timestamp_ntz`, `::date`)."
    )


WALL_CLOCKS = ("TIMESTAMPNTZ", "TIMESTAMP", "DATE", "DATETIME")
