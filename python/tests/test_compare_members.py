"""How `compare` shows values that differ in more than their text, and what it treats as equal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from entity_kit.compare.relations import compare
from entity_kit.warehouse import Relation, connect, rows

if TYPE_CHECKING:
    from entity_kit.compare.difference import Diff

UNION = "union(a integer, b integer, c varchar)"


def compared(incremental: str, full_refresh: str) -> Diff:
    sides = [Relation("memory", "main", name) for name in ("incremental", "full_refresh")]
    with connect() as connection:
        for side, value in zip(sides, (incremental, full_refresh), strict=True):
            rows(connection, f"create table {side} as select 1 as id, {value} as x")
        return compare(connection, *sides, key=["id"])


@pytest.mark.parametrize(
    ("before", "after", "shown"),
    [
        (f"union_value(a := 1)::{UNION}", f"union_value(b := 1)::{UNION}", ("a: 1", "b: 1")),
        (f"union_value(a := 1)::{UNION}", f"union_value(c := '1')::{UNION}", ("a: 1", "c: 1")),
        (
            f"[union_value(a := 1)::{UNION}]",
            f"[union_value(b := 1)::{UNION}]",
            ('[{"a":1}]', '[{"b":1}]'),
        ),
        ("1::variant", "'1'::variant", ("1 (INT32)", "1 (VARCHAR)")),
        ("[1]::variant", "['1']::variant", ("[1] (ARRAY(1))", '["1"] (ARRAY(1))')),
    ],
)
def test_a_change_of_member_or_type_is_shown(before, after, shown):
    _without_type(before)
    difference = compared(before, after)
    assert difference.changed_columns == {"x": 1}
    (sample,) = difference.sample
    assert (sample.before["x"], sample.row["x"]) == shown


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("1::integer::variant", "1::bigint::variant"),
        ("1::integer::variant", "1.00::decimal(4, 2)::variant"),
        ("0.0::double::variant", "'-0.0'::double::variant"),
        ("interval '1 day'", "interval '24 hours'"),
        (f"union_value(a := 1)::{UNION}", f"union_value(a := 1)::{UNION}"),
    ],
)
def test_what_duckdb_says_is_equal_agrees(one, other):
    _without_type(one)
    difference = compared(one, other)
    assert difference.agrees
    assert difference.sample == ()


def _without_type(value: str) -> None:
    """Skip if this DuckDB has no variants."""
    with connect() as connection:
        known = rows(connection, "select 1 from duckdb_types() where type_name = 'variant'")
    if "variant" in value and not known:
        pytest.skip("DuckDB has variants from 1.4 on")
