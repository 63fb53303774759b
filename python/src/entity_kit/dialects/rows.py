"""Rows that are compared: `(a, b) = (c, d)`, `(a, b) in ((1, 2), (3, 4))`.

In SQL a NULL in them makes the answer unknown, unless another part already differs. DuckDB compares
them as structs, in which NULL equals NULL. So they are compared part by part.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlglot import exp

from entity_kit.dialects.writing import filled

if TYPE_CHECKING:
    from entity_kit.dialects.calls import Walk

WHY = "Rows are known with =, <>, and IN, of as many values on both sides."


def compared(walk: Walk, node: exp.Expr) -> exp.Expr:
    """`a = b`, `(a, b) = (c, d)`."""
    left, right = row_of(node.this), row_of(node.expression)
    quantified = isinstance(node.expression, (exp.All, exp.Any))  # a query's rows, as IN
    if (left is None and right is None) or (quantified and isinstance(node, (exp.EQ, exp.NEQ))):
        return walk.same(node)
    if not isinstance(node, (exp.EQ, exp.NEQ)) or left is None or right is None:
        raise walk.refuse("comparison of rows", node, WHY)
    made = equal(walk, node, left, right)
    return filled("(NOT {0})", made) if isinstance(node, exp.NEQ) else made


def contained(walk: Walk, node: exp.Expr) -> exp.Expr:
    """`a in (…)`, `(a, b) in ((1, 2), (3, 4))`; a query compares as SQL does."""
    left = row_of(node.this)
    rows = [row_of(one) for one in node.expressions]
    if left is None or not rows:
        if any(rows):
            raise walk.refuse("comparison of rows", node, WHY)
        return walk.same(node)
    walk.only_parts(node, {"this", "expressions"})
    made = [equal(walk, node, left, row) for row in rows]
    return filled("(" + " OR ".join(f"{{{n}}}" for n in range(len(made))) + ")", *made)


def equal(
    walk: Walk, node: exp.Expr, left: list[exp.Expr], right: list[exp.Expr] | None
) -> exp.Expr:
    if right is None or len(left) != len(right):
        raise walk.refuse("comparison of rows", node, WHY)
    pairs = []
    for one, other in zip(left, right, strict=True):
        pair = exp.EQ(this=one.copy(), expression=other.copy())
        pair.parent = node  # what looks around still sees the query
        pairs.append(walk.visit(pair))
    return filled("(" + " AND ".join(f"{{{n}}}" for n in range(len(pairs))) + ")", *pairs)


def row_of(node: exp.Expr | None) -> list[exp.Expr] | None:
    """Return the values of a row, or nothing if a node isn't one that is written out."""
    inner = node.unnest() if isinstance(node, exp.Paren) else node
    return list(inner.expressions) if isinstance(inner, exp.Tuple) else None


RULES: dict[type, Any] = {
    exp.In: contained,
    **dict.fromkeys((exp.EQ, exp.NEQ, exp.LT, exp.LTE, exp.GT, exp.GTE), compared),
}
