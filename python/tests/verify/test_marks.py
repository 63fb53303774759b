"""What an incremental run compares its rows with, read from its SQL and asked alone."""

from __future__ import annotations

import duckdb
import pytest

from entity_kit.causes.marks import marks
from entity_kit.causes.sql_traits import limited
from entity_kit.warehouse import Relation

THIS = '"w"."main"."orders"'
RAW = '"w"."raw"."orders"'
FULL = f"select * from {RAW} as o"


def read(condition, before=""):
    return [
        (mark.read, mark.owner, mark.strict, sorted(name for _, name in mark.tables))
        for mark in marks(f"{before} {FULL} {condition}", FULL)
    ]


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        (f"where o.id > (select max(id) from {THIS})", ("id", "orders", True)),
        (f"where (select max(id) from {THIS}) <= id", ("id", "", False)),
        (
            f"where cast(o.made as date) > (select max(day) from {THIS})",
            ("CAST(made AS DATE)", "orders", True),
        ),
        # Neither another value of the row, nor a plain one, nor the clock.
        ("where o.a > o.b", None),
        ("where o.a > 5", None),
        (f"where o.made > (select max(at) from {THIS} where at < now())", None),
        (f"where o.a + o.b > (select max(id) from {THIS})", None),
        ("this isn't sql (", None),
    ],
)
def test_a_mark_is_what_one_column_is_compared_with(condition, found):
    assert read(condition) == ([] if found is None else [(*found, ["orders"])])


def test_what_the_full_refresh_compares_too_is_no_mark():
    sql = f"{FULL} where id > (select min(id) from {RAW})"
    assert marks(sql, sql) == ()


@pytest.mark.parametrize(
    "condition",
    [
        "where o.made > (select high from wm) - interval 3 day",
        "cross join wm where o.made > wm.high - interval 3 day",
        "cross join wm as w where w.high - interval 3 day < o.made",
    ],
)
def test_a_mark_in_a_cte_is_asked_alone(condition):
    before = f"with seen as (select * from {THIS} as t), wm as (select max(t.loaded) as high from seen as t)"
    (mark,) = marks(f"{before} {FULL} {condition}", FULL)
    assert (mark.read, mark.owner, mark.strict) == ("made", "orders", True)
    asked = mark.asked_of(lambda table: f"mine.{table.name}")
    with duckdb.connect() as connection:
        connection.execute("create schema mine")
        connection.execute("create table mine.orders as select timestamp '2024-01-04' as loaded")
        (value,) = connection.execute(f"select cast({asked} as varchar)").fetchone()
    assert value == "2024-01-01 00:00:00"


def test_a_cte_of_many_rows_is_no_mark():
    before = f"with days as (select day, max(at) as high from {THIS} group by day)"
    assert read("join days on days.day = o.day where o.made > days.high", before) == []


def test_a_mark_is_a_tables_own_though_a_source_has_its_name():
    own, raw = Relation("w", "main", "orders"), Relation("w", "raw", "orders")
    (mine,) = marks(f"{FULL} where o.id > (select max(id) from {THIS})", FULL)
    (theirs,) = marks(f"{FULL} where o.id > (select max(id) - 9 from {RAW})", FULL)
    assert mine.is_of(own, [raw])
    assert not theirs.is_of(own, [raw])


def test_a_limit_counts_where_it_takes_rows_away():
    assert limited("select * from t limit 5") == {"LIMIT 5"}
    assert limited("with a as (select * from t limit 5) select * from a") == {"LIMIT 5"}
    assert limited("select * from (select * from t limit 5) as a") == {"LIMIT 5"}
    assert limited("select * from t where a > (select a from t order by a desc limit 1)") == set()
    assert limited("no sql (") == set()
