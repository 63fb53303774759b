"""Constructs of Databricks' table that Spark has too, on Spark itself and translated on DuckDB."""

# ruff: noqa: ISC004  # a fact may go over two lines

from __future__ import annotations

import pytest
from hypothesis import Phase, given, settings

from entity_kit.dialects import UnsupportedError, to_duckdb
from entity_kit.dialects.constructs import common, databricks
from support import lanes, nasty_values, random_sql
from support.dialects import differing, listed, numbered, warehouse_of

EXPRESSIONS = r"""
i + j; i - j; i * j; i / nullif(j, 0); i div nullif(j, 0); i % nullif(j, 0); round(n / 3, 4); f / 4; n div 2; mod(i, 3)
pmod(i, 3); abs(i); abs(n); sign(f); signum(i); ceil(f); ceil(n); ceiling(f); floor(f); floor(n); sqrt(abs(f))
exp(f / 100); ln(abs(f) + 1); log(abs(f) + 1); log(2, abs(f) + 1); log10(abs(f) + 1); log2(abs(f) + 1); cbrt(f)
pow(f, 2); power(i, 2); round(f); round(n); round(n, 1); round(i); round(f, 1); try_divide(i, j); cast(f as int)
cast(n as int); cast(n as bigint); cast(i as double); cast(f as string); cast(i as string); cast(n as string)
cast(d as string); cast(ts as string); cast(o as string); cast(n as decimal(10, 1)); cast(i as boolean)
cast(o as int); try_cast(s as int); try_cast(s as date); cast('1.5' as double); cast('t' as boolean)
i = j; i <> j; i <=> j; i between 0 and 5; i in (1, 2, null); i not in (1, 2); i is null; i is not null
i is distinct from j; not o; o and i > 0; o or i > 0; coalesce(i, j, 0); nullif(i, 7); nvl(i, 0); ifnull(i, 0)
nvl2(i, 'a', 'b'); if(i > 0, 'p', 'n'); decode(i, 7, 'seven', null, 'none', 'other')
greatest(i, j); least(i, j, 0); isnull(i); isnotnull(i); case when i > 0 then 'p' when i < 0 then 'n' end
s || u; s || i; s || n; s || f; s || d; s || ts; concat(s, u, i); concat_ws('-', s, u, i); lower(s); length(s)
len(s); char_length(s); character_length(s); reverse(s); upper(replace(s, 'ß', 's')); left(s, 2); left(s, -2)
right(s, 2); right(s, -2); right(s, 50); substr(s, 2); substr(s, 0); substr(s, -2); substr(s, -90); substr(s, 2, 3)
substr(s, 0, 2); substr(s, -2, 4); substr(s, -7, 4); substr(s, 3, 0); substring(s, 2, 3); substring(s, 2)
initcap(replace(s, 'ß', 's')); initcap('aB c-dE\\tf  1x'); trim(s); trim(both ' a' from s); trim(leading 'H' from s); ltrim(s); rtrim(s); btrim(s); btrim(s, 'Ha,')
trim('\u00a0a\u3000'); ltrim('\u00a0a'); rtrim('a\u2003'); btrim('\u00a0a\t'); trim(trailing from 'a\u00a0')
pmod(i, -3); pmod(f, -2.5D); log10(i - 2); ln(i - 2); log2(f); log(2, i - 2); upper('ßa')
substr(s, cast(null as int), -1); substr(s, i, 0); split_part(s, '', 2); lpad(s, cast(null as int), ''); unix_timestamp(timestamp'1969-12-31 23:59:59.5')
try_cast('infinity' as date); try_cast('nope' as timestamp); try_cast('2024-01-05 10:11:12' as timestamp_ntz); try_cast('2024-02-30' as date); try_cast('1.5e2' as double)
date'2020-02-29'::string; timestamp'2020-02-29 10:00:00'::date; date '2020-02-29'::timestamp
(i + 0, j + 0) = (7, 2); (i + 0, j + 0) = (1, cast(null as int)); (i + 0, j + 0) in ((7, 2), (1, cast(null as int))); (i + 0, j + 0) not in ((7, 2), (8, 2))
instr(s, u); locate(u, s); position(u, s); position(u in s); startswith(s, u); endswith(s, u)
contains(s, u); replace(s, u, '-'); replace(s, 'l'); replace(s, '', '-'); repeat(u, 3); repeat(u, -1)
lpad(s, 4); lpad(s, 20, 'ab'); rpad(s, 20, 'ab'); rpad(s, 3); lpad(s, 0); lpad(s, 5, ''); translate(s, 'lo', 'x')
split(s, ','); split(s, 'l')[0]; size(split(s, ',')); split_part(s, ',', 1); split_part(s, ',', 2)
split_part(s, ',', -1); split_part(s, u, 9); md5(s); sha(s); sha1(s); sha2(s, 256)
s like 'H%'; s like 'a\\_c%'; s ilike 'h%'; s not like '%l%'; s like '_____'; s rlike 'l+'; regexp_like(s, 'l{2}')
s rlike '^[a-z,]+'; regexp_replace(s, 'l', 'L'); regexp_replace(s, '(l+)o', '$1'); regexp_extract(s, '(l+)(o)', 2)
regexp_extract(s, '(z)'); get_json_object('{"a": {"b": 1}}', '$.a.b'); get_json_object('{"a": null}', '$.a')
d + 1; d - 1; d + interval 1 month; d - interval 1 day; ts + interval 2 hours; date_add(d, 3); date_sub(d, 3)
datediff(d, date'2020-01-01'); datediff(day, ts, timestamp'2020-01-01 12:00:00'); date_diff(d, date'2021-01-01')
datediff(hour, timestamp'2020-01-01 12:00:00', ts); dateadd(day, 1, ts); dateadd(month, 1, ts)
timestampadd(day, -3, ts); timestampadd(second, -5, ts); timestampadd(month, 1, d); timestampdiff(hour, timestamp'2020-01-01 12:00:00', ts)
s rlike 'o$'; s rlike '^(hal.*|h[a-z]+o)$'; regexp_replace(s, '[a-z]$', '-'); regexp_extract(s, '([a-z]+)$'); s rlike '[$]'; rlike(s, 'l+')
add_months(d, 1); add_months(d, -13); last_day(d); cast(ts as date); date(ts); to_date(ts); to_date('2020-02-29')
to_date('29/02/2020', 'dd/MM/yyyy'); to_timestamp('2020-02-29 01:02:03'); timestamp('2020-02-29 01:02:03')
to_timestamp('29.02.2020 13', 'dd.MM.yyyy HH'); date_format(ts, 'yyyy-MM-dd HH:mm:ss'); date_format(d, 'MMM EEE')
date_trunc('YEAR', ts); date_trunc('QUARTER', ts); date_trunc('MONTH', ts); date_trunc('WEEK', ts)
date_trunc('DAY', ts); date_trunc('HOUR', ts); date_trunc('month', d); trunc(d, 'MM'); trunc(d, 'week')
year(d); quarter(d); month(d); day(d); dayofmonth(d); hour(ts); minute(ts); second(ts); dayofweek(d); dayofyear(d)
weekofyear(d); weekday(d); extract(year from d); extract(week from d); extract(dow from d); extract(doy from d)
extract(second from ts); extract(seconds from ts); date_part('SECOND', ts)
date_part('month', ts); date_part('hour', ts); make_date(2020, 2, 29); unix_timestamp(ts); timestamp_seconds(b)
from_utc_timestamp(ts, 'America/New_York'); to_utc_timestamp(ts, 'America/New_York'); current_date() is null
current_timestamp() is null; now() is null; current_date is null; uuid() is null
size(array(1, 2)); array_size(array(1)); cardinality(array(1, 2, 3)); array_join(split(s, ','), '-')
sequence(1, 5, 2); sequence(date'2020-01-01', date'2020-01-03', interval 1 day)
transform(array(i, j), x -> x * 2 + b); transform(split(s, ','), x -> concat(x, u)); filter(array(i, j, 3), x -> x > 2)
transform(split(s, ','), (x, i) -> concat(x, i)); transform(array(i, j), (x, P) -> p * 10 + x)
transform(array(i, j), (x, k) -> k); filter(array(i, j, 3), (x, k) -> k > 0 and x > k); transform(array(1), (x, k) -> k / 2)
transform(array(i, j), (x, k) -> aggregate(filter(array(1, 2, 3), y -> y > k), 0, (acc, z) -> acc + z * k))
filter(split(s, ','), x -> x <> u); exists(array(i, j), x -> x > 4); exists(array(i, j), x -> x > 400); exists(array(1), x -> x = i)
aggregate(array(i, j), 0, (acc, x) -> acc + x); reduce(array(1, 2), 0, (acc, x) -> acc + x, acc -> acc * 10)
aggregate(split(s, ','), '', (acc, x) -> concat(acc, '-', x)); aggregate(array(j, 1), 5, (acc, x) -> acc + coalesce(x, 0))
nullifzero(i); zeroifnull(i); equal_null(i, j); regexp_count(s, 'l'); regexp_count(s, '[a-z]+'); regexp_substr(s, '[a-z](l+)')
regexp_substr(s, 'zz'); to_unix_timestamp(ts); unix_seconds(ts); unix_millis(ts); unix_micros(ts); from_unixtime(b); from_unixtime(-1)
dayname(d); monthname(d); timestamp_millis(b * 1000 + 7); timestamp_micros(b * 1000000 + 7)
array_contains(array(i, j), 7); array_contains(array(1, 2), i); array_contains(split(s, ','), u); array_contains(array(1, null), 2)
array_join(array_sort(array(3, 1, 2)), ','); array_sort(array(i, j)); sort_array(array(i, j, 3)); sort_array(array(i, j, 3), false)
sort_array(split(s, 'l')); array_min(array(i, j)); array_max(array(j, 2)); array_max(array(s, u)); named_struct('a', i, 'b', s).b
months_between(ts, d); months_between(ts, timestamp'2020-01-31 10:00:00'); months_between(d, ts, false)
months_between(d, date'2019-02-28'); months_between('1997-02-28 10:30:00', '1996-10-30')
exists (select 1 from t as x where x.i = t.i and x.id <> t.id)
row_number() over (order by i desc, id); rank() over (order by j); dense_rank() over (order by j desc)
lag(i) over (order by id); lead(i, 2, 0) over (order by id); first_value(i) over (order by j, id)
last_value(i) over (order by j, id); nth_value(i, 2) over (order by id); ntile(3) over (order by id)
percent_rank() over (order by j); cume_dist() over (order by j); sum(i) over (order by j)
avg(n) over (partition by o); max(s) over (order by id); last_value(i) ignore nulls over (order by id)
"""
AGGREGATES = r"""
count(*); count(i); count(distinct j); sum(i); sum(n); sum(f); avg(i); avg(f); min(s); max(s); min(d); max(ts)
sum(distinct j); sum(i) filter (where i > 0); count_if(i > 0); bool_or(o); bool_and(o); every(i is not null)
max_by(s, i); min_by(s, j * 100 + id); stddev(n); stddev_samp(f); stddev_pop(f); variance(n); var_samp(f); var_pop(f)
corr(f, i); median(f); percentile(f, 0.25); percentile_cont(0.5) within group (order by f); any_value(1)
size(collect_list(i)); size(array_agg(i)); size(collect_set(j)); array_join(collect_set(u), '') is null
listagg(s, '|') within group (order by s); string_agg(u, ',') within group (order by u desc)
approx_count_distinct(j) > 0; date_trunc('MONTH', max(ts)); max(d) + 1; date_add(max(d), 1); max(i) / 2
"""
QUERIES = r"""
select i from t order by i; select i from t order by i desc, id; select -i as i from t order by i desc, id
select o, count(*) from t group by o order by o; select j, sum(i) from t group by rollup (j) order by j, 2
select i from t union select j from t order by i; select i from t except select j from t order by i
select t.id, w from t lateral view explode(split(s, ',')) e as w order by 1, 2
select t.id, w from t lateral view outer explode(split(s, ',')) e as w order by 1, 2
select id, explode(split(s, 'l')) as w from t order by 1, 2
select upper(u) as u, count(*) from t group by u order by 1, 2
select * except (i, j, b, n, f, s, u, d, ts, o) from t order by id; select x from values (1), (2) as v(x) order by x
select * from (select o, j, i from t) pivot (sum(i) for j in (2 as two, 3 as three)) order by o
select * from (select o, u, i from t) pivot (sum(i) as s, count(*) as c for u in (',' as comma, 'l')) order by o
select * from (select id, i, j from t) unpivot (v for n in (i, j as second)) order by 1, 2
select * from (select id, i, j from t) unpivot include nulls (v for n in (i, j)) order by 1, 2
"""

pytestmark = pytest.mark.slow


LINES = [f"'a{end}b'" for end in ("x", "\n", "\r", "\x0b", "\u0085", "\u2028")]


@pytest.fixture(scope="module")
def engines(spark_lane, tmp_path_factory):  # noqa: ARG001  # it skips where there is no Java
    from pyspark.sql import SparkSession

    folder = tmp_path_factory.mktemp("spark")
    settings = {
        **lanes.java_of_spark(folder),
        # Said, because what another session of this process was started with goes on.
        "spark.sql.ansi.enabled": "true",
        "spark.ui.enabled": "false",
        "spark.sql.shuffle.partitions": "1",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.warehouse.dir": f"{folder}/tables",
    }
    builder = SparkSession.builder.master("local[1]")
    for name, value in settings.items():
        builder = builder.config(name, value)
    spark = builder.getOrCreate()
    duckdb = warehouse_of("databricks")
    for statement in nasty_values.statements():
        duckdb.execute(statement)
    duckdb.execute("alter table t alter ts type timestamptz")
    kinds = {"double precision": "double", "varchar": "string"}
    columns = [
        f"cast({name} as {kinds.get(kind, kind)}) as {name}"
        for name, kind in nasty_values.COLUMNS.items()
    ]
    rows = f"select {', '.join(columns)} from values {', '.join(nasty_values.ROWS)} as v({', '.join(nasty_values.COLUMNS)})"
    spark.sql(rows).createOrReplaceTempView("t")
    yield spark, duckdb
    spark.stop()


def differences(engines, select: str, names: list[str]) -> list[tuple]:
    spark, duckdb = engines
    expected = [tuple(row) for row in spark.sql(select).collect()]
    return differing(duckdb, "databricks", select, expected, names)


def test_expressions_agree(engines):
    expressions = listed(EXPRESSIONS)
    select = f"select {numbered(expressions)} from t order by id"
    assert differences(engines, select, expressions) == []


def test_aggregates_agree(engines):
    expressions = listed(AGGREGATES)
    assert differences(engines, f"select {numbered(expressions)} from t", expressions) == []


@settings(max_examples=1, deadline=None, database=None, phases=[Phase.generate])
@given(expressions=random_sql.several(random_sql.SPARK, 60))
def test_random_expressions_agree(engines, expressions):
    select = f"select {numbered(expressions)} from t order by id"
    assert differences(engines, select, expressions) == []


@pytest.mark.parametrize("query", listed(QUERIES))
def test_queries_agree(engines, query):
    assert differences(engines, query, []) == []


def test_line_ends_agree(engines):
    query = " union all ".join(
        f"select {x} rlike 'a.b', {x} rlike 'a[^c]b', {x} rlike '^a\\\\sb', {x} rlike 'a\\\\Sb', regexp_replace({x}, '.', '-')"
        for x in LINES
    )
    assert differences(engines, query, []) == []


# Databricks has these, Spark doesn't. Pages of Databricks' SQL language reference.
FACTS = [
    (": operator", """select a:b.c::int, a:b.c, a:d[1], a:e from (select '{"b": {"c": "5"}, "d": [1, "x"]}' as a)""",
     [(5, "5", "x", None)]),
    ("iff function", "select iff(1 > 2, 'a', 'b')", [("b",)]),
    ("charindex function", "select charindex('bar', 'abcbarbar')", [(4,)]),
    ("QUALIFY clause", "select x from (select 1 as x union all select 2) qualify row_number() over "
     "(order by x desc) = 1", [(2,)]),
    ("group by", "select x, count(*) from (select 1 as x union all select 1) group by all", [(1, 2)]),
]  # fmt: skip


@pytest.mark.parametrize(("page", "query", "rows"), FACTS)
def test_what_spark_lacks_is_as_the_manual_says(page, query, rows):
    assert warehouse_of("databricks").execute(to_duckdb(query, "databricks")).fetchall() == rows, (
        page
    )


@pytest.mark.parametrize(
    ("sql", "construct"),
    [
        ("select hash(a) from t", "function HASH"),
        ("select split(a, '[,;]') from t", "function SPLIT"),
        # sqlglot reads this as an array of 1.
        ("select array(2, 3)[1]", "expression ARRAY"),
        ("select a:b[*] from t", "path a:b"),
        ("select a['k'] from t", "expression []"),
        ("select datediff(month, a, b) from t", "function DATEDIFF"),
        ("select ltrim('x', a) from t", "function LTRIM"),
        ("select (1, 2) < (1, null)", "comparison of rows"),
        ("select sort_array(a, b) from t", "function SORT_ARRAY"),
        ("select named_struct(a, 1) from t", "function NAMED_STRUCT"),
        ("select array_sort(a, (x, y) -> 1) from t", "function ARRAY_SORT"),
        ("select exists(a, (x, i) -> x > i) from t", "function EXISTS"),
        ("select transform(a, (x, i) -> filter(b, i -> i > 0)) from t", "expression LAMBDA"),
        ("select * from t lateral view posexplode(a) e as p, x", "clause LATERAL VIEW"),
        ("select cast(a as map<string, int>) from t", "type MAP"),
        ("select date_format(a, 'W') from t", "function DATE_FORMAT"),
    ],
)
def test_a_construct_without_an_equal_is_refused(sql, construct):
    with pytest.raises(UnsupportedError) as error:
        to_duckdb(sql, "databricks")
    assert error.value.construct.startswith(construct)


def test_a_date_less_a_date_is_an_error():
    with pytest.raises(Exception, match="use datediff"):
        warehouse_of("databricks").execute(
            to_duckdb(
                "select a - b from (select date'2020-01-01' as a, date'2020-01-01' as b)",
                "databricks",
            )
        )


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("""select a:b from (select '{"B": 1}' as a)""", "another case"),
        ("""select a:b from (select '{"b": {"c": 1}}' as a)""", "An object or an array"),
        ("select a rlike 'x$' from (select 'x\n' as a)", "ends with a line end"),
        ("select try_cast('2024-01' as date)", "may read this as a date"),
        ("select try_cast('epoch' as timestamp)", "may read this as a date"),
        ("select try_cast('2024-01-05 24:00:00' as timestamp_ntz)", "may read this as a date"),
        ("select try_cast('1d' as double)", "known to be read alike"),
        ("select upper('ŉ')", "title case"),
        ("select lower('İ')", "lower case"),
    ],
)
def test_a_path_that_may_be_read_otherwise_is_an_error(query, message):
    with pytest.raises(Exception, match=message):
        warehouse_of("databricks").execute(to_duckdb(query, "databricks")).fetchall()


def test_every_construct_of_the_table_is_compared():
    text = (EXPRESSIONS + AGGREGATES + QUERIES + str(FACTS)).lower()
    names = {*databricks.SCALARS, *databricks.AGGREGATES, *common.SCALARS, *common.WINDOWS}
    assert {name for name in names if f"{name.lower()}(" not in text} == set()
