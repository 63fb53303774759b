"""What a statement's text says about it."""

from __future__ import annotations

import re

import pytest

from entity_kit.causes.sql_traits import ranks_within, traits
from entity_kit.compare.sql_columns import grouped_by


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
