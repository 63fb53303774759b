"""Facts of Snowflake's manual: what an expression returns there, and what its translation returns."""

# A fact may go over two lines; times without a zone are the point.
# ruff: noqa: ISC004

from __future__ import annotations

from datetime import date

import duckdb
import pytest
from snowflake_facts import FACTS

from entity_kit.dialects import UnsupportedError, to_duckdb
from support.dialects import warehouse_of

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
