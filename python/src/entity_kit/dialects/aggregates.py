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
