"""The private helpers: what they write into SQL, and what they refuse."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize(
    ("snippet", "expected"),
    [
        # A column's name.
        ("_column('order_id')", "order_id"),
        ("_column('order')", '"order"'),
        ("_column('Order_ID')", '"Order_ID"'),
        ("_column('order id')", '"order id"'),
        ("_column('größe')", '"größe"'),
        ("_column('2024')", '"2024"'),
        ("_column('a\"b')", '"a""b"'),
        ("_column('\"a\"')", '"a"'),
        ('_column(\'"a""b"\')', '"a""b"'),
        ('_column(\'"a" || "b"\')', '"""a"" || ""b"""'),
        ("_column('\"\"')", '""""""'),
        # A name or an expression.
        ("_expression('order')", '"order"'),
        ("_expression('größe')", '"größe"'),
        ("_expression('o.order_id')", "o.order_id"),
        ("_expression('cast(a as date)')", "cast(a as date)"),
        ("_expression('1')", "1"),
        ("_expression('\"a b\"')", '"a b"'),
        # Instants.
        ("_timestamp('2024-01-31')", "cast('2024-01-31' as timestamp)"),
        ("_timestamp(' 2024-01-31 10:00:00 ')", "cast('2024-01-31 10:00:00' as timestamp)"),
        (
            "_timestamp('2024-01-31 10:00:00+02:00')",
            "cast('2024-01-31 10:00:00+02:00' as timestamp with time zone)",
        ),
        (
            "_timestamp('2024-01-31T10:00:00Z')",
            "cast('2024-01-31T10:00:00Z' as timestamp with time zone)",
        ),
        ("_timestamp(\"2024-01-31' or 'a\")", "cast('2024-01-31'' or ''a' as timestamp)"),
        (
            "_timestamp(modules.datetime.datetime(2024, 1, 31, 10, 0, 0, 5))",
            "cast('2024-01-31 10:00:00.000005' as timestamp)",
        ),
        ("_timestamp('changed_at')", "changed_at"),
        ("_timestamp('max(changed_at)')", "max(changed_at)"),
        # Intervals.
        ("_interval({'days': 1, 'hours': 12}, 'm', 'a')", "{'days': 1, 'seconds': 43200}"),
        (
            "_interval({'weeks': 2, 'days': 1, 'minutes': 1, 'seconds': 1}, 'm', 'a')",
            "{'days': 15, 'seconds': 61}",
        ),
        ("_minus_interval('a', none, 'm', 'x')", "a"),
        ("_minus_interval('a', {'days': 0}, 'm', 'x')", "a"),
        # Names, and lists of them.
        ("_list('m', 'a', 'order_id')", "['order_id']"),
        ("_list('m', 'a', ['order_id', 'line'])", "['order_id', 'line']"),
        ("_list('m', 'a', ('order_id', 'line'))", "['order_id', 'line']"),
        ("_list('m', 'a', [], may_be_empty=true)", "[]"),
        ("_one_of('m', 'a', 'day', ['hour', 'day'])", "day"),
        ("_string('m', 'a', 'day')", "day"),
        ("_closest('dayly', ['hour', 'day', 'days'])", "day"),
        ("_closest('xyz', ['hour', 'day'])", "None"),
        ("_relation('changes', 'm', 'a')", "changes"),
        ("_relation('Order', 'm', 'a')", '"Order"'),
        ("_relation('\"my cte\"', 'm', 'a')", '"my cte"'),
        (
            "_relation(api.Relation.create(schema='s', identifier='t'), 'm', 'a')",
            '"s"."t"',
        ),
    ],
)
def test_rendered(render, snippet, expected):
    assert render("{{ entity_kit." + snippet + " }}") == expected
