"""The contract of the translation: plain SQL passes, what isn't known is refused with its line."""

from __future__ import annotations

import duckdb
import pytest

from entity_kit.dialects import DIALECTS, UnsupportedError, prelude, to_duckdb


@pytest.fixture(scope="module", params=DIALECTS)
def dialect(request):
    return request.param


@pytest.fixture(scope="module")
def warehouse(dialect):
    connection = duckdb.connect()
    connection.execute("set TimeZone = 'UTC'")
    for statement in prelude(dialect):
        connection.execute(statement)
    return connection


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


def test_a_macro_of_the_user_passes(dialect):
    sql = to_duckdb(
        "select no_such_function(a, 1) as b from t", dialect, frozenset({"no_such_function"})
    )
    assert sql == "SELECT NO_SUCH_FUNCTION(a, 1) AS b FROM t"
