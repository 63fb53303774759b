"""Every construct of Postgres' table, on Postgres itself and translated on DuckDB."""

from __future__ import annotations

import pytest
from hypothesis import Phase, given, settings

from entity_kit.dialects.constructs import common, postgres
from support import nasty_values, random_sql
from support.dialects import differing, listed, numbered, warehouse_of

EXPRESSIONS = """
i + j; i - j; i * j; i / nullif(j, 0); i % nullif(j, 0); b / 2; n / 3; f / 4; i / 2.0; -i / 2; i / nullif(f, 0)
n * n; n + f; i ^ 2; power(f, 2); abs(i); abs(n); abs(f); sign(f); sign(n); cast(coalesce(nullif(sign(n), -1), n) as bigint); mod(i, 3); div(n, 2)
ceil(f); ceil(n); floor(f); floor(n); ceiling(f); sqrt(abs(f)); exp(f / 100); ln(abs(f) + 1)
log(abs(n) + 1); log10(abs(f) + 1); log(2, abs(n) + 1); cbrt(f); trunc(f); trunc(n); trunc(n, 1)
round(f); round(n); round(n, 1); round(n, -1); round(i); round(i / 2.0); (i / 2.0)::int; round(avg(i) over ()); round(avg(i) filter (where i > 0) over ()); i & 3; i | 8; pow(f, 2)
f::int; n::int; n::bigint; f::bigint; i::float; i::numeric(10, 2); n::numeric(10, 1)
case when s ~ '^[0-9]+$' then s::int end; i::smallint; f::real::float; o::int; i::boolean; n::numeric
i = j; i <> j; i < j; i >= 2; i between 0 and 5; i in (1, 2, null); i not in (1, 2); i is null
i is not null; i is distinct from j; i is not distinct from j; o is true; o is not true; o is false
not o; o and i > 0; o or i > 0; i not between 1 and 3; (i, j) = (7, 2); (i, j) <> (7, 2); (i, null) = (7, null); (i, null) <> (7, 2)
date '2020-02-29'::text; timestamp '2020-02-29 10:00:00'::date; date '2020-02-29'::timestamp; '2020-02-29'::date::timestamp
(i, j) in ((7, 2), (1, null)); (i, j) not in ((7, 2), (1, null)); (i, j) in (select i, j from t); (i, j) not in (select i, j from t)
coalesce(i, j, 0); nullif(i, 7); greatest(i, j); least(i, j, 0); greatest(s, u)
case when i > 0 then 'p' when i < 0 then 'n' end; case i when 7 then 'seven' else 'other' end
s || u; s || i; s || n || '!'; s || f; s || d; s || ts; s || coalesce(o, false); concat(s, u, i, o, d)
concat_ws('-', s, u, i); lower(s); length(s); char_length(s); character_length(s); reverse(s)
upper(replace(s, 'ß', 's')); left(s, 2); left(s, -2); right(s, 2); right(s, -2); left(s, 0); right(s, 50)
substr(s, 2); substr(s, 0); substr(s, -2); substr(s, 2, 3); substr(s, 0, 2); substr(s, -2, 4); substr(s, 3, 0)
substring(s from 2 for 3); substring(s from 2); substring(s for 2); substring(s, 2, 3)
trim(s); trim(both ' a' from s); trim(leading 'H' from s); trim(trailing from s); btrim(s); btrim(s, 'Ha,')
trim('\u00a0a\u3000'); trim(leading from '\u00a0a'); btrim('\u2003a\t'); ltrim('\u00a0a'); rtrim('a\u00a0')
ltrim(s); rtrim(s); ltrim(s, 'He'); rtrim(s, 'dl'); strpos(s, u); strpos(s, ''); position(u in s)
split_part(s, ',', 1); split_part(s, ',', 2); split_part(s, ',', -1); split_part(s, '', 1); split_part(s, u, 9); substr(s, null, 0); substr(s, i, 0); split_part(s, '', 2); lpad(s, null, '')
replace(s, u, '-'); replace(s, '', '-'); replace(s, 'l', ''); repeat(u, 3); repeat(u, -1); repeat(u, 0)
lpad(s, 4); lpad(s, 20, 'ab'); rpad(s, 20, 'ab'); rpad(s, 3); lpad(s, 0); lpad(s, -1); lpad(s, 5, '')
translate(s, 'lo', 'x'); starts_with(s, u); md5(s)
s like 'H%'; s like 'a\\_c%'; s like '%\\%'; s ilike 'h%'; s not like '%l%'; s like '_____'; s ilike '%' || u || '%'
s similar to '%l+%'; s similar to '_e(l|o)*%'; s not similar to 'H%'; s similar to '[A-Z][a-z,]+'; s similar to '(H|a)%'
s similar to 'a\\_c%'; s similar to 'H%|a%|' ; s similar to '%.%'; s similar to '%[^a-z]'; s similar to '_{3,5}'; s similar to '%\\%%'
s like 'a#_c%' escape '#'; s ~ 'l+'; s ~ '^[a-z,]+$'; s ~* 'HELLO'; s !~ 'l'; regexp_like(s, 'l{2}')
regexp_replace(s, 'l', 'L'); regexp_replace(s, 'l', 'L', 'g'); regexp_replace(s, '(l+)o', '\\1', 'g')
regexp_replace(s, 'H', '', 'gi'); s::text; i::text; n::text; f::text; d::text; ts::text; o::text; s::varchar(3)
b::text; (n * 2)::text; (i / 2)::text; n::numeric(10, 1)::text; (f * 2)::text
d + 1; d - 1; d - date '2020-01-01'; d + interval '1 month'; d - interval '1 month'; ts + interval '1 day 2 hours'
ts - interval '1 year'; ts - ts; ts - timestamp '2020-01-01 12:00:00'; d + interval '1 day' * 2; ts::date
d::timestamp; ts > d; d > '2020-01-01'; d = ts::date; ts::timestamptz; '2020-01-01 10:00:00+02'::timestamp
'2020-01-01 10:00:00+02'::timestamptz; timestamp '2020-01-01 00:00:00'; date '2020-02-29'
date_trunc('year', ts); date_trunc('quarter', ts); date_trunc('month', ts); date_trunc('week', ts)
date_trunc('day', ts); date_trunc('hour', ts); date_trunc('minute', ts); date_trunc('second', ts)
date_trunc('month', d); date_trunc('week', d); date_trunc('month', d)::date
extract(year from d); extract(month from ts); extract(day from ts); extract(hour from ts); extract(minute from ts)
extract(second from ts); extract(dow from d); extract(isodow from d); extract(doy from d); extract(week from d)
extract(quarter from d); extract(isoyear from d); extract(epoch from ts); extract(epoch from d)
extract(epoch from ts - timestamp '2020-01-01'); extract(day from ts - timestamp '2020-01-01')
extract(month from d) / 2; date_part('month', d) / 2; 7 / extract(month from d); extract(dow from d) || 'x'; extract(year from d)::text
floor(i) / 2; ceil(i) / 2; ceiling(i) / 2; round(i) / 2; trunc(i) / 2; sign(i) / 2; abs(i) / 2; mod(i, 3) / 2; length(s) / 2; power(i, 2) / 3; div(n, 2) / 2; floor(n) / 2; round(n) / 2; trunc(n) / 2; strpos(s, 'l') / 2; (d - date '2020-01-01') / 2
extract(month from d)::int / 2; date_part('year', d)::text; extract(year from d) % 3; sum(extract(day from d)) over () / 2; extract(week from d) * 2 + i
date_part('year', ts); date_part('dow', d); date_part('epoch', ts); date_part('week', ts); date_part('hour', ts)
make_date(2020, 2, 29); to_timestamp(b); to_timestamp(f); to_date('2020-02-29', 'YYYY-MM-DD')
to_timestamp('2020-02-29 10:11:12', 'YYYY-MM-DD HH24:MI:SS'); to_char(ts, 'YYYY-MM-DD HH24:MI:SS')
to_char(d, 'YYYYMM'); to_char(ts, 'HH12:MI AM'); to_char(d, 'IYYY-IW'); to_char(d, 'DDD'); to_char(ts, 'MS US')
to_char(d, 'Mon Dy YY'); to_char(ts, '"at" HH24'); ts at time zone 'UTC'; ts at time zone 'America/New_York'
(ts at time zone 'UTC') at time zone 'Europe/Berlin'; now() is null
extract(seconds from ts); extract(second from ts); current_date is null; current_timestamp is null; localtimestamp is null; interval '1 day' > interval '2 hours'
'{"a": {"b": 1}, "c": [1, "x"], "e": null}'::json -> 'a' ->> 'b'
'{"a": 1, "c": [1, "x"], "e": null}'::jsonb -> 'c' ->> 1; '{"a": 1, "e": null}'::json ->> 'e'
'{"a": 1}'::jsonb ->> 'z'; 'true'::boolean; 'off'::boolean; '42'::int; ' 42 '::bigint; '1.5'::float
exists (select 1 from t as x where x.i = t.i and x.id <> t.id); i in (select j from t); i > all (select -100)
i = any (select j from t); (select max(x.i) from t as x where x.i < t.i)
row_number() over (order by i desc, id); rank() over (order by j); dense_rank() over (order by j desc)
lag(i) over (order by id); lead(i, 2, 0) over (order by id); first_value(i) over (order by j, id)
last_value(i) over (order by j, id); nth_value(i, 2) over (order by id); ntile(3) over (order by id)
percent_rank() over (order by j); cume_dist() over (order by j); sum(i) over (order by j)
sum(i) over (partition by o order by id rows between 1 preceding and current row); count(*) over ()
avg(n) over (partition by o); max(s) over (order by id); count(i) filter (where i > 0) over ()
"""
AGGREGATES = """
count(*); count(i); count(distinct j); sum(i); sum(n); sum(f); avg(i); avg(n); avg(f); min(s); max(s); min(d)
max(ts); sum(distinct j); sum(i) filter (where i > 0); bool_or(o); bool_and(o); every(i is not null)
string_agg(s, '|' order by id); string_agg(u, ',' order by u desc, id); string_agg(distinct u, ',' order by u)
string_agg(i::text, ',' order by i desc); array_agg(i order by id); array_agg(i order by i desc)
array_agg(distinct j order by j); stddev(n); stddev_samp(f); stddev_pop(f); variance(n); var_samp(f); var_pop(f)
corr(f, i); percentile_cont(0.5) within group (order by f); percentile_cont(0.25) within group (order by n desc)
sum(i) / 2.0; sum(n) / count(*); any_value(1); max(i) - min(i); date_trunc('month', max(d)); max(d) + 1; max(ts) + interval '1 month'; max(i) / 2; min(f) / 2; count(*) / 2; round(avg(n), 2); round(avg(i)); round(sum(i) / 4.0); (max(i) / 8.0)::int; coalesce(sum(i), 0)
"""
QUERIES = """
select i from t order by i; select i from t order by i desc, id; select i from t order by i nulls first, id
select -i as i from t order by i desc, id; select o, count(*) from t group by o order by o
select upper(u) as u, count(*) from t group by u order by 1, 2; select j, sum(i) from t group by rollup (j) order by j, 2
select distinct on (o) o, id from t order by o, id desc; select distinct j from t order by j limit 2 offset 1
select i from t union select j from t order by i; select i from t except select j from t order by i
select i from t intersect select j from t order by 1; select i from t union all select j from t order by i
with a as (select id, i from t where i > 0) select a.id, t.j from a join t on t.id = a.id + 1 order by 1
select t.id, x.id from t left join t as x on x.i = t.j order by 1, 2
select t.id, x.id from t full join t as x on x.i = t.j order by 1, 2
with recursive r as (select 1 as n union all select n + 1 from r where n < 5) select n from r order by n
select g from generate_series(1, 5, 2) as g order by g
select g::date from generate_series('2020-01-30'::date, '2020-04-01'::date, interval '1 month') as g order by 1
select count, max from (select count(*), max(i) from t) as c; select coalesce from (select coalesce(1, 2)) as c
select t.id, x.m from t, lateral (select max(y.i) as m from t as y where y.id < t.id) as x order by 1
select v.a from (values (1, 'x'), (2, 'y')) as v(a, c) order by 1 desc
select o, i from t group by grouping sets ((o, i), ()) order by o, i; select j from t group by j having count(*) > 1 order by j
"""


LINES = [f"'a{end}b'" for end in ("x", "\n", "\r", "\x0b", "\f")]


@pytest.fixture(scope="module")
def engines(postgres_folder):
    import psycopg2

    with psycopg2.connect(
        host=str(postgres_folder), dbname="postgres", user="postgres"
    ) as postgres_:
        cursor = postgres_.cursor()
        cursor.execute("set timezone = 'UTC'; create schema nasty; set search_path = nasty")
        duckdb = warehouse_of("postgres")
        for statement in nasty_values.statements():
            cursor.execute(statement)
            duckdb.execute(statement)
        yield cursor, duckdb
        postgres_.rollback()


def differences(engines, select: str, names: list[str]) -> list[tuple]:
    cursor, duckdb = engines
    cursor.execute(select)
    expected = cursor.fetchall()
    return differing(duckdb, "postgres", select, expected, names)


def test_expressions_agree(engines):
    expressions = listed(EXPRESSIONS)
    select = f"select {numbered(expressions)} from t order by id"
    assert differences(engines, select, expressions) == []


def test_aggregates_agree(engines):
    expressions = listed(AGGREGATES)
    assert differences(engines, f"select {numbered(expressions)} from t", expressions) == []


@settings(max_examples=2, deadline=None, database=None, phases=[Phase.generate])
@given(expressions=random_sql.several(random_sql.POSTGRES, 60))
def test_random_expressions_agree(engines, expressions):
    select = f"select {numbered(expressions)} from t order by id"
    assert differences(engines, select, expressions) == []


@pytest.mark.parametrize("query", listed(QUERIES))
def test_queries_agree(engines, query):
    assert differences(engines, query, []) == []


def test_line_ends_agree(engines):
    query = " union all ".join(
        f"select {x} ~ 'a.b', {x} ~ 'a[^c]b', {x} ~ '^a\\sb$', {x} ~ 'b$', "
        f"{x} ~ 'a\\Sb', regexp_replace({x}, '.', '-', 'g')"
        for x in LINES
    )
    assert differences(engines, query, []) == []


@pytest.mark.parametrize(
    "rows", ["values (1.0, 2.0)", "values (1.0, 2.0), (1.0, 3.0)", "values (1.0, null)"]
)
def test_a_correlation_without_variance_agrees(engines, rows):
    assert (
        differences(engines, f"select corr(a::float8, b::float8) from ({rows}) as v(a, b)", [])
        == []
    )


def test_every_construct_of_the_table_is_compared():
    text = (EXPRESSIONS + AGGREGATES).lower()
    names = {*postgres.SCALARS, *postgres.AGGREGATES, *common.SCALARS, *common.WINDOWS}
    assert {name for name in names if f"{name.lower()}(" not in text} == set()
