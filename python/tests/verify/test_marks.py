"""What an incremental run compares its rows with, read from its SQL and asked alone."""

from __future__ import annotations

import duckdb
import pytest

from entity_kit.causes.marks import marks, read_from
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
        (f"where (select max(id) from {THIS}) <= id", ("id", "orders", False)),
        # Of which of two tables it is, isn't known.
        (
            f"join w.raw.bills as b on b.o = o.k where id > (select max(id) from {THIS})",
            ("id", "", True),
        ),
        (
            f"where cast(o.made as date) > (select max(day) from {THIS})",
            ("CAST(made AS DATE)", "orders", True),
        ),
        (f"where o.id between (select max(id) from {THIS}) and 99", ("id", "orders", False)),
        # Neither another value of the row, nor the clock.
        ("where o.a > o.b", None),
        ("where 5 > 4", None),
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


@pytest.mark.parametrize(
    ("before", "condition", "strict", "value"),
    [
        ("", "where o.made > '2024-01-04'", True, "2024-01-04"),
        ("", "where cast('2024-01-04' as date) - 3 <= made", False, "2024-01-01"),
        (
            "",
            "where o.made >= timestamp '2024-01-04' - interval 3 day",
            False,
            "2024-01-01 00:00:00",
        ),
        ("", "where o.made between date '2024-01-04' and date '2024-01-09'", False, "2024-01-04"),
        ("", "where o.id > 17 and o.kind = 'new'", True, "17"),
        ("with wm as (select 17 as high)", "cross join wm where o.id > wm.high", True, "17"),
        ("with wm as (select 17 as high)", "where o.id > (select high from wm)", True, "17"),
    ],
)
def test_a_mark_may_be_pasted_as_a_literal(before, condition, strict, value):
    (mark,) = marks(f"{before} {FULL} {condition}", FULL)
    assert (mark.strict, mark.tables, bool(mark.literals)) == (strict, frozenset(), True)
    with duckdb.connect() as connection:
        (asked,) = connection.execute(
            f"select cast({mark.asked_of(lambda table: table.name)} as varchar)"
        ).fetchone()
    assert asked == value


@pytest.mark.parametrize(
    ("condition", "again"),
    [
        (f"where o.day >= (select max(day) - 3 from {THIS})", True),
        (f"where o.day > (select max(day) from {THIS})", False),
        # The day after the last one.
        (f"where o.day >= (select max(day) + interval 1 day from {THIS})", False),
        ("where o.day >= '2024-01-05'", False),
    ],
)
def test_whether_the_rows_at_a_mark_are_read_again(condition, again):
    (mark,) = marks(f"{FULL} {condition}", FULL)
    assert mark.reads_again is again


@pytest.mark.parametrize(
    ("value", "back"),
    [("max(at) - interval 3 day", True), ("max(at)", False), ("min(at) + 1", False)],
)
def test_whether_a_mark_lies_before_what_a_table_has(value, back):
    (mark,) = marks(f"{FULL} where o.made > (select {value} from shop.visits)", FULL)
    assert mark.moved_back is back


def test_a_view_is_asked_through_what_it_reads():
    view = "with seen as (select * from d.shop.visits as v) select max(v.at) from seen as v"
    asked = read_from(view, "duckdb", lambda table: f"(select 1 as at from t_{table.name})")
    assert '(SELECT 1 AS "at" FROM t_visits) AS v' in asked
    assert asked.endswith("FROM seen AS v")


def test_a_constant_of_every_statement_is_no_mark():
    since = f"{FULL} where o.made >= '2020-01-01'"
    (mark,) = marks(f"{since} and o.id > 17", since)
    assert mark.read == "id"
    bound = f"with wm as (select 17 as high) {FULL} where o.id > (select high from wm)"
    assert marks(bound, bound) == ()
    (mark,) = marks(bound, bound.replace("17", "0"))
    assert mark.literals == ("17",)


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
    first = "ROW_NUMBER() OVER (ORDER BY a NULLS LAST) <= 5"
    assert limited("select * from t qualify row_number() over (order by a) <= 5") == {first}
    assert (
        limited("select * from t qualify row_number() over (partition by b order by a) <= 5")
        == set()
    )
    assert limited("no sql (") == set()


@pytest.mark.parametrize(
    ("before", "select", "found"),
    [
        (
            f"with e as (select date_trunc('day', o.made) as day from {RAW} as o)",
            "select * from e where e.day >= {mark}",
            ("DATE_TRUNC('DAY', made)", "orders"),
        ),
        # Through several, by their stars and without an alias.
        (
            f"with e as (select * from {RAW}), f as (select e.made as seen from e), g as (select * from f)",
            "select * from g where cast(seen as date) >= {mark}",
            ("CAST(made AS DATE)", "orders"),
        ),
        # Neither an aggregate nor two columns are one column of a row.
        (
            f"with e as (select id, max(made) as seen from {RAW} group by id)",
            "select * from e where e.seen >= {mark}",
            ("seen", "e"),
        ),
        (
            f"with e as (select made + late as seen from {RAW} as o)",
            "select * from e where e.seen >= {mark}",
            ("seen", "e"),
        ),
        (
            f"with e as (select seen from {RAW} union all select seen from {RAW})",
            "select * from e where e.seen >= {mark}",
            ("seen", "orders"),
        ),
        (
            f"with r as (select 1 as n union all select n + 1 from r) select * from {RAW}, r",
            "where r.n >= {mark}",
            ("n", "r"),
        ),
    ],
)
def test_a_column_of_a_cte_is_what_the_cte_makes_it_from(before, select, found):
    mark = f"(select max(day) from {THIS})"
    (only,) = marks(f"{before} {select.format(mark=mark)}", FULL)
    assert (only.read, only.owner) == found


@pytest.mark.parametrize(
    "read",
    [
        "with e as ({union}) select * from e where happened > {mark}",
        "select * from ({union}) where happened > {mark}",
        "with e as ({union}), f as (select * from e) select * from f where f.happened > {mark}",
    ],
)
def test_a_mark_over_a_union_is_one_of_each_branch(read):
    union = f"""select id, made as happened from {RAW}
        union all (select n, paid + interval 1 hour from w.raw.bills as b)
        union all select n, made from {RAW}"""
    (mark,) = marks(read.format(union=union, mark=f"(select max(happened) from {THIS})"), FULL)
    assert [(part.read, part.column, part.owner) for part in mark.parts] == [
        ("made", "made", "orders"),
        ("paid + INTERVAL '1' HOUR", "paid", "bills"),
    ]


def test_a_mark_of_its_own_table_and_of_a_source_is_asked_of_both():
    own = Relation("w", "main", "orders")
    (mark,) = marks(
        f"{FULL} where o.id > greatest((select max(id) from {THIS}), (select max(id) from w.raw.bills))",
        FULL,
    )
    assert not mark.is_of(own, [])
    asked = []

    def answer(part):
        asked.append(part.asked_of(lambda table: f"mine.{table.name}"))
        return "17", "BIGINT"

    alone = mark.with_answers(frozenset({("raw", "bills")}), answer)
    assert asked == ["((SELECT MAX(id) FROM mine.bills AS bills))"]
    assert alone.is_of(own, [])
    assert alone.asked_of(lambda _: "built") == (
        "(GREATEST((SELECT MAX(id) FROM built AS orders), CAST('17' AS BIGINT)))"
    )


ABOVE = {
    "stg_orders": "with src as (select *, made as made_at from w.raw.orders) select id, made_at as seen from src",
    # A source may be called as the model that reads it.
    "orders": "select * from w.raw.orders",
    "both": "select id, made as seen from w.raw.bills union all select id, seen from w.main.stg_orders",
}


@pytest.mark.parametrize(
    ("table", "column", "found"),
    [
        ("main.stg_orders", "seen", [("made", "orders")]),
        ("main.stg_orders", "id", [("id", "orders")]),
        ("main.orders", "made", [("made", "orders")]),
        ("main.both", "seen", [("made", "bills"), ("made", "orders")]),
        ("raw.bills", "seen", [("seen", "bills")]),
    ],
)
def test_a_column_is_followed_through_the_models_above_to_its_source(table, column, found):
    full = f"select * from w.{table} as o"
    incremental = f"{full} where o.{column} > (select max(x) from {THIS})"
    (mark,) = marks(incremental, full, above=ABOVE)
    assert [(part.read, part.owner) for part in mark.parts] == found
    (alone,) = marks(incremental, full)
    assert [(part.read, part.owner) for part in alone.parts] == [(column, table.split(".")[1])]


def test_a_row_of_a_cte_with_an_aggregate_in_a_condition_is_no_mark():
    before = f"with new as (select * from {RAW} where at > (select max(at) from {THIS}))"
    ranked = f"with new as (select max(made) over () as made, k from {RAW})"
    for each in (before, ranked):
        sql = f"{each} select * from {RAW} as o join new on o.k = new.k and o.made > new.made"
        assert [mark.column for mark in marks(sql, FULL)] == ["at"] * (each == before)


@pytest.mark.parametrize(
    ("query", "newest"),
    [
        ("with d as (select day, max(at) as last from x.o group by day) select * from d", "at"),
        (
            (
                "with d as (select day, max(seen) as newest from (select day, at as seen from x.o)"
                " group by day), e as (select *, newest as last from d) select * from e"
            ),
            "at",
        ),
        ("with d as (select day, at as last from x.o) select * from d", ""),
        ("with d as (select day, min(at) as last from x.o group by day) select * from d", ""),
        ("with d as (select day, max(a + b) as last from x.o group by day) select * from d", ""),
    ],
)
def test_a_column_may_be_the_greatest_of_a_group(query, newest):
    (mark,) = marks(f"{query} where last > (select max(last) from {THIS})", query)
    assert mark.newest == newest
