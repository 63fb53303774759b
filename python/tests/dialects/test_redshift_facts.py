"""Facts of Redshift's manual: what an expression returns there, and what its translation returns."""

# A fact may go over two lines; times without a zone are the point.
# ruff: noqa: DTZ001, ISC004

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import pytest

from entity_kit.dialects import UnsupportedError, to_duckdb
from support.dialects import warehouse_of

# The page of the Database Developer Guide, an expression, its documented result.
FACTS = [
    ("Mathematical operator symbols", "7 / 2", 3),
    ("Mathematical operator symbols", "-7 / 2", -3),
    ("Mathematical operator symbols", "7 / 2.0", 3.5),
    ("Mathematical operator symbols", "-7 % 3", -1),
    ("NVL and COALESCE", "nvl(null, null, 3)", 3),
    ("NVL2", "nvl2(null, 1, 2)", 2),
    ("DECODE", "decode(null, 1, 'one', null, 'none')", "none"),
    ("GREATEST and LEAST", "greatest(1, null, 3)", 3),
    ("GREATEST and LEAST", "least(null, 2)", 2),
    ("CONCAT", "concat('December 25, ', '2008')", "December 25, 2008"),
    ("CONCAT", "concat('a', null)", None),
    ("|| (Concatenation) operator", "'a' || null", None),
    ("LEN", "len('français')", 8),
    ("LEFT and RIGHT", "left('Chicago', 5)", "Chica"),
    ("SUBSTRING", "substring('caterpillar', 6, 4)", "pill"),
    ("SUBSTRING", "substring('caterpillar', 6, 8)", "pillar"),
    ("SUBSTRING", "substring('caterpillar', 0, 3)", "ca"),
    ("CHARINDEX", "charindex('dog', 'fish')", 0),
    ("STRPOS", "strpos('dogfish', 'fish')", 4),
    ("POSITION", "position('fish' in 'dogfish')", 4),
    ("SPLIT_PART", "split_part('abc$def$ghi', '$', 2)", "def"),
    ("SPLIT_PART", "split_part('abc$def$ghi', '$', 4)", ""),
    ("MONTHS_BETWEEN", "months_between('1969-01-18', '1969-03-18')", -2),
    ("MONTHS_BETWEEN", "months_between('2014-09-30'::date, '2014-08-31 10:00:00'::timestamp)", 1),
    ("MONTHS_BETWEEN", "round(months_between('2008-12-25 15:00:00', '2008-01-21 19:30:00'), 2)", 11.12),
    ("MONTHS_BETWEEN", "round(months_between('2008-12-01 19:30:00', '2008-01-03 15:00:00'), 2)", 10.94),
    ("MONTHS_BETWEEN", "round(months_between('2008-12-07 14:00:00', '2008-01-16 19:30:00'), 2)", 10.7),
    ("LPAD and RPAD", "lpad('abc', 5, '*')", "**abc"),
    ("CAST and CONVERT functions", "timestamp '2020-02-29 10:00:00'::date", date(2020, 2, 29)),
    ("BTRIM", "btrim('     abc     ')", "abc"),
    ("BTRIM", "btrim('\u00a0abc\u3000')", "\u00a0abc\u3000"),
    ("Comparison condition", "(1, null) = (1, null)", None),
    ("IN condition", "(4, null) in ((4, null), (7, 8))", None),
    ("TRIM", "trim(both '\"' from '\"dog\"')", "dog"),
    ("REPEAT", "repeat('ab', 2)", "abab"),
    ("TRANSLATE", "translate('mint tea', 'inea', 'osin')", "most tin"),
    ("MD5", "md5('Amazon Redshift')", "f7415e33f972c03abd4f3fed36748f7a"),
    ("REGEXP_REPLACE", "regexp_replace('a1b22', '\\\\d+', '#')", "a#b#"),
    ("REGEXP_COUNT", "regexp_count('abcdefghijklmnopqrstuvwxyz', '[a-z]{3}')", 8),
    ("DATEADD", "dateadd(day, 30, '2008-01-01'::date)", datetime(2008, 1, 31)),
    ("DATEADD", "dateadd(month, 1, '2008-01-31'::date)", datetime(2008, 2, 29)),
    ("DATEADD", "dateadd(month, 12, '2016-02-29')", datetime(2017, 2, 28)),
    ("DATEADD", "dateadd(year, 1, '2016-02-29')", datetime(2017, 3, 1)),
    ("DATEADD", "dateadd(year, 4, '2016-02-29'::date)", datetime(2020, 2, 29)),
    ("DATEADD", "dateadd(minute, 30, '2017-03-01 11:11:20'::timestamp)", datetime(2017, 3, 1, 11, 41, 20)),
    ("DATEDIFF", "datediff(qtr, '1998-07-01'::date, '2008-12-31'::date)", 41),
    ("DATEDIFF", "datediff(day, '2018-06-04 23:00'::timestamp, '2018-06-05 01:00'::timestamp)", 1),
    ("DATE_TRUNC", "date_trunc('week', '2008-09-07'::timestamp)", datetime(2008, 9, 1)),
    ("DATE_PART", "date_part(dow, '2008-09-07'::date)", 0),
    ("DATE_PART", "date_part(month, '2008-03-07'::date) / 2", 1.5),
    ("DATE_PART", "date_part(epoch, '1970-01-01 00:01:30'::timestamp) / 60", 1.5),
    ("EXTRACT", "extract(month from '2008-03-07'::timestamp) / 2", 1),
    ("EXTRACT", "extract(month from '2008-03-07 00:00:00+00'::timestamptz) / 2", 1.5),
    ("EXTRACT", "extract(week from '2008-09-07'::date)", 36),
    ("LAST_DAY", "last_day('2008-02-10'::date)", date(2008, 2, 29)),
    ("CONVERT_TIMEZONE", "convert_timezone('America/New_York', '2013-02-01 08:00:00'::timestamp)",
     datetime(2013, 2, 1, 3)),
    ("TO_DATE", "to_date('02 10 2001', 'DD MM YYYY')", date(2001, 10, 2)),
    ("TO_CHAR", "to_char('2009-12-31 23:15:59'::timestamp, 'YYYY-MM-DD HH24:MI')", "2009-12-31 23:15"),
    ("Numeric types", "1.6::numeric", Decimal(2)),
    ("CAST", "'abcdef'::varchar(3)", "abc"),
    ("CHARACTER types", "'é'::varchar(2)", "é"),
    ("CHARACTER types", "'abc'::varchar(max)", "abc"),
    ("SIGN", "sign(-5.5) / 2", -0.5),
    ("SIGN", "sign(-5) / 2", 0),
    ("FLOOR", "floor(5) / 2", 2),
    ("FLOOR", "floor(5.5::float) / 2", 2.5),
    ("FLOOR", "floor(28.05)", 28),
    ("CEILING (or CEIL)", "ceiling(5) / 2", 2),
    ("CEILING (or CEIL)", "ceil(4.5) / 2", 2.5),
    ("ROUND", "round(28.05, 1)", Decimal("28.1")),
    ("ROUND", "round(28.05)", 28),
    ("ROUND", "round(28.4::float)", 28),
    ("REGEXP_INSTR", "regexp_instr('alice@example.com', '@[^.]*')", 6),
    ("REGEXP_INSTR", "regexp_instr('alice', '@[^.]*')", 0),
    ("REGEXP_SUBSTR", "regexp_substr('alice@example.com', '@[^.]*')", "@example"),
    ("REGEXP_SUBSTR", "regexp_substr('alice', '@[^.]*')", ""),
    ("REGEXP_SUBSTR", "regexp_substr('the fox', 'FOX', 1, 1, 'i')", "fox"),
    ("REGEXP_SUBSTR", "regexp_substr('This is a fox', 'This is a ([a-z]+)', 1, 1, 'e')", "fox"),
    ("REGEXP_SUBSTR", "regexp_substr('This is it', 'This is a ([a-z]+)', 1, 1, 'e')", ""),
    ("SIMILAR TO", "'abc' similar to '_b_'", True),
    ("SIMILAR TO", "'abc' similar to '_A_'", False),
    ("SIMILAR TO", "'abc' similar to '%(b|d)%'", True),
    ("SIMILAR TO", "'abc' similar to '(b|c)%'", False),
    ("SIMILAR TO", "'abc' not similar to 'b%'", True),
    ("SIMILAR TO", "'AbcAbcdefgefg12efgefg12' similar to '((Ab)?c)+d((efg)+(12))+'", True),
    ("SIMILAR TO", "'aaaaaab11111xy' similar to 'a{6}_[0-9]{5}(x|y){2}'", True),
    ("SIMILAR TO", "'$0.87' similar to '$[0-9]+(.[0-9][0-9])?'", True),
    ("SIMILAR TO", "'$0x87' similar to '$[0-9]+(.[0-9][0-9])?'", False),
    ("REGEXP_INSTR", "regexp_instr('xbab', 'a|ab')", 3),
    ("REGEXP_INSTR", "regexp_instr(null, 'a')", None),
]  # fmt: skip
QUERIES = [
    ("ORDER BY", "select x from (select 1 as x union all select null) t order by x", [(1,), (None,)]),
    ("ORDER BY", "select x from (select 1 as x union all select null) t order by x desc", [(None,), (1,)]),
    ("LISTAGG", "select listagg(x, ', ') within group (order by x) from (select 'b' as x union all "
     "select null union all select 'a') t", [("a, b",)]),
    ("AVG", "select avg(x::float) from (select 1 as x union all select 2) t", [(1.5,)]),
    ("MEDIAN", "select median(x) from (select 1 as x union all select 2) t", [(1.5,)]),
    ("QUALIFY", "select x from (select 1 as x union all select 2) t qualify row_number() over "
     "(order by x desc) = 1", [(2,)]),
    ("SELECT list", "select x, x + 1 as y, y * 2 as z from (select 1 as x) t", [(1, 2, 4)]),
]  # fmt: skip


@pytest.fixture(scope="module")
def warehouse():
    return warehouse_of("redshift")


@pytest.mark.parametrize(("page", "expression", "result"), FACTS)
def test_an_expression_returns_what_the_manual_says(warehouse, page, expression, result):
    found = warehouse.execute(to_duckdb(f"select {expression}", "redshift")).fetchone()[0]
    assert (found, type(found) is bool) == (result, type(result) is bool), page


@pytest.mark.parametrize(("page", "query", "rows"), QUERIES)
def test_a_query_returns_what_the_manual_says(warehouse, page, query, rows):
    assert warehouse.execute(to_duckdb(query, "redshift")).fetchall() == rows, page


@pytest.mark.parametrize(
    ("sql", "construct"),
    [
        ("select json_extract_path_text(a, 'b') from t", "function JSON_EXTRACT_PATH_TEXT"),
        ("select a::super from t", "type"),
        ("select datediff(week, a, b) from t", "function DATEDIFF"),
        ("select avg(a) over (partition by b) from t", "function AVG"),
        ("select regexp_substr(a, 'x|xy') from t", "function REGEXP_SUBSTR"),
        ("select trunc(a) from t", "function TRUNC"),
        ("select regexp_instr(a, 'x*') from t", "function REGEXP_INSTR"),
        ("select regexp_substr(a, 'x', 1, 2) from t", "function REGEXP_SUBSTR"),
        ("select regexp_substr(a, 'x', 1, 1, 'p') from t", "function REGEXP_SUBSTR"),
        ("select a similar to 'x#%' escape '#' from t", "function SIMILAR TO"),
        ("select a similar to 'x+?' from t", "function SIMILAR TO"),
        ("select a similar to b from t", "function SIMILAR TO"),
        ("select regexp_instr(a, 'x', 2) from t", "function REGEXP_INSTR"),
        ("select a::varchar(long) from t", "type VARCHAR"),
        ("select regexp_replace(a, 'x*', '') from t", "function REGEXP_REPLACE"),
        ("select a = 'x ' from t", "text literal"),
        ("select a in ('x', 'y ') from t", "text literal"),
        ("select 1_000", "number"),
    ],
)
def test_a_construct_without_an_equal_is_refused(sql, construct):
    with pytest.raises(UnsupportedError) as error:
        to_duckdb(sql, "redshift")
    assert error.value.construct.startswith(construct)


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("select avg(x) from (select 1 as x) t", "cut off in Redshift"),
        ("select sum(x) / count(*) from (select 1 as x) t", "quotient of sums"),
        ("select 2.5::float::int", "half is rounded"),
        ("select round(2.5::float)", "half is rounded"),
        ("select 'éé'::varchar(3)", "outside of ASCII"),
        ("select '2024-01-05 10:00:00 PM'::timestamp", "read alike"),
        ("select '2024-01-05 10:00:00.1234567+00'::timestamptz", "read alike"),
        ("select '10:00 PM'::time", "read alike"),
        ("select dateadd(year, -1, '2016-02-29')", "before a February 29"),
        ("select 'a\nb' similar to 'a%'", "several lines"),
        ("select 'a\nb' ~ 'a.b'", "several lines"),
        ("select corr(1.0::float, 2.0::float)", "without variance"),
    ],
)
def test_a_value_that_differs_is_an_error_when_it_comes(warehouse, query, message):
    with pytest.raises(Exception, match=message):
        warehouse.execute(to_duckdb(query, "redshift")).fetchall()
