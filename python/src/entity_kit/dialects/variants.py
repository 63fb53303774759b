"""Snowflake's VARIANT, OBJECT and ARRAY: DuckDB's JSON.

A JSON text compares as `"text"` in DuckDB, with its quotes. So what comes out of a path must meet
a cast, or a function that takes JSON, before anything else reads it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from entity_kit.dialects import flattening, rows
from entity_kit.dialects.macros import macro
from entity_kit.dialects.writing import filled

if TYPE_CHECKING:
    from collections.abc import Callable

    from entity_kit.dialects.calls import Call, Walk

# Functions that read a VARIANT as what it is.
READERS = frozenset(
    [
        "TO_VARCHAR",
        "TO_CHAR",
        "TO_DATE",
        "TO_NUMBER",
        "TO_DECIMAL",
        "TO_NUMERIC",
        "TO_DOUBLE",
        "TO_BOOLEAN",
        "TO_TIMESTAMP",
        "TO_TIMESTAMP_NTZ",
        "TRY_TO_DATE",
        "TRY_TO_NUMBER",
        "TRY_TO_TIMESTAMP",
        "TRY_TO_TIMESTAMP_NTZ",
        "TRY_TO_BOOLEAN",
        "DATE",
        "FLATTEN",
        "GET",
        "GET_PATH",
        "ARRAY_SIZE",
        "ARRAY_TO_STRING",
        "ARRAY_AGG",
        "ARRAY_CONTAINS",
        "IS_NULL_VALUE",
        "PARSE_JSON",
        "TRY_PARSE_JSON",
        "UPPER",
        "LOWER",
        "TRIM",
        "MD5",
        "SPLIT",
        "SPLIT_PART",
        "REPLACE",
        "LEFT",
        "RIGHT",
        "COUNT",
        "CONCAT",
        "LENGTH",
        "LEN",
        "OBJECT_CONSTRUCT",
        "OBJECT_CONSTRUCT_KEEP_NULL",
        "ARRAY_CONSTRUCT",
        "TO_VARIANT",
        "TYPEOF",
        "REGEXP_REPLACE",
        "REGEXP_SUBSTR",
        "REGEXP_LIKE",
        "LTRIM",
        "RTRIM",
        "SUBSTR",
        "SUBSTRING",
        "LISTAGG",
        "OBJECT_KEYS",
        "TO_ARRAY",
        "TO_OBJECT",
        "OBJECT_AGG",
    ]
)
# What hands a VARIANT on as it is: what follows decides.
HANDED_ON = frozenset(["COALESCE", "NVL", "IFNULL", "IFF", "ANY_VALUE"])
ADVICE = "A VARIANT is compared or kept here as it is: cast it (`::string`, `::number`, …)."


def read(walk: Walk, node: exp.Expr) -> None:
    """Refuse a VARIANT that nothing casts."""
    if KEPT not in node.meta and not is_read(node, compared=compared_with_text):
        raise walk.refuse("VARIANT value", node, ADVICE)


# On a VARIANT that is kept as a column of a query, all of whose uses read it.
KEPT = "entity_kit_kept"


# On a star that shows the columns of a FLATTEN.
SHOWN = "entity_kit_shown"


def star(walk: Walk, node: exp.Star) -> exp.Expr:
    """`*`, `t.*`; not where it shows the columns of a FLATTEN, of which SEQ isn't known."""
    if SHOWN in node.meta or (isinstance(node.parent, exp.Column) and SHOWN in node.parent.meta):
        why = "It shows columns of FLATTEN: name them, and cast VALUE and THIS."
        raise walk.refuse("columns *", node, why)
    return walk.same(node)


def is_read(node: exp.Expr, compared: Callable[[exp.Expr], bool] = lambda _: False) -> bool:
    """Whether what stands around a VARIANT reads it as what it is."""
    inner, outer = node, node.parent
    while outer is not None:
        if isinstance(
            outer, (exp.Cast, exp.JSONExtract, exp.Bracket, exp.Is, exp.DPipe, exp.Kwarg)
        ):
            return True
        name = str(outer.this).upper() if isinstance(outer, exp.Anonymous) else ""
        if name in READERS or (inner is node and compared(outer)):
            return True
        passed = isinstance(outer, (exp.Paren, exp.If, exp.Distinct, exp.Order, exp.IgnoreNulls))
        if isinstance(outer, exp.Window):
            passed = outer.this is inner
        if isinstance(outer, exp.Case):
            passed = outer.this is not inner
        if isinstance(outer, exp.If) and outer.this is inner:
            break
        if name in WINDOWED:
            passed = True
        if not passed and name not in HANDED_ON:
            break
        inner, outer = outer, outer.parent
    return False


def compared_with_text(node: exp.Expr) -> bool:
    """Whether a node compares with a text that is written out: that one becomes JSON then."""
    if not isinstance(node, (exp.EQ, exp.NEQ)):
        return False
    return any(
        isinstance(one, exp.Literal) and one.is_string for one in (node.this, node.expression)
    )


def equality(walk: Walk, node: exp.Expr) -> exp.Expr:
    """`a = b`; a VARIANT equals a text if it is that text."""
    sides = (node.this, node.expression)
    if not compared_with_text(node) or not any(is_variant(one) for one in sides):
        return rows.compared(walk, node)
    sign = "=" if isinstance(node, exp.EQ) else "<>"
    parts = [f"{{{n}}}" if is_variant(one) else f"to_json({{{n}}})" for n, one in enumerate(sides)]
    return filled(f"({parts[0]} {sign} {parts[1]})", *[walk.visit(one) for one in sides])


def is_variant(node: exp.Expr) -> bool:
    named = isinstance(node, exp.Column) and node.name.upper() in ("VALUE", "THIS")
    return isinstance(node, (exp.JSONExtract, exp.Bracket)) or (named and bool(aliases(node)))


WINDOWED = ("FIRST_VALUE", "LAST_VALUE", "LAG", "LEAD", "NTH_VALUE")


def path(walk: Walk, node: exp.JSONExtract) -> exp.Expr:
    """`v:a.b[0]`: the element, or NULL where there is none; a JSON null stays one."""
    walk.only_parts(node, {"this", "expression", "variant_extract", "requires_json"})
    if not node.args.get("variant_extract"):
        raise walk.refuse("operator ->", node, "It isn't known here.")
    read(walk, node)
    steps = ""
    for part in node.expression.expressions:
        if isinstance(part, exp.JSONPathKey) and isinstance(part.this, str):
            steps += f'."{key(walk, node, part.this)}"'
        elif isinstance(part, exp.JSONPathSubscript) and isinstance(part.this, int):
            if part.this < 0:
                raise walk.refuse("path", node, "A negative index isn't known.")
            steps += f"[{part.this}]"
        elif not isinstance(part, exp.JSONPathRoot):
            raise walk.refuse(
                f"path {node.sql(walk.dialect)}", node, "One of its steps isn't known."
            )
    return filled("json_extract({0}, {1})", walk.visit(node.this), exp.Literal.string(f"${steps}"))


def key(walk: Walk, node: exp.Expr, name: str) -> str:
    if '"' in name or "\\" in name or "*" in name:
        raise walk.refuse(
            f"key {name}", node, "A quote, a backslash or a star in a key isn't known."
        )
    return name


def element(walk: Walk, node: exp.Bracket) -> exp.Expr:
    """`v['a']`, `v[0]`."""
    read(walk, node)
    place = node.expressions[0] if len(node.expressions) == 1 else None
    if isinstance(place, exp.Column):
        return filled("ek_element({0}, {1})", walk.visit(node.this), walk.visit(place))
    if not isinstance(place, exp.Literal):
        raise walk.refuse(
            "expression []", node, "It is known with a column or what is written out."
        )
    step = f'."{key(walk, node, place.this)}"' if place.is_string else f"[{place.this}]"
    return filled("json_extract({0}, {1})", walk.visit(node.this), exp.Literal.string(f"${step}"))


def get(call: Call) -> exp.Expr:
    """`get(v, 'a')`, `get(v, 0)`."""
    call.count(2)
    read(call.walk, call.node)
    place = call.arguments[1]
    if not isinstance(place, exp.Literal):
        raise call.refuse("Its second argument must be written out.")
    name = key(call.walk, call.node, str(place.this))
    step = f'."{name}"' if place.is_string else f"[{name}]"
    return filled("json_extract({0}, {1})", call.arguments[0], exp.Literal.string(f"${step}"))


def get_path(call: Call) -> exp.Expr:
    """`get_path(v, 'a.b')`, with plain names."""
    call.count(2)
    read(call.walk, call.node)
    steps = call.text(1).split(".")
    if not all(step.replace("_", "a").isalnum() for step in steps):
        raise call.refuse("Only names with dots between them are known.")
    path = "$" + "".join(f'."{step}"' for step in steps)
    return filled("json_extract({0}, {1})", call.arguments[0], exp.Literal.string(path))


def lateral(walk: Walk, node: exp.Lateral) -> exp.Expr:
    """`lateral flatten(…) f`: its columns VALUE, KEY, INDEX and THIS."""
    walk.only_parts(node, {"this", "alias"})
    return flattening.rows_of(walk, node, node.this)


def table(walk: Walk, node: exp.Table) -> exp.Expr:
    """A table, or `table(flatten(…))`, or `table(generator(rowcount => n))`."""
    inner = node.this
    if isinstance(inner, exp.Anonymous) and str(inner.this).upper() == "TABLE":
        walk.only_parts(node, {"this", "alias", "joins"})
        if len(inner.expressions) == 1:
            made = flattening.rows_of(walk, node, inner.expressions[0])
            if node.args.get("joins"):
                raise walk.refuse("clause TABLE", node, "A join in its parentheses isn't known.")
            return made
    if not isinstance(inner, exp.Identifier):
        raise walk.refuse(f"table {node.sql(walk.dialect)}", node, "It isn't known as a table.")
    return walk.same(node)


def column(walk: Walk, node: exp.Column) -> exp.Expr:
    """A column; the VALUE of a FLATTEN is a VARIANT."""
    if node.name.upper() in ("VALUE", "THIS") and not node.args.get("db"):
        flattened = aliases(node)
        if node.table.upper() in flattened or (not node.table and flattened):
            read(walk, node)
    return walk.same(node)


def aliases(node: exp.Expr) -> set[str]:
    """Return the upper-case aliases of the FLATTENs of the query that a node is in."""
    query = node.find_ancestor(exp.Select)
    return aliases_in(query) if query is not None else set()


def aliases_in(query: exp.Select) -> set[str]:
    """Return the upper-case aliases of the FLATTENs of a query."""
    found: set[str] = set()
    sources = [query.args.get("from_"), *(query.args.get("joins") or [])]
    for source in sources:
        if source is None:
            continue
        for call in source.find_all(exp.Anonymous):
            if str(call.this).upper() == "FLATTEN":
                holder = source.this
                found.add(str(holder.alias).upper() if isinstance(holder, exp.Expr) else "")
    return found


def array_agg(call: Call) -> exp.Expr:
    """`array_agg(x)`: without NULLs; an empty array where there is none."""
    call.count(1)
    if call.windowed or call.limit or call.nulls:
        raise call.refuse("With OVER, LIMIT or NULLS it isn't known.")
    listed = "list({0}) FILTER (WHERE {1} IS NOT NULL)"
    rows = f"list_transform({listed}, lambda e: ek_listed(e))"
    template = f"coalesce(to_json({rows}), CAST('[]' AS JSON))"
    return filled(template, call.listed(), call.arguments[0])


def array_unique_agg(call: Call) -> exp.Expr:
    """`array_unique_agg(x)`: each value once, in ascending order here."""
    call.count(1)
    call.plain()
    if call.windowed:
        raise call.refuse("With OVER it isn't known.")
    template = (
        "coalesce(to_json(list_transform(list(DISTINCT {0} ORDER BY {0}) "
        "FILTER (WHERE {0} IS NOT NULL), lambda e: ek_listed(e))), CAST('[]' AS JSON))"
    )
    return filled(template, call.arguments[0])


def array_construct(call: Call) -> exp.Expr:
    """`array_construct(a, b, …)`."""
    parts = ", ".join(f"ek_variant({{{n}}})" for n in range(len(call.arguments)))
    template = f"json_array({parts})" if parts else "CAST('[]' AS JSON)"
    return filled(template, *call.arguments)


def counted(call: Call) -> exp.Expr:
    """`count(x)`: without NULLs, nor JSON nulls."""
    call.count(1)
    if call.order or call.limit or call.nulls:
        raise call.refuse("ORDER BY, LIMIT or NULLS inside of it isn't known.")
    value = call.arguments[0]
    if isinstance(value, (exp.Star, exp.Literal)) and not call.distinct:
        return filled("count({0})", value)
    present = filled("ek_present({0})", value)
    return filled("count({0})", exp.Distinct(expressions=[present]) if call.distinct else present)


def object_construct(call: Call) -> exp.Expr:
    """`object_construct('a', x, …)`: without the keys whose value is NULL."""
    call.plain()
    if len(call.arguments) % 2 or not call.arguments or "*" in [a.name for a in call.arguments]:
        raise call.refuse("It is known with keys and values only.")
    return filled(objects(len(call.arguments)), *call.arguments)


def objects(count: int) -> str:
    pairs = ", ".join(f"row({{{n}}}, ek_variant({{{n + 1}}}))" for n in range(0, count, 2))
    return f"ek_object([{pairs}])"


MACROS = (
    macro(
        "ek_object(pairs)",
        "to_json(map_from_entries(list_filter(pairs, "
        "lambda pair: pair[1] is not null and pair[2] is not null)))",
    ),
    macro(
        "ek_array_size(a)",
        "case when json_type(cast(a as json)) = 'ARRAY' "
        "then json_array_length(cast(a as json)) end",
    ),
)
