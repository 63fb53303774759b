"""Texts in a dialect, and what in them is DuckDB's already."""

from __future__ import annotations

import pytest

from entity_kit.dbt_bridge import dialect_text as text
from entity_kit.dbt_bridge.dialect import Dialect
from entity_kit.dbt_bridge.dialect_types import duckdb_type
from entity_kit.dialects import UnsupportedError

SNOWFLAKE = Dialect("snowflake")


def test_what_is_marked_stays():
    marked = text.mark("strange_to_all(a,\n  " + text.mark("b") + ")")
    found = text.translated(f"select nvl({marked}, 0) as x\nfrom t", SNOWFLAKE)
    assert "(strange_to_all(a,\n  b))" in found
    assert "nvl" not in found.casefold()
    assert "strange" in text.unmarked(marked)


def test_lines_after_a_marked_text_are_counted_right():
    marked = text.mark("a\n+\nb")
    with pytest.raises(UnsupportedError) as caught:
        text.translated(f"select\n  {marked},\n  no_such_function(1)\nfrom t", SNOWFLAKE)
    assert caught.value.line == 5


def test_arguments_of_a_macro_that_writes_duckdb():
    for plain in ("day", "-1", "1.5", "'nvl(a, b)'", "%Y-%m"):
        assert text.translated_argument(plain, SNOWFLAKE) == plain
    assert text.translated_argument("nvl(a, b)", SNOWFLAKE).casefold() == "coalesce(a, b)"
    with pytest.raises(UnsupportedError):
        text.translated_argument("no_such_function(a)", SNOWFLAKE)


def test_a_statement_without_a_translation_is_named_by_its_words():
    with pytest.raises(UnsupportedError) as caught:
        text.translated_statement("-- who\ncreate masking policy p as (v string) -> v", SNOWFLAKE)
    assert caught.value.construct == "statement `create masking policy …`"


def test_backticks():
    sql = 'create view `my-db`.`s`.`a"b` as select \'`no`\', "`no`" -- `no`\n/* `no` */ from `a``b`'
    assert text.with_double_quotes(sql) == (
        'create view "my-db"."s"."a""b" as select \'`no`\', "`no`" -- `no`\n/* `no` */ from "a`b"'
    )


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        ("grant select on t to role r", "grant"),
        ("-- who\n/* may */ REVOKE all on t from r", "revoke"),
        ("alter  session set timezone = 'UTC'", "alter session"),
        ("alter session set query_tag = 'dbt', week_start = 1", "alter session"),
        ("alter session set timezone = 'America/Los_Angeles'", None),
        ("alter session set query_tag = 'dbt', week_start = 7", None),
        ("alter table a.b cluster by (x)", "alter table a.b cluster by"),
        ("alter table a.b set options (description = 'x')", "alter table a.b set options"),
        ("delete from t", None),
        ("alter table a.b add column x int", None),
        ("create table grants as select 1", None),
        ("using_this", None),
        ("grant select on t to role r; delete from t", None),
        ("delete from t; grant select on t to role r", None),
        ("use role r;\n-- then\ngrant select on t to role r;", "use"),
        ("use role r; alter session set timezone = 'America/Los_Angeles'", None),
        ("-- nothing", None),
    ],
)
def test_statements_that_change_no_rows(sql, words):
    assert text.ignored(sql) == words


def test_a_parameter_that_changes_what_sql_means_is_named():
    with pytest.raises(UnsupportedError) as caught:
        text.translated("alter session set week_start = 7; select 1", SNOWFLAKE)
    assert caught.value.construct == "parameter WEEK_START of the session"


def test_a_header_that_changes_no_rows_is_left_out():
    assert text.translated_header("-- a tag\nalter session set query_tag = 'a';\n", SNOWFLAKE) == ""
    with pytest.raises(UnsupportedError):
        text.translated_header(
            "alter session set query_tag = 'a'; create masking policy p", SNOWFLAKE
        )


def test_a_function_of_which_the_user_has_a_macro_is_not_created():
    header = "create temp function plus_one(x int64) returns int64 language js as 'return x + 1';"
    with pytest.raises(UnsupportedError) as caught:
        text.translated_header(header, Dialect("bigquery"))
    assert caught.value.construct == "function plus_one"
    known = Dialect("bigquery", known=frozenset({"plus_one"}))
    assert text.translated_header(header, known) == ""
    assert text.translated(f"{header} select plus_one(a) as b from t", known).casefold() == (
        "select plus_one(a) as b from t"
    )


@pytest.mark.parametrize("name", ["postgres", "redshift"])
def test_an_argument_gets_no_name(name):
    dialect = Dialect(name)
    assert text.translated_argument("coalesce(a, b)", dialect) == "coalesce(a, b)"
    assert text.translated_expression("a::text", dialect) == "ek_text(a)"
    assert text.translated("select coalesce(a, b) from t", dialect).endswith('AS "coalesce" FROM t')


def test_a_function_of_the_header_is_known_in_the_statement():
    header = "create temp function plus_one(x int64) as (x + 1);"
    dialect = Dialect("bigquery")
    assert text.translated_header(header, dialect) == ""
    assert text.translated("select plus_one(a) as b from t", dialect, header) == (
        "SELECT ((ek_bigint(a) + 1)) AS b FROM t"
    )
    with pytest.raises(UnsupportedError):
        text.translated("select plus_one(a) as b from t", dialect)


def test_only_a_whole_transaction_statement_counts_as_one():
    assert text.ends_or_begins("begin;")
    assert text.ends_or_begins("-- done\ncommit")
    assert not text.ends_or_begins("begin transaction; delete from t; commit")
    assert not text.ends_or_begins("select 1")


def test_the_line_in_the_file():
    file = "{{ config() }}\nselect\n  hash(a) as b,\n  c\nfrom {{ ref('t') }}\n"
    compiled = 'select\n  hash(a) as b,\n  c\nfrom "x"."t"'
    assert text.line_in_file(file, compiled, 2, "function HASH") == 3
    # Jinja wrote that line, but the function occurs once.
    assert text.line_in_file("a\n{{ f('hash') }}\n", "hash(x)", 1, "function HASH") == 2
    assert text.line_in_file("hash\nhash\n", "hash(x)", 1, "function HASH") is None
    assert text.line_in_file("", "hash(x)", 1, "function HASH") is None


@pytest.mark.parametrize(
    ("dialect", "declared", "expected"),
    [
        ("snowflake", "NUMBER", "DECIMAL(38, 0)"),
        ("snowflake", "number(10,2)", "DECIMAL(10, 2)"),
        ("snowflake", "int", "BIGINT"),
        ("snowflake", "timestamp_ntz(9)", "TIMESTAMP"),
        ("snowflake", "timestamp_tz", "TIMESTAMPTZ"),
        ("snowflake", "variant", "JSON"),
        ("snowflake", "array", "JSON"),
        ("snowflake", "varchar(16777216)", "VARCHAR"),
        ("snowflake", "float", "DOUBLE"),
        ("snowflake", "geography", None),
        ("bigquery", "NUMERIC", "DECIMAL(38, 9)"),
        ("bigquery", "BIGNUMERIC", None),
        ("bigquery", "TIMESTAMP", "TIMESTAMPTZ"),
        ("bigquery", "DATETIME", "TIMESTAMP"),
        (
            "bigquery",
            "ARRAY<STRUCT<a INT64, b NUMERIC>>",
            'STRUCT("a" BIGINT, "b" DECIMAL(38, 9))[]',
        ),
        ("databricks", "timestamp", "TIMESTAMPTZ"),
        ("databricks", "decimal", "DECIMAL(10, 0)"),
        ("redshift", "super", "JSON"),
        ("postgres", "numeric", None),
        ("postgres", "jsonb", "JSON"),
        ("postgres", "no such type", None),
    ],
)
def test_declared_types(dialect, declared, expected):
    assert duckdb_type(declared, dialect) == expected
