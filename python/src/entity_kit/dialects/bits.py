"""BigQuery's operators on the bits of whole numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlglot import exp

from entity_kit.dialects.macros import macro
from entity_kit.dialects.writing import filled

if TYPE_CHECKING:
    from entity_kit.dialects.calls import Walk

BITWISE = (
    *(exp.BitwiseAnd, exp.BitwiseOr, exp.BitwiseXor),
    *(exp.BitwiseLeftShift, exp.BitwiseRightShift),
)


def rule(template: str, sign: str) -> Any:
    def entry(walk: Walk, node: exp.Binary) -> exp.Expr:
        for side in (node.this, node.expression):
            # sqlglot takes them from left to right; in BigQuery some bind closer than others.
            if isinstance(side, BITWISE) and type(side) is not type(node):
                why = "Beside another operator on bits it needs parentheses."
                raise walk.refuse(f"operator {sign}", node, why)
        return filled(template, walk.visit(node.this), walk.visit(node.expression))

    entry.__doc__ = f"`a {sign} b` of whole numbers."
    return entry


# "Bitwise operators" in "Operators": the bits that come in from the left are 0.
NEGATIVE = "cast('A negative number of bits' as bigint)"
SHIFT = macro(
    "ek_shift_right(x, n)",
    f"case when n < 0 then {NEGATIVE} when n >= 64 then 0 when x >= 0 or n = 0 then x >> n "
    "else (x >> n) & (9223372036854775807 >> (n - 1)) end",
)
RULES: dict[type, Any] = {
    exp.BitwiseAnd: rule("({0} & {1})", "&"),
    exp.BitwiseOr: rule("({0} | {1})", "|"),
    exp.BitwiseXor: rule("xor({0}, {1})", "^"),
    exp.BitwiseRightShift: rule("ek_shift_right(CAST({0} AS BIGINT), CAST({1} AS BIGINT))", ">>"),
}
