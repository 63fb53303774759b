"""Functions of text whose edges differ: NULL, empty, zero and negative."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from entity_kit.dialects.rules import as_text_value
from entity_kit.dialects.writing import filled, write

if TYPE_CHECKING:
    from entity_kit.dialects.calls import Call


def joined(call: Call) -> exp.Expr:
    """The texts in a row; NULL if one is."""
    if not call.arguments:
        raise call.refuse("It has no arguments.")
    parts = [as_text_value(one) for one in call.arguments]
    return filled("(" + " || ".join(f"{{{n}}}" for n in range(len(parts))) + ")", *parts)


def joined_but_nulls(call: Call) -> exp.Expr:
    """The texts in a row; a NULL is left out."""
    parts = [as_text_value(one) for one in call.arguments]
    return filled("concat({*})", *parts)


def joined_by(call: Call) -> exp.Expr:
    """The texts in a row with a separator; NULL if one is."""
    parts = [as_text_value(one) for one in call.arguments[1:]]
    if not parts:
        raise call.refuse("It has no texts to join.")
    between = " || {0} || ".join(f"{{{n + 1}}}" for n in range(len(parts)))
    return filled(f"({between})", call.arguments[0], *parts)


def joined_by_but_nulls(call: Call) -> exp.Expr:
    """The texts in a row with a separator; a NULL is left out with its separator."""
    parts = [as_text_value(one) for one in call.arguments[1:]]
    return filled("concat_ws({*})", call.arguments[0], *parts)


def decoded(call: Call) -> exp.Expr:
    """`decode(x, a, b, …, otherwise)`: NULL finds NULL."""
    if len(call.arguments) < 3:
        raise call.refuse("It needs three arguments.")
    cases = [
        f"WHEN {{0}} IS NOT DISTINCT FROM {{{n}}} THEN {{{n + 1}}}"
        for n in range(1, len(call.arguments) - 1, 2)
    ]
    last = len(call.arguments) - 1
    otherwise = f" ELSE {{{last}}}" if last % 2 else ""
    return filled(f"CASE {' '.join(cases)}{otherwise} END", *call.arguments)


def strict(name: str) -> Any:
    """Return the entry for `greatest` or `least` that is NULL if an argument is."""

    def entry(call: Call) -> exp.Expr:
        if not call.arguments:
            raise call.refuse("It has no arguments.")
        nulls = " OR ".join(f"{{{n}}} IS NULL" for n in range(len(call.arguments)))
        return filled(f"CASE WHEN NOT ({nulls}) THEN {name}({{*}}) END", *call.arguments)

    entry.__doc__ = f"The {name} of all; NULL if one is."
    return entry


def listed(call: Call) -> exp.Expr:
    """`listagg(x, ',') within group (order by y)`: without NULLs."""
    call.count(1, 2)
    if call.limit or call.nulls:
        raise call.refuse("LIMIT or NULLS inside of it isn't known.")
    separator = call.arguments[1:] or [exp.Literal.string("")]
    empty = "''" if call.walk.dialect == "snowflake" else ""
    value = call.arguments[0]
    return string_agg(call, value, separator[0], empty)


def string_agg(call: Call, value: exp.Expr, separator: exp.Expr, empty: str = "") -> exp.Expr:
    if call.windowed and empty:
        raise call.refuse("With OVER it isn't known.")
    order = f" {order_of(call)}" if call.order else ""
    arguments: list[exp.Expr] = [value, separator]
    if call.order:
        arguments += [one.this for one in call.order.expressions]
    if not call.distinct:
        template = f"string_agg(ek_text({{0}}), {{1}}{order})"
    else:
        orders = call.order.expressions if call.order else []
        if any(write(one.this) != write(value) for one in orders):
            raise call.refuse("DISTINCT with another ORDER BY than its value isn't known.")
        listed = f"list(DISTINCT {{0}}{order}) FILTER (WHERE {{0}} IS NOT NULL)"
        template = f"array_to_string(list_transform({listed}, lambda e: ek_text(e)), {{1}})"
        if call.windowed or (call.around and not call.order):
            raise call.refuse("DISTINCT with OVER or FILTER isn't known.")
    if empty:
        template = f"coalesce({template}, {empty})"
    return filled(template, *arguments)


def order_of(call: Call) -> str:
    """Return the ORDER BY of a call, with places from `{2}` on for its values."""
    assert call.order is not None  # noqa: S101  # the callers know
    parts = []
    for n, one in enumerate(call.order.expressions):
        descending = " DESC" if one.args.get("desc") else ""
        nulls = "FIRST" if one.args.get("nulls_first") else "LAST"
        parts.append(f"{{{n + 2}}}{descending} NULLS {nulls}")
    return "ORDER BY " + ", ".join(parts)


def joined_lists(call: Call) -> exp.Expr:
    """The lists in a row; NULL if one is."""
    if not call.arguments:
        raise call.refuse("It has no arguments.")
    return filled(
        "(" + " || ".join(f"{{{n}}}" for n in range(len(call.arguments))) + ")", *call.arguments
    )


def counted_distinct(call: Call) -> exp.Expr:
    """The exact number, of which the engine returns an estimate."""
    call.count(1)
    return filled("count(DISTINCT {0})", *call.arguments)


def sha2(call: Call, template: str = "sha256(ek_text({0}))") -> exp.Expr:
    """`sha2(x, 256)`."""
    call.count(2)
    if call.number(1) not in (0, 256):
        raise call.refuse("It is known with 256 bits only.")
    return filled(template, call.arguments[0])


def sha2_of_text(call: Call) -> exp.Expr:
    """`sha2(x[, 256])`."""
    call.count(1, 2)
    if len(call.arguments) == 2:
        return sha2(call)
    return filled("sha256(ek_text({0}))", *call.arguments)


# What parts words where no delimiters are given: "INITCAP" of each manual.
DELIMITERS = {
    "snowflake": '\\s!?@"^#$&~_,.:;+\\-*%/|\\\\\\[\\](){}<>',
    "bigquery": '\\s\\[\\](){}/|\\\\<>!?@"^#$&~_,.:;*%+\\-',
    "databricks": " ",
}


def initcap(call: Call) -> exp.Expr:
    """The first letter of each word in upper case, the others in lower case."""
    call.count(1, 2)
    kept = DELIMITERS[call.walk.dialect]
    if len(call.arguments) == 2:
        if call.walk.dialect == "databricks":
            raise call.refuse("It is known with 1 argument.")
        if call.text(1).lower() != call.text(1).upper():
            raise call.refuse("A letter that divides words isn't known.")
        kept = re.sub(r"([\]\[\\^-])", r"\\\1", call.text(1))
    pattern = exp.Literal.string(f"[^{kept}]+|[{kept}]" if kept else "(?s).+")
    template = (
        "array_to_string(list_transform(regexp_extract_all(lower(ek_titled(ek_text({0}))), {1}), "
        "lambda w: upper(w[1:1]) || w[2:]), '')"
    )
    return filled(template, call.arguments[0], pattern)
