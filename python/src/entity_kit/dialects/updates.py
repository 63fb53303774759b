"""UPDATE, of a table and in MERGE."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

if TYPE_CHECKING:
    from entity_kit.dialects.calls import Walk


def updated(walk: Walk, node: exp.Update) -> exp.Expr:
    """`update t set t.a = 1`: DuckDB takes the column's name alone."""
    merge = node.find_ancestor(exp.Merge)
    target = merge.this if merge is not None else node.this
    for one in node.expressions:
        column = one.this if isinstance(one, exp.EQ) else None
        if not isinstance(column, exp.Column) or not column.table:
            continue
        if column.table.lower() != target.alias_or_name.lower() or column.args.get("db"):
            raise walk.refuse("clause SET", node, "It is known of columns of the target only.")
        column.set("table", None)
    return walk.same(node)
