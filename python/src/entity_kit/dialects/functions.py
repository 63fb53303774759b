"""BigQuery's `create temp function f(x int64) as (x + 1)`: a call becomes the body.

"User-defined functions" in BigQuery's manual.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from entity_kit.dialects.calls import Function
from entity_kit.dialects.writing import filled

if TYPE_CHECKING:
    from entity_kit.dialects.calls import Walk

ADVICE = "`--dialect-macro` takes a DuckDB macro of yours of the same name."
# Of these types alone an argument of another type is coerced.
COERCED = {
    exp.DType.BIGINT, exp.DType.DOUBLE, exp.DType.DECIMAL, exp.DType.TEXT, exp.DType.BOOLEAN,
    exp.DType.DATE, exp.DType.DATETIME, exp.DType.TIMESTAMP, exp.DType.TIMESTAMPTZ,
}  # fmt: skip
WRITTEN = (exp.Literal, exp.Null, exp.Boolean)


def created(walk: Walk, node: exp.Create) -> exp.Expr:
    """`create temp function …`: kept for its calls; one of which the user has a macro is left out."""
    declared = node.this
    if not isinstance(declared, exp.UserDefinedFunction):
        return walk.same(node)
    name = declared.this.name
    if name.lower() in walk.known:
        return filled("")
    construct = f"function {name}"
    properties = node.args.get("properties")
    kept = list(properties.expressions) if properties is not None else []
    if any(isinstance(one, exp.LanguageProperty) for one in kept):
        raise walk.refuse(construct, node, f"It is written in another language. {ADVICE}")
    if not any(isinstance(one, exp.TemporaryProperty) for one in kept) or declared.this.db:
        raise walk.refuse(construct, node, f"SQL creates it, to stay. {ADVICE}")
    body = node.expression
    others = (exp.TemporaryProperty, exp.ReturnsProperty)
    if not isinstance(body, (exp.Paren, exp.Subquery)) or not all(
        isinstance(one, others) for one in kept
    ):
        raise walk.refuse(construct, node, f"Its body is no expression in parentheses. {ADVICE}")
    table = walk.table
    if any(name.upper() in names for names in (table.scalars, table.aggregates, table.windows)):
        raise walk.refuse(construct, node, f"BigQuery has a function of this name. {ADVICE}")
    returns = next((one.this for one in kept if isinstance(one, exp.ReturnsProperty)), None)
    parameters: dict[str, exp.DataType | None] = {}
    for one in declared.expressions:
        known = isinstance(one, exp.ColumnDef) and isinstance(one.args.get("kind"), exp.DataType)
        if not known:
            raise walk.refuse(construct, node, f"One of its parameters isn't known. {ADVICE}")
        any_type = one.args["kind"].this == exp.DType.VARIANT
        parameters[one.name.lower()] = None if any_type else one.args["kind"]
    walk.functions[name] = Function(parameters, body, returns)
    return filled("")


def inlined(walk: Walk, function: Function, node: exp.Anonymous) -> exp.Expr:
    """Return the translated body of a function, with a call's arguments in it."""
    construct = f"function {node.this}"
    if len(node.expressions) != len(function.parameters):
        raise walk.refuse(construct, node, f"It has {len(function.parameters)} parameters.")
    given = dict(zip(function.parameters, node.expressions, strict=True))
    body = function.body.copy()
    queries = any(isinstance(one, exp.Select) for one in body.walk())
    hidden = names_in(function) if queries else set()
    used: dict[str, int] = dict.fromkeys(given, 0)
    for column in list(body.find_all(exp.Column)):
        first = column.parts[0]
        name = first.name.lower()
        if name not in given:
            continue
        argument = given[name]
        used[name] += 1
        if queries and not may_stand(column, argument, name in hidden):
            why = f"In a query, its parameter `{name}` may be read as another name. {ADVICE}"
            raise walk.refuse(construct, node, why)
        made = coerced(argument.copy(), function.parameters[name])
        for part in column.parts[1:]:
            made = exp.Dot(this=exp.paren(made, copy=False), expression=part.copy())
        column.replace(made)
    for name, times in used.items():
        chance = any(str(one.this).upper() == "GENERATE_UUID" for one in calls(given[name]))
        if times > 1 and chance:
            raise walk.refuse(construct, node, "A value of chance would be another at each use.")
    made = coerced(body, function.returns)
    # Where the call stood, because rules look at what is around them.
    node.replace(made)
    result: exp.Expr = walk.visit(made)
    return result


def names_in(function: Function) -> set[str]:
    """Return the lower-case names that a query in a function's body may find; `*` for any."""
    found = {one.name.lower() for one in function.body.find_all(exp.TableAlias)}
    found |= {one.alias.lower() for one in function.body.find_all(exp.Alias)}
    for one in function.body.find_all(exp.TableAlias):
        found |= {column.name.lower() for column in one.columns}
    for kind in function.parameters.values():
        if kind is None:
            return {*function.parameters}
        found |= {one.name.lower() for one in kind.find_all(exp.ColumnDef)}
    return {*function.parameters} if function.body.find(exp.Table) else found


def may_stand(column: exp.Column, argument: exp.Expr, hidden: bool) -> bool:
    """Whether an argument means the same in a query: nothing there has a name of its."""
    source = column.parent
    if len(column.parts) > 1:
        return False
    if isinstance(source, exp.Unnest) and isinstance(source.parent, exp.From):
        return True
    return isinstance(argument, WRITTEN) and not hidden


def coerced(value: exp.Expr, kind: exp.DataType | None) -> exp.Expr:
    if kind is None or kind.this not in COERCED:
        return exp.paren(value, copy=False)
    return exp.Cast(this=value, to=kind.copy())


def calls(node: exp.Expr) -> list[exp.Anonymous]:
    return list(node.find_all(exp.Anonymous))
