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
    places = ", ".join(f"{{{n}}}" for n in range(1, len(names) + 1))
    return filled(f"lambda {places}: {{0}}", walk.visit(node.this), *names)


def parameters(call: Call, place: int, count: int) -> None:
    """Refuse a call whose argument isn't a function of this many values."""
    node = call.written[place]
    if not isinstance(node, exp.Lambda) or len(node.expressions) != count:
        raise call.refuse(f"It is known with a function of {count} values.")


def transformed(walk: Walk, node: exp.Transform) -> exp.Expr:
    """`transform(a, x -> x + 1)`, which sqlglot reads so."""
    walk.only_parts(node, {"this", "expression"})
    function = node.expression
    if not isinstance(function, exp.Lambda) or len(function.expressions) != 1:
        raise walk.refuse("function TRANSFORM", node, "It is known with a function of one value.")
    return filled("list_transform({0}, {1})", walk.visit(node.this), walk.visit(function))


def kept(call: Call) -> exp.Expr:
    """`filter(a, x -> x > 1)`."""
    call.count(2)
    parameters(call, 1, 1)
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
