"""Texts of numbers whose digits after the point DuckDB doesn't know.

In Snowflake `7 / 2` is 3.500000, and an average, a variance, and a median of numbers have a fixed
scale, too. DuckDB computes floats. As numbers they are the same; as texts they aren't.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sqlglot import exp

from entity_kit.dialects.writing import Filled

if TYPE_CHECKING:
    from entity_kit.dialects.calls import Walk

SCALED = re.compile(
    r"ek_divide\(|ek_div0\(|ek_div0null\(|avg\(|var_samp\(|var_pop\(|quantile_cont\("
)
# What makes a number of a known type of it, or no number at all.
SETTLED = re.compile(
    r"\(*(CAST|TRY_CAST|ek_\w+|floor|ceil|power|sqrt|ln|exp|sign|count|upper|lower|md5|sha\w+|strftime)\("
)
TEXT = re.compile(r"ek_text\(\{(\d+)\}\)")
WHY = (
    "The text of a quotient, an average, a variance, or a median has digits that DuckDB doesn't know. "
    "Cast it first (`::number(38, 2)`, `::float`)."
)


def check(walk: Walk, tree: exp.Expr) -> None:
    """Refuse the text of such a number in a translated statement."""
    names = {
        one.alias.lower() for one in tree.find_all(exp.Alias) if is_scaled(one.this, frozenset())
    }
    for node in tree.find_all(Filled):
        for place in TEXT.findall(node.template):
            if is_scaled(node.expressions[int(place)], names):
                raise walk.refuse("text of a quotient", node, WHY)


def is_scaled(node: exp.Expr, names: frozenset[str] | set[str]) -> bool:
    """Whether a translated value is, or is computed from, such a number."""
    if isinstance(node, Filled):
        if SCALED.match(node.template):
            return True
        if SETTLED.match(node.template):
            return False
    if isinstance(node, exp.Column):
        return node.name.lower() in names
    if isinstance(node, (exp.Cast, exp.Query, exp.Subquery, exp.Predicate, exp.Literal)):
        return False
    inner = [node.this] if isinstance(node, (exp.Window, exp.Filter)) else node.iter_expressions()
    return any(is_scaled(one, names) for one in inner if isinstance(one, exp.Expr))
