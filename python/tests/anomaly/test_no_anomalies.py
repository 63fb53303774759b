# ruff: noqa: ISC004 - messages stand as tuples of case and text
"""What each status looks like, the data test `no_anomalies`, and what the family refuses; on DuckDB and Postgres."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

# Ten days of three groups: a steady one with a spike, a constant one that changes, and one that begins late.
SERIES = """
select cast('2024-01-01' as date) + n as day, g as "Store", value,
    cast('2024-01-01' as timestamp) + n * interval '1 day' + interval '20 hours' as built_at
from (
    select n, 'it''s, "one"' as g, cast(case when n = 8 then 60 when n = 7 then null else 10 + n % 3 end as numeric(9, 2)) as value
    from generate_series(0, 9) as t (n)
    union all select n, 'same', case when n = 8 then 6 else 5 end from generate_series(0, 9) as t (n)
    union all select n, null, n from generate_series(7, 9) as t (n)
    union all select 4, 'twice', 1 union all select 4, 'twice', 2
    union all select null, 'never', 1
) as made
"""
SERIES = SERIES.replace("select n, '", "select cast(n as integer) as n, '").replace(
    "select n, null", "select cast(n as integer), null"
)
ARGUMENTS = "by='Store', period='day', min_history=5, loaded_at='built_at'"
MODELS = {
    "series.sql": SERIES,
    "judged.sql": "{{ entity_kit.anomalies(ref('series'), 'value', " + ARGUMENTS + ") }}",
    "of_a_cte.sql": "with series_of_one as (select * from {{ ref('series') }} where \"Store\" = 'same')"
    "{{ entity_kit.anomalies('series_of_one', 'value + 0', period='day', min_history=5, method='robust',"
    " as_of='2024-01-10 12:00:00', min_deviation=1, exclude_anomalies=true) }}",
    "nothing.sql": "with none_of_them as (select * from {{ ref('series') }} where 1 = 0)"
    "{{ entity_kit.anomalies('none_of_them', 'value', period='day') }}",
    "zoned.sql": "select cast('2024-01-01 23:30:00+00' as timestamp with time zone) as at, 1 as value",
    "zoned_hour.sql": "{{ entity_kit.anomalies(ref('zoned'), 'value', 'at', grain='hour', timezone='Europe/Berlin') }}",
    "zoned_day.sql": "{{ entity_kit.anomalies(ref('zoned'), 'value', 'at', timezone='Europe/Berlin') }}",
}
TESTED = {
    "value": "value",
    "period": "day",
    "by": "Store",
    "min_history": 5,
    "loaded_at": "built_at",
}


def data_test(name: str, **arguments: Any) -> dict[str, Any]:
    return {"entity_kit.no_anomalies": {"name": name, "arguments": arguments}}


PROPERTIES = {
    "models": [
        {
            "name": "series",
            "data_tests": [
                data_test("of_series", **TESTED),
                data_test("of_last", **TESTED, last_periods=1, metric_name="it's revenue"),
                data_test(
                    "robust_of_series", **{**TESTED, "method": "robust", "exclude_anomalies": True}
                ),
                {
                    "entity_kit.no_anomalies": {
                        "name": "of_some",
                        "arguments": TESTED,
                        "config": {"where": "\"Store\" = 'same'"},
                    }
                },
            ],
        },
        {"name": "judged", "data_tests": [data_test("of_judged", by="Store")]},
    ]
}


@pytest.fixture(scope="module")
def project(make_project: Any, engine: str) -> Any:
    made = make_project({**MODELS, "schema.yml": yaml.safe_dump(PROPERTIES)}, engine=engine)
    made.run("run")
    return made


@pytest.fixture(scope="module")
def found(project: Any) -> dict[str, list[Any]]:
    """Return the rows that each data test returns, in order."""
    names = ["of_series", "of_last", "robust_of_series", "of_some", "of_judged"]
    compiled = project.compiled_all(names)
    return {
        name: sorted(
            [
                (*row[:1], None if row[1] is None else str(row[1])[:10], *row[2:])
                for row in project.query(sql)
            ],
            key=repr,
        )
        for name, sql in compiled.items()
    }


def test_each_status(project: Any) -> None:
    rows = project.query(
        'select "Store", period_start, status, history, is_anomaly, failure_reason from judged'
    )
    said = {(group, None if day is None else day.day): tuple(rest) for group, day, *rest in rows}
    before = "the periods before it"
    assert said["same", 6] == ("normal", 5, False, None)
    assert said["same", 1] == (
        "too_little_history", 0, None, f"only 0 of the 5 values needed are in {before}",
    )  # fmt: skip
    assert said["same", 9] == (
        "no_deviation", 7, None, f"the value differs from {before}, and these do not vary",
    )  # fmt: skip
    assert said["same", 10] == ("not_over", 7, None, "the period is not over")
    one = 'it\'s, "one"'
    assert said[one, 8] == (
        "no_value", 7, None, "the value is NULL, or not a number to reckon with",
    )  # fmt: skip
    assert said[one, 9] == ("anomaly", 6, True, f"the value is higher than expected from {before}")
    assert said[None, 9][:2] == ("too_little_history", 1)
    assert said["twice", 5] == (
        "several_rows", 0, None, "the series has several rows for this period",
    )  # fmt: skip
    assert said["never", None] == ("no_period", 0, None, "the point has no period")
    assert len(rows) == 10 + 10 + 3 + 1 + 1


def test_a_constant_series_is_judged_with_a_least_deviation(project: Any) -> None:
    rows = project.query("select period_start, expected, upper, score, status from of_a_cte")
    said = {day.day: tuple(rest) for day, *rest in rows}
    assert said[9] == (5.0, 7.5, 1.0, "normal")
    assert said[10][-1] == "not_over"
    assert project.query("select count(*) from nothing") == [(0,)]


def test_a_zoned_period_is_a_day_of_the_calendar_or_an_hour_of_utc(project: Any) -> None:
    ((day,),) = project.query("select period_start from zoned_day")
    ((hour,),) = project.query("select period_start from zoned_hour")
    assert (str(day)[:10], str(hour)[:13]) == ("2024-01-02", "2024-01-01 23")


def test_no_anomalies_returns_them_in_words(found: dict[str, list[Any]]) -> None:
    assert [(*row[:3], float(row[3]), row[8], row[9]) for row in found["of_series"] if row[3]] == [
        ("value", "2024-01-09", 'Store=it\'s, "one"', 60.0, "anomaly",
         "the value is higher than expected from the periods before it"),
        ("value", "2024-01-09", "Store=same", 6.0, "no_deviation",
         "the value differs from the periods before it, and these do not vary"),
        ("value", None, "Store=never", 1.0, "no_period", "the point has no period"),
    ]  # fmt: skip
    assert [row[8] for row in found["of_series"] if not row[3]] == ["several_rows"]
    (spike,) = [row for row in found["of_series"] if row[8] == "anomaly"]
    _, _, _, _, expected, lower, upper, score, *_ = spike
    assert lower < expected < upper < 60
    assert score > 2.5


def test_it_reads_a_table_of_anomalies_as_it_reads_a_series(found: dict[str, list[Any]]) -> None:
    assert found["of_judged"] == found["of_series"]


def test_only_the_newest_periods(found: dict[str, list[Any]]) -> None:
    shown = [(row[0], row[1], row[8]) for row in found["of_last"]]
    assert shown == [
        ("it's revenue", "2024-01-09", "anomaly"),
        ("it's revenue", "2024-01-09", "no_deviation"),
        ("it's revenue", None, "no_period"),
    ]


def test_with_a_where_and_with_anomalies_left_out(found: dict[str, list[Any]]) -> None:
    assert [row[8] for row in found["of_some"]] == ["no_deviation"]
    assert sorted({row[8] for row in found["robust_of_series"]}) == [
        "anomaly", "no_deviation", "no_period", "several_rows",
    ]  # fmt: skip


RELATION = "api.Relation.create(schema='main', identifier='series')"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            "'value', window=1",
            "anomalies: `window` must be a whole number from 2 to 1000; got 1.\n"
            "It is the number of periods before a point that it is compared with. One period has no deviation.",
        ),
        (
            "'value', window=5",
            "anomalies: `min_history` must be a whole number from 2 to the window, which is 5; got 7.\n"
            "It is how many of the periods in the window must have a value before a point is judged.",
        ),
        (
            "'value', method='zsore'",
            'anomalies: `method` must be one of zscore, robust; got "zsore".\nClosest: zscore.',
        ),
        (
            "'value', season='month'",
            'anomalies: `grain` must be month if `season` is month; got "day".\n'
            "A season is weekday for days, hour_of_week for hours, month for months.",
        ),
        (
            "'value', exclude_anomalies=true",
            "anomalies: `min_history` must be less than the window, which is 7, if `exclude_anomalies` is true; got 7.\n"
            "Each point that is left out leaves a gap, so no point would be judged for a whole window after an anomaly.",
        ),
        (
            "'value', threshold=0",
            "anomalies: `threshold` must be a number above zero; got 0.\n"
            "It is how many deviations a value may be away from what is expected.",
        ),
        (
            "value",
            "anomalies: `value` must be a column name or expression; got an undefined name (are quotes missing?).\n"
            "Write it as text, in quotes, such as 'value'.",
        ),
        (
            "'value', by=['status']",
            'anomalies: `by` must be names that no other column of the table has; got "status".\n'
            "Rename it in a CTE or an upstream model.",
        ),
    ],
)
def test_anomalies_refuses(refused: Any, arguments: str, message: str) -> None:
    assert refused("{{ entity_kit.anomalies(" + RELATION + ", " + arguments + ") }}") == message


def test_an_unknown_column_is_refused_with_the_closest_name(project: Any) -> None:
    snippet = "{{ entity_kit.anomalies(ref('series'), 'valeu', period='day', by='Store') }}"
    message = project.refused("compile", "--inline", snippet)
    assert message.startswith("anomalies: `value` must be a column of ")
    assert message.endswith('got "valeu".\nClosest: value.')
