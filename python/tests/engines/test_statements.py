"""What may reach a server: statements that write elsewhere are recognized."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest

from entity_kit.dbt_bridge.redirect import moved, scratch_schema
from entity_kit.dbt_bridge.sql_clock import with_clock
from entity_kit.dbt_bridge.statements import WRITING_FUNCTIONS, Scope, offence

POSTGRES = Scope("postgres", frozenset({"ours"}), frozenset({*WRITING_FUNCTIONS, "note"}))
SPARK = Scope("spark", frozenset({"ours"}))


@pytest.mark.parametrize(
    "sql",
    [
        "select a.delete, 'insert into x' from t as a for update",
        "-- insert into x\n;;",
        '/* {"app": 1} */ begin',
        'insert into "db"."ours"."t" ("a") (select * from x)',
        "insert into ours.t (a) values (%s, %s::int)",
        'create schema if not exists "ours"',
        'create temporary table "x" as (select 1); drop table if exists "x"',
        'create  table "db"."ours"."t" as (select 1)',
        'alter table "db"."ours"."a" rename to "b"',
        'create index if not exists "i" on "db"."ours"."t" using btree (a)',
        "merge into ours.t as d using x as s on a = b when not matched then insert (a) values (b)",
        "with x as (delete from ours.t returning *) select * from x",
        "comment on column ours.t.a is $$a; insert into b$$",
        'refresh materialized view "ours"."x"',
        "drop materialized view if exists ours.x cascade",
        "grant select on ours.t to bob",
    ],
)
def test_harmless_on_postgres(sql):
    assert offence(sql, POSTGRES, set()) is None


@pytest.mark.parametrize(
    ("sql", "what"),
    [
        ("insert into audit.runs values (1)", "write to audit.runs"),
        ("insert into t values (1)", "write to t"),
        ("select 1; drop table ours.t, b.c", "write to b.c"),
        ("with a as (delete from x.y returning *) select 1", "write to x.y"),
        ("with a as (select 1) insert into b.c select * from a", "write to b.c"),
        ("select * into x.new from x", "write to x.new"),
        ("update only x.y set a = 1", "write to x.y"),
        ("truncate ours.a, b.c", "write to b.c"),
        ("create index on a.b (c)", "write to a.b"),
        ("alter table ours.t set schema other", "write to other."),
        ("create schema other", "write to other."),
        ("do $$ begin end $$", "run `do $$ begin end $$`"),
        ("call p()", "run `call p()`"),
        ("create function ours.f() returns int as 'x'", "run `create function ours`"),
        ("copy a.b from stdin", "run `copy a .`"),
        ("select nextval('a')", "call nextval(), which writes"),
        ('select "note"(1)', "call note(), which writes"),
        ("explain analyze delete from a.b", "run `explain analyze delete from a.b`"),
        ("select $$", "run SQL that can't be parsed"),
    ],
)
def test_stopped_on_postgres(sql, what):
    assert offence(sql, POSTGRES, set()) == what


@pytest.mark.parametrize(
    "sql",
    [
        "create or replace temporary view `x` as select 1; insert overwrite table ours.t select * from x",
        "create table ours.t using parquet partitioned by (a) as select location, path from b.c",
        "show table extended in b like '*'",
        "alter table ours.t rename to ours.u",
    ],
)
def test_harmless_on_spark(sql):
    assert offence(sql, SPARK, set()) is None


@pytest.mark.parametrize(
    "sql",
    [
        "insert overwrite table a.b partition (c) select 1",
        "from a.b insert overwrite table c.d select *",
        "insert overwrite directory '/tmp/x' using parquet select 1",
        "create table ours.t using parquet location '/data/t' as select 1",
        "alter table ours.t rename to a.b",
        "msck repair table a.b",
        "load data inpath 'x' into table a.b",
    ],
)
def test_stopped_on_spark(sql):
    assert offence(sql, SPARK, set()) is not None


def test_the_clock_is_written_where_time_is_asked_for():
    clock = datetime(2024, 1, 2, 3, 4, 5, tzinfo=timezone.utc)
    instant = "cast('2024-01-02 03:04:05+00:00' as timestamp with time zone)"
    sql = "select now(), current_timestamp(3) as x, \"now\", 'now()', t.now, current_date -- now()"
    assert with_clock(sql, "postgres", clock) == (
        f"select {instant}, {instant} as x, \"now\", 'now()', t.now, cast({instant} as date) -- now()"
    )


def test_scratch_schemas_have_plain_short_names():
    names = [
        scratch_schema("entity_kit_0123abcd", 7, s) for s in ("shop", "My Shop", "ü" * 60, "Shop")
    ]
    assert names[0] == "entity_kit_0123abcd_7_shop"
    assert len(set(names)) == 4
    assert all(len(name.encode()) <= 63 and name.isascii() and name.islower() for name in names)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ('"a.b"."My ""Shop"""."x.y"', '"a.b"."new"."x.y"'),
        ("a.b.c", "a.new.c"),
        ("b.c", "new.c"),
        ("`b`.`c`", "`new`.`c`"),
    ],
)
def test_a_relation_moves_to_another_schema(name, expected):
    assert moved(name, "new") == expected
