"""Snowflake's FLATTEN and GENERATOR, as tables."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sqlglot import exp
from sqlglot.optimizer import simplify as optimizer

from entity_kit.dialects.macros import failed
from entity_kit.dialects.writing import filled

if TYPE_CHECKING:
    from entity_kit.dialects.calls import Walk

KINDS = {"OBJECT": "'OBJECT'", "ARRAY": "'ARRAY'", "BOTH": "'ARRAY', 'OBJECT'"}
# The path of an element is written with brackets where a key has other characters.
ODD_KEY = "'A key whose path is not known: ' || e.fullkey"
PATH = (
    "CASE WHEN regexp_matches(e.fullkey, '^\\$([.][A-Za-z_]\\w*|\\[\\d+\\])*$') "
    "THEN ltrim({1} || substr(e.fullkey, 2), '.') ELSE " + failed(ODD_KEY) + " END"
)


def rows_of(walk: Walk, node: exp.Expr, call: exp.Expr) -> exp.Expr:
    name = str(call.this).upper() if isinstance(call, exp.Anonymous) else ""
    alias = node.args.get("alias")
    if alias is not None and alias.args.get("columns"):
        raise walk.refuse(f"function {name}", node, "New names for its columns aren't known.")
    if name == "FLATTEN" and isinstance(call, exp.Anonymous):
        return flattened(walk, call, alias)
    if name == "GENERATOR" and len(call.expressions) == 1:
        count = call.expressions[0]
        number = optimizer.simplify(count.expression.copy())
        if count.name.upper() != "ROWCOUNT" or not number.is_int:
            raise walk.refuse("function GENERATOR", node, "Its ROWCOUNT must be written out.")
        template = "(SELECT range AS ek_seq FROM range({0}))"
        given = number
    else:
        written = name or call.sql(walk.dialect).partition("(")[0]
        raise walk.refuse(f"function {written}", node, "It isn't known as a table.")
    return aliased(filled(template, given), alias)


def aliased(made: exp.Expr, alias: exp.Expr | None) -> exp.Expr:
    return made if alias is None else filled("{0} AS {1}", made, alias.this)


def flattened(walk: Walk, call: exp.Anonymous, alias: exp.Expr | None) -> exp.Expr:
    """Return the query that `flatten(input => v, …)` is."""
    given, path, outer, recursive, mode = arguments(walk, call)
    kinds = KINDS[mode]
    if recursive and mode != "BOTH":
        raise walk.refuse("argument MODE of FLATTEN", call, "With RECURSIVE it isn't known.")
    # The key of an element of an array is its number.
    last = "regexp_extract(e.fullkey, '\\[(\\d+)\\]$', 1)"
    rows = (
        f"SELECT CASE WHEN {last} = '' THEN e.key END AS \"key\", "
        f'CAST(nullif({last}, \'\') AS BIGINT) AS "index", e.value AS "value", '
        f'json_extract({{0}}, e.path) AS "this", {PATH} AS "path" '
        f"FROM json_{'tree' if recursive else 'each'}({{0}}) AS e "
        f"WHERE json_type({{0}}) IN ({kinds})"
    )
    if recursive:
        rows += " AND e.parent IS NOT NULL"
    if outer:
        rows += (
            " UNION ALL SELECT NULL, NULL, NULL, {0}, "
            + (
                failed("'The path of FLATTEN without a row: ' || coalesce({0}, '')")
                if path
                else "''"
            )
            + " WHERE {0} IS NULL "
            f"OR coalesce(json_type({{0}}), '') NOT IN ({kinds}) "
            "OR NOT EXISTS (SELECT 1 FROM json_each({0}))"
        )
    value = filled("CAST({0} AS JSON)", walk.visit(given))
    if path:
        steps = exp.Literal.string("$" + "".join(f'."{step}"' for step in path.split(".")))
        value = filled("json_extract({0}, {1})", value, steps)
    return aliased(filled(f"LATERAL ({rows})", value, exp.Literal.string(path)), alias)


def arguments(walk: Walk, call: exp.Anonymous) -> tuple[exp.Expr, str, bool, bool, str]:
    """Return FLATTEN's input, path, outer, recursive, and mode."""
    given: list[exp.Expr] = []
    path, outer, recursive, mode = "", False, False, "BOTH"
    for argument in call.expressions:
        name = argument.name.upper() if isinstance(argument, exp.Kwarg) else "INPUT"
        value = argument.expression if isinstance(argument, exp.Kwarg) else argument
        text = str(value.this) if isinstance(value, exp.Literal) and value.is_string else None
        if name == "INPUT":
            given.append(value)
        elif name == "OUTER" and isinstance(value, exp.Boolean):
            outer = bool(value.this)
        elif name == "RECURSIVE" and isinstance(value, exp.Boolean):
            recursive = bool(value.this)
        elif name == "MODE" and text is not None and text.upper() in KINDS:
            mode = text.upper()
        elif name == "PATH" and text is not None and re.fullmatch(r"(\w+(\.\w+)*)?", text):
            path = text
        else:
            raise walk.refuse(f"argument {name} of FLATTEN", call, "It isn't known.")
    if len(given) != 1:
        raise walk.refuse("function FLATTEN", call, "It needs one input.")
    return given[0], path, outer, recursive, mode
