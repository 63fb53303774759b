"""One normal form for SQL expressions and filters of metrics, so that equal meanings have equal texts.

Format, quotes that change nothing, redundant parentheses, the order of `and`, `or`, `=`, `+` and
`in`, and the direction of a comparison don't count. Text that sqlglot can't read keeps its words.
"""

from __future__ import annotations

import ast
import functools
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.normalize_identifiers import normalize_identifiers

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_JINJA = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)
_PLACE = "entity_kit_place_{}"
_KNOWN = {
    "Dimension": ("name", "entity_path"),
    "TimeDimension": ("name", "time_granularity_name", "entity_path"),
    "Entity": ("name", "entity_path"),
    "Metric": ("name", "group_by"),
}
METRIC_TIME = "metric_time"
_GRAINS = {
    *("nanosecond", "microsecond", "millisecond", "second", "minute", "hour", "day", "week"),
    *("month", "quarter", "year"),
}
_ENTITY_AND_NAME = 2
_GRAIN = "time_granularity_name"
_COMMUTES = (exp.EQ, exp.NEQ, exp.Add, exp.Mul, exp.NullSafeEQ, exp.NullSafeNEQ)
# What needs no parentheses when another operator contains it.
_CLOSED = (
    *(exp.Column, exp.Identifier, exp.Literal, exp.Func, exp.Boolean, exp.Null, exp.Star),
    *(exp.Tuple, exp.Subquery, exp.Dot),
)


@dataclass(frozen=True, slots=True)
class Reference:
    """A dimension, an entity, or a metric that a filter names in Jinja.

    `path` is the chain of entities that leads to it, `name` its own name, `grain` what a time
    dimension is rounded to, `others` the remaining arguments, in words.
    """

    kind: str
    path: tuple[str, ...]
    name: str
    grain: str = ""
    others: str = ""

    def __str__(self) -> str:
        arguments = [repr("__".join((*self.path, self.name)))]
        if self.grain:
            arguments.append(repr(self.grain))
        if self.others:
            arguments.append(self.others)
        return f"{{{{ {self.kind}({', '.join(arguments)}) }}}}"


@dataclass(frozen=True, slots=True)
class Form:
    """A normal form: its `text`, the columns and the references in it; `readable` by sqlglot or not."""

    text: str
    columns: tuple[str, ...] = ()
    references: tuple[Reference, ...] = ()
    readable: bool = True


@functools.lru_cache(maxsize=8192)
def expression_form(sql: str, dialect: str) -> Form:
    """Return the normal form of an expression over a model's columns."""
    tree = _read(sql, dialect)
    if tree is None:
        return Form(_words(sql), readable=False)
    return _form(tree, (), dialect)


@functools.lru_cache(maxsize=8192)
def filter_forms(sql: str, dialect: str) -> tuple[Form, ...]:
    """Return the normal forms of the conditions that a filter joins with `and`, in order, once each."""
    references: list[Reference] = []

    def place(found: re.Match[str]) -> str:
        reference = read_reference(found[1])
        if reference is None:
            return found[0]
        references.append(reference)
        return _PLACE.format(len(references) - 1)

    text = _JINJA.sub(place, sql)
    tree = None if "{" in text else _read(text, dialect)
    if tree is None:
        found = re.sub(
            _PLACE.format(r"(\d+)"), lambda match: str(references[int(match[1])]), _words(text)
        )
        return (Form(found, references=tuple(references), readable=False),)
    forms = {
        form.text: form
        for part in _parts(tree, exp.And)
        for form in [_form(part, references, dialect)]
    }
    return tuple(forms[text] for text in sorted(forms))


def renamed(sql: str, names: Mapping[str, str], dialect: str) -> Form:
    """Return the normal form of an expression whose columns have other names."""
    tree = _read(sql, dialect)
    if tree is None:
        return Form(_words(sql), readable=False)
    lowered = {name.lower(): new for name, new in names.items()}
    for column in list(tree.find_all(exp.Column)):
        new = lowered.get(column.name.lower())
        if new is not None and not column.table:
            column.this.set("this", new)
    return _form(tree, (), dialect)


def read_reference(text: str) -> Reference | None:
    """Return what one `{{ … }}` of a filter names, or None if it is none of MetricFlow's calls."""
    grain, part = "", ""
    try:
        tree = ast.parse(text.strip(), mode="eval").body
        while (
            isinstance(tree, ast.Call)
            and isinstance(tree.func, ast.Attribute)
            and tree.func.attr in {"grain", "date_part"}
        ):
            given = str(ast.literal_eval(tree.args[0]))
            grain, part = (given, part) if tree.func.attr == "grain" else (grain, given)
            tree = tree.func.value
        if not (isinstance(tree, ast.Call) and isinstance(tree.func, ast.Name)):
            return None
        kind = tree.func.id
        values = dict(
            zip(_KNOWN[kind], (ast.literal_eval(each) for each in tree.args), strict=False)
        )
        values |= {str(each.arg): ast.literal_eval(each.value) for each in tree.keywords}
        name = str(values.pop("name"))
    except (SyntaxError, ValueError, KeyError, IndexError):
        return None
    grain = grain or str(values.pop(_GRAIN, None) or "")
    outer = [str(each) for each in values.pop("entity_path", None) or ()]
    names = [*outer, *name.split("__")]
    # `order__ordered_at__week` is a week; `order__week` is a dimension of that name.
    if names[-1].lower() in _GRAINS and (len(names) > _ENTITY_AND_NAME or names[0] == METRIC_TIME):
        grain = grain or names[-1]
        names = names[:-1]
    if part:
        values["date_part"] = part.lower()
    others = ", ".join(f"{key}={value!r}" for key, value in sorted(values.items()) if value)
    if kind == "Dimension" and (grain or names == [METRIC_TIME]):
        kind = "TimeDimension"
    return Reference(kind, tuple(names[:-1]), names[-1], grain.lower(), others)


def _read(sql: str, dialect: str) -> exp.Expression | None:
    try:
        tree = sqlglot.parse_one(sql, dialect=dialect or None)
    except (SqlglotError, RecursionError):
        return None
    return tree if isinstance(tree, exp.Expression) and not isinstance(tree, exp.Command) else None


def _words(sql: str) -> str:
    return " ".join(sql.split())


def _form(tree: exp.Expression, references: Iterable[Reference], dialect: str) -> Form:
    given = {_PLACE.format(number): each for number, each in enumerate(references)}
    used: list[Reference] = []
    columns: dict[str, None] = {}
    tree = normalize_identifiers(tree.copy(), dialect=dialect or None)
    for column in list(tree.find_all(exp.Column)):
        reference = given.get(column.name.lower())
        if reference is not None:
            used.append(reference)
            column.this.set("this", str(reference))
        elif not isinstance(column.this, exp.Star):
            columns.setdefault(column.name)
    for identifier in tree.find_all(exp.Identifier):
        identifier.set("quoted", bare_or_not(identifier.name))
    for each in tree.walk():
        each.comments = None
    text = _ordered(tree).sql(dialect=dialect or None, comments=False)
    text = re.sub(r"[\"`\[](\{\{ .*? \}\})[\"`\]]", r"\1", text)
    return Form(text, tuple(columns), tuple(dict.fromkeys(used)))


def bare_or_not(name: str) -> bool:
    """Return whether a normalized name is written with quotes, which shows that it needs them."""
    return re.fullmatch(r"[a-z_][a-z0-9_]*|[A-Z_][A-Z0-9_]*", name) is None


def _ordered(node: exp.Expression) -> exp.Expression:
    """Return the same meaning with operands in order, and parentheses only where operators meet."""
    while isinstance(node, exp.Paren):
        node = node.this
    if isinstance(node, exp.And | exp.Or):
        kind = type(node)
        flat = [inner for part in _parts(node, kind) for inner in _parts(_ordered(part), kind)]
        parts = {_text(part): part for part in flat}
        if len(parts) == 1:
            return flat[0]
        ordered = [_closed(parts[text]) for text in sorted(parts)]
        return functools.reduce(lambda left, right: kind(this=left, expression=right), ordered)
    _order_arguments(node)
    if isinstance(node, exp.GT):
        node = exp.LT(this=node.expression, expression=node.this)
    elif isinstance(node, exp.GTE):
        node = exp.LTE(this=node.expression, expression=node.this)
    if isinstance(node, exp.Binary) and not isinstance(node, exp.Dot):
        operands = [node.this, node.expression]
        if isinstance(node, _COMMUTES):
            operands.sort(key=_text)
        node.set("this", _closed(operands[0]))
        node.set("expression", _closed(operands[1]))
    elif isinstance(node, exp.Unary | exp.Between | exp.In | exp.Cast):
        node.set("this", _closed(node.this))
    return node


def _order_arguments(node: exp.Expression) -> None:
    for key, value in list(node.args.items()):
        if isinstance(value, exp.Expression):
            node.set(key, _ordered(value))
        elif isinstance(value, list):
            items = [_ordered(e) if isinstance(e, exp.Expression) else e for e in value]
            if isinstance(node, exp.In) and key == "expressions":
                items = [item for _, item in sorted({_text(e): e for e in items}.items())]
            node.set(key, items)


def _parts(node: exp.Expression, kind: type[exp.Expression]) -> list[exp.Expression]:
    """Return the operands of nested `and`s, or of nested `or`s."""
    while isinstance(node, exp.Paren):
        node = node.this
    if not isinstance(node, kind):
        return [node]
    return [*_parts(node.args["this"], kind), *_parts(node.args["expression"], kind)]


def _closed(node: exp.Expression) -> exp.Expression:
    return node if isinstance(node, _CLOSED) and not _opens(node) else exp.Paren(this=node)


def _opens(node: exp.Expression) -> bool:
    """Return whether a function is written as an operator (`and` and `or` are functions, too)."""
    return isinstance(node, exp.Binary | exp.Connector)


def _text(node: exp.Expression) -> str:
    return node.sql(comments=False)
