"""BigQuery's calls with a form of their own: dates, arrays, structs, JSON."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from entity_kit.dialects import dates, formats, lists, structs, texts, types
from entity_kit.dialects.writing import filled

if TYPE_CHECKING:
    from entity_kit.dialects.calls import Call, Walk

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def week_of(node: exp.Expr) -> int | None:
    """Return how many days after Monday a week begins (`WEEK`, `WEEK(TUESDAY)`), or None."""
    name = str(node.this).upper() if isinstance(node, exp.Anonymous) else node.name.upper()
    if name == "WEEK" and isinstance(node, exp.Anonymous) and len(node.expressions) == 1:
        day = node.expressions[0].name.lower()
        return DAYS.index(day) if day in DAYS else None
    return {"WEEK": 6, "ISOWEEK": 0}.get(name)


def unit(call: Call, place: int) -> tuple[str, int]:
    """Return the unit that an argument names, and the shift of its weeks."""
    node = call.written[place]
    shift = week_of(node)
    if shift is not None:
        return "week", shift
    name = node.name.lower()
    if name not in (*dates.LONG, "hour", "minute", "second", "millisecond", "microsecond"):
        raise call.refuse(f"The unit `{node.sql('bigquery')}` isn't known.")
    return name, 0


def truncated(call: Call) -> exp.Expr:
    """`date_trunc(d, unit)` and its kin; weeks begin on Sunday unless they are named."""
    call.count(2, 3)
    if len(call.arguments) == 3 and call.text(2).upper() != "UTC":
        raise call.refuse("A time zone other than UTC isn't known.")
    name, shift = unit(call, 1)
    value = instant(call)
    if not shift:
        return filled(f"ek_trunc('{name}', {{0}})", value)
    days = f"INTERVAL ({shift}) DAY"
    template = f"ek_date_plus(ek_trunc('week', ek_date_plus({{0}}, -{days})), {days})"
    return filled(template, value)


def instant(call: Call, place: int = 0) -> exp.Expr:
    """Return an argument that is a date or a time; of text its type is that of the function."""
    node = call.arguments[place]
    if isinstance(node, exp.Literal) and node.is_string:
        kind = call.name.partition("_")[0]
        known = {"TIMESTAMP": "TIMESTAMPTZ", "DATETIME": "TIMESTAMP"}
        return filled(f"CAST({{0}} AS {known.get(kind, 'DATE')})", node)
    return node


def added(sign: str) -> Any:
    def entry(call: Call) -> exp.Expr:
        call.count(2)
        step = call.written[1]
        if not isinstance(step, exp.Interval):
            raise call.refuse("Its second argument must be an INTERVAL.")
        name = step.args["unit"].name.lower()
        macro = "ek_date_plus" if name in dates.LONG else "ek_time_plus"
        return filled(f"{macro}({{0}}, {sign}({{1}}))", instant(call), call.arguments[1])

    entry.__doc__ = "A date or a time and an interval; a date stays a date."
    return entry


def boundaries(call: Call) -> exp.Expr:
    """`date_diff(end, start, unit)`: how often the unit begins in between."""
    call.count(3)
    name, shift = unit(call, 2)
    end, start = instant(call, 0), instant(call, 1)
    if name != "week":
        return filled(f"date_diff('{name}', {{0}}, {{1}})", start, end)
    days = f"INTERVAL ({shift}) DAY"
    template = (
        f"(date_diff('day', date_trunc('week', {{0}} - {days}), date_trunc('week', {{1}} - {days}))"
        " // 7)"
    )
    return filled(template, start, end)


def elapsed(call: Call) -> exp.Expr:
    """`timestamp_diff(end, start, unit)`: whole units."""
    call.count(3)
    name, _ = unit(call, 2)
    if name in ("week", "month", "quarter", "year"):
        raise call.refuse(f"The unit `{name}` isn't known.")
    size = {"day": 86400000000, "hour": 3600000000, "minute": 60000000, "second": 1000000,
            "millisecond": 1000, "microsecond": 1}[name]  # fmt: skip
    end, start = instant(call, 0), instant(call, 1)
    return filled(f"((epoch_us({{0}}) - epoch_us({{1}})) // {size})", end, start)


def last_day(call: Call) -> exp.Expr:
    """`last_day(d[, unit])`."""
    call.count(1, 2)
    if len(call.arguments) == 1:
        return filled("last_day({0})", instant(call))
    name, shift = unit(call, 1)
    if name not in ("month", "quarter", "year"):
        raise call.refuse(f"The unit `{name}` isn't known.")
    del shift
    template = f"CAST(date_trunc('{name}', {{0}}) + to_{name}s(1) - INTERVAL (1) DAY AS DATE)"
    return filled(template, instant(call))


def date(call: Call) -> exp.Expr:
    """`date(x)`, `date(y, m, d)`, `date(timestamp, zone)`."""
    call.count(1, 2, 3)
    if len(call.arguments) == 3:
        return filled("make_date({*})", *call.arguments)
    if len(call.arguments) == 2:
        return filled("CAST(ek_wall({0}, {1}) AS DATE)", *call.arguments)
    return filled("ek_date({0})", *call.arguments)


def datetime(call: Call) -> exp.Expr:
    """`datetime(x)`, `datetime(timestamp, zone)`, `datetime(date, time(h, m, s))`."""
    call.count(1, 2)
    if len(call.arguments) == 2:
        if types.is_time(call.written[1]):
            return filled("(ek_date({0}) + {1})", *call.arguments)
        return filled("ek_wall({0}, {1})", *call.arguments)
    return filled("ek_datetime({0})", *call.arguments)


INTERVAL_PARTS = ("year", "month", "day", "hour", "minute", "second")


def make_interval(call: Call) -> exp.Expr:
    """`make_interval(hour => 1, second => x)`."""
    named = {}
    for place, one in enumerate(call.arguments):
        name = one.name.lower() if isinstance(one, exp.Kwarg) else INTERVAL_PARTS[place]
        named[name] = one.expression if isinstance(one, exp.Kwarg) else one
    if not named or set(named) - set(INTERVAL_PARTS) or len(named) < len(call.arguments):
        raise call.refuse("One of its parts isn't known.")
    parts = (f"to_{name}s(CAST({{{n}}} AS BIGINT))" for n, name in enumerate(named))
    return filled(f"({' + '.join(parts)})", *named.values())


def named_argument(walk: Walk, node: exp.Kwarg) -> exp.Expr:
    """`second => x`, where the function knows it."""
    call = node.parent
    if not isinstance(call, exp.Anonymous) or str(call.this).upper() != "MAKE_INTERVAL":
        raise walk.refuse("expression KWARG", node, "A named argument isn't known here.")
    node.set("expression", walk.visit(node.expression))
    return node


def from_base64(call: Call) -> exp.Expr:
    """Bytes, in a cast to STRING."""
    call.count(1)
    if not isinstance(call.node.parent, exp.Cast):
        raise call.refuse("It is known in a cast to STRING only.")
    return filled("from_base64({0})", *call.arguments)


def timestamp(call: Call) -> exp.Expr:
    """`timestamp(x)`; with a zone, of a wall clock there."""
    call.count(1, 2)
    if len(call.arguments) == 2:
        return filled("(CAST({0} AS TIMESTAMP) AT TIME ZONE {1})", *call.arguments)
    return filled("CAST({0} AS TIMESTAMPTZ)", *call.arguments)


def current(template: str) -> Any:
    def entry(call: Call) -> exp.Expr:
        call.count(0, 1)
        zone = call.text(0) if call.arguments else "UTC"
        return filled(template.replace("_)", "{0})"), exp.Literal.string(zone))

    entry.__doc__ = "The moment of the query; in UTC, or in a zone."
    return entry


def now(walk: Walk, node: exp.CurrentDatetime) -> exp.Expr:
    """`current_datetime` without parentheses."""
    walk.only_parts(node, set())
    return filled("(current_timestamp AT TIME ZONE 'UTC')")


def parsed(to: str) -> Any:
    def entry(call: Call) -> exp.Expr:
        call.count(2)
        safe = isinstance(call.node.parent, exp.SafeFunc)
        return formats.read(call, call.arguments[1], 0, to, attempt=safe)

    entry.__doc__ = f"A text in a format as {to.lower()}."
    return entry


def formatted(call: Call) -> exp.Expr:
    """`format_date(format, d)`; a timestamp in UTC, or in a zone."""
    call.count(2, 3)
    value = call.arguments[1]
    if len(call.arguments) == 3:
        value = filled("ek_wall({0}, {1})", value, call.arguments[2])
    return formats.written(call, value, 0)


def generated_dates(call: Call) -> exp.Expr:
    """`generate_date_array(from, to[, interval 1 day])`: a list of dates."""
    call.count(2, 3)
    step = call.written[2] if len(call.arguments) == 3 else None
    if step is not None and not (
        isinstance(step, exp.Interval) and step.args["unit"].name.lower() in dates.LONG
    ):
        raise call.refuse("Its step must be an INTERVAL of days or longer.")
    by = "{2}" if step is not None else "INTERVAL (1) DAY"
    template = (
        f"list_transform(generate_series(CAST({{0}} AS TIMESTAMP), CAST({{1}} AS TIMESTAMP), {by}), "
        "lambda d: CAST(d AS DATE))"
    )
    return filled(template, *call.arguments)


def array_agg(call: Call) -> exp.Expr:
    """`array_agg(x [ignore nulls] [order by y] [limit n])`: a list, NULL where there is no row."""
    call.count(1)
    if call.windowed:
        raise call.refuse("With OVER it isn't known.")
    value, inner = call.arguments[0], call.listed()
    kept = " FILTER (WHERE {1} IS NOT NULL)" if call.nulls == "ignore" else ""
    template = f"list({{0}}){kept}"
    if call.limit is None:
        return filled(template, *([inner, value] if kept else [inner]))
    return filled(f"list_slice({template}, 1, {{2}})", inner, value, call.limit)


def array_concat_agg(call: Call) -> exp.Expr:
    """`array_concat_agg(x [order by y])`: the lists in a row, without NULLs."""
    call.count(1)
    if call.windowed or call.limit or call.nulls or call.distinct:
        raise call.refuse("With OVER, DISTINCT, LIMIT or NULLS it isn't known.")
    template = "flatten(list({0}) FILTER (WHERE {1} IS NOT NULL))"
    return filled(template, call.listed(), call.arguments[0])


def string_agg(call: Call) -> exp.Expr:
    """`string_agg(x[, ','] [order by y])`: without NULLs; NULL where there is none."""
    call.count(1, 2)
    if call.limit or call.nulls:
        raise call.refuse("LIMIT or NULLS inside of it isn't known.")
    separator = call.arguments[1] if len(call.arguments) == 2 else exp.Literal.string(",")
    return texts.string_agg(call, call.arguments[0], separator)


def percentile_cont(call: Call) -> exp.Expr:
    """`percentile_cont(x, 0.5) over (…)`: interpolated, without NULLs."""
    call.count(2)
    if not call.windowed:
        raise call.refuse("It needs an OVER clause.")
    if call.nulls == "respect":
        raise call.refuse("RESPECT NULLS isn't known.")
    return filled("quantile_cont(CAST({0} AS DOUBLE), {1})", *call.arguments)


def shortened(call: Call) -> exp.Expr:
    """`trunc(x[, digits])`."""
    call.count(1, 2)
    if len(call.arguments) == 1:
        return filled("trunc({0})", *call.arguments)
    if isinstance(call.arguments[1], (exp.Literal, exp.Neg)) and call.number(1) < -300:
        raise call.refuse("So many digits before the point aren't known.")
    return filled("trunc({0}, CAST({1} AS INTEGER))", *call.arguments)


def safe(walk: Walk, node: exp.SafeFunc) -> exp.Expr:
    """`safe.parse_date(…)` and its kin: NULL where it would be an error."""
    name = str(getattr(node.this, "this", "")).upper()
    if name not in ("PARSE_DATE", "PARSE_DATETIME", "PARSE_TIMESTAMP"):
        raise walk.refuse(f"function SAFE.{name}", node, "What is an error there isn't known.")
    made: exp.Expr = walk.visit(node.this)
    return made


def number(walk: Walk, node: exp.Literal) -> exp.Expr:
    """A number with a point is a float there."""
    text = str(node.this)
    if not node.is_string and "." in text and "e" not in text.lower():
        return exp.Literal(this=f"{text}e0", is_string=False)
    return walk.same(node)


PATH = re.compile(r"\$(\.[A-Za-z_]\w*|\[\d+\]|\.\"[\w -]+\")*")


def path(call: Call) -> exp.Expr:
    """Return the path of a call, `$` where none is given."""
    text = call.text(1) if len(call.arguments) > 1 else "$"
    if not PATH.fullmatch(text):
        raise call.refuse(f"The path `{text}` isn't known: only names and numbers are.")
    return exp.Literal.string(text)


def json(macro: str) -> Any:
    def entry(call: Call) -> exp.Expr:
        call.count(1, 2)
        return filled(f"{macro}({{0}}, {{1}})", call.arguments[0], path(call))

    entry.__doc__ = "What a path leads to in a JSON."
    return entry


def extract(walk: Walk, node: exp.Extract) -> exp.Expr:
    """`extract(part from x [at time zone z])`; weeks begin on Sunday unless they are named."""
    value = node.expression
    part = node.this
    if isinstance(part, exp.Anonymous) and str(part.this).upper() == "WEEK":
        if week_of(part) not in (0, 6):
            raise walk.refuse(f"part {part.sql('bigquery')}", node, "It isn't known.")
        template = f"CAST(strftime({{0}}, '{'%W' if week_of(part) == 0 else '%U'}') AS BIGINT)"
    else:
        template = dates.part_of("bigquery", part.name.lower())
    if not template:
        raise walk.refuse(f"part {part.sql('bigquery')}", node, "It isn't known.")
    if isinstance(value, exp.AtTimeZone):
        inner = filled("ek_wall({0}, {1})", walk.visit(value.this), walk.visit(value.args["zone"]))
        return filled(template, inner)
    return filled(template, dates.instant(walk.visit(value)))


def select(walk: Walk, node: exp.Select) -> exp.Expr:
    """`select as struct a, b` is a query of one struct; otherwise plain SQL."""
    with_aliases_first(walk, node)
    lists.mark_outer(walk, node)
    if node.args.get("kind") != "STRUCT":
        return walk.same(node)
    names = [
        one.alias_or_name if isinstance(one, (exp.Alias, exp.Column)) else ""
        for one in node.expressions
    ]
    if isinstance(node.parent, exp.SetOperation):
        raise walk.refuse("clause AS STRUCT", node, "In a set operation it isn't known.")
    if not all(names) or "*" in names:
        raise walk.refuse("clause AS STRUCT", node, "A value without a name isn't known.")
    node.set("kind", None)
    made: Any = walk.same(node)
    made.set("expressions", [structs.made(names, made.expressions)])
    return made  # type: ignore[no-any-return]


def with_aliases_first(walk: Walk, node: exp.Select) -> None:
    """Let the aliases of a query win over its columns in GROUP BY and HAVING, as they do there.

    "GROUP BY clause" and "HAVING clause" in "Query syntax". In DuckDB the column wins.
    """
    aliases = {
        one.alias.lower(): (place, one.this)
        for place, one in enumerate(node.expressions, 1)
        if isinstance(one, exp.Alias) and not is_bare(one.this, one.alias)
    }
    group, having = node.args.get("group"), node.args.get("having")
    if group is not None and aliases:
        for one in group.expressions:
            if isinstance(one, exp.Column) and not one.table and one.name.lower() in aliases:
                one.replace(exp.Literal.number(aliases[one.name.lower()][0]))
        sets = [*(group.args.get("rollup") or []), *(group.args.get("cube") or [])]
        sets += group.args.get("grouping_sets") or []
        for one in (column for each in sets for column in each.find_all(exp.Column)):
            if not one.table and one.name.lower() in aliases:
                raise walk.refuse("clause GROUP BY", one, "An alias in ROLLUP isn't known.")
    if having is not None:
        for one in list(having.find_all(exp.Column)):
            inside = one.find_ancestor(exp.Anonymous, exp.Select)
            if not one.table and one.name.lower() in aliases:
                if inside is not node:
                    raise walk.refuse("clause HAVING", one, "It has the name of an alias.")
                one.replace(exp.Paren(this=aliases[one.name.lower()][1].copy()))


def is_bare(node: exp.Expr, name: str) -> bool:
    return isinstance(node, exp.Column) and node.name.lower() == name.lower()
