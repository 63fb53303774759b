"""Dates and times: units, and the arithmetic that each dialect has a name of its own for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from entity_kit.dialects.writing import filled

if TYPE_CHECKING:
    from entity_kit.dialects.checking import Call

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
    if isinstance(node, exp.Literal) and node.is_string:
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
    return added(unit(call, 0), call.arguments[1], call.arguments[2])


def datediff(call: Call) -> exp.Expr:
    """`datediff(unit, start, end)`: how often the unit begins in between; weeks begin on Monday."""
    call.count(3)
    return boundaries(unit(call, 0), call.arguments[1], call.arguments[2])


def date_trunc(call: Call) -> exp.Expr:
    """`date_trunc(unit, date)`: a date stays a date; weeks begin on Monday."""
    call.count(2)
    return filled(f"ek_trunc('{unit(call, 0)}', {{0}})", instant(call.arguments[1]))


DATE_PLUS = (
    "create or replace macro ek_date_plus(a DATE, b INTERVAL) as cast(a + b as date), "
    "(a TIMESTAMP, b INTERVAL) as a + b, (a TIMESTAMPTZ, b INTERVAL) as a + b"
)
PLUS = (DATE_PLUS, "create or replace macro ek_time_plus(a, b) as a + b")
TRUNC_KEEPS_DATES = (
    "create or replace macro ek_trunc(u, a DATE) as cast(date_trunc(u, a) as date), "
    "(u, a TIMESTAMP) as cast(date_trunc(u, a) as timestamp), "
    "(u, a TIMESTAMPTZ) as date_trunc(u, a)"
)
