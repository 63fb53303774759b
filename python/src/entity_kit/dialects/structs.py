"""BigQuery's structs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from entity_kit.dialects.writing import filled

if TYPE_CHECKING:
    from collections.abc import Sequence

    from entity_kit.dialects.calls import Call, Walk


def struct(call: Call) -> exp.Expr:
    """`struct(a, 1 as b)`."""
    names = []
    for node in call.written:
        if not isinstance(node, (exp.Alias, exp.Column)):
            raise call.refuse("A value without a name isn't known.")
        names.append(node.alias if isinstance(node, exp.Alias) else node.name)
    return made(names, call.arguments)


def made(names: Sequence[str], fields: Sequence[exp.Expr]) -> exp.Expr:
    """Return the struct of these translated fields."""
    parts: list[exp.Expr] = []
    for name, one in zip(names, fields, strict=True):
        parts += [exp.Literal.string(name), one.this if isinstance(one, exp.Alias) else one]
    pairs = ", ".join(f"{{{n}}}: {{{n + 1}}}" for n in range(0, len(parts), 2))
    return filled("{" + pairs + "}", *parts)


def typed_struct(walk: Walk, node: exp.Struct) -> exp.Expr:
    """`struct<a int64, b string>(1, 'x')`: the cast around it has the names."""
    walk.only_parts(node, {"expressions"})
    parent = node.parent
    fields = parent.to.expressions if isinstance(parent, exp.Cast) else []
    named = [one for one in node.expressions if isinstance(one, exp.PropertyEQ)]
    if not fields or named or len(fields) != len(node.expressions):
        raise walk.refuse("expression STRUCT", node, "It is known with a type for each value only.")
    return filled("row({*})", *walk.visit(node.expressions))
