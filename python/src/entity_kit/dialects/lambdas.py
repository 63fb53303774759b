"""Databricks' functions that take a function: `transform(a, x -> x + 1)`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from entity_kit.dialects.writing import filled

if TYPE_CHECKING:
    from entity_kit.dialects.calls import Call, Walk


def lambda_(walk: Walk, node: exp.Lambda) -> exp.Expr:
    """`x -> x + 1`, as an argument."""
    names = [one for one in node.expressions if isinstance(one, exp.Identifier)]
    if len(names) != len(node.expressions) or not isinstance(
        node.parent, (exp.Anonymous, exp.Transform)
    ):
        raise walk.refuse("expression LAMBDA", node, "It is known as an argument only.")
    outer = node.parent
    if len(names) == 2 and (isinstance(outer, exp.Transform) or outer.name.upper() == "FILTER"):
        from_0(walk, node)
    places = ", ".join(f"{{{n}}}" for n in range(1, len(names) + 1))
    return filled(f"lambda {places}: {{0}}", walk.visit(node.this), *names)


def from_0(walk: Walk, node: exp.Lambda) -> exp.Lambda:
    """Let the second value of a function, an index, count from 0: DuckDB's counts from 1."""
    index = node.expressions[1].name.lower()
    for one in list(node.this.find_all(exp.Identifier)):
        inside = one.parent
        if one.name.lower() != index or (isinstance(inside, exp.Dot) and one is inside.expression):
            continue
        if isinstance(inside, exp.Lambda) and one is not inside.this:
            raise walk.refuse("expression LAMBDA", node, "Two values of one name aren't known.")
        column = inside if isinstance(inside, exp.Column) else None
        if column is not None and column.table:
            continue
        (column or one).replace(filled("CAST({0} - 1 AS INTEGER)", one.copy()))
    return node


def parameters(call: Call, place: int, *counts: int) -> None:
    """Refuse a call whose argument isn't a function of this many values."""
    node = call.written[place]
    if not isinstance(node, exp.Lambda) or len(node.expressions) not in counts:
        numbers = " or ".join(map(str, counts))
        raise call.refuse(f"It is known with a function of {numbers} values.")


def transformed(walk: Walk, node: exp.Transform) -> exp.Expr:
    """`transform(a, x -> x + 1)`, which sqlglot reads so; `(x, i) -> …` with the index."""
    walk.only_parts(node, {"this", "expression"})
    function = node.expression
    if not isinstance(function, exp.Lambda) or len(function.expressions) not in (1, 2):
        why = "It is known with a function of 1 or 2 values."
        raise walk.refuse("function TRANSFORM", node, why)
    return filled("list_transform({0}, {1})", walk.visit(node.this), walk.visit(function))


def kept(call: Call) -> exp.Expr:
    """`filter(a, x -> x > 1)`, `filter(a, (x, i) -> i > 0)`."""
    call.count(2)
    parameters(call, 1, 1, 2)
    return filled("list_filter({0}, {1})", *call.arguments)


def exists(call: Call) -> exp.Expr:
    """`exists(a, x -> x > 1)`: NULL where none is true and one is NULL."""
    call.count(2)
    parameters(call, 1, 1)
    template = (
        "CASE WHEN {0} IS NULL THEN NULL WHEN len(list_filter({0}, {1})) > 0 THEN true "
        "WHEN list_contains(list_transform(list_transform({0}, {1}), lambda e: e IS NULL), true) "
        "THEN NULL ELSE false END"
    )
    return filled(template, *call.arguments)


def reduced(call: Call) -> exp.Expr:
    """`aggregate(a, 0, (acc, x) -> acc + x[, acc -> acc * 2])`."""
    call.count(3, 4)
    parameters(call, 2, 2)
    template = "list_reduce({0}, {2}, {1})"
    if len(call.arguments) == 4:
        parameters(call, 3, 1)
        template = f"(list_transform([{template}], {{3}}))[1]"
    return filled(template, *call.arguments)
