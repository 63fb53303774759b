"""BigQuery's arrays, and the rows that UNNEST makes of them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sqlglot import exp

from entity_kit.dialects import rows
from entity_kit.dialects.macros import macro
from entity_kit.dialects.writing import filled

if TYPE_CHECKING:
    from entity_kit.dialects.calls import Walk

# Functions whose arrays have no structs.
PLAIN = frozenset(
    [
        *("SPLIT", "GENERATE_ARRAY", "GENERATE_DATE_ARRAY", "REGEXP_EXTRACT_ALL"),
        *(
            "JSON_QUERY_ARRAY",
            "JSON_VALUE_ARRAY",
            "JSON_EXTRACT_ARRAY",
            "JSON_EXTRACT_STRING_ARRAY",
        ),
    ]
)
OUTER = "entity_kit_outer"
# Without a match, DuckDB has a struct of NULLs where BigQuery has NULL.
VALUE = macro(
    "ek_outer(x)",
    "case when typeof(x) like 'STRUCT%' "
    "then cast_to_type('A struct of an outer join with UNNEST as a value', x) else x end",
)


def element(walk: Walk, node: exp.Bracket) -> exp.Expr:
    """`a[offset(0)]`, `a[safe_offset(0)]`, `a[ordinal(1)]`; `a[0]` and `a['b']` of a JSON, too."""
    walk.only_parts(node, {"this", "expressions", "offset", "safe"})
    if len(node.expressions) != 1:
        raise walk.refuse("expression []", node, "It is known with one place.")
    if node.args.get("offset") is None:
        return subscript(walk, node, node.expressions[0])
    macro = "ek_safe_at" if node.args.get("safe") else "ek_at"
    place = "{1} - 1" if node.args["offset"] else "{1}"  # ORDINAL counts from 1
    return filled(
        f"{macro}({{0}}, {place})", walk.visit(node.this), walk.visit(node.expressions[0])
    )


def subscript(walk: Walk, node: exp.Bracket, place: exp.Expr) -> exp.Expr:
    """`a[0]` of an array or a JSON, `j['b']` of a JSON."""
    if isinstance(place, exp.Literal) and place.is_int:
        return filled("ek_subscript({0}, {1})", walk.visit(node.this), walk.visit(place))
    if isinstance(place, exp.Literal) and re.fullmatch(r"[\w -]+", str(place.this)):
        path = exp.Literal.string(f'$."{place.this}"')
        return filled("ek_json_field({0}, {1})", walk.visit(node.this), path)
    raise walk.refuse("expression []", node, "It is known with what is written out, or OFFSET.")


def array(walk: Walk, node: exp.Array) -> exp.Expr:
    """`[1, 2]`, and `array(select …)`: a list, empty where there is no row."""
    walk.only_parts(node, {"expressions", "bracket_notation", "struct_name_inheritance"})
    query = node.expressions[0] if len(node.expressions) == 1 else None
    query = query.this if isinstance(query, exp.Subquery) and not query.alias else query
    if isinstance(query, exp.Query):
        return filled("coalesce(ARRAY({0}), [])", walk.visit(query))
    return filled("[{*}]" if node.expressions else "[]", *walk.visit(node.expressions))


def contained(walk: Walk, node: exp.In) -> exp.Expr:
    """`x in unnest(a)`; otherwise plain SQL."""
    listed = node.args.get("unnest")
    if listed is None:
        return rows.contained(walk, node)
    value, given = walk.visit(node.this), walk.visit(listed.expressions[0])
    return filled("({0} IN (SELECT unnest({1})))", value, given)


def unnested(walk: Walk, node: exp.Unnest) -> exp.Expr:
    """`unnest(a) [as x] [with offset as n]`: the fields of structs are columns, `x` is the whole."""
    walk.only_parts(node, {"expressions", "alias", "offset"})
    if len(node.expressions) != 1:
        raise walk.refuse("function UNNEST", node, "It is known with one array.")
    given = walk.visit(node.expressions[0])
    alias = alias_of(node)
    named = " AS {1}" if alias is not None else ""
    name = alias or exp.to_identifier("f0_")
    offset = node.args.get("offset")
    if not offset:
        # Of a list of structs, it makes a column of each field; any other has one column.
        rows = "(SELECT unnest({0}, max_depth := 2) AS {1})"
        return filled(f"LATERAL {rows}{named}", given, name)
    place = offset if isinstance(offset, exp.Identifier) else exp.to_identifier("offset", True)
    join = node.parent
    side = join.side if isinstance(join, exp.Join) else ""
    if side and isinstance(join, exp.Join) and (join.args.get("on") or side != "LEFT"):
        raise walk.refuse("clause WITH OFFSET", node, "With ON or a RIGHT join it isn't known.")
    # The place first, so that it is no part of `x`.
    places = "LATERAL (SELECT unnest(range(len({0}))) AS {2}) AS ek_places"
    rows = f"LATERAL (SELECT unnest([{{0}}[{{2}} + 1]], max_depth := 2) AS {{1}}){named}"
    between = " ON TRUE LEFT JOIN " if side else " CROSS JOIN "
    return filled(f"{places}{between}{rows}", given, name, place)


def alias_of(node: exp.Unnest) -> exp.Expr | None:
    alias = node.args.get("alias")
    columns = alias.columns if alias is not None else []
    return columns[0] if columns else None


def mark_outer(walk: Walk, node: exp.Select) -> None:
    """Mark the values of outer joins with UNNEST in a query, and refuse a star beside an offset."""
    sources = [node.args.get("from_"), *(node.args.get("joins") or [])]
    rows = [one.this for one in sources if one is not None and isinstance(one.this, exp.Unnest)]
    stars = any(
        isinstance(one, exp.Star)
        or (isinstance(one, exp.Column) and isinstance(one.this, exp.Star))
        for one in node.expressions
        if not (isinstance(one, exp.Column) and one.table in tables(sources))
    )
    if stars and any(one.args.get("offset") for one in rows):
        raise walk.refuse("clause WITH OFFSET", node, "In a query with `*` it isn't known.")
    outer = {
        name.name.lower()
        for one in rows
        if isinstance(one.parent, exp.Join) and one.parent.side and not is_plain(one)
        if (name := alias_of(one)) is not None
    }
    for column in node.find_all(exp.Column) if outer else ():
        if not column.table and column.name.lower() in outer:
            column.meta[OUTER] = True


def tables(sources: list[exp.Expr | None]) -> set[str]:
    return {
        one.this.alias_or_name
        for one in sources
        if one is not None and not isinstance(one.this, exp.Unnest)
    }


def is_plain(node: exp.Unnest) -> bool:
    """Whether an array has no structs for sure."""
    (given,) = node.expressions
    if isinstance(given, exp.Array):
        return all(isinstance(one, (exp.Literal, exp.Cast)) for one in given.expressions)
    return isinstance(given, exp.Anonymous) and str(given.this).upper() in PLAIN


def column(walk: Walk, node: exp.Column) -> exp.Expr:
    """A column; a struct of an outer join with UNNEST is an error as a value."""
    if OUTER not in node.meta:
        return walk.same(node)
    name, shown = node.name, isinstance(node.parent, exp.Select)
    made = filled("ek_outer({0})", walk.same(node))
    return exp.alias_(made, name, quoted=True, copy=False) if shown else made
