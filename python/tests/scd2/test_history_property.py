"""`scd2_history` against the reference, on logs from hypothesis.

Each log is built at once, and replayed in steps in the order in which its rows arrived; after each
step the history must be the reference's. ENTITY_KIT_EXAMPLES sets how many logs each case gets:
with more than the default they are new ones each time.
"""

from __future__ import annotations

import itertools
import os
from datetime import date, datetime, timedelta, timezone

import pytest
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from .reference import Row, versions
from .replay import Case, compile_cases

pytestmark = pytest.mark.slow

DEFAULT = 84
EXAMPLES = int(os.environ.get("ENTITY_KIT_EXAMPLES", DEFAULT))
FIRST = datetime(2024, 1, 1)  # noqa: DTZ001 - a plain timestamp is one without a zone

# The session's; none changes a result.
ZONES = ["UTC", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe"]

CASES = [
    Case("plain"),
    Case("unlisted", lists_columns=False),
    Case("nothing_tracked", tracked=()),
    Case("dates", kind="DATE", sequence=("s1",)),
    Case("zoned", kind="TIMESTAMPTZ", deletes=True, lists_columns=False),
    Case("composite", key=("k1", "k2"), sequence=("s1", "s2"), deletes=True),
    Case("text_key", key=("k2",), overwrite=("o",), open_end="9999-12-31"),
    Case("overwritten", overwrite=("o", "p"), sequence=("s1",), deletes=True),
    Case("deleted", deletes=True, sequence=("s1",)),
    Case("deleted_open", deletes=True, open_end="9999-12-31 00:00:00"),
    Case("recorded", deletes=True, hard_deletes="new_record", sequence=("s1",)),
    Case("recorded_over", deletes=True, hard_deletes="new_record", overwrite=("o",)),
    Case("recorded_composite", key=("k1", "k2"), deletes=True, hard_deletes="new_record"),
    Case("ignored", deletes=True, hard_deletes="ignore", sequence=("s1",)),
    Case("ignored_over", deletes=True, hard_deletes="ignore", overwrite=("o",)),
    Case("behind", lookback_days=2, deletes=True),
    Case("behind_recorded", lookback_days=1, deletes=True, hard_deletes="new_record"),
    Case("extracts", feed="snapshots"),
    Case("extracts_flagged", feed="snapshots", deletes=True, sequence=("s1",)),
    Case("extracts_recorded", feed="snapshots", hard_deletes="new_record", overwrite=("o",)),
    Case("extracts_composite", feed="snapshots", key=("k1", "k2"), hard_deletes="new_record"),
    Case("extracts_ignored", feed="snapshots", hard_deletes="ignore", deletes=True),
    Case("extracts_behind", feed="snapshots", lookback_days=2, hard_deletes="new_record"),
    Case("extracts_late", feed="snapshots", extracted=True, hard_deletes="new_record"),
    Case("extracts_late_flagged", feed="snapshots", extracted=True, deletes=True),
]


def test_there_are_enough_logs():
    assert len(CASES) * DEFAULT >= 2_000


@pytest.fixture(scope="module")
def replays(make_project):
    return compile_cases(CASES, make_project)


def instants(kind):
    hours = st.integers(0, 3).map(lambda number: FIRST + timedelta(hours=12 * number))
    if kind == "DATE":
        return hours.map(lambda time: time.date())
    if kind == "TIMESTAMPTZ":
        return hours.map(lambda time: time.replace(tzinfo=timezone.utc))
    return hours


VALUES = {
    "k1": st.sampled_from([1, 1, 1, 1, 2, None]),
    "k2": st.sampled_from(["x", "x", "", None]),
    "a": st.sampled_from(["u", "u", "v", "", "null", None]),
    "b": st.sampled_from([1, 1, None]),
    "o": st.sampled_from(["i", "j", None]),
    "p": st.sampled_from([1, 2, None]),
    "s1": st.sampled_from([1, 2, None]),
    "s2": st.sampled_from([1, 2, None]),
}


def rows_of(case):
    loaded = st.integers(0, 4).map(lambda number: FIRST + timedelta(hours=12 * number))
    if case.feed == "changes":
        loaded = st.one_of(loaded, loaded, loaded, loaded, loaded, loaded, st.none())
    at = instants(case.kind)
    return st.builds(
        Row,
        key=st.tuples(*(VALUES[name] for name in case.key)),
        at=st.one_of(*[at] * 9, st.none()),
        loaded=loaded,
        tracked=st.tuples(*(VALUES[name] for name in case.tracked)),
        overwrite=st.tuples(*(VALUES[name] for name in case.overwrite)),
        gone=st.sampled_from([False, False, True, None]) if case.deletes else st.just(False),
        sequence=st.tuples(*(VALUES[name] for name in case.sequence)),
        extracted=st.one_of(loaded, loaded, st.none()) if case.extracted else st.none(),
    )


@st.composite
def arrivals(draw, case):
    """Return a log as the lists of rows that each step adds."""
    # Few instants and many rows: what goes wrong goes wrong where rows meet.
    size = draw(st.sampled_from([0, 1, 3, 5, 7, 9, 11]))
    log = draw(st.lists(rows_of(case), min_size=size, max_size=size))
    lag = timedelta(days=case.lookback_days)

    def visible(number):
        # A row is seen when it is loaded, or as much later as the model says that it looks back.
        loaded = log[number].loaded or FIRST
        return loaded + lag * draw(st.sampled_from([0, 0.5, 1])) if lag else loaded

    order = sorted(range(len(log)), key=lambda number: (visible(number), number))
    cuts = sorted(draw(st.sets(st.integers(0, len(log)), max_size=2)))
    bounds = [0, *cuts, len(log)]
    return [[log[i] for i in order[a:b]] for a, b in itertools.pairwise(bounds)]


def expected(case, rows):
    open_end = case.open_end and datetime.fromisoformat(case.open_end)
    return versions(rows, hard_deletes=case.hard_deletes, feed=case.feed, open_end=open_end)


def in_order(found):
    return sorted(map(_comparable, found), key=repr)


def _comparable(version):
    return tuple(
        value.astimezone(timezone.utc) if getattr(value, "tzinfo", None) else value
        for value in vars(version).values()
    )


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_each_step_of_each_log_is_the_reference(case, replays):
    replay = replays[case.name]

    @given(arrivals(case), st.sampled_from(ZONES))
    @settings(
        max_examples=EXAMPLES,
        derandomize=EXAMPLES <= DEFAULT,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        print_blob=False,
    )
    def check(steps, zone):
        replay.start(zone)
        shown = []
        for number, arrived in enumerate(steps):
            shown += arrived
            note(f"step {number}:" + "".join(f"\n    {row}" for row in arrived))
            right = in_order(expected(case, shown))
            assert in_order(replay.step(shown)) == right, f"after the incremental run {number}"
        assert in_order(replay.full_refresh(shown[::-1])) == right, "after a full refresh"

    check()


def test_dates_are_what_the_reference_takes_them_for():
    assert isinstance(FIRST, date)
