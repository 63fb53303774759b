"""Postgres' calls with a form of their own; Redshift shares some."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from entity_kit.dialects import formats, patterns, rules, texts
from entity_kit.dialects.writing import Filled, filled

if TYPE_CHECKING:
    from entity_kit.dialects.calls import Call, Walk


def joined(call: Call) -> exp.Expr:
    """The texts in a row; a NULL is left out."""
    parts = [filled("ek_output({0})", one) for one in call.arguments]
    return filled("concat({*})", *parts)


def joined_by(call: Call) -> exp.Expr:
    """The texts in a row with a separator; a NULL is left out with its separator."""
    parts = [filled("ek_output({0})", one) for one in call.arguments[1:]]
    if not parts:
        raise call.refuse("It has no texts to join.")
    return filled("concat_ws({*})", call.arguments[0], *parts)


def regexp_replace(call: Call) -> exp.Expr:
    """The first match replaced, or with `g` every one."""
    call.count(3, 4)
    flags = call.text(3) if len(call.arguments) == 4 else ""
    if set(flags) - set("gi"):
        raise call.refuse(f"The flags `{flags}` aren't known.")
    by = call.text(2)
    if re.search(r"\\(?!\d|\\)", by):
        raise call.refuse(f"The replacement `{by}` may be read otherwise.")
    given = [exp.Literal.string(one) for one in (patterns.checked(call, 1, found=True), by, flags)]
    if not flags:
        return filled("regexp_replace({0}, {1}, {2})", patterns.subject(call), *given[:2])
    return filled("regexp_replace({0}, {1}, {2}, {3})", patterns.subject(call), *given)


def to_timestamp(call: Call) -> exp.Expr:
    """`to_timestamp(seconds)`, `to_timestamp(text, format)`."""
    call.count(1, 2)
    if len(call.arguments) == 1:
        return filled("to_timestamp({0})", *call.arguments)
    return formats.read(call, call.arguments[0], 1, "TIMESTAMPTZ")


def to_timestamp_of_text(call: Call) -> exp.Expr:
    """`to_timestamp(text, format)`."""
    call.count(2)
    return to_timestamp(call)


def to_date(call: Call) -> exp.Expr:
    """`to_date(text, format)`."""
    call.count(2)
    return formats.read(call, call.arguments[0], 1, "DATE")


def to_char(call: Call) -> exp.Expr:
    """`to_char(time, format)`; formats of numbers aren't known."""
    call.count(2)
    return formats.written(call, call.arguments[0], 1)


def array_agg(call: Call) -> exp.Expr:
    """`array_agg(x [order by y])`: a list with its NULLs."""
    call.count(1)
    if call.windowed or call.limit or call.nulls:
        raise call.refuse("With OVER, LIMIT or NULLS it isn't known.")
    return filled("list({0})", call.listed())


def string_agg(call: Call) -> exp.Expr:
    """`string_agg(x, ',' [order by y])`: without NULLs."""
    call.count(2)
    if call.limit or call.nulls:
        raise call.refuse("LIMIT or NULLS inside of it isn't known.")
    return texts.string_agg(call, call.arguments[0], call.arguments[1])


def trim(walk: Walk, node: exp.Trim) -> exp.Expr:
    """`trim([both|leading|trailing] [a from] b)`."""
    walk.only_parts(node, {"this", "expression", "position"})
    name = {"": "trim", "BOTH": "trim", "LEADING": "ltrim", "TRAILING": "rtrim"}[
        str(node.args.get("position") or "").upper()
    ]
    parts = [walk.visit(node.this)]
    if node.expression:
        return filled(f"{name}({{0}}, {{1}})", *parts, walk.visit(node.expression))
    return filled(f"{name}({{0}}, ' ')", *parts)


def substring(walk: Walk, node: exp.Substring) -> exp.Expr:
    """`substring(a from 1 for 2)`, `substring(a, 1, 2)`."""
    walk.only_parts(node, {"this", "start", "length"})
    start, length = node.args.get("start"), node.args.get("length")
    if isinstance(start, exp.Literal) and start.is_string:
        raise walk.refuse("function SUBSTRING", node, "With a pattern it isn't known.")
    value = walk.visit(node.this)
    if start is None or length is None:
        first = walk.visit(start) if start is not None else exp.Literal.number(1)
        return filled("ek_substr({0}, {1})", value, first)
    return filled("ek_substr_of({0}, {1}, {2})", value, walk.visit(start), walk.visit(length))


def at_time_zone(walk: Walk, node: exp.AtTimeZone) -> exp.Expr:
    """`t at time zone 'Europe/Berlin'`."""
    return filled("ek_zone({0}, {1})", walk.visit(node.this), walk.visit(node.args["zone"]))


def power(walk: Walk, node: exp.Pow) -> exp.Expr:
    """`a ^ b`."""
    return filled("power({0}, {1})", walk.visit(node.this), walk.visit(node.expression))


def bits(sign: str) -> Any:
    def rule(walk: Walk, node: exp.Binary) -> exp.Expr:
        template = f"({{0}} {sign} {{1}})"
        return filled(template, walk.visit(node.this), walk.visit(node.expression))

    rule.__doc__ = f"`a {sign} b` of whole numbers."
    return rule


def step(walk: Walk, node: exp.Expr) -> exp.Expr:
    """Return the path of `-> 'a'` or `-> 0`."""
    walk.only_parts(node, {"this", "expression", "only_json_types"})
    path = ""
    for part in getattr(node.expression, "expressions", []):
        if isinstance(part, exp.JSONPathKey) and isinstance(part.this, str):
            if '"' in part.this or "\\" in part.this or "*" in part.this:
                raise walk.refuse(f"key {part.this}", node, "Its signs aren't known.")
            path += f'."{part.this}"'
        elif isinstance(part, exp.JSONPathSubscript) and isinstance(part.this, int):
            path += f"[{part.this}]"
        elif not isinstance(part, exp.JSONPathRoot):
            raise walk.refuse("operator ->", node, "One of its steps isn't known.")
    if not path or len(node.expression.expressions) != 2 or "[-" in path:
        raise walk.refuse("operator ->", node, "What stands on its right must be written out.")
    return exp.Literal.string(f"${path}")


def json_element(walk: Walk, node: exp.JSONExtract) -> exp.Expr:
    """`j -> 'a'`, `j -> 0`."""
    return filled("json_extract({0}, {1})", walk.visit(node.this), step(walk, node))


def json_text(walk: Walk, node: exp.JSONExtractScalar) -> exp.Expr:
    """`j ->> 'a'`: a value as text; an object or an array isn't written alike."""
    return filled("ek_json_text({0}, {1})", walk.visit(node.this), step(walk, node))


def table(walk: Walk, node: exp.Table) -> exp.Expr:
    """A table, or `generate_series(1, 3)`."""
    inner = node.this
    if isinstance(inner, exp.Identifier):
        return walk.same(node)
    walk.only_parts(node, {"this", "alias"})
    series = isinstance(inner, exp.Anonymous) and str(inner.this).upper() == "GENERATE_SERIES"
    if not series or len(inner.expressions) not in (2, 3):
        name = f"table {node.sql(walk.dialect)}"
        raise walk.refuse(name, node, "It isn't known as a table.")
    arguments = [walk.visit(one) for one in inner.expressions]
    alias = node.args.get("alias")
    names = alias.columns if alias is not None else []
    name = (names[0] if names else alias.this if alias is not None else None) or "generate_series"
    column = exp.to_identifier(name) if isinstance(name, str) else name
    if len(arguments) == 3 and isinstance(inner.expressions[2], (exp.Interval, exp.Cast)):
        arguments = [filled("CAST({0} AS TIMESTAMP)", one) for one in arguments[:2]] + arguments[2:]
    series_ = filled("generate_series({*})", *arguments)
    if alias is None or not alias.this:
        return filled("(SELECT unnest({0}) AS {1})", series_, column)
    return filled("(SELECT unnest({0}) AS {1}) AS {2}", series_, column, alias.this)


def average(call: Call) -> exp.Expr:
    """`avg(x)`: of what isn't a float, a numeric."""
    call.count(1)
    if call.order or call.limit or call.nulls:
        raise call.refuse("ORDER BY or NULLS inside of it isn't known.")
    value = call.arguments[0]
    given = exp.Distinct(expressions=[value]) if call.distinct else value
    if call.windowed or call.around:
        return filled("avg({0})", given)
    return filled("ek_avg(avg({0}), min({1}))", given, value)


def window(walk: Walk, node: exp.Window) -> exp.Expr:
    """A window; `avg(x) over (…)` of what isn't a float is a numeric."""
    inner = node.this.this if isinstance(node.this, exp.Filter) else node.this
    average = isinstance(inner, exp.Anonymous) and str(inner.this).upper() == "AVG"
    made = rules.window(walk, node)
    if not average:
        return made
    lowest = made.copy()
    call = next(one for one in lowest.find_all(Filled) if one.template == "avg({0})")
    value = call.expressions[0]
    value = value.expressions[0] if isinstance(value, exp.Distinct) else value
    call.replace(filled("min({0})", value.copy()))
    return filled("ek_avg({0}, {1})", made, lowest)


def averaged_alone(walk: Walk, node: exp.Filter) -> exp.Expr:
    """`avg(x) filter (where …)` of what isn't a float is a numeric."""
    inner = node.this
    made = walk.same(node)
    average = isinstance(inner, exp.Anonymous) and str(inner.this).upper() == "AVG"
    if not average or isinstance(node.parent, exp.Window):
        return made
    lowest = made.copy()
    value = lowest.this.expressions[0]
    value = value.expressions[0] if isinstance(value, exp.Distinct) else value
    lowest.set("this", filled("min({0})", value.copy()))
    return filled("ek_avg({0}, {1})", made, lowest)


# Redshift's are the same.
RULES: dict[type, Any] = {
    **rules.RULES,
    exp.Select: rules.named_select,
    exp.Extract: rules.extract,
    exp.RegexpLike: patterns.operator,
    exp.RegexpILike: patterns.operator,
    exp.SimilarTo: patterns.similar,
    exp.StrPosition: patterns.position,
    exp.Trim: trim,
    exp.Substring: substring,
    exp.AtTimeZone: at_time_zone,
}
