"""Write a checked tree as DuckDB's SQL."""

from __future__ import annotations

import re
from typing import Any, ClassVar

from sqlglot import exp
from sqlglot.generator import Generator
from sqlglot.generators.duckdb import DuckDBGenerator

PLACE = re.compile(r"\{(\d+|\*)\}")
# What needs no parentheses wherever it stands.
ATOMS = (
    *(exp.Column, exp.Identifier, exp.Literal, exp.Paren, exp.Anonymous, exp.Null, exp.Boolean),
    exp.Star,
)
# What `{n}` may hold unchanged although it is no value: it stands inside of a call.
INSIDE = (exp.Distinct, exp.Order, exp.Subquery, exp.Select, exp.Lambda)


class Filled(exp.Expression):
    """DuckDB's SQL as text, with places `{0}`, `{1}`, … for translated arguments, `{*}` for all.

    A name or a text of the user's may look like a place: it is an argument, never in the template.
    """

    arg_types = {"template": True, "expressions": False}  # noqa: RUF012  # sqlglot's own convention

    @property
    def template(self) -> str:
        return str(self.args["template"])


def filled(template: str, *arguments: exp.Expr) -> Filled:
    return Filled(template=template, expressions=list(arguments))


class Writer(DuckDBGenerator):
    """sqlglot's generator for DuckDB, with `Filled` and the order of NULLs always written."""

    # A query is already what it should be: nothing of it is rewritten while it is written.
    TRANSFORMS: ClassVar[dict[type, Any]] = {
        **{
            kind: how
            for kind, how in DuckDBGenerator.TRANSFORMS.items()
            if kind not in (exp.Select, exp.Lateral)
        },
        Filled: lambda self, node: self.filled(node),
    }

    def filled(self, node: Filled) -> str:
        arguments = [self.argument(argument) for argument in node.expressions]

        def place(match: re.Match[str]) -> str:
            name = match.group(1)
            return ", ".join(arguments) if name == "*" else arguments[int(name)]

        return PLACE.sub(place, node.template)

    def argument(self, node: exp.Expr) -> str:
        text = self.sql(node)
        if isinstance(node, (*ATOMS, *INSIDE, Filled, exp.Cast, exp.Window, exp.Filter)):
            return text
        return f"({text})"

    def ordered_sql(self, expression: exp.Ordered) -> str:
        descending = " DESC" if expression.args.get("desc") else ""
        nulls = "FIRST" if expression.args.get("nulls_first") else "LAST"
        return f"{self.sql(expression, 'this')}{descending} NULLS {nulls}"

    def join_sql(self, expression: exp.Join, join_op: str | None = None) -> str:
        if not expression.args.get("on") and not expression.args.get("using"):
            if expression.side:
                expression = expression.on(exp.true())
            elif expression.kind in ("INNER", "OUTER"):
                expression.set("kind", "CROSS")
        return Generator.join_sql(self, expression, join_op)

    def window_sql(self, expression: exp.Window) -> str:
        return Generator.window_sql(self, expression)

    def filter_sql(self, expression: exp.Filter) -> str:
        return Generator.filter_sql(self, expression)


def write(node: exp.Expr) -> str:
    options: dict[str, Any] = {"dialect": "duckdb", "comments": False, "pretty": False}
    return Writer(**options).generate(node)
