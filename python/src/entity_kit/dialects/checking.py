"""Walk a parsed statement: what is known to mean the same passes or is rewritten, the rest is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlglot import exp

from entity_kit.dialects.calls import Call, Function
from entity_kit.dialects.constructs import table_of
from entity_kit.dialects.constructs.clauses import SAME
from entity_kit.dialects.functions import inlined
from entity_kit.dialects.unsupported import UnsupportedError
from entity_kit.dialects.writing import Filled, filled

if TYPE_CHECKING:
    from collections.abc import Iterable

    from entity_kit.dialects.constructs.entries import Rule

AROUND = (exp.Filter, exp.WithinGroup, exp.IgnoreNulls, exp.RespectNulls)


class Walker:
    """One statement's way from the dialect to DuckDB."""

    def __init__(self, dialect: str, known: frozenset[str], *, named: bool = True) -> None:
        self.dialect = dialect
        self.named = named
        self.known = known
        self.table = table_of(dialect)
        self.functions: dict[str, Function] = {}

    def refuse(self, construct: str, node: exp.Expr, why: str) -> UnsupportedError:
        return UnsupportedError(construct, line_of(node), why)

    def visit(self, node: Any) -> Any:
        if isinstance(node, list):
            return [self.visit(one) for one in node]
        if isinstance(node, (str, bool, int, Filled)) or node is None:
            return node
        rule: Rule | None = self.table.rules.get(type(node))
        if rule is not None:
            return rule(self, node)
        return self.same(node)

    def same(self, node: exp.Expr) -> exp.Expr:
        """Keep a node that means the same, with its parts translated."""
        allowed = SAME.get(type(node))
        if allowed is None:
            kind = "clause" if not isinstance(node, exp.Condition) else "expression"
            name = node.key.upper()
            raise self.refuse(f"{kind} {name}", node, "It isn't known to mean the same in DuckDB.")
        return self.same_parts(node, allowed)

    def same_parts(self, node: exp.Expr, allowed: Iterable[str]) -> exp.Expr:
        """Keep a node with its parts translated, if it has no others than these."""
        self.only_parts(node, allowed)
        for name, value in list(node.args.items()):
            if value is not None:
                node.set(name, self.visit(value))
        return node

    def only_parts(self, node: exp.Expr, allowed: Iterable[str]) -> None:
        """Refuse a node that has other parts than these."""
        for name, value in node.args.items():
            if value is not None and value is not False and value != [] and name not in allowed:
                construct = f"clause {name.strip('_').upper()} of {node.key.upper()}"
                raise self.refuse(construct, node, "It isn't known to mean the same in DuckDB.")

    def call(self, node: exp.Anonymous) -> exp.Expr:
        """Translate a function call by the table of its name."""
        if not isinstance(node.this, str):
            raise self.refuse(f"function {node.name}", node, "Its name is quoted.")
        name = node.this.upper()
        if name.lower() in self.known:
            node.set("expressions", [self.visit(one) for one in node.expressions])
            return node
        if node.this in self.functions:
            return inlined(self, self.functions[node.this], node)
        call = self.unwrapped(name, node)
        windowed = self.table.windows.get(name)
        if call.windowed and windowed is not None:
            return self.fill(call, windowed)
        aggregate = self.table.aggregates.get(name)
        if aggregate is not None:
            return self.fill(call, aggregate, aggregate=True)
        if windowed is not None:
            raise call.refuse("It needs an OVER clause.")
        scalar = self.table.scalars.get(name)
        if name == "EXISTS" and isinstance(call.arguments[0], exp.Subquery):
            return filled("EXISTS {0}", *call.arguments)
        if scalar is None:
            why = self.table.refused.get(name, "It isn't known to have an equal in DuckDB.")
            raise call.refuse(f"{why} `--dialect-macro` takes a DuckDB macro of yours for it.")
        if call.windowed or call.around:
            raise call.refuse("It is no aggregate.")
        call.plain()
        return self.fill(call, scalar)

    def fill(self, call: Call, entry: Any, *, aggregate: bool = False) -> exp.Expr:
        if callable(entry):
            made = entry(call)
            return made if isinstance(made, exp.Expr) else filled(made, *call.arguments)
        templates = (entry,) if isinstance(entry, str) else entry
        if call.order or call.limit:
            raise call.refuse("ORDER BY or LIMIT inside of it isn't known.")
        template = matching(templates, len(call.arguments))
        if template is None:
            raise call.refuse(f"With {len(call.arguments)} arguments it isn't known.")
        arguments = call.arguments
        if call.distinct:
            if not aggregate or len(arguments) != 1:
                raise call.refuse("DISTINCT inside of it isn't known.")
            arguments = [exp.Distinct(expressions=arguments)]
        if call.nulls == "ignore" and not aggregate:
            template = template.removesuffix(")") + " IGNORE NULLS)"
        elif call.nulls and not (call.nulls == "respect" and not aggregate):
            raise call.refuse("NULLS inside of it isn't known.")
        return filled(template, *arguments)

    def unwrapped(self, name: str, node: exp.Anonymous) -> Call:
        call = Call(name, node, self)
        call.written = [one.copy() for one in node.expressions]
        for argument in node.expressions:
            self.read(call, argument)
        inner: Any = node
        around = node.parent
        while isinstance(around, AROUND) and around.this is inner and not in_arguments(around):
            call.around = True
            if isinstance(around, exp.WithinGroup):
                call.order = exp.Order(expressions=self.visit(around.expression.expressions))
            elif isinstance(around, exp.IgnoreNulls):
                call.nulls = "ignore"
            elif isinstance(around, exp.RespectNulls):
                call.nulls = "respect"
            inner, around = around, around.parent
        call.windowed = isinstance(around, exp.Window) and around.this is inner
        return call

    def read(self, call: Call, node: exp.Expr) -> None:
        """Take an argument apart: `distinct a order by b limit 1`."""
        while isinstance(node, (exp.Limit, exp.Order, exp.IgnoreNulls, exp.RespectNulls)):
            if isinstance(node, exp.Limit):
                call.limit = self.visit(node.expression)
            elif isinstance(node, exp.Order):
                call.order = exp.Order(expressions=self.visit(node.expressions))
            else:
                call.nulls = "ignore" if isinstance(node, exp.IgnoreNulls) else "respect"
            node = node.this
        if not isinstance(node, exp.Distinct):
            call.arguments.append(self.argument(without_nulls(call, node)))
            return
        if node.args.get("on"):
            raise call.refuse("DISTINCT ON inside of it isn't known.")
        call.distinct = True
        call.arguments += [self.argument(without_nulls(call, one)) for one in node.expressions]

    def argument(self, node: exp.Expr) -> exp.Expr:
        """Translate an argument; a keyword such as `day` and a star pass."""
        if isinstance(node, exp.Star) and not any(node.args.values()):
            return node
        if isinstance(node, exp.Star) or (isinstance(node, exp.Column) and node.find(exp.Star)):
            raise self.refuse("argument *", node, "All columns as an argument aren't known.")
        if isinstance(node, exp.Anonymous) and isinstance(node.parent, exp.Anonymous):
            unit = str(node.this).upper() == "WEEK" and self.dialect == "bigquery"
            if unit and len(node.expressions) == 1 and node.parent.expressions[0] is not node:
                return node
        made: exp.Expr = self.visit(node)
        return made


def without_nulls(call: Call, node: exp.Expr) -> exp.Expr:
    """Take `ignore nulls` off an argument: sqlglot hangs it onto the last operand."""
    last = node
    while isinstance(last, exp.Binary):
        last = last.expression
    if not isinstance(last, (exp.IgnoreNulls, exp.RespectNulls)):
        return node
    call.nulls = "ignore" if isinstance(last, exp.IgnoreNulls) else "respect"
    if last is node:
        made: exp.Expr = last.this
        return made
    last.replace(last.this)
    return node


def in_arguments(node: exp.Expr) -> bool:
    """Whether a node stands in the parentheses of a call: `last_value(a ignore nulls)`."""
    return isinstance(node.parent, (exp.Anonymous, exp.Order, exp.Limit))


def matching(templates: tuple[str, ...], count: int) -> str | None:
    for template in templates:
        if "{*}" in template:
            if count:
                return template
        elif count == 1 + max((n for n in range(9) if f"{{{n}}}" in template), default=-1):
            return template
    return None


def line_of(node: exp.Expr) -> int:
    """Return the line of the nearest thing that knows its own."""
    for one in node.walk():
        if "line" in one.meta:
            return int(one.meta["line"])
    return line_of(node.parent) if node.parent is not None else 1
