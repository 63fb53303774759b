"""How kinds of nodes are rewritten that plain SQL has, but whose meaning differs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlglot import exp

from entity_kit.dialects.writing import filled

if TYPE_CHECKING:
    from entity_kit.dialects.checking import Walk

WHOLE = ("ROWS", "UNBOUNDED", "PRECEDING", "UNBOUNDED", "FOLLOWING")


def call(walk: Walk, node: exp.Anonymous) -> exp.Expr:
    return walk.call(node)


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
    return filled("ek_divide({0}, {1})", walk.visit(node.this), walk.visit(node.expression))


def joined_text(walk: Walk, node: exp.DPipe) -> exp.Expr:
    parts = [as_text(walk, part) for part in flat(node)]
    return filled("(" + " || ".join(f"{{{n}}}" for n in range(len(parts))) + ")", *parts)


def flat(node: Any) -> list[exp.Expr]:
    if isinstance(node, exp.DPipe):
        return [*flat(node.this), *flat(node.expression)]
    return [node]


def as_text(walk: Walk, node: exp.Expr) -> exp.Expr:
    """Translate a value that becomes text: what already is text stays as it is."""
    made = walk.visit(node)
    inner = made.unnest() if isinstance(made, exp.Paren) else made
    if isinstance(inner, exp.Literal) and inner.is_string:
        return inner
    template = str(inner.args.get("template", ""))
    if template.startswith(("ek_text(", "upper(", "lower(", "trim(")):
        return inner
    return filled("ek_text({0})", made)


def cast(walk: Walk, node: exp.Cast) -> exp.Expr:
    walk.only_parts(node, {"this", "to", "safe", "requires_string"})
    template = type_cast(walk, node.to)
    if isinstance(node, exp.TryCast):
        template = f"TRY({template})"
    return filled(template, walk.visit(node.this))


def type_cast(walk: Walk, to: exp.DataType) -> str:
    """Return the template that casts `{0}` to a type of the dialect."""
    name = to.this.value if isinstance(to.this, exp.DType) else str(to.this)
    entry = walk.table.types.get(name)
    if entry is None:
        raise walk.refuse(f"type {to.sql(walk.dialect)}", to, "It isn't known to have an equal.")
    numbers = [int(one.name) for one in to.expressions if isinstance(one, exp.DataTypeParam)]
    if callable(entry):
        made: str = entry(walk, to, numbers)
        return made
    if to.expressions and not numbers:
        raise walk.refuse(f"type {to.sql(walk.dialect)}", to, "Its parts aren't known.")
    return entry if "{0}" in entry else f"CAST({{0}} AS {entry})"


def column_type(walk: Walk, node: exp.DataType) -> exp.Expr:
    """Translate the type of a column in `create table t (a type)`."""
    template = type_cast(walk, node)
    if not template.startswith("CAST({0} AS "):
        template = f"CAST({{0}} AS {PLAIN[template.partition('(')[0]]})"
    return filled(template.removeprefix("CAST({0} AS ").removesuffix(")"))


PLAIN = {"ek_text": "VARCHAR", "ek_bigint": "BIGINT", "ek_timestamp": "TIMESTAMP"}


def interval(walk: Walk, node: exp.Interval) -> exp.Expr:
    unit = node.args.get("unit")
    value = node.this
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


def if_call(walk: Walk, node: exp.If) -> exp.Expr:
    walk.same_parts(node, {"this", "true", "false"})
    if isinstance(node.parent, exp.Case):
        return node
    parts = [node.this, node.args["true"]]
    if node.args.get("false") is None:
        return filled("CASE WHEN {0} THEN {1} END", *parts)
    return filled("CASE WHEN {0} THEN {1} ELSE {2} END", *parts, node.args["false"])


def raw_text(walk: Walk, node: exp.RawString) -> exp.Expr:  # noqa: ARG001  # a rule takes both
    return exp.Literal.string(node.this)


RULES: dict[type, Any] = {
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
    exp.CurrentDate: current("current_date"),
    exp.CurrentTimestamp: current("current_timestamp"),
}
