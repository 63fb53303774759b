"""Find the columns of a statement that a given node contributes to, by name and at any depth."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import expressions as exp

from entity_kit.warehouse import fold

if TYPE_CHECKING:
    from collections.abc import Callable


def columns_made_by(tree: exp.Expr, makes: Callable[[exp.Expr], bool]) -> frozenset[str]:
    """Return the columns whose expression contains such a node or reads a column with such a name."""
    given = [
        (fold(column.alias_or_name), column)
        for select in tree.find_all(exp.Select)
        for column in select.expressions
    ]
    found = {name for name, column in given if any(map(makes, column.walk()))}
    while True:
        more = {
            name
            for name, column in given
            if any(fold(read.name) in found for read in column.find_all(exp.Column))
        }
        if more <= found:
            return frozenset(found)
        found |= more
