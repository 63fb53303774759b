"""Read from an incremental run's SQL what it compares its rows with, and write that to be asked alone."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import sqlglot
from sqlglot import expressions as exp
from sqlglot.errors import SqlglotError

from entity_kit.causes.sql_traits import is_clock
from entity_kit.warehouse import fold

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from entity_kit.warehouse import Relation

_COMPARISONS = (exp.GT, exp.GTE, exp.LT, exp.LTE)
# So many queries are looked through, at most: names may be those of another scope's CTEs.
_DEEPEST = 50


@dataclass(frozen=True, slots=True)
class Mark:
    """What a run reads the rows above of: `read` is an expression over one column of these.

    `value` can be asked alone, and `tables` are the schemas and names of what it reads: none if the
    model's Jinja had asked before and pasted a literal. `owner` is the table or CTE that the column
    belongs to, where it says so. `strict`: not equal to it. Of a union, it is about the first branch,
    and `besides` are about the others. Where the column is the greatest value of a group, `newest` is
    the source's column that it is taken from.
    """

    read: str
    column: str
    owner: str
    strict: bool
    value: exp.Expr
    tables: frozenset[tuple[str, str]]
    besides: tuple[Mark, ...] = ()
    newest: str = ""

    @property
    def parts(self) -> tuple[Mark, ...]:
        """The mark for each branch of a union that the column comes from."""
        return (self, *self.besides)

    @property
    def literals(self) -> tuple[str, ...]:
        """The literals of a value that reads no table."""
        if self.tables:
            return ()
        return tuple(each.name for each in self.value.find_all(exp.Literal))

    @property
    def reads_again(self) -> bool:
        """Whether rows as great as the greatest in a table are read: it is compared with >=, and not moved up."""
        moved = self.value.find(exp.Add, exp.DateAdd, exp.TimestampAdd)
        return not self.strict and bool(self.tables) and moved is None

    @property
    def moved_back(self) -> bool:
        """Whether the value lies before one that a table has, as where a window of some days begins."""
        return self.value.find(exp.Sub, exp.DateSub, exp.TimestampSub) is not None

    def is_of(self, relation: Relation, others: Iterable[Relation]) -> bool:
        """Return whether the value comes from this relation alone, and not from one with its name."""
        named = {(fold(other.schema), fold(other.name)) for other in others}
        return bool(self.tables) and all(
            name == fold(relation.name) and (schema, name) not in named
            for schema, name in self.tables
        )

    def with_answers(
        self, tables: frozenset[tuple[str, str]], answer: Callable[[Mark], tuple[object, object]]
    ) -> Mark:
        """Put in place of each subquery over these tables its answer: a text, and its type."""
        value = self.value.copy()
        for query in list(value.find_all(exp.Subquery)):
            read = _tables(query)
            if not read or not read <= tables or isinstance(query.parent, (exp.From, exp.Join)):
                continue
            text, kind = answer(replace(self, value=exp.Paren(this=query.copy()), tables=read))
            known = exp.null() if text is None else exp.Literal.string(str(text))
            query.replace(exp.cast(known, str(kind), dialect="duckdb"))
        return replace(self, value=value, tables=_tables(value))

    def asked_of(self, relation: Callable[[exp.Table], str]) -> str:
        """Write the value as DuckDB's SQL, with other relations in place of its tables."""
        value = self.value.copy()
        _put_in_place(value.find_all(exp.Table), relation)
        return value.sql(dialect="duckdb")


def read_from(sql: str, dialect: str, relation: Callable[[exp.Table], str]) -> str:
    """Write a model's query as DuckDB's SQL, with other relations in place of its tables, not of its CTEs."""
    tree = sqlglot.parse_one(sql, dialect=dialect)
    _put_in_place((table for table in tree.find_all(exp.Table) if table.db), relation)
    return tree.sql(dialect="duckdb")


def _put_in_place(tables: Iterable[exp.Table], relation: Callable[[exp.Table], str]) -> None:
    for table in list(tables):
        query = sqlglot.parse_one(f"select * from {relation(table)}", dialect="duckdb")
        there = query.args["from_"].this
        there.set("alias", exp.TableAlias(this=exp.to_identifier(table.alias_or_name)))
        table.replace(there)


@dataclass(frozen=True, slots=True)
class _Names:
    """The queries behind names: the CTEs of a statement, and the models that it is built from."""

    ctes: Mapping[str, exp.Expr]
    above: Mapping[str, str]
    dialect: str

    def model(self, name: str) -> tuple[exp.Expr, _Names] | None:
        """Return the query of a model above, and what the names in it mean."""
        if name not in self.above:
            return None
        tree = sqlglot.parse_one(self.above[name], dialect=self.dialect)
        # A source may be called as the model that reads it.
        others = {other: sql for other, sql in self.above.items() if other != name}
        return tree, _Names(_ctes(tree), others, self.dialect)


def marks(
    incremental: str,
    full_refresh: str,
    dialect: str = "duckdb",
    above: Mapping[str, str] | None = None,
) -> tuple[Mark, ...]:
    """Return what only the incremental run compares one column of its rows with.

    `above` is the SQL of the model's ancestors by their names: a column of theirs is followed to the
    source that they take it from.
    """
    by_name = {fold(name): sql for name, sql in (above or {}).items()}
    try:
        found, known = (
            {
                (each.read, each.strict, each.value.sql()): each
                for each in _compared(sql, by_name, dialect)
            }
            for sql in (incremental, full_refresh)
        )
    except SqlglotError:
        return ()
    return tuple(mark for key, mark in found.items() if key not in known)


def _ctes(tree: exp.Expr) -> dict[str, exp.Expr]:
    return {fold(cte.alias): cte.this for cte in tree.find_all(exp.CTE)}


def _compared(sql: str, above: Mapping[str, str], dialect: str) -> Iterator[Mark]:
    tree = sqlglot.parse_one(sql, dialect=dialect)
    names = _Names(_ctes(tree), above, dialect)
    for node in tree.find_all(*_COMPARISONS, exp.Between):
        if isinstance(node, exp.Between):
            read, mark = node.this, node.args["low"]
        else:
            read, mark = node.this, node.expression
        if isinstance(node, (exp.LT, exp.LTE)):
            read, mark = mark, read
        yield from _marks(read, mark, names, strict=isinstance(node, (exp.GT, exp.LT)))


def _marks(read: exp.Expr, mark: exp.Expr, names: _Names, *, strict: bool) -> Iterator[Mark]:
    column = _only_column(read)
    if column is None:
        return
    value = _alone(mark, names.ctes)
    if value is None or any(map(is_clock, value.walk())):
        return
    tables = _tables(value)
    select, alias = column.parent_select, column.table
    first, *others = (
        Mark(plain.sql(dialect="duckdb"), name, owner, strict, value, tables)
        for plain, name, owner in _of_the_sources(_bare(read), column.name, select, alias, names)
    )
    besides = (other for other in others if other != first)
    newest = _newest(column.name, select, alias, names)
    yield replace(first, besides=tuple(dict.fromkeys(besides)), newest=newest)


def _tables(value: exp.Expr) -> frozenset[tuple[str, str]]:
    return frozenset((fold(table.db), fold(table.name)) for table in value.find_all(exp.Table))


def _only_column(read: exp.Expr) -> exp.Column | None:
    """Return the column that an expression is over, or None if it takes more than one row's column."""
    columns = list(read.find_all(exp.Column))
    if len({fold(c.name) for c in columns}) != 1 or read.find(exp.Select, exp.AggFunc, exp.Window):
        return None
    return columns[0]


def _of_the_sources(
    plain: exp.Expr,
    name: str,
    select: exp.Expr | None,
    alias: str,
    names: _Names,
    depth: int = 0,
) -> Iterator[tuple[exp.Expr, str, str]]:
    """Write an expression over a column of a CTE or a model as one over what that makes it from.

    Yielded are the expression, without the names of tables, as a source stands alone where it is
    asked, its column, and what that belongs to: once, or for each branch of a union.
    """
    query, inside = _query(select, alias, names) if depth < _DEEPEST else (None, names)
    branches = list(_branches(query))
    behind = [(branch, _made_at(branch, name, branches[0])) for branch in branches]
    known = [
        (branch, made, inner)
        for branch, made in behind
        if made is not None and (inner := _only_column(made)) is not None
    ]
    if not known:
        source = _source(select, alias)
        yield plain, fold(name), "" if source is None else fold(source.name)
    for branch, made, inner in known:
        rewritten = plain.transform(
            lambda node, made=made: _bare(made) if isinstance(node, exp.Column) else node
        )
        yield from _of_the_sources(rewritten, inner.name, branch, inner.table, inside, depth + 1)


def _newest(name: str, select: exp.Expr | None, alias: str, names: _Names) -> str:
    """Return the source's column of which a column is the greatest value in a group, or ''."""
    is_greatest = False
    for _ in range(_DEEPEST):
        query, names = _query(select, alias, names)
        branch = next(_branches(query), None)
        made = None if branch is None else _made(branch, name)
        if made is None:
            return fold(name) if is_greatest else ""
        if isinstance(made, exp.Max):
            made, is_greatest = made.this, True
        inner = _only_column(made)
        if inner is None:
            return ""
        name, select, alias = inner.name, branch, inner.table
    return ""


def _query(select: exp.Expr | None, alias: str, names: _Names) -> tuple[exp.Expr | None, _Names]:
    """Return the query behind what is read under an alias: a CTE's, a subquery's, or a model's."""
    source = _read_as(select, alias)
    if isinstance(source, exp.Subquery):
        return source, names
    if not isinstance(source, exp.Table):
        return None, names
    query = None if source.db else names.ctes.get(fold(source.name))
    if query is None:
        return names.model(fold(source.name)) or (None, names)
    if any(t.name == source.name and not t.db for t in query.find_all(exp.Table)):
        return None, names  # a recursive CTE has no column of one row
    return query, names


def _branches(query: exp.Expr | None) -> Iterator[exp.Select]:
    """Yield the selects that a query puts one below the other."""
    if isinstance(query, exp.Subquery):
        query = query.unnest()
    if isinstance(query, exp.Union):
        yield from _branches(query.left)
        yield from _branches(query.right)
    elif isinstance(query, exp.Select):
        yield query


def _made_at(branch: exp.Select, name: str, first: exp.Select) -> exp.Expr | None:
    """Return what a branch of a union makes a column from: the first one names the columns."""
    if branch is first or any(each.is_star for each in (*first.expressions, *branch.expressions)):
        return _made(branch, name)
    names = [fold(each.alias_or_name) for each in first.expressions]
    if fold(name) not in names or len(branch.expressions) != len(names):
        return None
    made: exp.Expr = branch.expressions[names.index(fold(name))].unalias()
    return made


def _made(select: exp.Select, name: str) -> exp.Expr | None:
    """Return what a query makes a column from: the column itself, if it takes all there are."""
    for each in select.expressions:
        if fold(each.alias_or_name) == fold(name):
            made: exp.Expr = each.unalias()
            return made
    return exp.column(name) if any(e.is_star for e in select.expressions) else None


def _bare(expression: exp.Expr) -> exp.Expr:
    """Return a copy without the names of tables."""
    plain = expression.copy()
    for column in plain.find_all(exp.Column):
        column.set("table", None)
    return plain


def _alone(mark: exp.Expr, ctes: Mapping[str, exp.Expr]) -> exp.Expr | None:
    """Return a mark without the rest of its statement, or None if it depends on the rows read."""
    value = exp.Paren(this=mark.copy())
    for column in list(value.find_all(exp.Column)):
        if column.parent_select is None:
            source = _source(mark.parent_select, column.table)
            if source is None or not column.table:
                return None
            if not _is_one_row(ctes.get(fold(source.name))):
                return None
            one = exp.select(exp.column(column.name)).from_(exp.to_table(source.name))
            column.replace(one.subquery())
    if not value.find(exp.Select, exp.Literal):
        return None
    for _ in ctes:  # each may read those before it
        for table in list(value.find_all(exp.Table)):
            query = None if table.db else ctes.get(fold(table.name))
            if query is not None:
                name = exp.TableAlias(this=exp.to_identifier(table.alias_or_name))
                table.replace(exp.Subquery(this=query.copy(), alias=name))
    return value


def _is_one_row(query: exp.Expr | None) -> bool:
    if not isinstance(query, exp.Select) or query.args.get("group") is not None:
        return False
    # Aggregates of a subquery, or over a window, don't make one row of many.
    return query.args.get("from_") is None or any(
        each.parent_select is query and not isinstance(each.parent, exp.Window)
        for each in query.find_all(exp.AggFunc)
    )


def _source(select: exp.Expr | None, alias: str) -> exp.Table | None:
    """Return the table or CTE that a query reads under an alias."""
    source = _read_as(select, alias)
    return source if isinstance(source, exp.Table) else None


def _read_as(select: exp.Expr | None, alias: str) -> exp.Expr | None:
    """Return what a query reads under an alias, or, without one, the only thing that it reads."""
    if not isinstance(select, exp.Select):
        return None
    parts = [select.args.get("from_"), *(select.args.get("joins") or ())]
    read = [part.this for part in parts if part is not None]
    if not alias:
        return read[0] if len(read) == 1 else None
    return next((each for each in read if fold(each.alias_or_name) == fold(alias)), None)
