"""Keys and hashes, compared with our own computation in Python."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

# Texts with the characters that separate, quote and escape, so that collisions would show.
PIECES = st.sampled_from(["a", "-", "|", ",", '"', "'", "\\", " ", "null", "é", "☃", "\n", "1"])
TEXTS = st.lists(PIECES, max_size=5).map("".join)
VALUES = st.one_of(
    st.none(),
    TEXTS,
    st.sampled_from(["_dbt_utils_surrogate_key_null_", "NULL", '""']),
    st.integers(-(2**40), 2**40).map(str),
)
ROWS = st.lists(st.tuples(VALUES, VALUES, VALUES), min_size=1, max_size=12)
QUICK = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def md5(text):
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def dbt_utils_key(values, null_text="_dbt_utils_surrogate_key_null_"):
    return md5("-".join(null_text if value is None else value for value in values))


def csv_line(values):
    return ",".join("" if v is None else '"' + v.replace('"', '""') + '"' for v in values)


def literal(value):
    return "cast(null as text)" if value is None else "'" + value.replace("'", "''") + "'"


def hashes(project, expression, rows):
    """Evaluate an expression of a, b, c for each row, in one query."""
    values = ", ".join(
        f"({i}, {', '.join(literal(value) for value in row)})" for i, row in enumerate(rows)
    )
    query = f"select {expression} from (values {values}) as t (i, a, b, c) order by i"
    return [result for (result,) in project.query(query)]


@pytest.fixture(scope="module")
def expressions(empty_project, make_project, engine):
    """Compile the expressions under test, once."""
    lenient = make_project(
        engine=engine,
        variables={"surrogate_key_treat_nulls_as_empty_strings": True},
    )
    columns = "(['a', 'b', 'c'])"
    return {
        "key": empty_project.render("{{ entity_kit.generate_surrogate_key" + columns + " }}"),
        "lenient key": lenient.render("{{ entity_kit.generate_surrogate_key" + columns + " }}"),
        "hashdiff": empty_project.render("{{ entity_kit.hashdiff" + columns + " }}"),
        "durable key": empty_project.render("{{ entity_kit._durable_key" + columns + " }}"),
    }


@pytest.mark.slow
@QUICK
@given(rows=ROWS)
def test_surrogate_key_is_what_dbt_utils_computes(empty_project, expressions, rows):
    assert hashes(empty_project, expressions["key"], rows) == [dbt_utils_key(r) for r in rows]


@pytest.mark.slow
@QUICK
@given(rows=ROWS)
def test_surrogate_key_follows_the_variable(empty_project, expressions, rows):
    expected = [dbt_utils_key(row, null_text="") for row in rows]
    assert hashes(empty_project, expressions["lenient key"], rows) == expected


@pytest.mark.slow
@QUICK
@given(rows=ROWS)
def test_hashdiff_is_the_md5_of_a_csv_line(empty_project, expressions, rows):
    expected = [md5(csv_line(row)) for row in rows]
    assert hashes(empty_project, expressions["hashdiff"], rows) == expected
    assert hashes(empty_project, expressions["durable key"], rows) == expected


@pytest.mark.slow
@QUICK
@given(one=st.tuples(VALUES, VALUES, VALUES), other=st.tuples(VALUES, VALUES, VALUES))
def test_different_rows_have_different_hashes(empty_project, expressions, one, other):
    assume(one != other)
    first, second = hashes(empty_project, expressions["hashdiff"], [one, other])
    assert first != second


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ((None, "b", "c"), ("", "b", "c")),
        ((None, "b", "c"), ("null", "b", "c")),
        (("", "b", "c"), ("null", "b", "c")),
        (("a|", "b", "c"), ("a", "|b", "c")),
        (("a-", "b", "c"), ("a", "-b", "c")),
        (("a,", "b", "c"), ("a", ",b", "c")),
        (('"', "", "c"), ("", '"', "c")),
        (('a","b', "c", ""), ("a", 'b","c', "")),
        ((None, "", "c"), ("", None, "c")),
        (("a", "b", "c"), ("b", "a", "c")),
    ],
)
def test_what_hashdiff_tells_apart(empty_project, expressions, one, other):
    first, second = hashes(empty_project, expressions["hashdiff"], [one, other])
    assert first != second


def test_one_column_may_be_given_alone_and_expressions_are_allowed(empty_project, render):
    sql = render("{{ entity_kit.hashdiff('order') }}, {{ entity_kit.hashdiff([\"x.a || 'b'\"]) }}")
    (row,) = empty_project.query(f"select {sql} from (select 1 as \"order\", 'a' as a) as x")
    assert row == (md5('"1"'), md5('"ab"'))


def test_typed_columns_hash_alike_in_every_session(empty_project, render):
    sql = render(
        "{{ entity_kit._durable_key(['t', 'b'], "
        "{'t': 'TIMESTAMP WITH TIME ZONE', 'b': 'BOOLEAN'}) }}",
    )
    (row,) = empty_project.query(
        f"set timezone = 'Asia/Tokyo'; select {sql} from (select "
        "cast('2024-01-31 10:00:00+02' as timestamp with time zone) as t, false as b) as x",
    )
    assert row == (md5('"2024-01-31 08:00:00","false"'),)


@pytest.mark.parametrize("macro", ["generate_surrogate_key", "hashdiff"])
@pytest.mark.usefixtures("duckdb_only")
def test_refusals(refused, macro):
    message = (
        f"{macro}: `columns` must be a string or a list of strings; got {{given}}.\n"
        "Write 'order_id' or ['order_id', 'line_number'], each in quotes."
    )
    undefined = message.format(given="an undefined name (are quotes missing?)")
    assert refused("{{ entity_kit." + macro + "(order_id) }}") == undefined
    assert refused("{{ entity_kit." + macro + "() }}") == undefined
    assert refused("{{ entity_kit." + macro + "(3) }}") == message.format(given="3")


@pytest.mark.skipif(
    "ENTITY_KIT_DBT_UTILS" not in os.environ,
    reason="set ENTITY_KIT_DBT_UTILS to a clone of dbt_utils",
)
@pytest.mark.parametrize("lenient", [False, True])
def test_the_real_dbt_utils_agrees(make_project, engine, lenient):
    variables = {"surrogate_key_treat_nulls_as_empty_strings": True} if lenient else {}
    project = make_project(engine=engine, variables=variables)
    clone = Path(os.environ["ENTITY_KIT_DBT_UTILS"]).resolve()
    (project.folder / "dbt_packages" / "dbt_utils").symlink_to(clone, target_is_directory=True)
    packages = (project.folder / "packages.yml").read_text("utf-8")
    project.write({"packages.yml": f"{packages}- local: {clone}\n"})
    for columns in ["['a']", "['a', 'b', 'c']"]:
        ours, theirs = (
            project.render("{{ " + package + ".generate_surrogate_key(" + columns + ") }}").strip()
            for package in ("entity_kit", "dbt_utils")
        )
        rows = [("x", "", None), (None, None, None), ("a-", "b", "c"), ("1", "é☃", '"')]
        assert hashes(project, ours, rows) == hashes(project, theirs, rows)
        assert ours.split() == theirs.split()
