"""What dbt's cross-database macros write where DuckDB's text would mean something else."""

from __future__ import annotations

import duckdb
import pytest

from entity_kit.dbt_bridge.dialect_calls import type_named, written
from entity_kit.dbt_bridge.dialect_types import dialect_type
from entity_kit.dialects import DIALECTS, UnsupportedError, prelude, to_duckdb


@pytest.mark.parametrize(
    ("dialect", "macro", "arguments", "values"),
    [
        # Sunday and Monday: weeks begin on Sunday in BigQuery, on Monday in Snowflake.
        ("snowflake", "datediff", ("'2024-03-03'::date", "'2024-03-04'::date", "week"), 1),
        ("bigquery", "datediff", ("date '2024-03-03'", "date '2024-03-04'", "week"), 0),
        ("bigquery", "datediff", ("date '2024-03-02'", "date '2024-03-03'", "week"), 1),
        ("snowflake", "safe_cast", ("'x'", "integer"), None),
        ("bigquery", "safe_cast", ("'x'", "int64"), None),
        ("snowflake", "split_part", ("'a-b'", "'-'", 3), ""),
        ("snowflake", "last_day", ("'2024-02-03'::date", "month"), "2024-02-29"),
        ("snowflake", "dateadd", ("day", -1, "'2024-03-01'::date"), "2024-02-29"),
        ("bigquery", "hash", ("'a'",), "0cc175b9c0f1b6a831c399e269772661"),
        ("snowflake", "hash", ("'a'",), "0cc175b9c0f1b6a831c399e269772661"),
    ],
)
def test_values_are_the_warehouses(dialect, macro, arguments, values):
    sql = to_duckdb(f"select {written(dialect, macro, arguments, {})}", dialect)
    with duckdb.connect() as connection:
        for statement in prelude(dialect):
            connection.execute(statement)
        ((found,),) = connection.execute(sql).fetchall()
    assert (found if found is None or isinstance(values, int) else str(found)) == values


def test_what_is_left_out():
    assert written("snowflake", "listagg", ("a",), {}) == "listagg(a, ',')"
    given = {"order_by_clause": "order by b"}
    assert written("snowflake", "listagg", ("a", "';'"), given) == (
        "listagg(a, ';') within group (order by b)"
    )
    assert written("snowflake", "listagg", ("a",), {"limit_num": 2}) is None
    assert written("snowflake", "split_part", ("a", "'-'", "-1"), {}) is None
    assert written("snowflake", "any_value", ("a",), {}) is None
    with pytest.raises(UnsupportedError):
        written("databricks", "datediff", ("a", "b", "week"), {})


@pytest.mark.parametrize("dialect", DIALECTS)
def test_every_form_takes_the_macros_arguments(dialect):
    for macro in ("dateadd", "datediff", "date_trunc", "last_day", "safe_cast", "listagg", "hash"):
        text = written(dialect, macro, ("day", "1", "x", None), {})
        assert text is None or "{" not in text


def test_types_of_columns_in_the_dialects_words():
    assert dialect_type("VARCHAR", "bigquery") == "STRING"
    assert dialect_type("TIMESTAMP WITH TIME ZONE", "bigquery") == "TIMESTAMP"
    assert dialect_type("TIMESTAMP", "bigquery") == "DATETIME"
    assert dialect_type("BIGINT", "bigquery") == "INT64"
    assert dialect_type("TIMESTAMP", "snowflake") == "TIMESTAMPNTZ"
    assert dialect_type("no such type", "snowflake") == "no such type"


def test_types_that_dbt_names_for_bigquery():
    """A number of dbt's `type_numeric` has no scale there, and `float` isn't a type."""
    assert type_named("bigquery", "type_float") == "float64"
    assert type_named("bigquery", "type_numeric") == "numeric"
    assert type_named("snowflake", "type_float") is None
