"""Facts of Snowflake's manual: what an expression returns there, and what its translation returns."""

# A fact may go over two lines; times without a zone are the point.
# ruff: noqa: DTZ001, ISC004

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import duckdb
import pytest

from entity_kit.dialects import UnsupportedError, to_duckdb
from support.dialects import warehouse_of

# The page of the SQL reference, an expression, its documented result.
FACTS = [
    ("IFF", "iff(true, 'true', 'false')", "true"),
    ("IFF", "iff(null, 'true', 'false')", "false"),
    ("NVL2", "nvl2(null, 1, 2)", 2),
    ("ZEROIFNULL", "zeroifnull(null)", 0),
    ("NULLIFZERO", "nullifzero(0)", None),
    ("DECODE", "decode(null, 1, 'one', null, 'nothing', 'other')", "nothing"),
    ("DECODE", "decode(3, 1, 'one', 2, 'two')", None),
    ("EQUAL_NULL", "equal_null(null, null)", True),
    ("GREATEST", "greatest(1, 2, null)", None),
    ("LEAST", "least(3, 2)", 2),
    ("Arithmetic operators", "7 / 2", 3.5),
    ("Arithmetic operators", "1 / 3", 1 / 3),
    ("MOD", "mod(-7, 3)", -1),
    ("DIV0", "div0(1, 0)", 0),
    ("DIV0NULL", "div0null(1, null)", 0),
    ("DIV0", "div0(1, null)", None),
    ("DIV0", "div0(null, 0)", None),
    ("DIV0NULL", "div0null(1, 0)", 0),
    ("DIV0NULL", "div0null(null, 2)", None),
    ("String & binary data types", "'a'::char", "a"),
    ("UPPER", "upper('ÄäÖößÜü')", "ÄÄÖÖSSÜÜ"),
    ("LOWER", "lower('ÁáÄäÉé')", "ááääéé"),
    ("TRY_TO_TIMESTAMP", "try_to_timestamp('epoch')", None),
    ("TRY_TO_DATE", "try_to_date('2024-02-30')", None),
    ("DATEADD", "(select dateadd(day, n, '2024-01-01'::date) from (select 2.5::float as n))", date(2024, 1, 4)),
    ("Arithmetic operators", "(7 / 2)::number(10, 2)::varchar", "3.50"),
    ("ROUND", "round(2.5)", 3),
    ("ROUND", "round(-2.5)", -3),
    ("ROUND", "round(135.135, -2)", 100),
    ("FLOOR", "floor(135.135, -2)", 100),
    ("FLOOR", "floor(-975.975, -2)", -1000),
    ("OBJECT_CONSTRUCT", "object_construct(" + ", ".join(f"'k{n}', {n}" for n in range(7)) + "):k6::int", 6),
    ("TRY_CAST", "try_cast('yes' as boolean)", True),
    ("TRY_CAST", "try_cast('maybe' as boolean)", None),
    ("TRY_CAST", "(select try_cast(x as float) from (select '0.5' as x))", 0.5),
    ("GENERATOR", "(select count(*) from table(generator(rowcount => (24 * 7))))", 168),
    ("TRUNC", "trunc(-1.97)", -1),
    ("TRUNC", "trunc(135.135, -2)", 100),
    ("Data type conversion", "2.5::float::int", 3),
    ("Data type conversion", "'1.5'::int", 2),
    ("TRY_CAST", "try_cast('abc' as int)", None),
    ("TRY_TO_NUMBER", "try_to_number('1_000')", None),
    ("TO_NUMBER", "to_number('12.3456', 10, 1)", Decimal("12.3")),
    ("TO_DECIMAL", "to_decimal('1e3')", 1000),
    ("TO_DECIMAL", "to_decimal('-90.12345', 38, 2)", Decimal("-90.12")),
    ("TO_BOOLEAN", "to_boolean('yes')", True),
    ("TO_BOOLEAN", "'off'::boolean", False),
    ("Data type conversion", "date '2020-02-29'::varchar", "2020-02-29"),
    ("Data type conversion", "timestamp '2020-02-29 10:00:00'::date", date(2020, 2, 29)),
    ("SUBSTR", "substr(null, 1, 0)", None),
    ("SPLIT_PART", "split_part(null, '', 2)", None),
    ("CONCAT", "concat('a', null)", None),
    ("CONCAT_WS", "concat_ws(',', 'one', 'two', 'three')", "one,two,three"),
    ("CONCAT_WS", "concat_ws(',', 'one', null)", None),
    ("CONCAT", "'a' || 1 || true", "a1true"),
    ("SPLIT_PART", "split_part('127.0.0.1', '.', 1)", "127"),
    ("SPLIT_PART", "split_part('127.0.0.1', '.', 0)", "127"),
    ("SPLIT_PART", "split_part('127.0.0.1', '.', -1)", "1"),
    ("SPLIT_PART", "split_part('|a|b|c|', '|', 1)", ""),
    ("SPLIT_PART", "split_part('aaa', '', 1)", "aaa"),
    ("LEFT", "left('ABCDEF', 3)", "ABC"),
    ("LEFT", "left('ABCDEF', -1)", ""),
    ("RIGHT", "right('ABCDEFG', 3)", "EFG"),
    ("SUBSTR", "substr('testing 1 2 3', 9, 5)", "1 2 3"),
    ("INITCAP", "initcap('this is The time_of day')", "This Is The Time_Of Day"),
    ("INITCAP", "initcap('this is the new Frame', '')", "This is the new frame"),
    ("INITCAP", "initcap('lion☂fRoG potato⨊cLoUD', '⨊☂')", "Lion☂Frog potato⨊Cloud"),
    ("INITCAP", "initcap('apple is犬cat', '犬-(^]')", "Apple is犬Cat"),
    ("SUBSTR", "substr('mystring', -4)", "ring"),
    ("SUBSTR", "substr('mystring', 3, 0)", ""),
    ("CHARINDEX", "charindex('an', 'banana')", 2),
    ("POSITION", "position('an', 'banana')", 2),
    ("POSITION", "position('an' in 'banana')", 2),
    ("TRIM", "trim('❄-❄ABC-❄-', '❄-')", "ABC"),
    ("TRIM", "trim('\\ta')", "\ta"),
    ("TRIM", "trim('\u00a0a\u3000')", "\u00a0a\u3000"),
    ("LTRIM", "ltrim('\u00a0a')", "\u00a0a"),
    ("RTRIM", "rtrim('a\u00a0')", "a\u00a0"),
    ("IN", "(4, 5, null) in ((4, 5, null), (7, 8, 9))", None),
    ("IN", "(4, 5) in ((4, 6), (4, 5))", True),
    ("IN", "(4, 5) not in (select 4, null)", None),
    ("Comparison operators", "(1, null) = (1, null)", None),
    ("Comparison operators", "(1, null) <> (2, null)", True),
    ("LPAD", "lpad('123.50', 19, '*_')", "*_*_*_*_*_*_*123.50"),
    ("REPLACE", "replace('abcd', 'bc')", "ad"),
    ("REVERSE", "reverse('Hello, world!')", "!dlrow ,olleH"),
    ("STARTSWITH", "startswith('coffee', 'co')", True),
    ("CONTAINS", "contains('coffee', 'off')", True),
    ("LENGTH", "length('joyeux')", 6),
    ("MD5", "md5('Snowflake')", "edf1439075a83a447fb8b630ddc9c8de"),
    ("REGEXP_LIKE", "regexp_like('San Francisco', 'San')", False),
    ("REGEXP_LIKE", "regexp_like('San Francisco', 'san.*', 'i')", True),
    ("RLIKE", "'San Francisco' rlike 'San.*'", True),
    ("REGEXP_REPLACE", "regexp_replace('Customers - (NY)', '\\\\(|\\\\)', '')", "Customers - NY"),
    ("REGEXP_REPLACE", "regexp_replace('a1b22', '\\\\d+', '#')", "a#b#"),
    ("REGEXP_SUBSTR", "regexp_substr('a1b22', '\\\\d+', 1, 2)", "22"),
    ("REGEXP_SUBSTR", "regexp_substr('abc', '\\\\d+')", None),
    ("REGEXP_SUBSTR", "regexp_substr('k=v', '(\\\\w)=(\\\\w)', 1, 1, 'e', 2)", "v"),
    ("REGEXP_SUBSTR_ALL", "regexp_substr_all('a1_a2a3_a4A5a6', 'a[[:digit:]]')::string", '["a1","a2","a3","a4","a6"]'),
    ("REGEXP_SUBSTR_ALL", "regexp_substr_all('a1_a2a3_a4A5a6', 'a[[:digit:]]', 1, 3)::string", '["a3","a4","a6"]'),
    ("REGEXP_SUBSTR_ALL", "regexp_substr_all('a1_a2a3_a4A5a6', '(a)([[:digit:]])', 1, 1, 'ie')::string", '["a","a","a","a","A","a"]'),
    ("REGEXP_SUBSTR_ALL", "regexp_substr_all('a1_a2a3_a4A5a6', 'b')::string", "[]"),
    ("REGEXP_SUBSTR_ALL", "regexp_substr_all(null, 'b')", None),
    ("TO_ARRAY", "to_array(1)::string", "[1]"),
    ("TO_ARRAY", "to_array(parse_json('[3]'))::string", "[3]"),
    ("TO_ARRAY", "to_array(null)", None),
    ("CHR", "chr(8364)", "€"),
    ("CHR", "chr(null)", None),
    ("LIKE ANY", "'John' like any ('%Jo%oe%', 'J%n')", True),
    ("ILIKE", "'john  dddoe' ilike '%JOHN%'", True),
    ("DATEADD", "dateadd(month, 1, '2023-01-31'::date)", date(2023, 2, 28)),
    ("DATEADD", "dateadd(hour, 2, '2013-05-08'::date)", datetime(2013, 5, 8, 2)),
    ("DATEADD", "dateadd('year', 2, to_date('2016-02-29'))", date(2018, 2, 28)),
    ("DATEDIFF", "datediff(year, '2020-12-31'::date, '2021-01-01'::date)", 1),
    ("DATEDIFF", "datediff(week, '2020-01-05'::date, '2020-01-06'::date)", 1),
    ("DATEDIFF", "datediff(week, '2020-01-06'::date, '2020-01-12'::date)", 0),
    ("DATEDIFF", "datediff('hour', '2013-05-08T23:39:20'::timestamp, '2013-05-09T00:01:00')", 1),
    ("DATE_TRUNC", "date_trunc('week', '2015-05-08'::date)", date(2015, 5, 4)),
    ("DATE_TRUNC", "date_trunc(month, '2015-05-08T23:39:20'::timestamp)", datetime(2015, 5, 1)),
    ("DATE_PART", "date_part(quarter, '2024-04-08'::date)", 2),
    ("EXTRACT", "extract(year from '2024-04-10T23:39:20'::timestamp)", 2024),
    ("YEAR / DAY / WEEK", "dayofweek('2016-01-03'::date)", 0),
    ("YEAR / DAY / WEEK", "dayofweekiso('2016-01-03'::date)", 7),
    ("YEAR / DAY / WEEK", "week('2016-01-03'::date)", 53),
    ("YEAR / DAY / WEEK", "yearofweek('2016-01-03'::date)", 2015),
    ("YEAR / DAY / WEEK", "dayofyear('2016-03-01'::date)", 61),
    ("LAST_DAY", "last_day('2015-05-08T23:39:20'::timestamp)", date(2015, 5, 31)),
    ("LAST_DAY", "last_day('2015-05-08'::date, 'year')", date(2015, 12, 31)),
    ("LAST_DAY", "last_day('2015-05-08'::date, 'week')", date(2015, 5, 10)),
    ("ADD_MONTHS", "add_months('2016-05-15'::timestamp_ntz, 2)", datetime(2016, 7, 15)),
    ("ADD_MONTHS", "add_months('2016-02-29'::date, 1)", date(2016, 3, 31)),
    ("ADD_MONTHS", "add_months('2016-05-31'::date, -1)", date(2016, 4, 30)),
    ("MONTHS_BETWEEN", "months_between('2020-02-01'::date, '2020-01-01'::date)", 1.0),
    ("MONTHS_BETWEEN", "months_between('2019-03-01 02:00:00'::timestamp, '2019-02-01 13:00:00'::timestamp)", 1.0),
    ("MONTHS_BETWEEN", "months_between('2019-03-28'::date, '2019-02-28'::date)", 1.0),
    ("MONTHS_BETWEEN", "months_between('2019-03-31 01:00:00'::timestamp, '2019-02-28 13:00:00'::timestamp)", 1.0),
    ("MONTHS_BETWEEN", "months_between('2019-03-01'::date, '2019-02-15'::date)", Decimal("0.548387")),
    ("MONTHS_BETWEEN", "months_between('2019-02-15'::date, '2019-03-01 12:00:00'::timestamp)", Decimal("-0.564516")),
    ("NEXT_DAY", "next_day('2025-05-06'::date, 'Friday')", date(2025, 5, 9)),
    ("NEXT_DAY", "next_day('2025-05-06'::date, 'tu')", date(2025, 5, 13)),
    ("PREVIOUS_DAY", "previous_day('2025-05-06'::date, 'Friday')", date(2025, 5, 2)),
    ("PREVIOUS_DAY", "previous_day('2025-05-06'::date, 'tue')", date(2025, 4, 29)),
    ("LEAST_IGNORE_NULLS", "least_ignore_nulls(3, null, 2)", 2),
    ("GREATEST_IGNORE_NULLS", "greatest_ignore_nulls(3, null, 2)", 3),
    ("String & binary data types", "'a\\u2603b'", "a☃b"),
    ("String & binary data types", "'a\\\\u2603b'", "a\\u2603b"),
    ("DAYNAME", "dayname('2015-05-01'::date)", "Fri"),
    ("MONTHNAME", "monthname('2015-05-03'::date)", "May"),
    ("DATE_FROM_PARTS", "date_from_parts(2010, 1, 100)", date(2010, 4, 10)),
    ("DATE_FROM_PARTS", "date_from_parts(2004, 2, 0)", date(2004, 1, 31)),
    ("DATE_FROM_PARTS", "date_from_parts(2004, -1, -1)", date(2003, 10, 30)),
    ("TO_DATE", "to_date('2013-05-17')", date(2013, 5, 17)),
    ("TO_DATE", "to_date('2012.07.23', 'YYYY.MM.DD')", date(2012, 7, 23)),
    ("TO_TIMESTAMP", "to_timestamp(1000000000)", datetime(2001, 9, 9, 1, 46, 40)),
    ("TO_TIMESTAMP", "to_timestamp(1000000000000, 3)", datetime(2001, 9, 9, 1, 46, 40)),
    ("TO_TIMESTAMP", "to_timestamp(1000000000123456789, 9)", datetime(2001, 9, 9, 1, 46, 40, 123456)),
    ("TO_TIMESTAMP", "'2013-04-05 01:02:03 +0200'::timestamp_ntz", datetime(2013, 4, 5, 1, 2, 3)),
    ("TO_CHAR", "to_char('2013-04-05 01:02:03'::timestamp, 'MM/DD/YYYY HH24:MI')", "04/05/2013 01:02"),
    ("TO_CHAR", "'2013-04-05 01:02:03'::timestamp::varchar", "2013-04-05 01:02:03.000"),
    ("TO_CHAR", "1.0::float::varchar", "1"),
    ("Parameters", "'2013-04-05 01:02:03'::timestamp_tz::varchar", "2013-04-05 01:02:03.000 +0000"),
    ("Parameters", "'01:02:03.5'::time::varchar", "01:02:03"),
    ("CONVERT_TIMEZONE", "convert_timezone('America/Los_Angeles', 'America/New_York', "
     "'2024-01-01 14:00:00'::timestamp_ntz)", datetime(2024, 1, 1, 17)),
    ("Querying semi-structured data", "parse_json('{\"a\": {\"b\": [1, \"x\"]}}'):a.b[1]::string", "x"),
    ("Querying semi-structured data", "parse_json('{\"a\": 1}'):A::int", None),
    ("Querying semi-structured data", "parse_json('{\"a\": \"5\"}')['a']::int", 5),
    ("Semi-structured data types", "parse_json('{\"a\": \"x\"}'):a = 'x'", True),
    ("Semi-structured data types", "parse_json('{\"a\": \"x\"}'):a != 'x'", False),
    ("PARSE_JSON", "parse_json('{\"a\": null}'):a is null", False),
    ("PARSE_JSON", "parse_json('{\"a\": null}'):a::string is null", True),
    ("IS_NULL_VALUE", "is_null_value(parse_json('{\"a\": null}'):a)", True),
    ("ARRAY_SIZE", "array_size(parse_json('[1, 2]'))", 2),
    ("ARRAY_SIZE", "array_size(split('a,b,c', ','))", 3),
    ("ARRAY_SLICE", "array_to_string(array_slice(array_construct('foo', 'snow', 'flake', 'bar'), 0, 2), ',')", "foo,snow"),
    ("ARRAY_SLICE", "array_to_string(array_slice(array_construct('foo', 'snow', 'flake', 'bar'), 0, -2), ',')", "foo,snow"),
    ("ARRAY_SLICE", "array_to_string(array_slice(split('a,b,c', ','), -1, 3), ',')", "c"),
    ("ARRAY_SLICE", "array_size(array_slice(array_construct(0, 1, 2), 5, 9))", 0),
    ("ARRAY_CAT", "array_to_string(array_cat(array_construct(1, 2), array_construct(3)), ',')", "1,2,3"),
    ("TYPEOF", "typeof(parse_json('{\"a\": null}'):a)", "NULL_VALUE"),
    ("TYPEOF", "typeof(parse_json('[1]'))", "ARRAY"),
    ("TYPEOF", "typeof(parse_json('[1]')[0])", "INTEGER"),
    ("Querying semi-structured data", "(select v[i]::int from (select parse_json('[5, 6]') as v, 1 as i))", 6),
    ("Querying semi-structured data", "(select v[i]::int from (select parse_json('{\"a\": 7}') as v, 'a' as i))", 7),
    ("SPLIT", "split('a,b,c', ',')[0]::string", "a"),
    ("ARRAY_CONTAINS", "array_contains('hello'::variant, array_construct('hello', 'hi'))", True),
    ("ARRAY_CONTAINS", "array_contains(null, array_construct('hola', 'bonjour'))", None),
    ("ARRAY_CONTAINS", "array_contains(null, array_construct('hola', null))", True),
    ("ARRAY_CONTAINS", "array_contains(1::variant, array_construct(2, 1.0))", True),
    ("TRY_PARSE_JSON", "try_parse_json('{ \"bad\" : \"json\", \"close_brace\": 10 ')", None),
    ("Semi-structured data types", "object_construct('a', '2024-01-17 19:00:00'::timestamp):a::string", "2024-01-17 19:00:00.000"),
    ("Semi-structured data types", "array_construct('2024-01-17 19:00:00'::timestamp)[0]::timestamp", datetime(2024, 1, 17, 19)),
    ("Semi-structured data types", "'2024-01-17 19:00:00'::timestamp::variant::string", "2024-01-17 19:00:00.000"),
    ("ARRAY_TO_STRING", "array_to_string(parse_json('[1, null, \"x\"]'), ',')", "1,,x"),
    ("OBJECT_CONSTRUCT", "object_construct('a', 1, 'b', null):b is null", True),
    ("OBJECT_CONSTRUCT", "array_size(get(object_construct('a', array_construct(1)), 'a'))", 1),
]  # fmt: skip
NESTED = """parse_json('{"a":1, "b":[77,88], "c": {"d":"X"}}')"""
QUERIES = [
    ("FIRST_VALUE", "select last_value(x) over (order by x) from (select 1 as x union select 2) t "
     "order by x limit 1", [(2,)]),
    ("ORDER BY", "select x from (select 1 as x union all select null) t order by x desc", [(None,), (1,)]),
    ("ORDER BY", "select x from (select 1 as x union all select null) t order by x", [(1,), (None,)]),
    ("LISTAGG", "select listagg(x, '|') within group (order by x desc) from (select 'a' as x "
     "union all select null union all select 'b') t", [("b|a",)]),
    ("LISTAGG", "select listagg(distinct x, '|') within group (order by x) from (select 'a' as x "
     "union all select 'a' union all select 'b') t", [("a|b",)]),
    ("LISTAGG", "select listagg(x) from (select null::varchar as x) t", [("",)]),
    ("ARRAY_AGG", "select array_size(array_agg(x)) from (select 1 as x union all select null) t", [(1,)]),
    ("COUNT_IF", "select count_if(x > 1) from (select 1 as x union all select 2) t", [(1,)]),
    ("COUNT", "select count(v:a), count(distinct v:a), count(v), count(*) from (select parse_json('{\"a\": null}') as v "
     "union all select parse_json('{\"a\": 1}'))", [(1, 1, 2, 2)]),
    ("ARRAY_AGG", "select array_agg('2024-01-17 19:00:00'::timestamp)[0]::string", [("2024-01-17 19:00:00.000",)]),
    ("FLATTEN", "select f.path from table(flatten(input => parse_json('[]'), outer => true)) f", [("",)]),
    ("FLATTEN", "with a as (select * from (select parse_json('[1]') as v) t, lateral flatten(input => t.v) f) "
     "select value::int from a", [(1,)]),
    ("SEQ1 / SEQ2 / SEQ4 / SEQ8", "select max(n) from (select seq1() as n from table(generator(rowcount => 128)))", [(127,)]),
    ("MAX_BY", "select max_by(x, y) from (select null as x, 2 as y union all select 1, 1) t", [(None,)]),
    ("MEDIAN", "select median(x) from (select 1 as x union all select 2) t", [(1.5,)]),
    ("FLATTEN", "select f.index, f.value::int, f.key from table(flatten(input => parse_json('[1, 77]'))) f "
     "order by 1", [(0, 1, None), (1, 77, None)]),
    ("FLATTEN", "select f.key, f.value:b::int from (select parse_json('{\"a\": {\"b\": 1}}') as v) t, "
     "lateral flatten(input => t.v) f", [("a", 1)]),
    ("FLATTEN", "select t.id, value::int from (select 1 as id, parse_json('[]') as v) t, "
     "lateral flatten(input => v, outer => true)", [(1, None)]),
    ("FLATTEN", "select t.id from (select 1 as id, parse_json('[]') as v) t, lateral flatten(v) f", []),
    ("FLATTEN", f"select f.key, f.path, f.index, f.value::string from (select {NESTED} as v), "
     "lateral flatten(input => v, path => 'b') f order by 3", [(None, "b[0]", 0, "77"), (None, "b[1]", 1, "88")]),
    ("FLATTEN", f"select f.key, f.path, f.index, f.this:d::string from (select {NESTED} as v), "
     "lateral flatten(input => v, recursive => true) f order by 2",
     [("a", "a", None, None), ("b", "b", None, None), (None, "b[0]", 0, None), (None, "b[1]", 1, None),
      ("c", "c", None, None), ("d", "c.d", None, "X")]),
    ("FLATTEN", f"select f.key from (select {NESTED} as v), lateral flatten(input => v, mode => 'array') f", []),
    ("FLATTEN", f"select f.key from (select {NESTED} as v), lateral flatten(input => v, mode => 'array', outer => true) f",
     [(None,)]),
    ("FLATTEN", "select f.key from (select parse_json('{\"a b\": 1}') as v), lateral flatten(v) f", [("a b",)]),
    ("Semi-structured data types", f"with a as (select v:c as c, v:b as b, 1 as i from (select {NESTED} as v)), "
     "b as (select *, b as d from a) select x.c:d::string, f.value::int, array_size(x.d) from b as x, "
     "lateral flatten(x.b) f order by 2", [("X", 77, 2), ("X", 88, 2)]),
    ("Semi-structured data types", f"select n.c::string, n.c is null from (select v:c:d as c from (select {NESTED} as v)) "
     "as n", [("X", False)]),
    ("PIVOT", "select * from (select 1 as empid, 100 as amount, 'JAN' as month union all select 1, 50, 'JAN' "
     "union all select 2, 7, 'FEB') pivot (sum(amount) for month in ('JAN', 'FEB')) as p (id, jan, feb) order by id",
     [(1, 150, None), (2, None, 7)]),
    ("PIVOT", """select "'JAN'" from (select 100 as amount, 'JAN' as month) pivot (max(amount) for month in ('JAN'))""",
     [(100,)]),
    ("UNPIVOT", "select * from (select 1 as empid, 100 as jan, 200 as feb, null::int as mar) "
     "unpivot (sales for month in (jan, feb, mar)) order by month",
     [(1, "FEB", 200), (1, "JAN", 100)]),
    ("GENERATOR", "select count(*), max(n) from (select seq4() as n from table(generator(rowcount => 5)))",
     [(5, 4)]),
    ("QUALIFY", "select x from (select 1 as x union all select 2) t qualify row_number() over "
     "(order by x desc) = 1", [(2,)]),
    ("DATEADD", "select dateadd(day, 1, max(d)), date_trunc(month, max(d)) from (select '2020-02-29'::date as d)",
     [(date(2020, 3, 1), date(2020, 2, 1))]),
    ("GROUP BY", "select upper(x) as x, count(*) from (select 'a' as x union all select 'A') t group by x",
     [("A", 1), ("A", 1)]),
    ("SELECT", "select * exclude (b) from (select 1 as a, 2 as b) t", [(1,)]),
    ("Set operators", "select 1 as a minus select 1", []),
]  # fmt: skip


@pytest.fixture(scope="module")
def warehouse():
    return warehouse_of("snowflake")


@pytest.mark.parametrize(("page", "expression", "result"), FACTS)
def test_an_expression_returns_what_the_manual_says(warehouse, page, expression, result):
    found = warehouse.execute(to_duckdb(f"select {expression}", "snowflake")).fetchone()[0]
    assert (found, type(found) is bool) == (result, type(result) is bool), page


@pytest.mark.parametrize(("page", "query", "rows"), QUERIES)
def test_a_query_returns_what_the_manual_says(warehouse, page, query, rows):
    assert warehouse.execute(to_duckdb(query, "snowflake")).fetchall() == rows, page


def test_an_update_may_name_its_table_before_the_column(warehouse):
    warehouse.execute("create or replace table target as select 1 as k, 10 as v")
    merge = (
        "merge into target t using (select 1 as k, 5 as v) s on t.k = s.k "
        "when matched then update set t.v = t.v + s.v"
    )
    for statement in (merge, "update target set target.v = target.v + 1 where target.k = 1"):
        warehouse.execute(to_duckdb(statement, "snowflake"))
    assert warehouse.execute("select * from target").fetchall() == [(1, 16)]


@pytest.mark.parametrize(
    ("sql", "construct"),
    [
        ("select hash(1)", "function HASH"),
        ("select 1_000", "number"),
        ("update t set u.a = 1", "clause SET"),
        ("select interval '1 day'::varchar", "cast of a literal"),
        ("select (1, 2) < (1, null)", "comparison of rows"),
        ("select initcap('iqam', 'q')", "function INITCAP"),
        ("select (7 / 2)::varchar", "text of a quotient"),
        ("select md5(a) from (select round(avg(x), 2) as a from t)", "text of a quotient"),
        ("select concat('a', case when b then median(x) over () else 0 end) from t", "text of a quotient"),
        ("select * from table(flatten(input => parse_json('[1]')))", "columns *"),
        ("with a as (select f.* from t, lateral flatten(input => t.v) f) select * from a", "columns *"),
        ("select regexp_like(a, 'b', 'ci') from t", "function REGEXP_LIKE"),
        ("select sha2('a', 512)", "function SHA2"),
        ("select count(t.*) from t", "argument *"),
        ("select v:a = b from t", "VARIANT value"),
        ("select upper(v:a) || coalesce(v:a, 'x') from t where v:a > 1", "VARIANT value"),
        ("select v:a as a from t", "VARIANT value"),
        ("with a as (select v:a as b from t) select b from a", "VARIANT value"),
        ("with a as (select v:a as b from t) select * from a", "VARIANT value"),
        ("with a as (select v:a as b from t) select b::int from a where b = 1", "VARIANT value"),
        ("with a as (select v:a as b from t) select b::int from a where b = 'x'", "VARIANT value"),
        ("with a as (select v:a as b from t) select a.b::int from a join u using (b)", "VARIANT value"),
        ("with a as (select v:a as b from t) select b::int from a order by b", "VARIANT value"),
        ("with a as (select distinct v:a as b from t) select b::int from a", "VARIANT value"),
        ("with a as (select v:a as b from t), c as (select b, count(*) as n from a group by 1) select b::int from c", "VARIANT value"),
        ("with a as (select v:a as b from t union all select 'x') select b::int from a", "VARIANT value"),
        ("with a as (select v:a as b from t), c as (select * from a) select max(b) from c", "VARIANT value"),
        ("with a as (select v:a as b from t) select (select b)::int from a", "VARIANT value"),
        ("with a as (select v:a as b, b = 1 as c from t) select b::int, c from a", "VARIANT value"),
        ("with a as (select v:a as b from t where b = 1) select b::int from a", "VARIANT value"),
        ("with a as (select v:a as b from t group by b) select b::int from a", "VARIANT value"),
        ("select f.value as a from t, lateral flatten(input => t.v) f", "VARIANT value"),
        ("select regexp_substr(x, 'a|ab') from t", "function REGEXP_SUBSTR"),
        ("select to_char(x, '999.00') from t", "function TO_CHAR"),
        ("select convert_timezone('Europe/Berlin', current_timestamp()) from t", "function CONVERT_TIMEZONE"),
        ("select * from t match_recognize (order by a pattern (x) define x as b)", "clause MATCH"),
        ("select * from t start with a = 1 connect by b = prior a", "clause CONNECT"),
        ("select x collate 'en-ci' from t", "expression COLLATE"),
        ("select a from t sample (10)", "clause SAMPLE"),
        ("select $1 from t", "expression PARAMETER"),
        ("select seq4() from t", "function SEQ4"),
        ("select f.key from t, lateral flatten(input => v, recursive => true, mode => 'array') f", "argument MODE"),
        ("select * from t pivot (max(a) for b in (any))", "clause PIVOT"),
        ("select * from t pivot (count(a) for b in ('x'))", "clause PIVOT"),
        ("select * from t pivot (max(a) for b in ('x') default on null (0))", "clause PIVOT"),
        ("select 'a\\x41'", "text literal"),
        ("select regexp_count(a, 'x*') from t", "function REGEXP_COUNT"),
        ("select regexp_substr(a, '[[:alpha:]]*') from t", "function REGEXP_SUBSTR"),
        ("select regexp_replace(a, '(x|y)?') from t", "function REGEXP_REPLACE"),
    ],
)  # fmt: skip
def test_a_construct_without_an_equal_is_refused(sql, construct):
    with pytest.raises(UnsupportedError) as error:
        to_duckdb(sql, "snowflake")
    assert error.value.construct.startswith(construct)


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("try_to_date('12/31/2020')", "Snowflake may read this"),
        ("'[1]'::array", "Not an array"),
        ("typeof(parse_json('1.5'))", "The type of a value"),
        ("(select v[i]::int from (select parse_json('[5]') as v, -1 as i))", "before the first"),
        ("1 / 0", "Division by zero"),
        ("split('abc', '')", "split by an empty one"),
        ("1e20::float || ''", "small or large"),
        ("pi::float::varchar from (select 3.14159265358979 as pi)", "other digits of this float"),
        ("1.1::float::number(38, 18)", "More digits than a float has"),
        ("div0null(null, 0)", "DIV0NULL of NULL"),
        ("'abc'::char", "longer than its type"),
        ("'10:00 PM'::time", "read alike"),
        ("try_to_number('E')", "is a number in Snowflake"),
        ("try_to_double('1e')", "is a number in Snowflake"),
        ("replace('abc', '', 'x')", "An empty text that is replaced"),
        ("lower('ΟΔΟΣ')", "lower case"),
        ("upper('ŉ')", "title case"),
        ("to_timestamp('2024-01-01 10:00:00 PM')", "may read this"),
        ("try_to_date('2024-01-05 foo')", "may read this"),
        ("try_parse_json('[1, FALSE, ]')", "may read this as JSON"),
        ("typeof('2024-01-01'::date::variant)", "may be a date"),
        ("'2024-01-01 10:00:00.123456'::timestamp::variant", "fraction of a second"),
        ("array_to_string(parse_json('[{\"b\": 1, \"a\": 2}]'), ',')", "order of the keys"),
        ("array_to_string(parse_json('[1.0]'), ',')", "A number in JSON"),
        (
            "array_contains(parse_json('{\"a\": 1}'), array_construct(1))",
            "An object or an array in an array",
        ),
        ("array_agg(parse_json('null'))", "A JSON null in ARRAY_AGG"),
        (
            "max(n) from (select seq1() as n from table(generator(rowcount => 129)))",
            "begins again after 127",
        ),
        (
            "f.path from table(flatten(input => parse_json('{\"b\": []}'), path => 'b', outer => true)) f",
            "path of FLATTEN",
        ),
        ('parse_json(\'{"b": 1, "a": 2}\')::string', "order of the keys"),
        ("substr('abc', 0, 1)", "A substring from 0"),
        ("parse_json('1.0')::string", "A number in JSON"),
        ("initcap('ßa')", "title case"),
        ("parse_json('[1e3]')[0]::string", "A number in JSON"),
        ("to_timestamp(1.5)", "not whole"),
        ("'2020-01-01 10:00:00 +0200'::timestamp_tz", "whose offset is not UTC"),
        (
            "months_between('2020-02-02'::date, '2020-01-01 23:59:59'::timestamp)",
            "fraction is this small",
        ),
    ],
)
def test_a_value_that_differs_is_an_error_when_it_comes(warehouse, expression, message):
    with pytest.raises(Exception, match=message):
        warehouse.execute(to_duckdb(f"select {expression}", "snowflake")).fetchall()


@pytest.mark.parametrize(
    "expression",
    [
        "try_to_double(x)",
        "try_cast(x as float)",
        "try_cast('2024-01-01 00:00:00 +05:00' as timestamp_tz)",
    ],
)
def test_what_is_not_known_to_be_read_alike_stays_an_error_where_a_cast_is_tried(
    warehouse, expression
):
    with pytest.raises(
        duckdb.ConversionException, match=r"known to be read alike|offset is not UTC"
    ):
        warehouse.execute(to_duckdb(f"select {expression} from (select 'nan' as x)", "snowflake"))


def test_a_time_with_a_zone_has_a_name_that_the_next_column_may_use(warehouse):
    query = "select row_number() over (order by x) as n, x::timestamp_tz as t, t as u from (select '2024-01-01' as x)"
    assert len(warehouse.execute(to_duckdb(query, "snowflake")).fetchall()) == 1
