"""Times finer than a microsecond: a time at the very end of a period belongs to it.

DuckDB 2.0 rounds `TIMESTAMP_NS` wherever it turns it into a timestamp of microseconds; pandas and
Java write such columns. Each expectation is computed from whole nanoseconds in plain Python.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - plain, as in SQL
SECOND = 10**9
GRAINS = ["hour", "day", "week", "month", "quarter", "year"]

# The last nanosecond, and the last that a rounding would keep, before each period's start.
STARTS = [
    datetime(2024, 1, 31, 7),  # noqa: DTZ001
    datetime(2024, 1, 31),  # noqa: DTZ001
    datetime(2024, 2, 5),  # noqa: DTZ001 - a Monday
    datetime(2024, 3, 1),  # noqa: DTZ001
    datetime(2024, 4, 1),  # noqa: DTZ001
    datetime(2025, 1, 1),  # noqa: DTZ001
    datetime(1960, 1, 1),  # noqa: DTZ001 - before 1970, where cutting isn't dropping digits
]
OFFSETS = [-1, -499, -500, -501, -1000, 0, 1, 499, 500, 999]


def nanoseconds(moment: datetime) -> int:
    """Return the nanoseconds since 1970."""
    return round((moment - EPOCH) / timedelta(microseconds=1)) * 1000


MOMENTS = [nanoseconds(start) + offset for start in STARTS for offset in OFFSETS]


def plain(moment: int) -> datetime:
    """Return what a clock of whole microseconds shows."""
    return EPOCH + timedelta(microseconds=moment // 1000)


def period(grain: str, moment: int) -> date:
    """Return the start of the period that a moment lies in."""
    day = plain(moment).date()
    return {
        "hour": plain(moment).replace(minute=0, second=0, microsecond=0),
        "day": day,
        "week": day - timedelta(days=day.weekday()),
        "month": day.replace(day=1),
        "quarter": day.replace(month=3 * ((day.month - 1) // 3) + 1, day=1),
        "year": day.replace(month=1, day=1),
    }[grain]


def literal(moment: int) -> str:
    """Write a moment as SQL."""
    return f"make_timestamp_ns({moment})"


MODELS = {
    "sources.yml": """
sources:
  - name: raw
    schema: main
    tables: [{name: events}, {name: changes}, {name: versions}]
""",
    **{
        f"by_{grain}.sql": "{{ entity_kit.grain_table("
        f"'{grain}', 'k', source('raw', 'events'), 'happened', 'happened', spine='sparse', "
        "measures=[{'name': 'total', 'calculation': 'count(*)', 'description': '.'}]) }}"
        for grain in GRAINS
    },
    "restated.sql": """{{ entity_kit.grain_table(
        'day', 'k', source('raw', 'changes'), 'happened', 'loaded', spine='sparse', row_key='k',
        updated_at='happened',
        measures=[{'name': 'v', 'calculation': 'max(v)', 'description': '.'}]
    ) }}""",
    "at_the_end.sql": """{{ entity_kit.grain_table(
        'day', 'k', source('raw', 'changes'), 'happened', 'loaded', spine='sparse',
        history=ref('history'), attributes=['v']
    ) }}""",
    "history.sql": "{{ entity_kit.scd2_history(source('raw', 'changes'), 'k', 'happened', 'happened', ['v']) }}",
    "entity.sql": "{{ entity_kit.entity_model(source('raw', 'changes'), 'k', 'happened', 'happened', ['v']) }}",
    "joined.sql": """{{ entity_kit.scd2_join(
        source('raw', 'events'), source('raw', 'versions'), 'k', 'happened', ['v']
    ) }}""",
    "joined_to_the_first.sql": """{{ entity_kit.scd2_join(
        source('raw', 'events'), source('raw', 'versions'), 'k', 'happened', ['v'], before_first='first'
    ) }}""",
    "spine.sql": "{{ entity_kit.period_spine('day', \"timestamp_ns '2024-01-30 23:59:59.999999999'\","
    " \"timestamp_ns '2024-01-31 23:59:59.999999999'\") }}",
}


@pytest.fixture(scope="module")
def project(make_project):
    project = make_project(MODELS)
    moments = ", ".join(f"(1, {literal(moment)})" for moment in MOMENTS)
    turn = nanoseconds(datetime(2024, 2, 1))  # noqa: DTZ001
    # 9999 is no time in nanoseconds, which end in 2262.
    project.execute(
        f"create table events as select * from (values {moments}) as t (k, happened);"
        "create table changes as select k, v, make_timestamp_ns(n) as happened,"
        " timestamp '2024-03-01' as loaded from (values"
        f" (1, {turn - 2}, 'd'), (1, {turn - 1}, 'c'), (1, {turn}, 'b'), (1, {turn + 600}, 'a')"
        ") as t (k, n, v);"
        "create table versions as select 1 as k, v, cast(f as timestamp) as valid_from,"
        " cast(t as timestamp) as valid_to, t > '9000' as is_current, false as is_deleted,"
        " cast(f as timestamp) as loaded_at from (values"
        " ('old', '2024-01-31', '2024-02-05'), ('new', '2024-02-05', '9999-12-31')) as s (v, f, t)",
    )
    project.run("run")
    return project


@pytest.mark.parametrize("grain", GRAINS)
def test_an_event_counts_in_the_period_that_it_lies_in(project, grain):
    expected = {}
    for moment in MOMENTS:
        start = period(grain, moment)
        expected[start] = expected.get(start, 0) + 1
    assert dict(project.query(f"select period_start, total from by_{grain}")) == expected


def test_the_last_version_of_a_row_is_the_last_to_the_nanosecond(project):
    assert project.query("select period_start, v from restated order by 1") == [
        (date(2024, 1, 31), None),
        (date(2024, 2, 1), "a"),
    ]


def test_a_period_ends_with_the_version_that_is_the_last_to_the_nanosecond(project):
    assert project.query("select period_start, v from at_the_end order by 1") == [
        (date(2024, 1, 31), "c"),
        (date(2024, 2, 1), "a"),
    ]


def test_versions_begin_and_end_to_the_nanosecond(project):
    turn = nanoseconds(datetime(2024, 2, 1))  # noqa: DTZ001
    assert project.query(
        "select v, epoch_ns(valid_from), epoch_ns(valid_to) from history order by valid_from"
    ) == [
        ("d", turn - 2, turn - 1),
        ("c", turn - 1, turn),
        ("b", turn, turn + 600),
        ("a", turn + 600, None),
    ]
    assert project.query("select v, epoch_ns(loaded_at) from entity") == [("a", turn + 600)]


def test_a_fact_meets_the_version_of_its_nanosecond(project):
    first = nanoseconds(datetime(2024, 1, 31))  # noqa: DTZ001
    turn = nanoseconds(datetime(2024, 2, 5))  # noqa: DTZ001
    expected = {
        moment: None if moment < first else "old" if moment < turn else "new" for moment in MOMENTS
    }
    assert dict(project.query("select epoch_ns(happened), v from joined")) == expected
    expected = {moment: version or "old" for moment, version in expected.items()}
    assert dict(project.query("select epoch_ns(happened), v from joined_to_the_first")) == expected


def test_a_spine_ends_with_the_day_of_its_last_nanosecond(project):
    assert project.query("select period_start from spine order by 1") == [
        (date(2024, 1, 30),),
        (date(2024, 1, 31),),
    ]


@pytest.mark.slow
@given(moments=st.lists(st.integers(-(2**62), 2**62), min_size=1, max_size=30))
@settings(max_examples=60, deadline=None)
def test_a_time_is_cut_and_never_rounded(project, utc, moments):
    values = ", ".join(f"({i}, {literal(moment)})" for i, moment in enumerate(moments))
    found = project.query(
        f"select epoch_us({utc}) from (values {values}) as s (i, t) order by i",
    )
    assert [cut for (cut,) in found] == [moment // 1000 for moment in moments]


@pytest.fixture(scope="module")
def utc(project):
    return project.render("{{ entity_kit._utc('t') }}")


@pytest.mark.parametrize("zone", ["UTC", "America/New_York"])
@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("timestamp '9999-12-31 23:59:59.999999'", datetime(9999, 12, 31, 23, 59, 59, 999999)),  # noqa: DTZ001
        ("timestamptz '9999-12-31 00:00:00+00'", datetime(9999, 12, 31)),  # noqa: DTZ001
        ("timestamptz '1800-01-01 00:00:00.000001+00'", datetime(1800, 1, 1, 0, 0, 0, 1)),  # noqa: DTZ001
        ("timestamp_ms '2024-01-31 23:59:59.999'", datetime(2024, 1, 31, 23, 59, 59, 999000)),  # noqa: DTZ001
        ("timestamp_s '2024-01-31 23:59:59'", datetime(2024, 1, 31, 23, 59, 59)),  # noqa: DTZ001
        ("date '2024-01-31'", datetime(2024, 1, 31)),  # noqa: DTZ001
        ("cast(null as timestamp_ns)", None),
    ],
)
def test_every_type_of_time_is_read(project, utc, zone, value, expected):
    query = f"set timezone = '{zone}'; select {utc} from (select {value} as t) as s"
    assert project.query(query) == [(expected,)]
