"""Describe what stays wrong in a table: which columns, how many rows, which periods or keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from entity_kit.compare.report import render_value
from entity_kit.replay.tables import KEEP
from entity_kit.verify.deploy.results import Wrong
from entity_kit.warehouse import fold, quote, rows

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from entity_kit.arrivals.model import Model
    from entity_kit.replay.comparer import Comparer
    from entity_kit.warehouse import Connection

_SAMPLE = 5
_MOST_KEYS = 10


def describe(
    connection: Connection, comparer: Comparer, model: Model, node: Mapping[str, Any], merge: int
) -> Wrong:
    """Compare both sides of a model that are open, and describe the rows that differ."""
    diff = comparer.diff(connection, model, ignore=model.ignore, sample=_SAMPLE, keep=KEEP)
    kinds = {column.name: column.full_refresh for column in diff.columns if column.agrees}
    key = diff.key if all(name in kinds for name in diff.key) else ()
    time = time_column(kinds, node, key)
    return Wrong(
        merge=merge,
        comparison=diff.comparison,
        rows=diff.rows_full_refresh,
        columns=dict(diff.changed_columns),
        schema_changes=diff.schema_changes,
        period=None if time is None else _period(connection, time),
        key=key,
        keys=_keys(connection, key),
        sample=diff.sample,
    )


def time_column(
    kinds: Mapping[str, str | None], node: Mapping[str, Any], key: Sequence[str]
) -> str | None:
    """Return the column that tells the periods of a model: its event_time, or a date or timestamp."""
    by_name = {fold(name): name for name in kinds}
    declared = fold(str(node["config"].get("event_time") or ""))
    if declared in by_name:
        return by_name[declared]
    times = [name for name, kind in kinds.items() if str(kind).startswith(("DATE", "TIMESTAMP"))]
    in_key = [name for name in times if name in key]
    return next(iter((*in_key, *times)), None)


def differing_rows(names: Sequence[str]) -> str:
    """Return the query for these columns of all rows that differ, of both sides."""
    listed = ", ".join(map(quote, names))
    return " union all ".join(
        f"select {listed} from temp.main.{KEEP}_{side}" for side in ("incremental", "full_refresh")
    )


def _period(connection: Connection, time: str) -> tuple[str, str, str] | None:
    name = quote(time)
    first, last = rows(
        connection,
        f"select min({name})::varchar, max({name})::varchar from ({differing_rows([time])})",
    )[0]
    return None if first is None else (time, first, last)


def _keys(connection: Connection, key: Sequence[str]) -> tuple[str, ...]:
    """Return the first keys of rows that differ, each as text."""
    if not key:
        return ()
    shown = ", ".join(f"{quote(name)}::varchar" for name in key)
    found = rows(
        connection,
        f"select distinct {shown} from ({differing_rows(key)}) order by all limit {_MOST_KEYS}",
    )
    return tuple(", ".join(render_value(value) for value in row) for row in found)
