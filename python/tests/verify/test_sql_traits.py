"""What a statement's text says about it."""

from __future__ import annotations

import re

import pytest

from entity_kit.causes.sql_traits import ranks_within, traits
from entity_kit.compare.sql_columns import first_within, grouped_by


@pytest.mark.parametrize(
    ("sql", "decides"),
    [
        ("select a from t", False),
        ("select a, now() as read_at from t where b > (select max(b) from u)", False),
        ("with c as (select *, current_timestamp as r from t) select a, r from c", False),
        ("select * from (select *, current_timestamp as r from t) s where a = 1", False),
        ("select * from (select *, current_timestamp as r from t) s where b > r - 3", True),
        ("select a from t where b > now() - interval 3 day", True),
        ("select a from t where b > (select now() - interval 3 day)", True),
        ("with c as (select now() as r) select a from t cross join c where b > r", True),
        ("with c as (select now() as r) select a from t join c on b > r", True),
        ("select a from t join u on t.b > now()", True),
        ("select d from generate_series(current_date - 3, current_date) g(d)", True),
        ("select a from t qualify row_number() over (order by now()) = 1", True),
        ("select count(*) from t group by date_trunc('day', now())", True),
    ],
)
def test_the_clock_decides_which_rows_there_are_or_only_what_a_column_holds(sql, decides):
    assert traits(sql).selects_by_clock == decides


@pytest.mark.parametrize(
    ("sql", "within"),
    [
        ("select id from t", False),
        ("select id from t qualify row_number() over (partition by id order by x) = 1", True),
        ("select s as ID from t qualify rank() over (partition by s order by x) = 1", True),
        (
            (
                "with a as (select q as s from t qualify row_number() over (partition by q) = 1) "
                "select s as id from a"
            ),
            True,
        ),
        # Of the rows of one key, the first may be that of another value of `kind`.
        ("select id from t qualify row_number() over (partition by kind order by x) = 1", False),
        ("select id from t qualify row_number() over (order by x) = 1", False),
        # All rows of a key may fall.
        ("select id from t qualify count(*) over (partition by id) = 1", False),
        (
            (
                "select id, lag(x) over (partition by id order by x) as p from t "
                "qualify row_number() over (partition by id order by x) = 1"
            ),
            False,
        ),
    ],
)
def test_windows_that_leave_each_key_a_row(sql, within):
    assert ranks_within(sql, ["id"]) == within


def test_the_first_rows_of_a_part_of_the_key_decide_which_keys_there_are():
    sql = "select a, b from t qualify row_number() over (partition by {} order by x) <= 3"
    assert ranks_within(sql.format("a, b"), ["a", "b"])
    assert not ranks_within(sql.format("a"), ["a", "b"])
    assert not ranks_within(sql.format("a, b, c"), ["a", "b"])


@pytest.mark.parametrize(
    ("group", "by_window"),
    [
        ("user, n", True),
        ("1, 2", True),
        ("all", True),
        ("user", False),
        ("1", False),
        ("n + 1", True),
    ],
)
def test_groups_are_told_apart_by_a_number_that_a_window_gives(group, by_window):
    sql = (
        "with c as (select user, at, sum(begins) over (partition by user order by at) as n from t) "
        f"select user, n, min(at) as at from c group by {group}"
    )
    assert traits(sql).groups_by_window == by_window


@pytest.mark.parametrize(
    ("sql", "found"),
    [
        ("select id, v from t qualify row_number() over (partition by id order by v) = 1", ("id",)),
        ("select id, v, row_number() over (partition by id) as n from t qualify n = 1", ("id",)),
        (
            ("with a as (select *, row_number() over (partition by id order by v) as n from t), "
            "b as (select * from a where v > 0 and n = 1) select id, v from b"),
            ("id",),
        ),
        ("select * from (select *, row_number() over (partition by id) as n from t) x where n = 1", ("id",)),
        # Not the first, not one row each, or a partition that isn't kept.
        ("select * from (select *, row_number() over (partition by id) as n from t) x where n <= 2", ()),
        ("select * from (select *, rank() over (partition by id) as n from t) x where n = 1", ()),
        ("select * from (select *, row_number() over (partition by z) as n from t) x where n = 1", ()),
        (
            ("with a as (select *, row_number() over (partition by id) as n from t) "
            "select a.* from a join u using (id) where n = 1 and u.v = 1"),
            (),
        ),
        ("select id from (", ()),
    ],
)  # fmt: skip
def test_what_a_statement_keeps_one_row_of(sql, found):
    assert first_within(sql, ["id", "v"]) == found


@pytest.mark.parametrize(
    ("sql", "found"),
    [
        ("select day, count(*) as n from t group by day", ("day",)),
        ("select day, zone, max(at) as at from t group by all", ("day", "zone")),
        ("with g as (select day, sum(x) as n from t group by 1) select day, n / 2 as n from g", ("day",)),
        ("select day, n from (select day, count(*) as n from t group by 1) x", ("day",)),
        ("select day, row_number() over () as n, count(*) as at from t group by day", ("day",)),
        # The first row of each partition
        ("select day, n, at from t qualify row_number() over (partition by day order by at) = 1", ("day",)),
        ("select day, n, at from t qualify row_number() over (partition by day order by at) <= 2", ()),
        ("select n, at from t qualify row_number() over (partition by other order by at) = 1", ()),
        ("select day, n from t qualify rank() over (partition by day order by n) = 1", ()),
        ("select day, n from t qualify row_number() over (partition by day % 2 order by n) = 1", ()),
        # Without groups, and where nothing can be read.
        ("select day, n from t", ()),
        ("select day from (", ()),
    ],
)  # fmt: skip
def test_the_columns_of_a_group_are_those_without_an_aggregate(sql, found):
    names = [name for name in ("day", "zone", "n", "at") if name in re.findall(r"\w+", sql)]
    assert grouped_by(sql, names) == found
