"""What engines lack but parsers accept, from each engine's manual.

Parsers are lenient: they take a frame, say, that the engine refuses. Each rule here is one sentence of a manual.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlglot
from sqlglot import exp

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Rule = tuple[str, "Callable[[exp.Expression], Iterator[exp.Expression]]"]

RANKING = (
    exp.RowNumber, exp.Rank, exp.DenseRank, exp.Ntile, exp.Lag, exp.Lead, exp.PercentRank, exp.CumeDist,
)  # fmt: skip


def _range_frames(tree: exp.Expression) -> Iterator[exp.Expression]:
    for frame in tree.find_all(exp.WindowSpec):
        if frame.args["kind"].upper() != "ROWS":
            yield frame.parent


def _aggregates_without_a_frame(tree: exp.Expression) -> Iterator[exp.Expression]:
    for window in tree.find_all(exp.Window):
        function = window.this
        if isinstance(function, (exp.IgnoreNulls, exp.RespectNulls)):
            function = function.this
        is_ordered = window.args.get("order") and not window.args.get("spec")
        if is_ordered and not isinstance(function, RANKING):
            yield window


def _range_of_the_current_row(tree: exp.Expression) -> Iterator[exp.Expression]:
    for frame in _range_frames(tree):
        spec = frame.args["spec"]
        if spec.args["start"] == spec.args["end"] == "CURRENT ROW":
            yield frame


def _kind(*types: type[exp.Expression]) -> Callable[[exp.Expression], Iterator[exp.Expression]]:
    return lambda tree: tree.find_all(*types)


def _named_windows(tree: exp.Expression) -> Iterator[exp.Expression]:
    return (each for each in tree.find_all(exp.Select) if each.args.get("windows"))


def _functions(*names: str) -> Callable[[exp.Expression], Iterator[exp.Expression]]:
    def find(tree: exp.Expression) -> Iterator[exp.Expression]:
        for call in tree.find_all(exp.Anonymous):
            if call.name.lower() in names:
                yield call

    return find


def _whole_rows(tree: exp.Expression) -> Iterator[exp.Expression]:
    for column in tree.find_all(exp.Column):
        select = column.find_ancestor(exp.Select)
        is_whole = isinstance(column.this, exp.Star) or not column.table
        if (
            not is_whole
            or select is None
            or not isinstance(column.parent, (exp.Cast, exp.Ordered, exp.Func))
        ):
            continue
        read = [select.args.get("from_") or select.args.get("from"), *select.args.get("joins", [])]
        name = column.table or column.name
        if name in {each.this.alias_or_name for each in read if each is not None}:
            yield column.parent


def _small_units(tree: exp.Expression) -> Iterator[exp.Expression]:
    for call in tree.find_all(exp.DateAdd, exp.DateSub):
        if str(call.args.get("unit")).lower() in ("microsecond", "nanosecond"):
            yield call


def _parts_added(tree: exp.Expression) -> Iterator[exp.Expression]:
    """Find the counts computed with `power`, which returns a float, by the names that they pass through."""

    def is_float(expression: exp.Expression) -> bool:
        if isinstance(expression, exp.Cast):
            return False
        if isinstance(expression, exp.Pow) or (
            isinstance(expression, exp.Column) and expression.name in floats
        ):
            return True
        return any(is_float(each) for each in expression.iter_expressions())

    floats: set[str] = set()
    known = -1
    while known < len(floats):
        known = len(floats)
        floats |= {each.alias for each in tree.find_all(exp.Alias) if is_float(each.this)}
    for call in tree.find_all(exp.DateAdd, exp.DatetimeAdd, exp.TsOrDsAdd):
        if is_float(call.expression):
            yield call


FILTER: Rule = ("no aggregate has a `filter (where …)`", _kind(exp.Filter))
DISTINCT_FROM: Rule = (
    "no `is distinct from`",
    _kind(exp.NullSafeEQ, exp.NullSafeNEQ),
)

WHOLE_ROW: Rule = ("a table's alias is no value", _whole_rows)
WHOLE_NUMBER: Rule = ("what is added to a time is a whole number", _parts_added)

RULES: dict[str, tuple[Rule, ...]] = {
    "snowflake": (
        FILTER,
        ("a range is never from the current row to the current row", _range_of_the_current_row),
    ),
    "bigquery": (FILTER, WHOLE_NUMBER),
    "redshift": (
        FILTER,
        DISTINCT_FROM,
        ("a frame counts rows; there is no range", _range_frames),
        ("an aggregate that is ordered has a frame", _aggregates_without_a_frame),
        ("no `window` clause", _named_windows),
        ("no `generate_series` beside tables", _functions("generate_series")),
        ("no arrays in brackets", _kind(exp.Array)),
        WHOLE_ROW,
        WHOLE_NUMBER,
    ),
    "databricks": (),
    "duckdb": (),
    "postgres": (),
    "trino": (
        WHOLE_ROW,
        WHOLE_NUMBER,
        ("`date_add` counts milliseconds and more", _small_units),
    ),
}


def lacking(engine: str, sql: str) -> list[str]:
    """Return what the SQL uses and the engine lacks, with the position."""
    return [
        f"{sentence}: {' '.join(each.sql().split())[:200]}"
        for tree in sqlglot.parse(sql, read=engine)
        if tree is not None
        for sentence, find in RULES[engine]
        for each in find(tree)
    ]
