"""What engines lack that a parser lets pass, by the manual of each.

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


FILTER: Rule = ("no aggregate has a `filter (where …)`", _kind(exp.Filter))
DISTINCT_FROM: Rule = (
    "no `is distinct from`",
    _kind(exp.NullSafeEQ, exp.NullSafeNEQ),
)

RULES: dict[str, tuple[Rule, ...]] = {
    "snowflake": (
        FILTER,
        ("a range is never from the current row to the current row", _range_of_the_current_row),
    ),
    "bigquery": (FILTER,),
    "redshift": (
        FILTER,
        DISTINCT_FROM,
        ("a frame counts rows; there is no range", _range_frames),
        ("an aggregate that is ordered has a frame", _aggregates_without_a_frame),
        ("no `window` clause", _named_windows),
        ("no `generate_series` beside tables", _functions("generate_series")),
    ),
    "databricks": (),
    "trino": (),
}


def lacking(engine: str, sql: str) -> list[str]:
    """Name what the SQL uses and the engine lacks, with the place."""
    return [
        f"{sentence}: {' '.join(each.sql().split())[:200]}"
        for tree in sqlglot.parse(sql, read=engine)
        if tree is not None
        for sentence, find in RULES[engine]
        for each in find(tree)
    ]
