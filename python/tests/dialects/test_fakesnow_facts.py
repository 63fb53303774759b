"""Snowflake's facts on fakesnow, another translation of its SQL to DuckDB's; `nox -s fakesnow` installs it."""

from __future__ import annotations

from decimal import Decimal

import pytest
from snowflake_facts import FACTS

from support import lanes

REASON = lanes.MISSING.format("fakesnow", "fakesnow is not installed; `nox -s fakesnow` does that")
fakesnow = pytest.importorskip("fakesnow", reason=REASON)

# Where fakesnow 0.12 isn't what the manual says, or raises an error.
DIFFERS = {
    # How values become texts
    "'01:02:03.5'::time::varchar",
    "'2013-04-05 01:02:03'::timestamp::varchar",
    "'2013-04-05 01:02:03'::timestamp_tz::varchar",
    "'2024-01-17 19:00:00'::timestamp::variant::string",
    "1.0::float::varchar",
    "object_construct('a', '2024-01-17 19:00:00'::timestamp):a::string",
    "regexp_substr_all('a1_a2a3_a4A5a6', '(a)([[:digit:]])', 1, 1, 'ie')::string",
    "regexp_substr_all('a1_a2a3_a4A5a6', 'a[[:digit:]]')::string",
    "regexp_substr_all('a1_a2a3_a4A5a6', 'a[[:digit:]]', 1, 3)::string",
    "to_array(parse_json('[3]'))::string",
    # How texts become values
    "'off'::boolean",
    "try_to_number('1_000')",
    "try_to_timestamp('epoch')",
    "to_timestamp(1000000000123456789, 9)",
    # A literal of a type binds closer than a cast.
    "date '2020-02-29'::varchar",
    "timestamp '2020-02-29 10:00:00'::date",
    # NULL in rows and in arguments
    "(1, null) = (1, null)",
    "(4, 5, null) in ((4, 5, null), (7, 8, 9))",
    "split_part(null, '', 2)",
    # Halves
    "2.5::float::int",
    "(select dateadd(day, n, '2024-01-01'::date) from (select 2.5::float as n))",
    # Dates
    "date_trunc('week', '2015-05-08'::date)",
    "months_between('2019-02-15'::date, '2019-03-01 12:00:00'::timestamp)",
    # Letters and blanks outside of ASCII
    "upper('ÄäÖößÜü')",
    "trim('❄-❄ABC-❄-', '❄-')",
    "trim('\xa0a\u3000')",
    "ltrim('\xa0a')",
    "rtrim('a\xa0')",
    # VARIANT and its parts
    "array_contains('hello'::variant, array_construct('hello', 'hi'))",
    "array_contains(1::variant, array_construct(2, 1.0))",
    "array_to_string(array_slice(split('a,b,c', ','), -1, 3), ',')",
    "array_to_string(parse_json('[1, null, \"x\"]'), ',')",
    "parse_json('{\"a\": \"x\"}'):a != 'x'",
    "parse_json('{\"a\": \"x\"}'):a = 'x'",
    "typeof(parse_json('[1]'))",
    "typeof(parse_json('[1]')[0])",
    "typeof(parse_json('{\"a\": null}'):a)",
}


def test_fakesnow_returns_what_the_manual_says_but_for_what_is_known():
    import snowflake.connector

    with fakesnow.patch():
        cursor = snowflake.connector.connect(database="db", schema="public").cursor()
        found = {
            expression
            for _, expression, result in FACTS
            if not same(returned(cursor, expression), result)
        }
    assert found == DIFFERS


def returned(cursor, expression):
    """Return an expression's value, or the error."""
    import snowflake.connector.errors

    try:
        return cursor.execute(f"select {expression}").fetchone()[0]
    except (snowflake.connector.errors.Error, NotImplementedError) as error:
        return error


def same(found, result):
    """Return whether two values are equal, as far as a float has digits."""
    if isinstance(found, float) and isinstance(result, (int, float, Decimal)):
        return found == pytest.approx(float(result))
    return bool(found == result)
