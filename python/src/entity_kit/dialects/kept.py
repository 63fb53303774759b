"""A VARIANT that a part of a query keeps as a column, and another part casts.

`with a as (select v:b as b from t) select b::string from a`. Where each use of the column is read as
a VARIANT, the value may stay one up to there. What leaves the statement, or is compared, may not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from entity_kit.dialects.variants import KEPT, SHOWN, aliases_in, is_read, is_variant

if TYPE_CHECKING:
    from collections.abc import Iterator


def mark(statement: exp.Expr) -> None:
    """Mark the values of a statement that are kept as columns all of whose uses read them."""
    for query in statement.find_all(exp.Select):
        for one in query.expressions:
            value = one.this if isinstance(one, exp.Alias) else one
            starred = isinstance(one.this if isinstance(one, exp.Column) else one, exp.Star)
            if starred and flattened(query, one) and not stays_inside(statement, query):
                one.meta[SHOWN] = True
            if is_variant(value) and all_read(statement, query, one.alias_or_name, frozenset()):
                value.meta[KEPT] = True


def flattened(query: exp.Select, star: exp.Expr) -> bool:
    """Whether a star stands for the columns of a FLATTEN, too."""
    of = star.table.upper() if isinstance(star, exp.Column) else ""
    names = aliases_in(query)
    return of in names if of else bool(names)


def stays_inside(statement: exp.Expr, query: exp.Select) -> bool:
    """Whether the VALUE and THIS of a FLATTEN are read as VARIANTs before they leave the statement."""
    return all(all_read(statement, query, name, frozenset()) for name in ("value", "this"))


def all_read(
    statement: exp.Expr, query: exp.Select, name: str, seen: frozenset[tuple[int, str]]
) -> bool:
    """Whether a column of a query is read as a VARIANT wherever it is used."""
    at = (id(query), name.lower())
    if at in seen or not name or query.args.get("distinct"):
        return False
    group = query.args.get("group")
    if group is not None and (
        group.args.get("all") or any(one.is_int for one in group.expressions)
    ):
        return False
    readers = list(readers_of(statement, query))
    seen |= {at}
    own = own_uses(query, name)
    if None in readers or not all(
        is_read(one) or is_handed_on(statement, one, seen) for one in own
    ):
        return False
    return all(
        uses_read(statement, reader, alias, name, seen) for reader, alias in filter(None, readers)
    )


def own_uses(query: exp.Select, name: str) -> Iterator[exp.Column]:
    """Yield where a query may use a column of its own by its name: `select v:a as b, b + 1`."""
    for one in query.walk(prune=lambda node: node is query.args.get("with_")):
        if isinstance(one, exp.Column) and not one.table and one.name.lower() == name.lower():
            shown = one.parent if isinstance(one.parent, exp.Alias) else one
            if not (shown.parent is query and shown.alias_or_name.lower() == name.lower()):
                yield one


def readers_of(statement: exp.Expr, query: exp.Select) -> Iterator[tuple[exp.Select, str] | None]:
    """Yield the queries that select from a query, with its alias there; None if it isn't known."""
    holder = query.parent
    if isinstance(holder, exp.Subquery) and holder.alias:
        reader = holder.find_ancestor(exp.Select) if in_from(holder) else None
        yield (reader, holder.alias.lower()) if reader is not None else None
        return
    if not isinstance(holder, exp.CTE):
        yield None
        return
    name = holder.alias.lower()
    if (
        holder.args["alias"].columns
        or sum(c.alias.lower() == name for c in statement.find_all(exp.CTE)) > 1
    ):
        yield None
        return
    for table in statement.find_all(exp.Table):
        if isinstance(table.this, exp.Identifier) and table.name.lower() == name and not table.db:
            reader = table.find_ancestor(exp.Select)
            known = reader is not None and in_from(table) and not table.args.get("pivots")
            yield (reader, table.alias_or_name.lower()) if known and reader is not None else None


def in_from(node: exp.Expr) -> bool:
    return isinstance(node.parent, (exp.From, exp.Join))


def uses_read(
    statement: exp.Expr,
    reader: exp.Select,
    alias: str,
    name: str,
    seen: frozenset[tuple[int, str]],
) -> bool:
    """Whether all uses of a column in a query that selects it read it, or hand it on to such."""
    joins = reader.args.get("joins") or []
    using = [one.name.lower() for join in joins for one in join.args.get("using") or []]
    if name.lower() in using or any(join.args.get("method") for join in joins):  # natural
        return False
    own = reader.args.get("with_")
    inside = list(reader.walk(prune=lambda node: node is own))
    stars = (one for one in inside if isinstance(one, exp.Star) and has(one, alias, name))
    columns = (
        one
        for one in inside
        if isinstance(one, exp.Column)
        and one.name.lower() == name.lower()
        and one.table.lower() in ("", alias)
    )
    return all(star_reads(statement, reader, one, name, seen) for one in stars) and all(
        is_read(one) or is_handed_on(statement, one, seen) for one in columns
    )


def has(star: exp.Star, alias: str, name: str) -> bool:
    """Whether a star stands for a column: `*`, `a.*`, but not `count(*)` or `* exclude (b)`."""
    holder = star.parent
    of = holder.table.lower() if isinstance(holder, exp.Column) else ""
    left_out = [one.name.lower() for one in star.args.get("except_") or []]
    counted = isinstance(holder, exp.Anonymous)
    return not counted and of in ("", alias) and name.lower() not in left_out


def star_reads(
    statement: exp.Expr,
    reader: exp.Select,
    star: exp.Star,
    name: str,
    seen: frozenset[tuple[int, str]],
) -> bool:
    changed = star.args.get("replace") or star.args.get("rename")
    if changed or star.find_ancestor(exp.Select) is not reader:
        return False
    return all_read(statement, reader, name, seen)


def is_handed_on(statement: exp.Expr, column: exp.Column, seen: frozenset[tuple[int, str]]) -> bool:
    """Whether a column is one of a query's own, by this or another name, that is read later."""
    alias = column.parent if isinstance(column.parent, exp.Alias) else None
    shown = alias if alias is not None else column
    query = shown.parent
    if not isinstance(query, exp.Select) or shown.arg_key != "expressions":
        return False
    return all_read(statement, query, shown.alias_or_name, seen)
