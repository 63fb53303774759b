"""The contract of the translation: plain SQL passes, what isn't known is refused with its line."""

from __future__ import annotations

from decimal import Decimal

import duckdb
import pytest

from entity_kit.dialects import DIALECTS, UnsupportedError, to_duckdb, translate
from entity_kit.dialects.parsing import parse
from support.dialects import warehouse_of


@pytest.fixture(scope="module", params=DIALECTS)
def dialect(request):
    return request.param


@pytest.fixture(scope="module")
def warehouse(dialect):
    return warehouse_of(dialect)


def test_plain_sql_runs(warehouse, dialect):
    sql = """
        with numbered as (
            select id, coalesce(n, 0) as n, row_number() over (partition by id order by n desc) as r
            from (select 1 as id, 2 as n union all select 1, 3 union all select 2, null) as t
        )
        select id, n from numbered where r = 1 order by id
    """
    assert warehouse.execute(to_duckdb(sql, dialect)).fetchall() == [(1, 3), (2, 0)]


@pytest.mark.parametrize(
    ("sql", "construct", "line"),
    [
        ("select\n  no_such_function(1)", "function NO_SUCH_FUNCTION", 2),
        ("select 1\nfrom t\ntablesample (10 percent)", "clause SAMPLE of TABLE", 2),
        ("select 1 +", "syntax", 1),
    ],
)
def test_what_is_unknown_is_refused(dialect, sql, construct, line):
    with pytest.raises(UnsupportedError) as error:
        to_duckdb(sql, dialect)
    assert (error.value.construct, error.value.line) == (construct, line)
    assert error.value.why


@pytest.mark.parametrize("operation", ["+", "-"])
def test_what_binds_closer_beside_texts_is_no_guess(warehouse, dialect, operation):
    plain = f"select 'a' || (3 {operation} 1), 3 {operation} 1 || 'a'"
    found = "4" if operation == "+" else "2"
    rows = warehouse.execute(to_duckdb(plain, dialect)).fetchall()
    assert rows == [(f"a{found}", f"{found}a")]
    bare = f"select a || b {operation} c from t"
    if dialect in ("postgres", "redshift"):
        assert to_duckdb(bare, dialect).count(operation) == 1
        return
    with pytest.raises(UnsupportedError) as error:
        to_duckdb(bare, dialect)
    assert error.value.construct == "operator ||"


def test_a_macro_of_the_user_passes(dialect):
    sql = to_duckdb(
        "select no_such_function(a, 1) as b from t", dialect, frozenset({"no_such_function"})
    )
    assert sql == "SELECT NO_SUCH_FUNCTION(a, 1) AS b FROM t"


# What an engine would refuse, or what isn't known to be read alike, inside of what DuckDB lets no
# `error()` into: TRY, PARTITION BY, ORDER BY.
@pytest.mark.parametrize(
    ("dialect", "expression", "message"),
    [
        ("databricks", "split('x,y', ',')[a]", "outside of its array"),
        ("bigquery", "['x', 'y'][offset(a)]", "outside of its array"),
        ("redshift", "cast(a + 0.5::float as int)", "half is rounded"),
        ("redshift", "(date '2020-01-01' + a) at time zone 'UTC'", "at a time zone"),
        ("redshift", "left('abc', a - 9)", "negative length"),
        ("snowflake", "cast('[' || a || ']' as array)", "Not an array"),
        ("bigquery", "to_base64(cast(a + date '2020-01-01' as bytes))", "no bytes"),
    ],
)
def test_a_value_that_is_refused_is_so_in_a_partition_too(dialect, expression, message):
    connection = warehouse_of(dialect)
    sql = f"select count(*) over (partition by {expression} order by {expression}) from (select 5 as a) as t"
    with pytest.raises(duckdb.Error, match=message):
        connection.execute(to_duckdb(sql, dialect)).fetchall()


# A cast that is tried gives NULL where it fails, but an error of the value stays one.
@pytest.mark.parametrize(
    ("dialect", "expression", "found"),
    [
        ("databricks", "try_cast(split('1,x', ',')[1] as int)", None),
        ("databricks", "try_cast(split('1,x', ',')[2] as int)", "outside of its array"),
        ("databricks", "try_cast('maybe' as boolean)", None),
        ("databricks", "try_cast('x' as decimal(4, 1))", None),
        ("bigquery", "safe_cast(['x'][offset(0)] as int64)", None),
        ("bigquery", "safe_cast(['x'][offset(1)] as int64)", "outside of its array"),
        ("bigquery", "safe_cast('maybe' as bool)", None),
        ("bigquery", "safe_cast('2020-02-30' as date)", None),
        ("bigquery", "safe_cast('2020-02-30' as datetime)", None),
        ("bigquery", "safe.parse_date('%Y', 'x')", None),
        ("bigquery", "safe.parse_date('%Y', ['x'][offset(1)])", "outside of its array"),
        ("redshift", "try_cast('maybe' as boolean)", None),
        ("redshift", "try_cast('x' as timestamp)", None),
        ("redshift", "try_cast('1.5' as int)", None),
        ("snowflake", "try_to_number('x')", None),
        ("snowflake", "try_to_number(1e20::float::varchar)", "small or large"),
        ("snowflake", "try_to_number('1.26', 10, 1)", Decimal("1.3")),
        ("snowflake", "try_to_boolean('x')", None),
        ("snowflake", "try_parse_json('{')", None),
        ("snowflake", "try_parse_json((1e20::float)::varchar)", "small or large"),
    ],
)
def test_a_cast_that_is_tried(dialect, expression, found):
    connection = warehouse_of(dialect)
    sql = to_duckdb(f"select {expression}", dialect)
    if isinstance(found, str):
        with pytest.raises(duckdb.Error, match=found):
            connection.execute(sql).fetchall()
    else:
        assert connection.execute(sql).fetchall() == [(found,)]


def test_a_text_that_is_refused_is_read_once(monkeypatch):
    read = []
    monkeypatch.setattr(translate, "parse", lambda *given: read.append(given) or parse(*given))
    for _ in range(3):
        with pytest.raises(UnsupportedError, match="NO_SUCH"):
            to_duckdb("select no_such_thing(1) as once", "snowflake")
    assert len(read) == 1
