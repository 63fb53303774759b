"""Facts of BigQuery's manual: what an expression returns there, and what its translation returns."""

# A fact may go over two lines; times without a zone are the point.
# ruff: noqa: DTZ001, ISC004, RUF001

from __future__ import annotations

from datetime import date, datetime, timezone
from decimal import Decimal

import pytest

from entity_kit.dialects import UnsupportedError, to_duckdb
from support.dialects import warehouse_of

STUDENTS = """parse_json('{"class": {"students": [{"name": "Jane"}, 5]}}').class.students"""
# The page of GoogleSQL's reference, an expression, its documented result.
FACTS = [
    ("Conversion functions", "to_base64(cast('é' as bytes))", "w6k="),
    ("Conversion functions", "cast(from_base64('w6k=') as string)", "é"),
    ("Conversion functions", "safe_cast(from_base64('/w==') as string)", None),
    ("Time functions", "datetime(date '2008-12-25', time(15, 30, 0))", datetime(2008, 12, 25, 15, 30)),
    ("Data types", "struct(" + ", ".join(f"{n} as f{n}" for n in range(12)) + ").f11", 11),
    ("Operators", "(1, null) = (1, null)", None),
    ("Conversion functions", "safe_cast('epoch' as datetime)", None),
    ("Conversion functions", "safe_cast('2024' as timestamp)", None),
    ("Conversion functions", "safe_cast('2024-02-30 10:00:00' as datetime)", None),
    ("Conversion functions", "safe_cast('2024-01-05' as time)", None),
    ("Operators", "(4, null) in ((4, null), (7, 8))", None),
    ("Data types", "struct<a string, b int64>('x', 1).b", 1),
    # A name that looks like a place of a template is a name.
    ("Lexical structure", "struct(1 as `a{0}`, 2 as `{1}`)", {"a{0}": 1, "{1}": 2}),
    ("Lexical structure", "struct(1 as `a{0}`).`a{0}`", 1),
    ("Lexical structure", "array(select as struct 1 as `a{0}`)[offset(0)]", {"a{0}": 1}),
    ("Lexical structure", "(select sum(`q{0}`) from unnest([1, 2]) as `q{0}` with offset as `o{2}`)", 3),
    ("String functions", "initcap('ab0cd{ef', '{0}')", "Ab0Cd{Ef"),
    ("JSON functions", """json_value('{"a-b": {"c d": 1}}', '$."a-b"."c d"')""", "1"),
    ("Operators", "(13 >> 2) & 1 = 1", True),
    ("Operators", "12 & 10", 8),
    ("Operators", "12 | 3", 15),
    ("Operators", "12 ^ 10", 6),
    ("Operators", "-1 >> 1", 9223372036854775807),
    ("Operators", "-8 >> 62", 3),
    ("Operators", "5 >> 64", 0),
    ("Operators", "-5 >> 0", -5),
    ("Operators", "['coffee', 'tea', 'milk'][0]", "coffee"),
    ("Operators", "[struct(1 as a)][0].a", 1),
    ("Operators", f"json_value({STUDENTS}[0]['name'])", "Jane"),
    ("Operators", f"json_value({STUDENTS}[0].name)", "Jane"),
    ("Operators", f"json_value({STUDENTS}[1])", "5"),
    ("Operators", f"{STUDENTS}[2]", None),
    ("Operators", f"{STUDENTS}[0][0]", None),
    ("Operators", f"{STUDENTS}['name']", None),
    ("Conditional expressions", "if(10 < 20, 'red', 'blue')", "red"),
    ("Conditional expressions", "ifnull(null, 0)", 0),
    ("Mathematical functions", "greatest(3, null)", None),
    ("Mathematical functions", "least(3, 5)", 3),
    ("Operators", "7 / 2", 3.5),
    ("Operators", "0.1 + 0.2", 0.30000000000000004),
    ("Mathematical functions", "div(-7, 2)", -3),
    ("Mathematical functions", "div(numeric '7.5', 2)", 3),
    ("Mathematical functions", "mod(-25, 12)", -1),
    ("Mathematical functions", "safe_divide(20, 0)", None),
    ("Mathematical functions", "round(2.5)", 3),
    ("Mathematical functions", "round(-2.5)", -3),
    ("Mathematical functions", "trunc(-2.8)", -2),
    ("Conversion functions", "cast(1.5 as int64)", 2),
    ("Conversion functions", "cast(-0.5 as int64)", -1),
    ("Conversion functions", "cast(numeric '1.50' as string)", "1.5"),
    ("Conversion functions", "cast(true as string)", "true"),
    ("Conversion functions", "cast(timestamp '2020-01-01 10:00:00.5+00' as string)",
     "2020-01-01 10:00:00.500+00"),
    ("Conversion functions", "cast(datetime '2020-01-01 10:00:00' as string)", "2020-01-01 10:00:00"),
    ("Conversion functions", "safe_cast('apple' as int64)", None),
    ("Conversion functions", "safe_cast('1.5' as int64)", None),
    ("Conversion functions", "cast('0x123' as int64)", 291),
    ("Conversion functions", "cast('-0x123' as int64)", -291),
    ("Conversion functions", "safe_cast('2020-01-01 10:00:00' as date)", None),
    ("Conversion functions", "cast('12' as numeric)", Decimal(12)),
    ("String functions", "concat('a', null)", None),
    ("String functions", "concat('T', ' ', 1)", "T 1"),
    ("String functions", "initcap('Hello World-everyone!')", "Hello World-Everyone!"),
    ("String functions", "initcap('Apples1oranges2pears', '12')", "Apples1Oranges2Pears"),
    ("String functions", "initcap('a]b^c\\\\d', '')", "A]b^c\\d"),
    ("String functions", "contains_substr('the blue house', 'Blue house')", True),
    ("String functions", "contains_substr('Peñasco', 'ÑAS')", True),
    ("String functions", "contains_substr('red', 'blue')", False),
    ("String functions", "contains_substr(null, 'a')", None),
    ("Conversion functions", "extract(hour from cast('26:30:05' as interval))", 26),
    ("Conversion functions", "extract(second from cast('26:30:05' as interval))", 5),
    ("Interval functions", "make_interval(hour => 2, second => 90) = cast('2:1:30' as interval)", True),
    ("Interval functions", "date '2020-01-31' + make_interval(0, 1)", datetime(2020, 2, 29)),
    ("JSON functions", "to_json_string(null)", "null"),
    ("JSON functions", "to_json_string(9007199254740)", "9007199254740"),
    ("JSON functions", """to_json_string('"abc"')""", '"\\"abc\\""'),
    ("JSON functions", "to_json_string(date '2017-03-06')", '"2017-03-06"'),
    ("JSON functions", "to_json_string([struct('k' as key, struct(1 as i, cast(null as string) as s) as value)])",
     '[{"key":"k","value":{"i":1,"s":null}}]'),
    ("JSON functions", "to_json_string(1.5)", "1.5"),
    ("String functions", "char_length('абвгд')", 5),
    ("String functions", "starts_with('bar', 'b')", True),
    ("String functions", "ends_with('apple', 'e')", True),
    ("String functions", "strpos('foo@example.com', '@')", 4),
    ("String functions", "strpos('quxexample.com', '@')", 0),
    ("String functions", "substr('apple', 2)", "pple"),
    ("String functions", "substr('apple', -2)", "le"),
    ("String functions", "substr('apple', 2, 2)", "pp"),
    ("String functions", "substr('apple', 0)", "apple"),
    ("String functions", "substr('apple', -9)", "apple"),
    ("String functions", "substr('apple', -9, 2)", "ap"),
    ("String functions", "substr('apple', 123)", ""),
    ("String functions", "trim('\\t apple \\n')", "apple"),
    ("String functions", "trim('***apple***', '*')", "apple"),
    ("String functions", "ltrim('xxxapplexxx', 'xyz')", "applexxx"),
    ("String functions", "lpad('abc', 5)", "  abc"),
    ("String functions", "lpad('абв', 6, 'x')", "xxxабв"),
    ("String functions", "split('a,b')[offset(1)]", "b"),
    ("Array functions", "split('a,b')[ordinal(1)]", "a"),
    ("Array functions", "split('a,b')[safe_ordinal(2)]", "b"),
    ("Array functions", "split('a,b')[safe_ordinal(0)]", None),
    ("Array functions", "split('a,b')[safe_ordinal(3)]", None),
    ("String functions", "split('b c d', ' ')[safe_offset(5)]", None),
    ("String functions", "regexp_contains('foo@example.com', r'@[a-zA-Z0-9-]+\\.')", True),
    ("String functions", "regexp_extract('foo@example.com', r'^[a-z]+')", "foo"),
    ("String functions", "regexp_extract('Hello Helloo', r'H?ello?(o)')", "o"),
    ("String functions", "regexp_extract('abc', r'\\d')", None),
    ("String functions", "regexp_extract('http://a/b?c', r'(?:\\w+:)?//[^/]+([^?#]+)')", "/b"),
    ("String functions", "regexp_replace('# Heading', r'^# ([a-zA-Z0-9\\s]+$)', r'<h1>\\1</h1>')",
     "<h1>Heading</h1>"),
    ("String functions", "replace('apple pie', 'pie', 'cobbler')", "apple cobbler"),
    ("Hash functions", "to_hex(md5('Hello World'))", "b10a8db164e0754105b7a99be72e3fe5"),
    ("Operators", "'a_c' like 'a\\\\_c'", True),
    ("Operators", "'abc' like 'a\\\\_c'", False),
    ("Operators", "'abc' not like 'a%'", False),
    ("Date functions", "date(2016, 12, 25)", date(2016, 12, 25)),
    ("Date functions", "date(timestamp '2016-12-25 05:30:00+07', 'America/Los_Angeles')",
     date(2016, 12, 24)),
    ("Date functions", "date_add(date '2008-12-25', interval 5 day)", date(2008, 12, 30)),
    ("Date functions", "date_sub(date '2008-03-31', interval 1 month)", date(2008, 2, 29)),
    ("Date functions", "date_diff(date '2010-07-07', date '2008-12-25', day)", 559),
    ("Date functions", "date_diff(date '2017-10-15', date '2017-10-14', week)", 1),
    ("Date functions", "date_diff(date '2017-12-18', date '2017-12-17', week)", 0),
    ("Date functions", "date_diff(date '2017-12-18', date '2017-12-17', week(monday))", 1),
    ("Date functions", "date_diff(date '2017-12-18', date '2017-12-17', isoweek)", 1),
    ("Date functions", "date_diff(date '2017-12-30', date '2014-12-30', year)", 3),
    ("Date functions", "date_trunc(date '2008-12-25', month)", date(2008, 12, 1)),
    ("Date functions", "date_trunc(date '2017-11-05', week(monday))", date(2017, 10, 30)),
    ("Date functions", "date_trunc(date '2017-11-05', week)", date(2017, 11, 5)),
    ("Date functions", "date_trunc(date '2017-11-07', week(tuesday))", date(2017, 11, 7)),
    ("Date functions", "date_trunc(date '2017-11-06', week(tuesday))", date(2017, 10, 31)),
    ("Date functions", "extract(week from date '2015-12-30')", 52),
    ("Date functions", "extract(isoweek from date '2016-01-03')", 53),
    ("Date functions", "extract(isoyear from date '2016-01-03')", 2015),
    ("Date functions", "extract(dayofweek from date '2017-11-05')", 1),
    ("Date functions", "extract(week(monday) from date '2017-11-06')", 45),
    ("Date functions", "format_date('%b-%d-%Y', date '2008-12-25')", "Dec-25-2008"),
    ("Date functions", "last_day(date '2008-11-25')", date(2008, 11, 30)),
    ("Date functions", "parse_date('%Y%m%d', '20081225')", date(2008, 12, 25)),
    ("Timestamp functions",
     "timestamp_diff(timestamp '2010-07-07 10:20:00+00', timestamp '2008-12-25 15:30:00+00', hour)", 13410),
    ("Timestamp functions",
     "timestamp_diff(timestamp '2018-08-14 01:00:00+00', timestamp '2018-08-14 02:59:00+00', hour)", -1),
    ("Timestamp functions", "parse_timestamp('%m/%d/%Y %I:%M:%S %p', '12/25/2008 03:30:00 PM')",
     datetime(2008, 12, 25, 15, 30, tzinfo=timezone.utc)),
    ("Timestamp functions", "timestamp_trunc(timestamp '2008-12-25 15:30:00+00', day)",
     datetime(2008, 12, 25, tzinfo=timezone.utc)),
    ("Timestamp functions", "timestamp_seconds(1230219000)", datetime(2008, 12, 25, 15, 30, tzinfo=timezone.utc)),
    ("Timestamp functions", "unix_seconds(timestamp '1970-01-01 00:00:01.8+00')", 1),
    ("Timestamp functions", "unix_millis(timestamp '2008-12-25 15:30:00+00')", 1230219000000),
    ("Timestamp functions", "extract(day from timestamp '2008-12-25 05:30:00+00' at time zone "
     "'America/Los_Angeles')", 24),
    ("Datetime functions", "datetime_diff(datetime '2017-10-15 00:00:00', datetime '2017-10-14 23:59:59', day)", 1),
    ("Datetime functions", "datetime(timestamp '2008-12-25 05:30:00+00', 'America/Los_Angeles')",
     datetime(2008, 12, 24, 21, 30)),
    ("Array functions", "array_length([1, 2, 3])", 3),
    ("Array functions", "array_to_string(['coffee', 'tea', null], '--')", "coffee--tea"),
    ("Array functions", "array_to_string(['coffee', null], '--', 'MISSING')", "coffee--MISSING"),
    ("Array functions", "generate_array(1, 5, 2)", [1, 3, 5]),
    ("Array functions", "generate_date_array('2016-01-01', '2016-03-31', interval 1 month)",
     [date(2016, 1, 1), date(2016, 2, 1), date(2016, 3, 1)]),
    ("Array functions", "array(select x + 1 from unnest([1, 2]) as x)", [2, 3]),
    ("Array functions", "array_length(array(select 1 from unnest([1]) as x where x > 1))", 0),
    ("Operators", "2 in unnest([1, 2])", True),
    ("Operators", "3 in unnest([1, null])", None),
    ("Operators", "struct(1 as a, 'x' as b).b", "x"),
    ("JSON functions", """json_value('{"name": "Jakob", "age": "6"}', '$.age')""", "6"),
    ("JSON functions", """json_value('{"a": [1]}', '$.a')""", None),
    ("JSON functions", """json_query('{"a": "x"}', '$.a')""", '"x"'),
    ("JSON functions", """json_query('{"a": null}', '$.a')""", None),
    ("JSON functions", """json_query(parse_json('{"a": {"b": 7}}'), '$.a').b""", "7"),
    ("JSON functions", """json_query(parse_json('{"a": null}'), '$.a') is null""", False),
    ("JSON functions", """json_value(json_query_array(parse_json('[{"b": "x"}]'))[0].b)""", "x"),
    ("JSON functions", """json_query_array('[{"b":"x"}]')[0]""", '{"b":"x"}'),
    ("JSON functions", """json_value_array('["a", "b"]')[offset(0)]""", "a"),
    ("JSON functions", """json_value_array('{"a": [{"b": 1}, 2]}', '$.a')""", None),
    ("JSON functions", """json_value_array('["a", null]')""", ["a", None]),
    ("JSON functions", """array_length(json_extract_array('{"f": [1, 2]}', '$.f'))""", 2),
]  # fmt: skip
PRODUCE = (
    "(select 'Kale' as product, 51 as sales, 'Q1' as quarter, 2020 as year "
    "union all select 'Kale', 23, 'Q2', 2020 union all select 'Apple', 77, 'Q1', 2020 "
    "union all select 'Apple', null, 'Q2', 2021)"
)
QUERIES = [
    ("Conversion functions", "select safe_cast(x as float64) from unnest(['1.5', 'apple']) as x", [(1.5,), (None,)]),
    ("Query syntax", "select x from unnest([1, null]) as x order by x", [(None,), (1,)]),
    ("Query syntax", "select x from unnest([1, null]) as x order by x desc", [(1,), (None,)]),
    ("Query syntax", "select x, o from unnest(['a', 'b']) as x with offset as o order by o", [("a", 0), ("b", 1)]),
    ("Query syntax", "select t.id, x from (select 1 as id, [1, 2] as a) as t, unnest(t.a) as x order by x",
     [(1, 1), (1, 2)]),
    ("Query syntax", "select t.id, x from (select 1 as id, cast([] as array<int64>) as a) as t "
     "left join unnest(t.a) as x", [(1, None)]),
    ("Query syntax", "select (select value from unnest(p) where key = 'b') from (select "
     "[struct('a' as key, 1 as value), struct('b' as key, 2 as value)] as p) as t", [(2,)]),
    ("Query syntax", "select (select value from unnest(p) as q where key = 'b') from (select 'a' as key, "
     "[struct('a' as key, 1 as value), struct('b' as key, 2 as value)] as p) as t", [(2,)]),
    ("Query syntax", "select q.key, value, q from (select [struct('a' as key, 1 as value)] as p) as t, unnest(p) as q",
     [("a", 1, {"key": "a", "value": 1})]),
    ("Query syntax", "select * from unnest([struct(1 as a, 'x' as b)]) as q", [(1, "x")]),
    ("Query syntax", "select q.key, q, n from (select [struct('a' as key)] as p) as t, unnest(p) as q with offset as n",
     [("a", {"key": "a"}, 0)]),
    ("Query syntax", "select q, n from (select [7, 8] as p) as t left join unnest(p) as q with offset as n order by n",
     [(7, 0), (8, 1)]),
    ("Query syntax", "select q.key, n from (select cast([] as array<struct<key string>>) as p) as t "
     "left join unnest(p) as q with offset as n", [(None, None)]),
    ("Query syntax", "select key from unnest([struct(1 as key)]) with offset", [(1,)]),
    ("Query syntax", "select x, count(x) from (select cast([] as array<int64>) as p) as t left join unnest(p) as x "
     "group by x", [(None, 0)]),
    ("Query syntax", f"select * from {PRODUCE} pivot (sum(sales) for quarter in ('Q1', 'Q2' as b)) order by 1, 2",
     [("Apple", 2020, 77, None), ("Apple", 2021, None, None), ("Kale", 2020, 51, 23)]),
    ("Query syntax", f"select p.product, p.s_Q1, p.c_b from (select * except (year) from {PRODUCE}) "
     "pivot (sum(sales) as s, count(*) as c for quarter in ('Q1', 'Q2' as b)) as p order by 1",
     [("Apple", 77, 1), ("Kale", 51, 1)]),
    ("Query syntax", "select * from (select 'a' as k, 'x' as v union all select 'a', 'y') "
     "pivot (string_agg(v, '-' order by v desc) as s for k in ('a', 'b'))", [("y-x", None)]),
    ("Query syntax", "select _1, _2 from (select 1 as b, 5 as a) pivot (sum(a) for b in (1, 2))", [(5, None)]),
    ("Query syntax", "select s_1 from (select 1 as b, 5 as a) pivot (sum(a) as s for b in (1, 2))", [(5,)]),
    ("Query syntax", "select * from (select 'Kale' as product, 51 as Q1, 2 as Q2, cast(null as int64) as Q3) "
     "unpivot (sales for quarter in (Q1, Q2 as 'second', Q3)) order by 2",
     [("Kale", 2, "second"), ("Kale", 51, "Q1")]),
    ("Query syntax", "select quarter from (select 51 as Q1, cast(null as int64) as Q2) "
     "unpivot include nulls (sales for quarter in (Q1, Q2)) order by 1", [("Q1",), ("Q2",)]),
    ("Date functions", "select date_sub(max(d), interval 1 day), date_trunc(max(d), week) from "
     "unnest([date '2020-03-01']) as d", [(date(2020, 2, 29), date(2020, 3, 1))]),
    ("Query syntax", "select upper(x) as x, count(*) as n from unnest(['a', 'A']) as x group by x", [("A", 2)]),
    ("Query syntax", "select abs(x) as x, count(*) as n from unnest([1, -1]) as x group by x having n = 2 and x > 0",
     [(1, 2)]),
    ("Query syntax", "select sum(x) over w as s from unnest([1, 2]) as x window w as (order by x) order by s",
     [(1,), (3,)]),
    ("Query syntax", "select * except (b) from (select 1 as a, 2 as b)", [(1,)]),
    ("Query syntax", "select * replace (a + 1 as a) from (select 1 as a)", [(2,)]),
    ("Aggregate functions", "select array_agg(x ignore nulls order by x desc limit 2) from "
     "unnest([1, 2, null, 3]) as x", [([3, 2],)]),
    ("Aggregate functions", "select array_agg(distinct case when x > 1 then x end ignore nulls) from "
     "unnest([1, 2, null]) as x", [([2],)]),
    ("Aggregate functions", "select array_agg(x + abs(x) ignore nulls order by x desc) from "
     "unnest([1, 2, null]) as x", [([4, 2],)]),
    ("Aggregate functions", "select array_agg(x order by x limit 1)[offset(0)] from unnest([2, 1]) as x", [(1,)]),
    ("Aggregate functions", "select array_concat_agg(x order by array_length(x)) from (select [1, 2] as x union all "
     "select cast(null as array<int64>) union all select [3])", [([3, 1, 2],)]),
    ("Aggregate functions", "select string_agg(x order by x desc) from unnest(['a', null, 'b']) as x", [("b,a",)]),
    ("Aggregate functions", "select string_agg(distinct x, '|' order by x) from unnest(['a', 'a', 'b']) as x",
     [("a|b",)]),
    ("Aggregate functions", "select countif(x < 0) from unnest([5, -2, null]) as x", [(1,)]),
    ("Aggregate functions", "select logical_or(x) from unnest([true, false]) as x", [(True,)]),
    ("Statistical aggregate functions", "select corr(y, x) from unnest([struct(1.0 as y, 2.0 as x)])", [(None,)]),
    ("Navigation functions", "select percentile_cont(x, 0.5) over () from unnest([0, 3, null, 1, 2]) as x limit 1",
     [(1.5,)]),
    ("Navigation functions", "select last_value(x) over (order by x) from unnest([1, 2]) as x order by x limit 1",
     [(1,)]),
    ("Array functions", "select array(select as struct x as a, x + 1 as b from unnest([1]) as x)[offset(0)].b", [(2,)]),
    ("Geography functions", "select count(p), count(*) from (select st_geogpoint(x, 1) as p from unnest([0, null]) as x)",
     [(1, 2)]),
    ("User-defined functions", "create temp function f(x int64, y float64) returns float64 as ((x + 4) / y); "
     "select f(1, 2), f(a.b, null) from (select struct(5 as b) as a)", [(2.5, None)]),
    ("User-defined functions", "create temp function a(x int64) as (x + 1); select sum(a(n)), a(sum(n)) from unnest([1, 2]) as n",
     [(5, 4)]),
    ("User-defined functions", "create temp function g(x any type) as (upper(x)); create temp function H(y string) as "
     "(concat(g(y), '!')); select H('a')", [("A!",)]),
    ("User-defined functions", "create temp function day_after(x date) as (date_add(x, interval 1 day)); "
     "select day_after('2020-01-31')", [(date(2020, 2, 1),)]),
    ("User-defined functions", "create temp function both(s struct<a int64, b int64>) as (s.a + s.b); "
     "select both(struct(1 as a, 2 as b)), both(t.s) from (select struct(3 as a, 4 as b) as s) as t", [(3, 7)]),
    ("User-defined functions", "create temp function v(a array<struct<key string, value int64>>, k string) as "
     "((select value from unnest(a) where key = k)); select v(p, 'y') from (select [struct('y' as key, 8 as value)] as p)",
     [(8,)]),
]  # fmt: skip


@pytest.fixture(scope="module")
def warehouse():
    return warehouse_of("bigquery")


@pytest.mark.parametrize(("page", "expression", "result"), FACTS)
def test_an_expression_returns_what_the_manual_says(warehouse, page, expression, result):
    found = warehouse.execute(to_duckdb(f"select {expression}", "bigquery")).fetchone()[0]
    assert (found, type(found) is bool) == (result, type(result) is bool), page


@pytest.mark.parametrize(("page", "query", "rows"), QUERIES)
def test_a_query_returns_what_the_manual_says(warehouse, page, query, rows):
    assert warehouse.execute(to_duckdb(query, "bigquery")).fetchall() == rows, page


@pytest.mark.parametrize(
    ("sql", "construct"),
    [
        ("select trunc(1.0, -400)", "function TRUNC"),
        ("select farm_fingerprint(a) from t", "function FARM_FINGERPRINT"),
        ("select cast(a as bignumeric) from t", "type BIGNUMERIC"),
        ("select cast(a as bytes) from t", "type BYTES"),
        ("select cast(a as string format 'YYYY') from t", "clause FORMAT of CAST"),
        ("select safe.parse_date('%p', a)", "function PARSE_DATE"),
        ("select upper(from_base64(a)) from t", "function FROM_BASE64"),
        ("select struct<a int64, b int64>(1)", "expression STRUCT"),
        ("select struct<`a{0}` int64>(1)", "field a{0}"),
        ("select json_value(a, '$[*]') from t", "function JSON_VALUE"),
        ("select timestamp_trunc(a, day, 'Europe/Berlin') from t", "function TIMESTAMP_TRUNC"),
        ("select format_date('%Q', a) from t", "function FORMAT_DATE"),
        ("select net.host(a) from t", "expression NETFUNC"),
        ("select approx_quantiles(a, 4) from t", "function APPROX_QUANTILES"),
        ("select a | b & c from t", "operator &"),
        ("select a & b >> 2 from t", "operator >>"),
        ("select a << 2 from t", "expression BITWISELEFTSHIFT"),
        ("select a[b] from t", "expression []"),
        ("select @p", "expression PARAMETER"),
        ("select my.udf(a) from t", "function my.udf"),
        ("select * from t pivot (array_agg(a) for b in ('x'))", "clause PIVOT"),
        ("select * from t pivot (sum(a), min(a) as m for b in ('x'))", "clause PIVOT"),
        ("select * from t pivot (sum(a) for b in (1.5))", "clause PIVOT"),
        ("select * from t pivot (sum(a) for b in ('{0}'))", "clause PIVOT"),
        ("select * from t unpivot (a for n in (b as '{0}', c))", "clause PIVOT"),
        ("select * from t unpivot ((a, b) for n in ((a, b), (c, d)))", "clause UNPIVOT"),
        ("select * from t, unnest(a) as x with offset", "clause WITH OFFSET"),
        ("select rand()", "function RAND"),
        ("select make_interval(week => 1)", "function MAKE_INTERVAL"),
        ("select regexp_extract('ab', '(z)?b')", "function REGEXP_EXTRACT"),
        ("select regexp_extract('ab', 'b|(z)')", "function REGEXP_EXTRACT"),
        ("select percentile_cont(x, 0.5 respect nulls) over () from t", "function PERCENTILE_CONT"),
        ("select array(select as struct 1, 2)", "clause AS STRUCT"),
        ("select array(select as struct 1 as a union all select as struct 2 as b)", "clause AS STRUCT"),
        ("select format_date('%e', d) from t", "function FORMAT_DATE"),
        ("from t |> where a = 1", "operator |>"),
        ("select date_diff(a, b, isoyear) from t", "function DATE_DIFF"),
        ("select st_distance(st_geogpoint(a, b), st_geogpoint(0, 0)) from t", "function ST_DISTANCE"),
        ("create temp function f(x string) returns string language js as 'return x'; select f(a) from t", "function f"),
        ("create function d.f(x string) as (x); select d.f(a) from t", "function f"),
        ("create temp function upper(x string) as (x); select upper(a) from t", "function upper"),
        ("create temp function f(x int64) as (x); select F(a) from t", "function F"),
        ("create temp function f(x string) as (concat(x, x)); select f(generate_uuid())", "function f"),
        # What would be read as a column of the query in the body.
        ("create temp function f(a any type, k string) as ((select v from unnest(a) where key = k)); select f(b, 'x') from t",
         "function f"),
        ("create temp function f(a array<struct<k string>>, k string) as ((select count(*) from unnest(a) where k = k)); "
         "select f(b, 'x') from t", "function f"),
        ("create temp function f(x int64) as (x in (select y from u)); select f(y) from t", "function f"),
    ],
)  # fmt: skip
def test_a_construct_without_an_equal_is_refused(sql, construct):
    with pytest.raises(UnsupportedError) as error:
        to_duckdb(sql, "bigquery")
    assert error.value.construct.startswith(construct)


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("1 / 0", "Division by zero"),
        ("[1][offset(1)]", "outside of its array"),
        ("[1][1]", "outside of its array"),
        ("1 >> -1", "negative number of bits"),
        ("(select a[0] from (select '[1]' as a))", "A text has no elements"),
        ("(select a['b'] from (select '[1]' as a))", "A text has no elements"),
        (
            "(select count(x) from (select cast([] as array<struct<a string>>) as p) as t left join unnest(p) as x)",
            "outer join with UNNEST",
        ),
        ("cast(1e20 as string)", "small or large"),
        ("to_json_string(1.0)", "written in JSON"),
        ("to_json_string(9007199254740993)", "written in JSON"),
        ("to_json_string(timestamp '2020-01-01')", "written in JSON"),
        ("to_json_string([numeric '1.5'])", "written in JSON"),
        ("to_json_string(parse_json('{}'))", "written in JSON"),
        ("contains_substr('ﬁ', 'fi')", "normal form"),
        ("cast('1-2 3' as interval)", "Not hours"),
        ("safe_cast('2024/01/05' as timestamp)", "may read this as a time"),
        ("safe_cast('2024-01-05 24:00:00' as datetime)", "may read this as a time"),
        ("safe_cast('10:00 PM' as time)", "read alike"),
        ("cast(interval 3 day as string)", "no text of a INTERVAL"),
        ("substr('abc', 1, -1)", "negative length"),
        ("st_geogpoint(1, 91)", "A point beyond"),
        ("concat('', cast(st_geogpoint(1, 9) as string))", "no text of a BLOB"),
        ("to_json_string([st_geogpoint(1, 9)])", "written in JSON"),
    ],
)
def test_a_value_that_differs_is_an_error_when_it_comes(warehouse, expression, message):
    with pytest.raises(Exception, match=message):
        warehouse.execute(to_duckdb(f"select {expression}", "bigquery")).fetchall()
