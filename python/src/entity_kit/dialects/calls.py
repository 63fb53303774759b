"""A function call, as the entries of the tables see it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from sqlglot import exp

if TYPE_CHECKING:
    from collections.abc import Iterable

    from entity_kit.dialects.constructs.entries import Table
    from entity_kit.dialects.unsupported import UnsupportedError


@dataclass(frozen=True, slots=True)
class Function:
    """A function that the SQL itself creates."""

    parameters: dict[str, exp.DataType | None]
    body: exp.Expr
    returns: exp.DataType | None


class Walk(Protocol):
    """One statement's way from the dialect to DuckDB, as rules and entries use it."""

    dialect: str
    known: frozenset[str]
    table: Table
    functions: dict[str, Function]
    named: bool

    def refuse(self, construct: str, node: exp.Expr, why: str) -> UnsupportedError: ...
    def visit(self, node: Any) -> Any: ...
    def same(self, node: exp.Expr) -> exp.Expr: ...
    def same_parts(self, node: exp.Expr, allowed: Iterable[str]) -> exp.Expr: ...
    def only_parts(self, node: exp.Expr, allowed: Iterable[str]) -> None: ...
    def call(self, node: exp.Anonymous) -> exp.Expr: ...


@dataclass(slots=True)
class Call:
    """A function call, with what stands in and around its parentheses."""

    name: str
    node: exp.Expr
    walk: Walk
    arguments: list[exp.Expr] = field(default_factory=list)
    written: list[exp.Expr] = field(default_factory=list)  # the arguments untranslated
    distinct: bool = False
    order: exp.Order | None = None
    limit: exp.Expr | None = None
    nulls: str = ""  # "ignore" or "respect", where written
    around: bool = False  # a FILTER, WITHIN GROUP or NULLS clause follows it
    windowed: bool = False

    def refuse(self, why: str) -> UnsupportedError:
        return self.walk.refuse(f"function {self.name}", self.node, why)

    def count(self, *allowed: int) -> None:
        if len(self.arguments) not in allowed:
            numbers = " or ".join(map(str, allowed))
            raise self.refuse(
                f"It is known with {numbers} arguments, and has {len(self.arguments)}."
            )

    def plain(self) -> None:
        if self.distinct or self.order or self.limit or self.nulls:
            raise self.refuse("DISTINCT, ORDER BY, LIMIT or NULLS inside of it isn't known.")

    def listed(self) -> exp.Expr:
        """Return the argument as DuckDB's list() takes it: distinct and in order, where asked for."""
        value = self.arguments[0]
        inner: exp.Expr = exp.Distinct(expressions=[value]) if self.distinct else value
        if self.order:
            self.order.set("this", inner)
            inner = self.order
        return inner

    def word(self, place: int) -> str:
        """Return an argument that is a keyword, written bare or as text, in lower case."""
        node = self.arguments[place]
        if isinstance(node, exp.Literal) and node.is_string:
            return str(node.this).lower()
        if isinstance(node, exp.Column) and not node.table:
            return node.name.lower()
        if isinstance(node, exp.Var):
            return node.name.lower()
        raise self.refuse(f"Argument {place + 1} must be written out.")

    def number(self, place: int) -> int:
        """Return an argument that is a whole number, written out."""
        node = self.arguments[place]
        negative = isinstance(node, exp.Neg)
        node = node.this if negative else node
        if isinstance(node, exp.Literal) and not node.is_string and str(node.this).isdigit():
            return -int(node.this) if negative else int(node.this)
        raise self.refuse(f"Argument {place + 1} must be a whole number.")

    def text(self, place: int) -> str:
        """Return an argument that is a text literal."""
        node = self.arguments[place]
        if isinstance(node, exp.Literal) and node.is_string:
            return str(node.this)
        raise self.refuse(f"Argument {place + 1} must be a text literal.")
