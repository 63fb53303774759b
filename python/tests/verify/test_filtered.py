"""Which tables an incremental run reads whole, or both whole and not, read from its SQL and the full refresh's."""

from __future__ import annotations

import pytest

from entity_kit.causes.filtered import (
    adds_keys_only,
    leaves_known_keys_out,
    read_both_ways,
    read_whole,
    with_ancestors,
)

JOINED = "select o.id, r.stars from shop.orders as o left join shop.ratings as r on r.id = o.id"
FACTS = "select id, stars, o.loaded_at as at from shop.orders as o join shop.ratings using (id)"
NEW = '(select max(loaded_at) from "main"."fct")'


@pytest.mark.parametrize(
    ("incremental", "full_refresh", "whole"),
    [
        (f"{JOINED} where o.loaded_at > {NEW}", JOINED, {"ratings", "fct"}),
        (f"{JOINED} where r.loaded_at > {NEW}", JOINED, {"orders", "fct"}),
        (f"{JOINED} where o.at > {NEW} or r.at > {NEW}", JOINED, {"fct"}),
        (f"{JOINED} and r.at > '2024-01-05'", JOINED, {"orders"}),
        # Without its table's name, a column may be either's.
        (f"{JOINED} where loaded_at > {NEW}", JOINED, {"fct"}),
        (JOINED, JOINED, set()),
        (f"{JOINED} where o.at > 1", f"{JOINED} where o.at > 1", set()),
        # Through what a query is made of.
        (
            (
                f"with o as (select * from shop.orders where at > {NEW}), "
                "r as (select * from shop.ratings) select * from o join r using (id)"
            ),
            (
                "with o as (select * from shop.orders), "
                "r as (select * from shop.ratings) select * from o join r using (id)"
            ),
            {"ratings", "fct"},
        ),
        (f"select * from ({FACTS}) as f where f.at > {NEW}", f"select * from ({FACTS})", {"fct"}),
        (
            (
                "with f as (select * from a union all select * from b) "
                f"select * from f join c on f.id = c.id where f.at > {NEW}"
            ),
            (
                "with f as (select * from a union all select * from b) "
                "select * from f join c on f.id = c.id"
            ),
            {"c", "fct"},
        ),
        # By what it joins: the keys of what is new.
        (
            (
                f"with new as (select id from shop.orders where at > {NEW}) "
                "select * from shop.orders join new using (id)"
            ),
            "select * from shop.orders",
            {"fct"},
        ),
        (
            f"{JOINED} where o.id in (select id from shop.orders where at > {NEW})",
            JOINED,
            {"ratings", "fct"},
        ),
        # By what a subquery asks of its rows; a table of that name in the subquery is another one.
        (
            f"{JOINED} where not exists (select 1 from main.fct as f where f.id = o.id)",
            JOINED,
            {"ratings"},
        ),
        (
            f"{JOINED} where r.at > 1 and exists (select 1 from main.fct as o where o.id = 1)",
            JOINED,
            {"orders"},
        ),
        ("select ( from", JOINED, set()),
    ],
)
def test_a_table_without_a_filter_of_the_run_is_read_whole(incremental, full_refresh, whole):
    assert read_whole(incremental, full_refresh, {}) == whole


def test_what_a_view_reads_is_read_as_the_view_is():
    above = {
        "stg_orders": "select * from shop.orders",
        "stg_ratings": "select * from shop.ratings join shop.orders using (id)",
    }
    full = "select * from stg_orders o join stg_ratings r on r.id = o.id"
    found = read_whole(f"{full} where o.at > 1", full, above)
    # The orders are filtered once, and so aren't among those of which nothing is.
    assert found == {"stg_ratings", "ratings"}
    assert read_whole(f"{full} where r.at > 1", full, above) == {"stg_orders"}


VIEWS = "shop.views"
NEXT = (
    "with new as (select * from shop.views {mine}) select new.id, min(later.at) from new "
    "left join {theirs} as later on later.who = new.who and later.at > new.at group by 1"
)
TOUCHED = "with days as (select distinct day from shop.views {mine}) "


@pytest.mark.parametrize(
    ("sql", "both"),
    [
        ("select v.id from shop.views v join shop.views w using (who) {mine_v}", {"views"}),
        (NEXT.format(mine="{mine}", theirs=VIEWS), {"views"}),
        (NEXT.format(mine="{mine}", theirs="(select who, at from shop.views)"), {"views"}),
        ("select id, (select max(at) from shop.views w where w.id < v.id) from shop.views v {mine}", {"views"}),
        # Another table, or both sides filtered.
        (NEXT.format(mine="{mine}", theirs="shop.orders"), set()),
        ("with new as (select * from shop.views {mine}) select * from new a join new b using (who)", set()),
        # What only says which rows of the other side are read.
        (TOUCHED + "select days.day, count(*) from shop.views v join days on days.day = v.day group by 1", set()),
        (TOUCHED + "select * from shop.views join days using (day)", set()),
        (TOUCHED + "select count(*) from shop.views join days on day = date_of", set()),
        ("select * from shop.views v where v.day in (select day from shop.views {mine})", set()),
        # And then joins itself again.
        (
            TOUCHED + "select v.id, w.at from shop.views v join days on days.day = v.day "
            "join shop.views w on w.who = v.who",
            {"views"},
        ),
        ("select ( from", set()),
    ],
)  # fmt: skip
def test_a_table_of_which_only_one_side_of_a_join_is_filtered(sql, both):
    new = {"mine": f"where at > {NEW}", "mine_v": f"where v.at > {NEW}"}
    incremental, full_refresh = sql.format(**new), sql.format(mine="", mine_v="")
    assert read_both_ways(incremental, full_refresh, {}) == both


def test_a_view_and_its_table_are_the_two_sides_of_a_join_with_itself():
    above = {"stg_views": "select *, at as seen_at from shop.views"}
    full = "select v.id, w.at from stg_views v join shop.views w on w.who = v.who"
    assert read_both_ways(f"{full} where v.seen_at > 1", full, above) == {"views"}
    assert read_both_ways(f"{full} where v.seen_at > 1", full, {}) == set()


OWN = '"w"."main"."fct"'
PLAIN = "select o.id, o.at from shop.orders as o"


@pytest.mark.parametrize(
    ("incremental", "only"),
    [
        (f"{PLAIN} where id not in (select id from {OWN})", True),
        (f"{PLAIN} where not exists (select 1 from {OWN} as t where t.id = o.id)", True),
        (f"{PLAIN} left join {OWN} as t on t.id = o.id where t.id is null", True),
        (f"{PLAIN} left join {OWN} as t using (id) where t.id is null", True),
        (f"with o as ({PLAIN} where id not in (select id from {OWN})) select * from o", True),
        # By something else, too, or by other keys.
        (f"{PLAIN} where id not in (select id from {OWN}) and at > '2024-01-05'", False),
        (f"{PLAIN} left join {OWN} as t on t.id = o.id where t.id is null or o.at > t.at", False),
        (f"{PLAIN} where id not in (select id from shop.others)", False),
        (f"{PLAIN} where cast(at as date) not in (select day from {OWN})", False),
        (f"{PLAIN} left join {OWN} as t on t.d = date_trunc('day', at) where t.d is null", False),
        (f"{PLAIN} where id in (select id from {OWN})", False),
        (f"{PLAIN} where at is null", False),
        (PLAIN, False),
        ("this isn't sql (", False),
    ],
)
def test_whether_a_run_reads_only_keys_that_its_table_does_not_have(incremental, only):
    assert adds_keys_only(incremental, PLAIN, "FCT") is only


@pytest.mark.parametrize(
    ("incremental", "left_out"),
    [
        (f"{PLAIN} where id not in (select id from {OWN}) and at > '2024-01-05'", True),
        (
            f"{PLAIN} where at > {NEW} and not exists (select 1 from {OWN} as t where t.id = o.id)",
            True,
        ),
        (f"{PLAIN} where at > {NEW}", False),
        (PLAIN, False),
        ("this isn't sql (", False),
    ],
)
def test_whether_a_run_leaves_known_keys_out_beside_a_watermark(incremental, left_out):
    assert leaves_known_keys_out(incremental, PLAIN, "FCT") is left_out


def test_what_stands_behind_a_view():
    above = {
        "seen": "select * from shop.visits join known using (id)",
        "known": "select 1 from x.users",
    }
    assert with_ancestors({"seen"}, above, "duckdb") == {"seen", "visits", "known", "users"}
    assert with_ancestors({"others"}, above, "duckdb") == {"others"}
