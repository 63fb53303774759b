"""BigQuery's structs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from entity_kit.dialects.writing import filled
from entity_kit.warehouse import literal

if TYPE_CHECKING:
    from entity_kit.dialects.calls import Call, Walk


def struct(call: Call) -> exp.Expr:
    """`struct(a, 1 as b)`."""
    names = []
    for node in call.written:
        if not isinstance(node, (exp.Alias, exp.Column)):
            raise call.refuse("A value without a name isn't known.")
        names.append(literal(node.alias if isinstance(node, exp.Alias) else node.name))
    values = [one.this if isinstance(one, exp.Alias) else one for one in call.arguments]
    pairs = ", ".join(f"{name}: {{{n}}}" for n, name in enumerate(names))
    return filled("{" + pairs + "}", *values)


def typed_struct(walk: Walk, node: exp.Struct) -> exp.Expr:
    """`struct<a int64, b string>(1, 'x')`: the cast around it has the names."""
    walk.only_parts(node, {"expressions"})
    parent = node.parent
    fields = parent.to.expressions if isinstance(parent, exp.Cast) else []
    named = [one for one in node.expressions if isinstance(one, exp.PropertyEQ)]
    if not fields or named or len(fields) != len(node.expressions):
        raise walk.refuse("expression STRUCT", node, "It is known with a type for each value only.")
    return filled("row({*})", *walk.visit(node.expressions))
