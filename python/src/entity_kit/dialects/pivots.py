"""PIVOT and UNPIVOT, as queries that say which columns they make."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from entity_kit.dialects.writing import filled
from entity_kit.warehouse import literal, quote

if TYPE_CHECKING:
    from entity_kit.dialects.calls import Walk

# Aggregates that may have a FILTER clause as they are translated.
KNOWN = frozenset(
    {"SUM", "COUNT", "MIN", "MAX", "AVG", "ANY_VALUE", "COUNT_IF", "COUNTIF", "STRING_AGG"}
)
PARTS = {
    "expressions", "fields", "unpivot", "alias", "columns", "include_nulls", "default_on_null",
    "identify_pivot_strings", "prefixed_pivot_columns", "pivot_column_naming",
    "value_columns_first",
}  # fmt: skip
# Where UNPIVOT puts the value before its name.
VALUE_FIRST = frozenset({"bigquery"})


def rule(then: Any) -> Any:
    """Return the rule for a table or a query in FROM, which may be pivoted; else it is `then`."""

    def source(walk: Walk, node: exp.Table | exp.Subquery) -> exp.Expr:
        pivots = node.args.get("pivots")
        if not pivots:
            made: exp.Expr = then(walk, node)
            return made
        (pivot,) = pivots if len(pivots) == 1 else [None]
        if pivot is None or node.args.get("joins"):
            raise walk.refuse("clause PIVOT", node, "Several of them, or with joins, aren't known.")
        walk.only_parts(pivot, PARTS)
        if re.search(r"[{}]", pivot.sql(walk.dialect)):
            raise walk.refuse("clause PIVOT", node, "A brace in it isn't known.")
        if pivot.args.get("default_on_null") or len(pivot.args["fields"]) != 1:
            raise walk.refuse(
                "clause PIVOT", node, "With DEFAULT ON NULL or several FOR it isn't known."
            )
        node.set("pivots", None)
        turn = unpivoted if pivot.args.get("unpivot") else pivoted
        query = turn(walk, pivot, then(walk, node))
        alias = pivot.args.get("alias")
        if alias is None:
            return query
        return filled(f"{{0}} AS {alias.sql('duckdb')}", query)

    return source


def pivoted(walk: Walk, pivot: exp.Pivot, source: exp.Expr) -> exp.Expr:
    """`pivot (sum(a) for b in ('x' as c, …))`: all other columns are grouped by."""
    (field,) = pivot.args["fields"]
    if not isinstance(field, exp.In) or not isinstance(field.this, exp.Column):
        raise walk.refuse(
            "clause PIVOT", pivot, "It is known of a column with written values only."
        )
    named: list[str] = []
    parts: list[exp.Expr] = [source]
    for value in field.expressions:
        written = value.this if isinstance(value, exp.PivotAlias) else value
        alias = value.args.get("alias") if isinstance(value, exp.PivotAlias) else None
        if not isinstance(written, exp.Literal):
            raise walk.refuse("clause PIVOT", pivot, "Its values must be written out.")
        name = alias.name if alias is not None else own_name(walk, pivot, written)
        match = exp.Where(this=exp.NullSafeEQ(this=field.this.copy(), expression=written.copy()))
        for each in pivot.expressions:
            parts.append(aggregated(walk, pivot, each, match))
            named.append(quote(column_name(walk, pivot, each, name)))
    used = {one.name.lower(): one for one in (field.this, *columns_of(pivot.expressions))}
    left_out = ", ".join(one.this.sql("duckdb") for one in used.values())
    made = ", ".join(f"{{{n}}} AS {name}" for n, name in enumerate(named, 1))
    return filled(f"(SELECT * EXCLUDE ({left_out}), {made} FROM {{0}} GROUP BY ALL)", *parts)


def aggregated(walk: Walk, pivot: exp.Pivot, each: exp.Expr, match: exp.Where) -> exp.Expr:
    """Return an aggregate over the rows that match."""
    call = each.this if isinstance(each, exp.Alias) else each
    name = str(call.this).upper() if isinstance(call, exp.Anonymous) else ""
    counts = name.startswith("COUNT")
    if name not in KNOWN or (counts and walk.dialect == "snowflake"):
        raise walk.refuse("clause PIVOT", pivot, "Its aggregate isn't known here.")
    made: exp.Expr = walk.visit(exp.Filter(this=call.copy(), expression=match.copy()))
    if counts and walk.dialect == "databricks":  # NULL, not 0, where no row matches
        all_rows = exp.Anonymous(this="count", expressions=[exp.Star()])
        rows = walk.visit(exp.Filter(this=all_rows, expression=match.copy()))
        made = filled("CASE WHEN {0} > 0 THEN {1} END", rows, made)
    return made


def own_name(walk: Walk, pivot: exp.Pivot, value: exp.Literal) -> str:
    """Return the name that a value without an alias gives to its column."""
    text = str(value.this)
    if value.is_string:
        return f"'{text}'" if walk.dialect == "snowflake" else text
    if walk.dialect != "bigquery" or not text.isdigit():
        raise walk.refuse("clause PIVOT", pivot, "Its values must be texts, or have an alias.")
    named = any(isinstance(each, exp.Alias) for each in pivot.expressions)
    return text if named else f"_{text}"


def columns_of(nodes: list[exp.Expr]) -> list[exp.Column]:
    return [column for node in nodes for column in node.find_all(exp.Column)]


def column_name(walk: Walk, pivot: exp.Pivot, aggregate: exp.Expr, value: str) -> str:
    """Return the name of a column that PIVOT makes."""
    alias = aggregate.alias if isinstance(aggregate, exp.Alias) else ""
    several = len(pivot.expressions) > 1
    if several and (not alias or walk.dialect == "snowflake"):
        raise walk.refuse("clause PIVOT", pivot, "Each of several aggregates needs an alias.")
    if walk.dialect == "bigquery":
        return f"{alias}_{value}" if alias else value
    return f"{value}_{alias}" if several else value


def unpivoted(walk: Walk, pivot: exp.Pivot, source: exp.Expr) -> exp.Expr:
    """`unpivot (value for name in (a, b))`: a row for each column that isn't NULL."""
    (field,) = pivot.args["fields"]
    value = pivot.expressions[0]
    if len(pivot.expressions) != 1 or not isinstance(value, exp.Identifier):
        raise walk.refuse("clause UNPIVOT", pivot, "It is known with one column of values only.")
    columns, rows = [], []
    for one in field.expressions:
        column = one.this if isinstance(one, exp.PivotAlias) else one
        if not isinstance(column, exp.Column) or column.table:
            raise walk.refuse("clause UNPIVOT", pivot, "It is known of columns only.")
        text = shown(walk, pivot, one, column)
        columns.append(column.this.sql("duckdb"))
        rows.append(f"{{'n': {text}, 'v': {columns[-1]}}}")
    name = field.this.sql("duckdb")
    made = [f"ek_row.n AS {name}", f"ek_row.v AS {value.sql('duckdb')}"]
    if walk.dialect in VALUE_FIRST:
        made.reverse()
    kept = "" if pivot.args.get("include_nulls") else " WHERE ek_row.v IS NOT NULL"
    inner = f"(SELECT * EXCLUDE ({', '.join(columns)}), unnest([{', '.join(rows)}]) AS ek_row FROM {{0}})"
    return filled(f"(SELECT * EXCLUDE (ek_row), {', '.join(made)} FROM {inner}{kept})", source)


def shown(walk: Walk, pivot: exp.Pivot, one: exp.Expr, column: exp.Column) -> str:
    """Return the text that names a column in the rows that UNPIVOT makes."""
    alias = one.args.get("alias") if isinstance(one, exp.PivotAlias) else None
    if isinstance(alias, exp.Literal) and not alias.is_string:
        raise walk.refuse("clause UNPIVOT", pivot, "A number for a column isn't known.")
    if alias is not None:
        text = alias.name
    elif walk.dialect == "snowflake" and not column.this.args.get("quoted"):
        text = column.name.upper()
    else:
        text = column.name
    return literal(str(text))
