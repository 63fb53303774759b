"""Databricks' calls with a form of their own. They are compared with Spark by a test."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from entity_kit.dialects import dates, formats, patterns, structs, texts
from entity_kit.dialects.writing import filled

if TYPE_CHECKING:
    from entity_kit.dialects.calls import Call, Walk

UNITS = {
    "year": "year", "yyyy": "year", "yy": "year", "quarter": "quarter", "month": "month",
    "mm": "month", "mon": "month", "week": "week", "day": "day", "dd": "day", "hour": "hour",
    "minute": "minute", "second": "second",
}  # fmt: skip


def unit(call: Call, place: int) -> str:
    word = call.text(place).lower()
    if word not in UNITS:
        raise call.refuse(f"The unit `{word}` isn't known.")
    return UNITS[word]


def date_trunc(call: Call) -> exp.Expr:
    """`date_trunc('MONTH', t)`: a timestamp; weeks begin on Monday."""
    call.count(2)
    template = f"(date_trunc('{unit(call, 0)}', {{0}}) + INTERVAL (0) SECOND)"
    return filled(template, dates.instant(call.arguments[1]))


def trunc(call: Call) -> exp.Expr:
    """`trunc(d, 'MM')`: a date."""
    call.count(2)
    name = unit(call, 1)
    if name not in ("year", "quarter", "month", "week"):
        raise call.refuse(f"The unit `{name}` isn't known.")
    return filled(f"CAST(date_trunc('{name}', {{0}}) AS DATE)", dates.instant(call.arguments[0]))


def date_add(sign: str) -> Any:
    def entry(call: Call) -> exp.Expr:
        call.count(2)
        template = f"(CAST({{0}} AS DATE) {sign} CAST({{1}} AS INTEGER))"
        return filled(template, *call.arguments)

    entry.__doc__ = "A date and a number of days."
    return entry


def dateadd(call: Call) -> exp.Expr:
    """`dateadd(unit, number, t)`: a timestamp."""
    call.count(3)
    name = dates.unit(call, 0)
    template = f"({{1}} + to_{name}s(CAST({{0}} AS BIGINT)))"
    return filled(template, call.arguments[1], dates.instant(call.arguments[2]))


def datediff(call: Call) -> exp.Expr:
    """`datediff(end, start)`: days; `datediff(unit, start, end)`: whole units that went by."""
    call.count(2, 3)
    if len(call.arguments) == 2:
        template = "date_diff('day', CAST({1} AS DATE), CAST({0} AS DATE))"
        return filled(template, *call.arguments)
    name = dates.unit(call, 0)
    size = {"week": 604800000000, "day": 86400000000, "hour": 3600000000, "minute": 60000000,
            "second": 1000000}.get(name)  # fmt: skip
    if size is None:
        raise call.refuse(f"The unit `{name}` isn't known.")
    start, end = (dates.instant(one) for one in call.arguments[1:])
    return filled(f"((epoch_us({{0}}) - epoch_us({{1}})) // {size})", end, start)


def elapsed(call: Call) -> exp.Expr:
    """`timestampdiff(unit, start, end)`: whole units that went by."""
    call.count(3)
    return datediff(call)


def reader(to: str, plain: str) -> Any:
    def entry(call: Call) -> exp.Expr:
        call.count(1, 2)
        if len(call.arguments) == 1:
            return filled(plain, *call.arguments)
        return formats.read(call, call.arguments[0], 1, to)

    entry.__doc__ = f"A text as {to.lower()}, read as ISO 8601 or by a format."
    return entry


def date_format(call: Call) -> exp.Expr:
    """`date_format(t, 'yyyy-MM')`."""
    call.count(2)
    return formats.written(call, call.arguments[0], 1)


def split(call: Call) -> exp.Expr:
    """`split(x, ',')`: a list; the separator must be plain characters."""
    call.count(2)
    given = call.text(1)
    plain = re.sub(r"\\(\W)", r"\1", given)
    if not given or re.search(r"[\[\](){}*+?|^$.\\]", re.sub(r"\\\W", "", given)):
        raise call.refuse(f"The pattern `{given}` isn't plain characters.")
    return filled("string_split({0}, {1})", call.arguments[0], exp.Literal.string(plain))


def regexp_extract(call: Call) -> exp.Expr:
    """`regexp_extract(x, pattern[, group])`: the group of the first match, or an empty text."""
    call.count(2, 3)
    group = call.number(2) if len(call.arguments) == 3 else 1
    pattern = exp.Literal.string(patterns.checked(call, 1, found=True))
    return filled(f"regexp_extract({{0}}, {{1}}, {group})", patterns.subject(call), pattern)


def regexp_substr(call: Call) -> exp.Expr:
    """`regexp_substr(x, pattern)`: the first match, or NULL."""
    call.count(2)
    return patterns.found_text(call, patterns.checked(call, 1, found=True), 0, "")


def sorted_(call: Call) -> exp.Expr:
    """`sort_array(a[, true])`: a list in order; NULLs are the least."""
    call.count(1, 2)
    falling = call.written[1].sql().lower() if len(call.arguments) == 2 else "true"
    how = {"true": "'ASC', 'NULLS FIRST'", "false": "'DESC', 'NULLS LAST'"}.get(falling)
    if how is None:
        raise call.refuse("Argument 2 must be written out.")
    return filled(f"list_sort({{0}}, {how})", call.arguments[0])


def named_struct(call: Call) -> exp.Expr:
    """`named_struct('a', x, …)`."""
    call.plain()
    if len(call.arguments) % 2 or not call.arguments:
        raise call.refuse("It needs names and values.")
    names = [call.text(place) for place in range(0, len(call.arguments), 2)]
    return structs.made(names, call.arguments[1::2])


def json_object(call: Call) -> exp.Expr:
    """`get_json_object(x, '$.a.b')`: a value as text; an object isn't written alike."""
    call.count(2)
    path = call.text(1)
    if not re.fullmatch(r"\$(\.[A-Za-z_]\w*|\[\d+\])*", path):
        raise call.refuse(f"The path `{path}` isn't known: only names and numbers are.")
    return filled("ek_json_text({0}, {1})", call.arguments[0], exp.Literal.string(path))


def sequence(call: Call) -> exp.Expr:
    """`sequence(1, 5, 2)`, `sequence(from, to, interval 1 day)`: a list."""
    call.count(3)
    if isinstance(call.written[2], exp.Interval):
        if call.written[2].args["unit"].name.lower().rstrip("s") not in ("day", "week"):
            raise call.refuse("Its step must be an INTERVAL of days.")
        template = (
            "list_transform(generate_series(CAST({0} AS TIMESTAMP), CAST({1} AS TIMESTAMP), {2}), "
            "lambda d: cast_to_type(d, {0}))"
        )
        return filled(template, *call.arguments)
    return filled("generate_series({0}, {1}, {2})", *call.arguments)


def collect_list(call: Call) -> exp.Expr:
    """`collect_list(x)`: a list without NULLs, empty where there is none."""
    call.count(1)
    call.plain()
    if call.windowed:
        raise call.refuse("With OVER it isn't known.")
    return filled("coalesce(list({0}) FILTER (WHERE {0} IS NOT NULL), [])", *call.arguments)


def collect_set(call: Call) -> exp.Expr:
    """`collect_set(x)`: each value once, in ascending order here."""
    call.count(1)
    call.plain()
    if call.windowed:
        raise call.refuse("With OVER it isn't known.")
    template = "coalesce(list(DISTINCT {0} ORDER BY {0}) FILTER (WHERE {0} IS NOT NULL), [])"
    return filled(template, *call.arguments)


def string_agg(call: Call) -> exp.Expr:
    """`listagg(x[, ','])`: without NULLs; NULL where there is none."""
    call.count(1, 2)
    if call.limit or call.nulls:
        raise call.refuse("LIMIT or NULLS inside of it isn't known.")
    separator = call.arguments[1] if len(call.arguments) == 2 else exp.Literal.string("")
    return texts.string_agg(call, call.arguments[0], separator)


def element(walk: Walk, node: exp.Bracket) -> exp.Expr:
    """`a[0]`: an error outside of the list."""
    walk.only_parts(node, {"this", "expressions"})
    place = node.expressions[0]
    if isinstance(place, exp.Literal) and place.is_string:
        raise walk.refuse("expression []", node, "The key of a map isn't known.")
    return filled("ek_at({0}, {1})", walk.visit(node.this), walk.visit(place))


def whole_quotient(walk: Walk, node: exp.IntDiv) -> exp.Expr:
    """`a div b`."""
    return filled("ek_div({0}, {1})", walk.visit(node.this), walk.visit(node.expression))


def select(walk: Walk, node: exp.Select) -> exp.Expr:
    """A query; `lateral view [outer] explode(a) t as x` becomes a join."""
    joins = list(node.args.get("joins") or [])
    for view in node.args.get("laterals") or []:
        call = view.this
        names = view.args["alias"].columns if view.args.get("alias") else []
        exploded = isinstance(call, exp.Anonymous) and str(call.this).upper() == "EXPLODE"
        if not exploded or len(names) != 1 or len(call.expressions) != 1:
            raise walk.refuse("clause LATERAL VIEW", view, "It is known with explode and one name.")
        alias = view.args["alias"].this
        rows = f"LATERAL (SELECT unnest({{0}}) AS {{1}}){' AS {2}' if alias else ''}"
        this = filled(rows, walk.visit(call.expressions[0]), names[0], alias)
        left = bool(view.args.get("outer"))
        joins.append(exp.Join(this=this, **({"side": "LEFT"} if left else {"kind": "CROSS"})))
    node.set("laterals", None)
    node.set("joins", joins or None)
    return walk.same(node)


def minus(walk: Walk, node: exp.Sub) -> exp.Expr:
    """`a - b`; a date less a date isn't a number of days there."""
    if isinstance(node.this, exp.Literal) or isinstance(node.expression, exp.Literal):
        return walk.same(node)
    if isinstance(node.expression, exp.Interval):
        return moved(walk, node)
    return filled("ek_minus({0}, {1})", walk.visit(node.this), walk.visit(node.expression))


def moved(walk: Walk, node: exp.Add | exp.Sub) -> exp.Expr:
    """`d + interval 1 day`: a date stays a date if the unit is a day or longer."""
    step = node.expression
    value = node.this
    if isinstance(value, exp.Interval) and isinstance(node, exp.Add):
        value, step = step, value
    if not isinstance(step, exp.Interval) or not isinstance(step.args.get("unit"), exp.Var):
        return walk.same(node)
    name = dates.UNITS.get(step.args["unit"].name.lower(), "")
    sign = "-" if isinstance(node, exp.Sub) else ""
    macro = "ek_date_plus" if name in dates.LONG else "ek_time_plus"
    return filled(f"{macro}({{0}}, {sign}({{1}}))", walk.visit(value), walk.visit(step))


def minus_dates(walk: Walk, node: exp.Sub) -> exp.Expr:
    """`a - b`; a date less a date isn't a number of days there."""
    sides = (node.this, node.expression)
    if any(isinstance(one, (exp.Literal, exp.Interval)) for one in sides):
        return walk.same(node)
    return filled("ek_minus({0}, {1})", walk.visit(node.this), walk.visit(node.expression))


def path(walk: Walk, node: exp.JSONExtract) -> exp.Expr:
    """`a:b.c[0]`, of a text, or of a VARIANT that is cast then."""
    walk.only_parts(node, {"this", "expression", "variant_extract", "requires_json"})
    if not node.args.get("variant_extract"):
        raise walk.refuse("operator ->", node, "It isn't known here.")
    steps = ""
    for part in node.expression.expressions:
        key = part.this
        if (
            isinstance(part, exp.JSONPathKey)
            and isinstance(key, str)
            and re.fullmatch(r"[\w -]+", key)
        ):
            steps += f'."{key}"'
        elif isinstance(part, exp.JSONPathSubscript) and isinstance(key, int) and key >= 0:
            steps += f"[{key}]"
        elif not isinstance(part, exp.JSONPathRoot):
            raise walk.refuse(
                f"path {node.sql('databricks')}", node, "One of its steps isn't known."
            )
    macro = "ek_colon" if isinstance(node.parent, exp.Cast) else "ek_colon_of_text"
    return filled(f"{macro}({{0}}, {{1}})", walk.visit(node.this), exp.Literal.string(f"${steps}"))
