"""Which rows an incremental run selects, read from its SQL."""

from __future__ import annotations

import pytest

from entity_kit.causes.predicates import Watermark, not_in, watermarks

THIS = '"w"."main"."fct"'


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        (f"o.id > (select max(id) from {THIS})", (Watermark("id", strict=True),)),
        (f"id >= (select coalesce(max(id), -1) from {THIS})", (Watermark("id", strict=False),)),
        (f"(select max(id) from {THIS}) < Id", (Watermark("id", strict=True),)),
        (
            f"cast(at as date) > (select max(day) - interval 1 day from {THIS})",
            (Watermark("at", strict=True),),
        ),
        # Neither another table's maximum, nor something else of its own, nor two columns at once.
        ('id > (select max(id) from "w"."main"."other")', ()),
        (f"id > (select min(id) from {THIS})", ()),
        (f"id + n > (select max(id) from {THIS})", ()),
        ("this isn't sql (", ()),
    ],
)
def test_a_watermark_is_a_comparison_with_the_greatest_in_the_table(condition, found):
    assert watermarks(f"select id from src as o where {condition}", "fct") == found


def test_not_in_is_read_without_the_alias_of_its_source():
    sql = (
        f"select 1 from src as o where o.a || '/' || o.b not in (select k from {THIS} where k > '')"
    )
    assert not_in(sql, "fct") == ("a || '/' || b",)
    assert not_in(sql, "other") == ()
    assert not_in(f"select 1 from src where a in (select k from {THIS})", "fct") == ()
