# ruff: noqa: ISC004 - messages stand as tuples of case and text
"""The data tests `null_rate` and `uniqueness_rate`: what they return, exactly at the threshold, and what they refuse."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

HOSTILE = 'it\'s "one"'
MODELS = {
    "people.sql": "select 1 as id, 'a' as email, 'x' as \"order\", cast(null as integer) as never,"
    ' 1 as "it\'s ""one""" union all select 2, \'a\', null, null, null'
    " union all select 3, null, 'y', null, 1 union all select 4, 'b', null, null, 1",
    "nobody.sql": "select * from {{ ref('people') }} where 1 = 0",
    "rated.sql": "select 1 as k, 2 as j",
}
RATES = ("0", "0.29", "0.05", "0.333333", "0.5", "0.999999", "1")


def checked(kind: str, name: str, where: str | None = None, **arguments: Any) -> dict[str, Any]:
    more = {"config": {"where": where}} if where is not None else {}
    return {f"entity_kit.{kind}": {"name": name, "arguments": arguments, **more}}


PROPERTIES = {
    "models": [
        {
            "name": "people",
            "columns": [
                {"name": "email", "data_tests": [checked("null_rate", "nulls_of_email")]},
                {
                    "name": HOSTILE,
                    "data_tests": [checked("null_rate", "nulls_of_hostile", at_most=0.1)],
                },
                {
                    "name": "id",
                    "data_tests": [checked("uniqueness_rate", "unique_ids")],
                },
            ],
            "data_tests": [
                checked(
                    "null_rate", "nulls_at_most", columns=["email", "order", "never"], at_most=0.75
                ),
                checked(
                    "null_rate", "nulls_of_some", where="id > 2", columns=["email"], at_most=0.4
                ),
                checked("uniqueness_rate", "unique_emails", columns="email", at_least=0.67),
                checked("uniqueness_rate", "unique_pairs", columns=["email", "order"]),
                checked("uniqueness_rate", "unique_never", columns=["never"], empty="refused"),
                checked("uniqueness_rate", "unique_hostile", columns=[HOSTILE], at_least=0.5),
            ],
        },
        {
            "name": "nobody",
            "data_tests": [
                checked("null_rate", "nulls_of_nobody", columns="email"),
                checked("null_rate", "nulls_of_nobody_refused", columns="email", empty="refused"),
                checked("uniqueness_rate", "unique_nobody", columns="email"),
                checked(
                    "uniqueness_rate", "unique_nobody_refused", columns="email", empty="refused"
                ),
            ],
        },
        {
            "name": "rated",
            "data_tests": [
                *(
                    checked("null_rate", f"n_{rate}", columns="k", at_most=float(rate))
                    for rate in RATES
                ),
                *(
                    checked(
                        "uniqueness_rate", f"u_{rate}", columns=["k", "j"], at_least=float(rate)
                    )
                    for rate in RATES
                ),
            ],
        },
    ]
}


@pytest.fixture(scope="module")
def project(make_project: Any, engine: str) -> Any:
    made = make_project({**MODELS, "schema.yml": yaml.safe_dump(PROPERTIES)}, engine=engine)
    made.run("run")
    return made


@pytest.fixture(scope="module")
def compiled(project: Any) -> dict[str, str]:
    names = [
        test["name"]
        for model in PROPERTIES["models"]
        for tests in [
            model.get("data_tests", []),
            *(c["data_tests"] for c in model.get("columns", [])),
        ]
        for each in tests
        for test in each.values()
    ]
    found: dict[str, str] = project.compiled_all(names)
    return found


@pytest.fixture(scope="module")
def found(project: Any, compiled: dict[str, str]) -> dict[str, list[Any]]:
    """Return the rows that each data test returns: the counts and rates, and the reason."""
    return {
        name: [(*row[:3], *(r if r is None else round(float(r), 4) for r in row[3:5]), row[5])
               for row in project.query(sql)]
        for name, sql in compiled.items()
        if name[:2] not in ("n_", "u_")
    }  # fmt: skip


def test_null_rates(found: dict[str, list[Any]]) -> None:
    assert found["nulls_of_email"] == [
        ("email", 4, 1, 0.25, 0.0, "25.00% of its rows (1 of 4) have no email; at most 0% may")
    ]
    # Exactly three in four is allowed.
    assert found["nulls_at_most"] == [
        ("never", 4, 4, 1.0, 0.75, "100.00% of its rows (4 of 4) have no never; at most 75% may")
    ]
    assert found["nulls_of_some"] == [
        ("email", 2, 1, 0.5, 0.4, "50.00% of its rows (1 of 2) have no email; at most 40% may")
    ]
    reason = f"25.00% of its rows (1 of 4) have no {HOSTILE}; at most 10% may"
    assert found["nulls_of_hostile"] == [(HOSTILE, 4, 1, 0.25, 0.1, reason)]


def test_uniqueness_rates(found: dict[str, list[Any]]) -> None:
    assert found["unique_ids"] == []
    assert found["unique_emails"] == [
        (
            *("email", 3, 2, 0.6667, 0.67),
            "3 rows have 2 different values of email, a rate of 66.67%; at least 67% is required",
        )
    ]
    # A key that is partly NULL counts.
    assert found["unique_pairs"] == []
    reason = (
        f"3 rows have 1 different values of {HOSTILE}, a rate of 33.33%; at least 50% is required"
    )
    assert found["unique_hostile"] == [(HOSTILE, 3, 1, 0.3333, 0.5, reason)]


def test_a_table_without_rows_has_no_rate(found: dict[str, list[Any]]) -> None:
    assert found["nulls_of_nobody"] == found["unique_nobody"] == []
    assert found["nulls_of_nobody_refused"] == [
        ("email", 0, 0, None, 0.0, "the table has no rows, so it has no null rate")
    ]
    said = "no row has a value in {}, so it has no uniqueness rate"
    assert found["unique_nobody_refused"] == [("email", 0, 0, None, 1.0, said.format("email"))]
    assert found["unique_never"] == [("never", 0, 0, None, 1.0, said.format("never"))]


@pytest.mark.slow
@pytest.mark.usefixtures("duckdb_only")
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    rows=st.lists(
        st.tuples(st.sampled_from([None, 1, 2, 3]), st.sampled_from([None, 1])), max_size=7
    ),
    times=st.sampled_from([1, 100]),
)
def test_the_comparison_is_exact(
    project: Any, compiled: dict[str, str], rows: list[Any], times: int
) -> None:
    """100 rows with 29 NULLs have a null rate of exactly 0.29, whatever floats say."""
    given_rows = rows * times if times == 1 else [(1, 1)] * (100 - len(rows)) + rows
    check_rates(project, compiled, given_rows)


@pytest.mark.usefixtures("duckdb_only")
def test_a_rate_of_exactly_the_threshold_passes(project: Any, compiled: dict[str, str]) -> None:
    for count in (28, 29, 30):
        check_rates(project, compiled, [(None, None)] * count + [(1, 1)] * (100 - count))
        check_rates(project, compiled, [(n, 1) for n in range(count)] + [(0, 1)] * (100 - count))


def check_rates(project: Any, compiled: dict[str, str], rows: list[Any]) -> None:
    with project.scratch() as connection:
        connection.execute("create or replace table rated (k integer, j integer)")
        if rows:
            connection.executemany("insert into rated values (?, ?)", rows)
        for rate in RATES:
            limit = Fraction(rate)
            nulls = sum(k is None for k, _ in rows)
            keys = [row for row in rows if row != (None, None)]
            too_many = bool(rows) and Fraction(nulls, len(rows)) > limit
            too_few = bool(keys) and Fraction(len(set(keys)), len(keys)) < limit
            assert bool(connection.execute(compiled[f"n_{rate}"]).fetchall()) == too_many, rate
            assert bool(connection.execute(compiled[f"u_{rate}"]).fetchall()) == too_few, rate


PEOPLE = "adapter.get_relation(target.database, target.schema, 'people')"


@pytest.mark.usefixtures("duckdb_only")
@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            "null_rate_findings({}, 'emial')",
            'null_rate: `column_name` must be a column of {people}; got "emial".\nClosest: email.',
        ),
        (
            "uniqueness_rate_findings({}, columns=['id', 'e mail'])",
            'uniqueness_rate: `columns` must be columns of {people}; got "e mail".\nClosest: email.',
        ),
        (
            "null_rate_findings({}, 'email', at_most=5)",
            "null_rate: `at_most` must be a number from 0 to 1; got 5.\nWrite 0.05 for five percent.",
        ),
        (
            "null_rate_findings({}, 'email', at_most='0.05')",
            'null_rate: `at_most` must be a number from 0 to 1; got "0.05".\n'
            "Write 0.05 for five percent.",
        ),
        (
            "uniqueness_rate_findings({}, 'email', at_least=true)",
            "uniqueness_rate: `at_least` must be a number from 0 to 1; got true.\n"
            "Write 0.05 for five percent.",
        ),
        (
            "uniqueness_rate_findings({}, 'email', at_least=0.00000015)",
            "uniqueness_rate: `at_least` must be a number with at most six decimals; got 1.5e-07.\n"
            "Write 0.05 for five percent.",
        ),
        (
            "null_rate_findings({}, 'email', empty='refuse')",
            'null_rate: `empty` must be one of allowed, refused; got "refuse".\nClosest: refused.',
        ),
        (
            "null_rate_findings({}, 'email', columns='id')",
            "null_rate: `columns` must be left out where the test stands below a column; "
            'got "id".\nWrite the test below the model to test several columns.',
        ),
        (
            "null_rate_findings({})",
            "null_rate: `columns` must be a string or a list of strings; got none.\n"
            "Write 'order_id' or ['order_id', 'line_number'], each in quotes.",
        ),
        (
            "null_rate_findings('people', columns='a || b')",
            'null_rate: `columns` must be names of columns; got "a || b".\n'
            "Quote a name that is more than one word. Give an expression a name in an upstream model.",
        ),
    ],
)
def test_wrong_arguments_are_refused(project: Any, call: str, message: str) -> None:
    snippet = "{{ entity_kit." + call.format(PEOPLE) + " }}"
    said = message.replace("{people}", '"warehouse"."main"."people"')
    assert project.refused("compile", "--inline", snippet) == said
