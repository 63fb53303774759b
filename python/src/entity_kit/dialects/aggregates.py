"""Aggregates with a form of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from entity_kit.dialects.writing import filled

if TYPE_CHECKING:
    from sqlglot import exp

    from entity_kit.dialects.calls import Call


def percentile_cont(call: Call) -> exp.Expr:
    """`percentile_cont(0.5) within group (order by x)`: interpolated, as a float."""
    call.count(1)
    if call.order is None or len(call.order.expressions) != 1:
        raise call.refuse("It is known with WITHIN GROUP and one value only.")
    ordered = call.order.expressions[0]
    share = "1 - {1}" if ordered.args.get("desc") else "{1}"
    return filled(f"quantile_cont(CAST({{0}} AS DOUBLE), {share})", ordered.this, *call.arguments)


def corr(call: Call) -> exp.Expr:
    """`corr(y, x)`; an error without variance, unless it is known what it is then."""
    call.count(2)
    call.plain()
    if call.windowed or call.around:
        raise call.refuse("With OVER or FILTER it isn't known.")
    other = {
        "bigquery": "CASE WHEN regr_count({0}, {1}) > 1 THEN CAST('nan' AS DOUBLE) END",
        "postgres": "NULL",
    }.get(call.walk.dialect, "CAST('A correlation without variance' AS DOUBLE)")
    template = f"CASE WHEN isnan(corr({{0}}, {{1}})) THEN {other} ELSE corr({{0}}, {{1}}) END"
    return filled(template, *call.arguments)
