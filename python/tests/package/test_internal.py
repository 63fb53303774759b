"""The private helpers: the SQL that they write, and what they refuse."""

from __future__ import annotations

import datetime as dt

import pytest

RENDERED = {
    "_column('order_id')": "order_id",
    "_column('order')": '"order"',
    "_column('Order_ID')": '"Order_ID"',
    "_column('order id')": '"order id"',
    "_column('größe')": '"größe"',
    "_column('2024')": '"2024"',
    "_column('a\"b')": '"a""b"',
    "_column('\"a\"')": '"a"',
    '_column(\'"a""b"\')': '"a""b"',
    '_column(\'"a" || "b"\')': '"""a"" || ""b"""',
    "_column('\"\"')": '""""""',
    # A name or an expression.
    "_expression('order')": '"order"',
    "_expression('größe')": '"größe"',
    "_expression('o.order_id')": "o.order_id",
    "_expression('cast(a as date)')": "cast(a as date)",
    "_expression('1')": "1",
    "_expression('\"a b\"')": '"a b"',
    # Instants.
    "_timestamp('2024-01-31')": "cast('2024-01-31' as timestamp)",
    "_timestamp(' 2024-01-31 10:00:00 ')": "cast('2024-01-31 10:00:00' as timestamp)",
    "_timestamp('2024-01-31 10:00:00+02:00')": "cast('2024-01-31 10:00:00+02:00' as timestamp with time zone)",
    "_timestamp('2024-01-31T10:00:00Z')": "cast('2024-01-31T10:00:00Z' as timestamp with time zone)",
    "_timestamp(\"2024-01-31' or 'a\")": "cast('2024-01-31'' or ''a' as timestamp)",
    "_timestamp(modules.datetime.datetime(2024, 1, 31, 10, 0, 0, 5))": "cast('2024-01-31 10:00:00.000005' as timestamp)",
    "_timestamp('changed_at')": "changed_at",
    "_timestamp('max(changed_at)')": "max(changed_at)",
    # Intervals.
    "_interval({'days': 1, 'hours': 12}, 'm', 'a')": "{'days': 1, 'seconds': 43200}",
    "_interval({'weeks': 2, 'days': 1, 'minutes': 1, 'seconds': 1}, 'm', 'a')": "{'days': 15, 'seconds': 61}",
    "_minus_interval('a', none, 'm', 'x')": "a",
    "_minus_interval('a', {'days': 0}, 'm', 'x')": "a",
    # Names, and lists of them.
    "_list('m', 'a', 'order_id')": "['order_id']",
    "_list('m', 'a', ['order_id', 'line'])": "['order_id', 'line']",
    "_list('m', 'a', ('order_id', 'line'))": "['order_id', 'line']",
    "_list('m', 'a', [], may_be_empty=true)": "[]",
    "_one_of('m', 'a', 'day', ['hour', 'day'])": "day",
    "_string('m', 'a', 'day')": "day",
    "_closest('dayly', ['hour', 'day', 'days'])": "day",
    "_closest('xyz', ['hour', 'day'])": "None",
    "_relation('changes', 'm', 'a')": "changes",
    "_relation('Order', 'm', 'a')": '"Order"',
    "_relation('\"my cte\"', 'm', 'a')": '"my cte"',
    "_relation(api.Relation.create(schema='s', identifier='t'), 'm', 'a')": '"s"."t"',
}


@pytest.fixture(scope="module")
def renderings(render):
    """Render all of them in one compilation."""
    snippets = ["{{ entity_kit." + snippet + " }}" for snippet in RENDERED]
    return dict(zip(RENDERED, render("\n".join(snippets)).split("\n"), strict=True))


@pytest.mark.parametrize("snippet", RENDERED)
@pytest.mark.usefixtures("duckdb_only")
def test_rendered(renderings, snippet):
    assert renderings[snippet] == RENDERED[snippet]


@pytest.mark.parametrize(
    ("snippet", "message"),
    [
        (
            "_one_of('grain_table', 'grain', 'dayly', ['hour', 'day', 'week'])",
            'grain_table: `grain` must be one of hour, day, week; got "dayly".\nClosest: day.',
        ),
        (
            "_one_of('m', 'a', 'fortnight', ['hour', 'day'])",
            'm: `a` must be one of hour, day; got "fortnight".\nChoose one of these.',
        ),
        (
            "_one_of('m', 'a', hour, ['hour', 'day'])",
            (
                "m: `a` must be one of hour, day; got an undefined name (are quotes missing?).\n"
                "Choose one of these."
            ),
        ),
        (
            "_list('m', 'keys', none)",
            (
                "m: `keys` must be a string or a list of strings; got none.\n"
                "Write 'order_id' or ['order_id', 'line_number'], each in quotes."
            ),
        ),
        (
            "_list('m', 'keys', order_id)",
            (
                "m: `keys` must be a string or a list of strings; got an undefined name "
                "(are quotes missing?).\n"
                "Write 'order_id' or ['order_id', 'line_number'], each in quotes."
            ),
        ),
        (
            "_list('m', 'keys', {'a': 1})",
            (
                "m: `keys` must be a string or a list of strings; got {'a': 1}.\n"
                "Write 'order_id' or ['order_id', 'line_number'], each in quotes."
            ),
        ),
        (
            "_list('m', 'keys', [])",
            "m: `keys` must be a string or a list of strings; got [].\nName at least one.",
        ),
        (
            "_list('m', 'keys', ['a', 3])",
            (
                "m: `keys` must be a string or a list of strings; got 3.\n"
                "Each item is the text of a column name or expression, in quotes."
            ),
        ),
        (
            "_list('m', 'keys', ['a', ' '])",
            (
                'm: `keys` must be a string or a list of strings; got " ".\n'
                "Each item is the text of a column name or expression, in quotes."
            ),
        ),
        (
            "_list('m', 'keys', ['a', 'b', 'a'])",
            "m: `keys` must be a list without duplicates; got ['a', 'b', 'a'].\nName \"a\" once.",
        ),
        (
            "_string('m', 'loaded_at', loaded_at)",
            (
                "m: `loaded_at` must be a column name or expression; got an undefined name "
                "(are quotes missing?).\n"
                "Write it as text, in quotes, such as 'loaded_at'."
            ),
        ),
        (
            "_string('m', 'loaded_at', true)",
            (
                "m: `loaded_at` must be a column name or expression; got true.\n"
                "Write it as text, in quotes, such as 'loaded_at'."
            ),
        ),
        (
            "_mapping('m', 'measures', 'a', ['name'], ['kind'])",
            (
                'm: `measures` must be a mapping with name and, where needed, kind; got "a".\n'
                "Write it as {'name': …}."
            ),
        ),
        (
            "_mapping('m', 'measures', {'name': 1, 'kinds': 2}, ['name'], ['kind'])",
            (
                'm: `measures` must be a mapping with name and, where needed, kind; got "kinds".\n'
                "Closest: kind."
            ),
        ),
        (
            "_mapping('m', 'measures', {'kind': 2}, ['name', 'kind'])",
            "m: `measures` must be a mapping with name, kind; got {'kind': 2}.\nAdd name.",
        ),
        (
            "_relation('select 1', 'm', 'changes')",
            (
                'm: `changes` must be a relation or the name of a CTE; got "select 1".\n'
                "Pass ref('…'), source('…', '…'), or the name of a CTE of this model in quotes."
            ),
        ),
        (
            "_relation(none, 'm', 'changes')",
            (
                "m: `changes` must be a relation or the name of a CTE; got none.\n"
                "Pass ref('…'), source('…', '…'), or the name of a CTE of this model in quotes."
            ),
        ),
        (
            "_columns_in('changes', 'm', 'changes')",
            (
                'm: `changes` must be a relation whose columns can be read; got "changes".\n'
                "The columns of a CTE aren't known while dbt compiles: list the columns."
            ),
        ),
        (
            "_columns_in(api.Relation.create(schema='s', identifier='t'), 'm', 'changes')",
            (
                'm: `changes` must be a relation that exists; got "s"."t".\n'
                "Build it first, or list the columns."
            ),
        ),
        (
            "_interval({'day': 1}, 'm', 'lookback_interval')",
            (
                "m: `lookback_interval` must be one of weeks, days, hours, minutes, seconds; "
                'got "day".\nClosest: days.'
            ),
        ),
        (
            "_interval({'days': -1}, 'm', 'lookback_interval')",
            (
                "m: `lookback_interval.days` must be a whole number, zero or more; got -1.\n"
                "It says how far to go back; use a smaller unit instead of a fraction."
            ),
        ),
        (
            "_interval({'days': 1.5}, 'm', 'lookback_interval')",
            (
                "m: `lookback_interval.days` must be a whole number, zero or more; got 1.5.\n"
                "It says how far to go back; use a smaller unit instead of a fraction."
            ),
        ),
        (
            "_interval({'days': true}, 'm', 'lookback_interval')",
            (
                "m: `lookback_interval.days` must be a whole number, zero or more; got true.\n"
                "It says how far to go back; use a smaller unit instead of a fraction."
            ),
        ),
        (
            "_minus_interval('a', 3, 'm', 'lookback_interval')",
            (
                "m: `lookback_interval` must be a mapping of units to whole numbers; got 3.\n"
                "Write it as {'days': 3} or {'days': 1, 'hours': 12}."
            ),
        ),
    ],
)
@pytest.mark.usefixtures("duckdb_only")
def test_refused(refused, snippet, message):
    assert refused("{{ entity_kit." + snippet + " }}") == message


@pytest.mark.parametrize(
    "name",
    ["plain", "order", "Mixed", "two words", "größe", 'a"b', "2024", "x' or 'y", "a.b", "user"],
)
def test_any_name_survives_the_way_through_sql(empty_project, render, name):
    column = render("{{ entity_kit._column(" + repr(name) + ") }}")
    (row,) = empty_project.query(f"select {column} from (select 7 as {column}) as t")
    assert row == (7,)
    empty_project.execute(f"drop table if exists named; create table named as select 7 as {column}")
    (row,) = empty_project.query(
        "select column_name from information_schema.columns where table_name = 'named' "
        f"and table_schema = '{empty_project.schema}'",
    )
    assert row == (name,)


def test_every_reserved_word_of_the_engine_is_quoted(empty_project, engine, render):
    if engine == "duckdb":
        words = empty_project.query(
            "select keyword_name from duckdb_keywords() "
            "where keyword_category in ('reserved', 'column_name', 'type_function')",
        )
    else:
        words = empty_project.query("select word from pg_get_keywords() where catcode <> 'U'")
    assert len(words) > 70
    listed = "{{ 'missing:' }}{% for w in " + repr([word for (word,) in words]) + " %}"
    bare = render(listed + "{% if entity_kit._column(w) == w %} {{ w }}{% endif %}{% endfor %}")
    assert bare == "missing:"


def test_instants_mean_what_they_say(empty_project, render):
    (row,) = empty_project.query(
        "select "
        + render(
            "{{ entity_kit._timestamp('2024-01-31') }}, "
            "{{ entity_kit._timestamp('2024-01-31 10:00:00+02:00') }}, "
            "{{ entity_kit._timestamp(modules.datetime.date(2024, 1, 31)) }}",
        ),
    )
    assert row[0] == row[2] == dt.datetime(2024, 1, 31)  # noqa: DTZ001 - plain, as in SQL
    assert row[1] == dt.datetime(2024, 1, 31, 8, tzinfo=dt.timezone.utc)


@pytest.mark.parametrize(
    ("sql_type", "start", "interval", "expected"),
    [
        ("timestamp", "2024-03-10 12:00:00", "{'days': 1, 'hours': 12}", "2024-03-09 00:00:00"),
        ("timestamp", "2024-03-10 12:00:00", "{'weeks': 1, 'minutes': 90}", "2024-03-03 10:30:00"),
        ("timestamp", "2024-03-10 12:00:00", "{'seconds': 61}", "2024-03-10 11:58:59"),
        ("date", "2024-03-10", "{'days': 3}", "2024-03-07 00:00:00"),
        ("date", "2024-03-10", "{'hours': 1}", "2024-03-09 23:00:00"),
        (
            "timestamp with time zone",
            "2024-03-10 12:00:00+00",
            "{'days': 1}",
            "2024-03-09 12:00:00+00",
        ),
    ],
)
def test_an_interval_is_taken_off(empty_project, render, sql_type, start, interval, expected):
    sql = render(
        "{{ entity_kit._minus_interval(\"cast('"
        f"{start}' as {sql_type})\", {interval}, 'm', 'a')"
        " }}",
    )
    result_type = "timestamp" if sql_type == "date" else sql_type
    assert empty_project.query(f"select {sql} = cast('{expected}' as {result_type})") == [(True,)]


def test_null_safe_equality(empty_project, render):
    sql = render("{{ entity_kit._null_safe_equal('a', 'b') }}")
    rows = empty_project.query(
        f"select a, b, {sql} from (values (1, 1), (1, 2), (1, null), (null, 1), (null, null)) "
        "as t (a, b) order by 1, 2",
    )
    assert {(a, b): same for a, b, same in rows} == {
        (1, 1): True,
        (1, 2): False,
        (1, None): False,
        (None, 1): False,
        (None, None): True,
    }


def test_text_is_the_same_in_every_session(empty_project, render):
    zoned = render("{{ entity_kit._text('t', 'timestamp with time zone') }}")
    flag = render("{{ entity_kit._text('b', 'boolean') }}")
    rows = empty_project.query(
        f"set timezone = 'America/New_York'; select {zoned}, {flag} from (values "
        "(cast('2024-01-31 10:00:00+02' as timestamp with time zone), true), (null, null)) as t (t, b)",
    )
    assert rows == [("2024-01-31 08:00:00", "true"), (None, None)]
