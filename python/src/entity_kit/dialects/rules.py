"""How kinds of nodes are rewritten that plain SQL has, but whose meaning differs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from entity_kit.dialects import dates, rows
from entity_kit.dialects.types import SPAN
from entity_kit.dialects.writing import Filled, filled

if TYPE_CHECKING:
    from entity_kit.dialects.calls import Call, Walk

WHOLE = ("ROWS", "UNBOUNDED", "PRECEDING", "UNBOUNDED", "FOLLOWING")


def call(walk: Walk, node: exp.Anonymous) -> exp.Expr:
    return walk.call(node)


def same(walk: Walk, node: exp.Expr) -> exp.Expr:
    return walk.same(node)


def around(walk: Walk, node: exp.Expr) -> exp.Expr:
    """Translate `f(x) within group (…)`, `f(x) ignore nulls`: the call itself looks around."""
    inner = node.this
    if not isinstance(inner, (exp.Anonymous, exp.Filter, exp.IgnoreNulls, exp.RespectNulls)):
        construct = f"clause {node.key.upper()}"
        raise walk.refuse(construct, node, "It is known after a function only.")
    made: exp.Expr = walk.visit(inner)
    return made


def window(walk: Walk, node: exp.Window) -> exp.Expr:
    name = node.find(exp.Anonymous)
    walk.same_parts(node, {"this", "partition_by", "order", "spec", "alias", "over"})
    if (
        walk.table.whole_frames
        and name is not None
        and str(name.this).upper() in ("FIRST_VALUE", "LAST_VALUE", "NTH_VALUE")
        and not node.args.get("spec")
    ):
        kind, start, start_side, end, end_side = WHOLE
        spec = exp.WindowSpec(
            kind=kind, start=start, start_side=start_side, end=end, end_side=end_side
        )
        node.set("spec", spec)
    return node


def division(walk: Walk, node: exp.Div) -> exp.Expr:
    """`a / b`: an error by zero."""
    for side in (node.this, node.expression):
        if isinstance(side, exp.Literal) and side.is_string:
            raise walk.refuse("operator /", node, "Of a text it isn't known.")
    return filled("ek_divide({0}, {1})", walk.visit(node.this), walk.visit(node.expression))


def joined_text(walk: Walk, node: exp.DPipe) -> exp.Expr:
    written = flat(node)
    closer = walk.dialect in ("postgres", "redshift")
    if not closer and any(isinstance(one, (exp.Add, exp.Sub)) for one in written[1:]):
        # sqlglot reads `a || (b + c)` as in Postgres; Spark reads `(a || b) + c`.
        why = "Beside + or - it needs parentheses: engines differ in which of them binds closer."
        raise walk.refuse("operator ||", node, why)
    parts = [as_text(walk, part) for part in written]
    return filled("(" + " || ".join(f"{{{n}}}" for n in range(len(parts))) + ")", *parts)


def flat(node: Any) -> list[exp.Expr]:
    if isinstance(node, exp.DPipe):
        return [*flat(node.this), *flat(node.expression)]
    return [node]


def as_text(walk: Walk, node: exp.Expr) -> exp.Expr:
    return as_text_value(walk.visit(node))


def as_text_value(made: exp.Expr) -> exp.Expr:
    """Return a translated value as text: what already is text stays as it is."""
    inner = made.unnest() if isinstance(made, exp.Paren) else made
    if isinstance(inner, exp.Literal) and inner.is_string:
        return inner
    template = str(inner.args.get("template", ""))
    if template.startswith(TEXTS):
        return inner
    return filled("ek_text({0})", made)


TEXTS = (
    "ek_text(",
    "upper(",
    "lower(",
    "ek_replace(",
    "ek_upper(",
    "ek_lower(",
    "trim(",
    "md5(",
    "strftime(",
    "replace(",
    "regexp_replace(",
)


def cast(walk: Walk, node: exp.Cast) -> exp.Expr:
    walk.only_parts(node, {"this", "to", "safe", "requires_string"})
    template = type_cast(walk, node.to)
    # A cast to text doesn't fail; what does is that engines write a value differently.
    if isinstance(node, exp.TryCast) and not template.startswith("ek_text("):
        if walk.dialect == "postgres":
            raise walk.refuse("expression TRY_CAST", node, "Postgres has none.")
        template = walk.table.tries.get(template) or attempt(template)
    return filled(template, walk.visit(node.this))


def attempt(template: str) -> str:
    """Return the template of a cast that is NULL where `template` fails."""
    tried = re.sub(r"\bCAST\(", "TRY_CAST(", template)
    return re.sub(r"\bek_(bigint|bool|boolean|date|datetime)\(", r"ek_try_\1(", tried)


def type_cast(walk: Walk, to: exp.DataType) -> str:
    """Return the template that casts `{0}` to a type of the dialect."""
    name = to.this.value if isinstance(to.this, exp.DType) else str(to.this)
    entry = walk.table.types.get(name)
    if entry is None:
        raise walk.refuse(f"type {to.sql(walk.dialect)}", to, "It isn't known to have an equal.")
    given = [one.name.upper() for one in to.expressions if isinstance(one, exp.DataTypeParam)]
    if walk.dialect == "redshift" and given == ["MAX"]:
        given = []
    if not all(one.isdigit() for one in given):
        raise walk.refuse(f"type {to.sql(walk.dialect)}", to, "Its length isn't known.")
    numbers = [int(one) for one in given]
    if callable(entry):
        made: str = entry(walk, to, numbers)
        return made
    if to.expressions and not numbers:
        raise walk.refuse(f"type {to.sql(walk.dialect)}", to, "Its parts aren't known.")
    return entry if "{0}" in entry else f"CAST({{0}} AS {entry})"


def column_type(walk: Walk, node: exp.DataType) -> exp.Expr:
    """Translate the type of a column in `create table t (a type)`."""
    template = type_cast(walk, node)
    if " AS " in template:
        return filled(template.rpartition(" AS ")[2].removesuffix(")"))
    return filled(PLAIN[template.partition("(")[0]])


PLAIN = {
    "ek_text": "VARCHAR", "ek_cut": "VARCHAR", "ek_within": "VARCHAR", "left": "VARCHAR", "ek_bigint": "BIGINT",
    "ek_double": "DOUBLE", "ek_timestamp": "TIMESTAMP", "ek_timestamptz": "TIMESTAMPTZ", "ek_date": "DATE", "ek_boolean": "BOOLEAN", "ek_time": "TIME", "to_json": "JSON", "ek_variant": "JSON",
}  # fmt: skip


def interval(walk: Walk, node: exp.Interval) -> exp.Expr:
    unit = node.args.get("unit")
    value = node.this
    written = str(value.this) if isinstance(value, exp.Literal) and value.is_string else ""
    if unit is None and SPAN.fullmatch(written):
        return filled(f"INTERVAL '{written}'")
    if not isinstance(unit, exp.Var) or value is None:
        raise walk.refuse("expression INTERVAL", node, "Its unit must be written out.")
    name = unit.name.lower().rstrip("s")
    if name not in INTERVALS:
        raise walk.refuse(f"interval unit {unit.name}", node, "It isn't known.")
    if isinstance(value, exp.Literal):
        number = str(value.this).strip()
        if not number.lstrip("+-").isdigit():
            raise walk.refuse(
                "expression INTERVAL", node, "Only whole numbers of one unit are known."
            )
        return filled(f"INTERVAL ({number}) {name}")
    return filled(f"to_{name}s(CAST({{0}} AS BIGINT))", walk.visit(value))


INTERVALS = (
    "microsecond", "millisecond", "second", "minute", "hour", "day", "week", "month", "quarter",
    "year",
)  # fmt: skip


def bracket(walk: Walk, node: exp.Bracket) -> exp.Expr:
    raise walk.refuse("expression []", node, "An element of a value isn't known here.")


def current(template: str) -> Any:
    """Return a rule for a function without parentheses: `current_date`."""

    def rule(walk: Walk, node: exp.Expr) -> exp.Expr:
        walk.only_parts(node, set())
        return filled(template)

    return rule


def extract(walk: Walk, node: exp.Extract) -> exp.Expr:
    """`extract(part from date)`."""
    word = node.this.name.lower() if isinstance(node.this, (exp.Var, exp.Literal)) else ""
    template = dates.part_of(walk.dialect, word)
    if not template:
        raise walk.refuse(f"part {node.this.sql(walk.dialect)}", node, "It isn't known.")
    # A numeric in Postgres, and a float of a timestamp with a zone in Redshift: `/` isn't whole then.
    if walk.dialect == "postgres" and template.startswith("CAST("):
        template = f"CAST({template} AS DECIMAL(18, 0))"
    elif walk.dialect == "redshift":
        template = f"ek_part({template}, {{0}})"
    return filled(template, dates.instant(walk.visit(node.expression)))


def seq(call: Call) -> exp.Expr:
    """`seq4()` over `table(generator(rowcount => n))`: 0, 1, …"""
    query = call.node.find_ancestor(exp.Select)
    source = query.args.get("from_") if query is not None else None
    calls = list(source.find_all(exp.Anonymous, Filled)) if source is not None else []
    made = any("ek_seq" in one.template for one in calls if isinstance(one, Filled))
    if not made and "GENERATOR" not in {str(one.args.get("this")).upper() for one in calls}:
        raise call.refuse("It is known over `table(generator(rowcount => n))` only.")
    last = {"SEQ1": 127, "SEQ2": 32767}.get(call.name)
    if last is None:
        return filled("ek_seq")
    again = f"CAST('{call.name} begins again after {last}' AS BIGINT)"
    return filled(f"CASE WHEN ek_seq <= {last} THEN ek_seq ELSE {again} END")


def is_(walk: Walk, node: exp.Is) -> exp.Expr:
    """`a is null`, `a is not true`."""
    walk.only_parts(node, {"this", "expression", "negate"})
    if not isinstance(node.expression, (exp.Null, exp.Boolean, exp.Not)):
        raise walk.refuse("expression IS", node, "It is known with NULL, TRUE and FALSE only.")
    negated = "NOT " if node.args.get("negate") else ""
    return filled(f"({{0}} IS {negated}{{1}})", walk.visit(node.this), bare(node.expression))


def bare(node: exp.Expr) -> exp.Expr:
    """Return NULL, TRUE, NOT NULL as text that needs no parentheses."""
    return filled(node.sql("duckdb"))


def created(walk: Walk, node: exp.Create) -> exp.Expr:
    """A statement that creates something; a function of which the user has a macro is left out."""
    function = node.this
    if not isinstance(function, exp.UserDefinedFunction):
        return walk.same(node)
    name = function.this.name
    if name.lower() not in walk.known:
        why = "SQL creates it. `--dialect-macro` takes a DuckDB macro of yours of the same name."
        raise walk.refuse(f"function {name}", node, why)
    return filled("")


def nothing(walk: Walk, node: exp.Semicolon) -> exp.Expr:  # noqa: ARG001  # a rule takes both
    return filled("")


def lateral(walk: Walk, node: exp.Lateral) -> exp.Expr:
    """`lateral (select …) as x`."""
    walk.only_parts(node, {"this", "alias"})
    if not isinstance(node.this, exp.Subquery):
        raise walk.refuse("clause LATERAL", node, "It is known with a query only.")
    return walk.same_parts(node, {"this", "alias"})


def dot(walk: Walk, node: exp.Dot) -> exp.Expr:
    """`schema.macro(x)` of a macro that the user has written, and a field of a struct."""
    inner = node.expression
    if isinstance(inner, exp.Anonymous) and str(inner.this).lower() in walk.known:
        return walk.call(inner)
    if isinstance(inner, exp.Anonymous):
        raise walk.refuse(f"function {node.sql(walk.dialect).partition('(')[0]}", node, UDF)
    if not isinstance(inner, exp.Identifier) or walk.dialect == "snowflake":
        raise walk.refuse("expression .", node, "It isn't known here.")
    return filled("({0}).{1}", walk.visit(node.this), inner)


UDF = "A function of the warehouse's own. `--dialect-macro` takes a DuckDB macro of yours for it."


def named_select(walk: Walk, node: exp.Select) -> exp.Expr:
    """A query; a call without an alias is named after its function, a cast after its column."""
    if node.parent is None and not walk.named:
        return walk.same(node)
    named = []
    for one in node.expressions:
        inner = one.this if isinstance(one, (exp.Window, exp.Filter)) else one
        name = ""
        if isinstance(inner, exp.Anonymous) and isinstance(inner.this, str):
            name = inner.this.lower()
        elif isinstance(inner, exp.Cast):
            name = inner.this.name if isinstance(inner.this, exp.Column) else ""
        elif isinstance(inner, exp.Case):
            name = "case"
        named.append(exp.alias_(one, name, quoted=True, copy=False) if name else one)
    node.set("expressions", named)
    return walk.same(node)


def if_call(walk: Walk, node: exp.If) -> exp.Expr:
    walk.same_parts(node, {"this", "true", "false"})
    if isinstance(node.parent, exp.Case):
        return node
    parts = [node.this, node.args["true"]]
    if node.args.get("false") is None:
        return filled("CASE WHEN {0} THEN {1} END", *parts)
    return filled("CASE WHEN {0} THEN {1} ELSE {2} END", *parts, node.args["false"])


def like(walk: Walk, node: exp.Expr) -> exp.Expr:
    """`a like b`, `a like any (b, c)`; a backslash escapes where the dialect says so."""
    walk.only_parts(node, {"this", "expression", "negate"})
    name = "LIKE" if isinstance(node, exp.Like) else "ILIKE"
    escape = " ESCAPE '\\'" if walk.dialect != "snowflake" else ""
    pattern = node.expression
    if isinstance(node.parent, exp.Escape):
        given = node.parent.expression
        if not (isinstance(given, exp.Literal) and len(str(given.this)) == 1):
            raise walk.refuse("clause ESCAPE", node, "It must be one character, written out.")
        escape = f" ESCAPE {given.sql('duckdb')}"
    value = walk.visit(node.this)
    if isinstance(pattern, (exp.Any, exp.All)):
        several = pattern.this.expressions if isinstance(pattern.this, exp.Tuple) else []
        single = [pattern.this.this] if isinstance(pattern.this, exp.Paren) else []
        patterns = [*several, *single]
        if not patterns:
            raise walk.refuse(f"clause {name} ANY", node, "It is known with written patterns only.")
        between = " OR " if isinstance(pattern, exp.Any) else " AND "
    else:
        patterns, between = [pattern], ""
    parts = []
    for n, one in enumerate(patterns):
        plain = isinstance(one, exp.Literal) and "\\" not in str(one.this)
        parts.append(
            f"{{0}} {name} {{{n + 1}}}{'' if plain and not isinstance(node.parent, exp.Escape) else escape}"
        )
    negated = "NOT " if node.args.get("negate") else ""
    template = f"({negated}({between.join(parts)}))"
    return filled(template, value, *[walk.visit(one) for one in patterns])


def escape(walk: Walk, node: exp.Escape) -> exp.Expr:
    made: exp.Expr = walk.visit(node.this)
    return made


def quantified(walk: Walk, node: exp.Expr) -> exp.Expr:
    """`x > all (select …)`, and `any`."""
    if not node.find(exp.Select) or not isinstance(
        node.this, (exp.Subquery, exp.Select, exp.Union)
    ):
        raise walk.refuse(
            f"expression {node.key.upper()}", node, "It is known before a query only."
        )
    return walk.same(node)


def raw_text(walk: Walk, node: exp.RawString) -> exp.Expr:  # noqa: ARG001  # a rule takes both
    return exp.Literal.string(node.this)


RULES: dict[type, Any] = {
    **rows.RULES,
    exp.Anonymous: call,
    exp.WithinGroup: around,
    exp.IgnoreNulls: around,
    exp.RespectNulls: around,
    exp.Window: window,
    exp.Div: division,
    exp.DPipe: joined_text,
    exp.Cast: cast,
    exp.TryCast: cast,
    exp.DataType: column_type,
    exp.Interval: interval,
    exp.Bracket: bracket,
    exp.If: if_call,
    exp.RawString: raw_text,
    exp.Dot: dot,
    exp.Lateral: lateral,
    exp.Is: is_,
    exp.Semicolon: nothing,
    exp.Create: created,
    exp.Like: like,
    exp.ILike: like,
    exp.Escape: escape,
    exp.All: quantified,
    exp.Any: quantified,
    exp.CurrentDate: current("current_date"),
    exp.CurrentTimestamp: current("current_timestamp"),
}
