"""Redshift's calls with a form of their own."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from entity_kit.dialects import dates, patterns, rows, texts
from entity_kit.dialects.writing import filled

if TYPE_CHECKING:
    from entity_kit.dialects.calls import Call, Walk


def dateadd(call: Call) -> exp.Expr:
    """`dateadd(unit, number, d)`: a timestamp, of a date too."""
    call.count(3)
    name = dates.unit(call, 0)
    template = f"({{1}} + to_{name}s(CAST({{0}} AS BIGINT)))"
    if name == "year":
        template = "ek_years_later({1}, CAST({0} AS INTEGER))"
    return filled(template, call.arguments[1], dates.instant(call.arguments[2]))


def datediff(call: Call) -> exp.Expr:
    """`datediff(unit, start, end)`: how often the unit begins in between."""
    call.count(3)
    name = dates.unit(call, 0)
    if name == "week":
        raise call.refuse("On which day a week begins isn't documented.")
    return dates.boundaries(name, call.arguments[1], call.arguments[2])


def date_trunc(call: Call) -> exp.Expr:
    """`date_trunc(unit, t)`: a timestamp; weeks begin on Monday."""
    call.count(2)
    template = f"(date_trunc('{dates.unit(call, 0)}', {{0}}) + INTERVAL (0) SECOND)"
    return filled(template, dates.instant(call.arguments[1]))


def convert_timezone(call: Call) -> exp.Expr:
    """`convert_timezone([from,] to, t)`: a wall clock; from UTC if nothing else is said."""
    call.count(2, 3)
    if len(call.arguments) == 2:
        template = "((CAST({1} AS TIMESTAMP) AT TIME ZONE 'UTC') AT TIME ZONE {0})"
    else:
        template = "((CAST({2} AS TIMESTAMP) AT TIME ZONE {0}) AT TIME ZONE {1})"
    return filled(template, *call.arguments)


def average(call: Call) -> exp.Expr:
    """`avg(x)` of decimals and floats: that of whole numbers is cut off there."""
    call.count(1)
    if call.windowed or call.distinct or call.around:
        raise call.refuse("Of whole numbers it is cut off. With OVER or DISTINCT it isn't known.")
    whole = "('TINYINT', 'SMALLINT', 'INTEGER', 'BIGINT', 'HUGEINT')"
    template = (
        f"CASE WHEN typeof(any_value({{0}})) IN {whole} THEN cast("
        "'An average of whole numbers is cut off in Redshift: cast them' AS DOUBLE) ELSE avg({0}) END"
    )
    return filled(template, *call.arguments)


def sha2(call: Call) -> exp.Expr:
    """`sha2(x, 256)`."""
    return texts.sha2(call, "sha256({0})")


def regexp_replace(call: Call) -> exp.Expr:
    """Every match replaced, by plain text."""
    call.count(2, 3)
    by = call.text(2) if len(call.arguments) == 3 else ""
    if re.search(r"[\\$&]", by):
        raise call.refuse(f"The replacement `{by}` may be read otherwise.")
    return patterns.replaced(call)


def regexp_substr(call: Call) -> exp.Expr:
    """`regexp_substr(x, pattern[, 1, 1[, 'e']])`: the first match or its group, or an empty text."""
    call.count(2, 3, 4, 5)
    if any(call.number(place) != 1 for place in (2, 3) if place < len(call.arguments)):
        raise call.refuse("It is known of the first match only.")
    option = patterns.options(call, 4)
    pattern = patterns.checked(call, 1, found=True)
    group = 0
    if len(call.arguments) == 5 and "e" in call.text(4):
        group = int(bool(re.search(r"\((?!\?)", re.sub(r"\\.|\[[^\]]*\]", "", pattern))))
        if patterns.may_be_left_out(pattern):
            raise call.refuse(f"A group of `{pattern}` may take part in no match.")
    flag = f", '{option}'" if option else ""
    template = f"regexp_extract({{0}}, {{1}}, {group}{flag})"
    return filled(template, patterns.subject(call), exp.Literal.string(pattern))


def compared(walk: Walk, node: exp.Expr) -> exp.Expr:
    """A comparison; with a text that ends in a blank, it isn't known."""
    literals = [one for one in node.find_all(exp.Literal) if one.is_string]
    if any(
        str(one.this).endswith(" ") and one.find_ancestor(exp.Anonymous, type(node)) is node
        for one in literals
    ):
        why = "Redshift ignores blanks at the end of texts that are compared, DuckDB doesn't."
        raise walk.refuse("text literal", node, why)
    if isinstance(node, exp.In):
        return rows.contained(walk, node)
    return rows.compared(walk, node)


def now(walk: Walk, node: exp.CurrentTimestamp) -> exp.Expr:
    """`sysdate`, a timestamp in UTC."""
    walk.only_parts(node, {"sysdate"})
    return filled("CAST(current_timestamp AS TIMESTAMP)")


NOW: Any = ("CAST(current_timestamp AS TIMESTAMP)",)
