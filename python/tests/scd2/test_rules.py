"""Each rule of docs/scd2.md on a log of a few rows, with the expected result written by hand.

Every log is built at once, in both physical orders, and replayed row by row in order of arrival.
"""

from __future__ import annotations

from datetime import date, datetime, timezone

import pytest

from .reference import Row, versions
from .replay import Case, compile_cases

CASES = {
    case.name: case
    for case in [
        Case("plain"),
        Case("sequenced", sequence=("s1",)),
        Case("closed", deletes=True),
        Case("recorded", deletes=True, hard_deletes="new_record"),
        Case("ignored", deletes=True, hard_deletes="ignore"),
        Case("overwritten", overwrite=("o",), deletes=True),
        Case("composite", key=("k1", "k2")),
        Case("open_end", open_end="9999-12-31"),
        Case("extracts", feed="snapshots", sequence=("s1",)),
        Case("late_extracts", feed="snapshots", extracted=True),
        Case(
            "unlisted", overwrite=("o",), sequence=("s1", "s2"), deletes=True, lists_columns=False
        ),
        Case("behind", lookback_days=2),
        Case("zoned", kind="TIMESTAMPTZ", open_end="9999-12-31"),
        Case("dates", kind="DATE", open_end="9999-12-31"),
    ]
}


@pytest.fixture(scope="module")
def replays(make_project):
    return compile_cases(list(CASES.values()), make_project)


def day(number):
    if number is None or isinstance(number, datetime):
        return number
    return datetime(2024, 1, number)  # noqa: DTZ001 - a plain timestamp is one without a zone


def row(at, loaded, a, *, key=(1,), **more):
    more = {"extracted": day(more.pop("extracted", None))} | more
    return Row(key, day(at), day(loaded), (a, None), **more)


def said(version):
    """Reduce a version to what the rules are about."""
    ends = version.valid_to and (version.valid_to.day if version.valid_to.year == 2024 else "open")
    names = {(True, False): "deleted", (False, True): "current", (False, False): "past"}
    state = names.get((version.is_deleted, version.is_current), "deleted and current")
    loaded = version.loaded_at and version.loaded_at.day
    return (version.tracked[0], version.valid_from.day, ends, state, loaded, *version.overwrite)


RULES = {
    "1: rows are ordered by changed_at, not by arrival": (
        "plain",
        [row(5, 5, "b"), row(1, 6, "a")],
        [("a", 1, 5, "past", 6), ("b", 5, None, "current", 5)],
    ),
    "1: of one instant the sequence decides, NULL first": (
        "sequenced",
        [
            row(1, 1, "b", sequence=(2,)),
            row(1, 2, "a", sequence=(1,)),
            row(1, 3, "c", sequence=(None,)),
        ],
        [("b", 1, None, "current", 3)],
    ),
    "1: of equal sequence the later arrival decides": (
        "sequenced",
        [row(1, 1, "b", sequence=(1,)), row(1, 2, "a", sequence=(1,))],
        [("a", 1, None, "current", 2)],
    ),
    "1: so it does whatever the content is": (
        "sequenced",
        [row(1, 1, "a", sequence=(1,)), row(1, 2, "b", sequence=(1,))],
        [("b", 1, None, "current", 2)],
    ),
    "1: a deletion of the same arrival comes after the live row": (
        "recorded",
        [row(1, 1, "a"), row(2, 2, "d", gone=True), row(2, 2, "b")],
        [("a", 1, 2, "past", 1), ("d", 2, None, "deleted", 2)],
    ),
    "2: neighbours that say the same are one": (
        "plain",
        [row(1, 1, "a"), row(2, 2, "a"), row(3, 3, "b")],
        [("a", 1, 3, "past", 2), ("b", 3, None, "current", 3)],
    ),
    "2: a late row takes the place of a later one that says the same": (
        "plain",
        [row(1, 1, "a"), row(5, 5, "b"), row(3, 6, "b")],
        [("a", 1, 3, "past", 1), ("b", 3, None, "current", 6)],
    ),
    "2: a late row between two equal ones splits them": (
        "plain",
        [row(1, 1, "a"), row(5, 5, "a"), row(3, 6, "b")],
        [("a", 1, 3, "past", 1), ("b", 3, 5, "past", 6), ("a", 5, None, "current", 5)],
    ),
    "2: NULL, an empty text and the text null differ": (
        "plain",
        [row(1, 1, None), row(2, 2, ""), row(3, 3, "null"), row(4, 4, None)],
        [
            (None, 1, 2, "past", 1),
            ("", 2, 3, "past", 2),
            ("null", 3, 4, "past", 3),
            (None, 4, None, "current", 4),
        ],
    ),
    "3: an open version ends where the model says": (
        "open_end",
        [row(1, 1, "a"), row(2, 2, "b")],
        [("a", 1, 2, "past", 1), ("b", 2, "open", "current", 2)],
    ),
    "4: a deletion closes, and a later live row opens": (
        "closed",
        [row(1, 1, "a"), row(3, 3, "a", gone=True), row(5, 5, "a")],
        [("a", 1, 3, "past", 3), ("a", 5, None, "current", 5)],
    ),
    "4: a deletion is a version of its own": (
        "recorded",
        [row(1, 1, "a"), row(3, 3, None, gone=True), row(5, 5, "a")],
        [("a", 1, 3, "past", 1), (None, 3, 5, "deleted", 3), ("a", 5, None, "current", 5)],
    ),
    "4: a deletion counts for nothing but its loaded time": (
        "ignored",
        [row(1, 1, "a"), row(3, 3, "a", gone=True), row(3, 2, "b"), row(5, 6, "c", gone=True)],
        [("a", 1, 3, "past", 1), ("b", 3, None, "current", 6)],
    ),
    "4: what never lived is one deleted version": (
        "closed",
        [row(1, 1, "a", gone=True), row(3, 3, "b", gone=True)],
        [("a", 1, None, "deleted", 3)],
    ),
    "4: so it is where deletions are versions": (
        "recorded",
        [row(1, 1, "a", gone=True), row(3, 3, "b", gone=True)],
        [("a", 1, None, "deleted", 3)],
    ),
    "4: what lived later has no such version": (
        "closed",
        [row(1, 1, "a", gone=True), row(3, 3, "b")],
        [("b", 3, None, "current", 3)],
    ),
    "5: a deleted entity has no current version": (
        "closed",
        [row(1, 1, "a"), row(3, 3, "a", gone=True)],
        [("a", 1, 3, "past", 3)],
    ),
    "5: nor where its deletion is a version": (
        "recorded",
        [row(1, 1, "a"), row(3, 3, "a", gone=True)],
        [("a", 1, 3, "past", 1), ("a", 3, None, "deleted", 3)],
    ),
    "6: the last live row's value is in all versions, NULL or not": (
        "overwritten",
        [
            row(1, 1, "a", overwrite=("i",)),
            row(2, 2, "b", overwrite=(None,)),
            row(3, 3, "b", overwrite=("j",), gone=True),
        ],
        [("a", 1, 2, "past", 1, None), ("b", 2, 3, "past", 3, None)],
    ),
    "6: of rows that tie in all else the content decides": (
        "overwritten",
        [row(1, 1, "a", overwrite=(value,)) for value in "ijmkl"],
        [("a", 1, None, "current", 1, "m")],
    ),
    "7: the loaded time is the greatest, corrections included": (
        "plain",
        [row(1, 9, "a"), row(1, 2, "b"), row(2, 3, "c")],
        [("a", 1, 2, "past", 9), ("c", 2, None, "current", 3)],
    ),
    "7: so it is where what was corrected arrived later": (
        "sequenced",
        [row(1, 2, "a", sequence=(2,)), row(1, 9, "b", sequence=(1,))],
        [("a", 1, None, "current", 9)],
    ),
    "7: the deletion that closes a version counts": (
        "closed",
        [row(1, 1, "a"), row(3, 9, "a", gone=True), row(5, 5, "b")],
        [("a", 1, 3, "past", 9), ("b", 5, None, "current", 5)],
    ),
    "8: what an extract lacks was deleted at its time": (
        "extracts",
        [
            row(1, 1, "a", sequence=(1,)),
            row(1, 1, "x", key=(2,), sequence=(1,)),
            row(1, 3, "x", key=(2,), sequence=(1,)),
        ],
        [("a", 1, 3, "past", 3), ("x", 1, None, "current", 3)],
    ),
    "8: what is back unchanged counts from when it is back": (
        "extracts",
        [
            row(1, 1, "a", sequence=(1,)),
            row(1, 3, "x", key=(2,), sequence=(1,)),
            row(1, 5, "a", sequence=(1,)),
            row(1, 5, "x", key=(2,), sequence=(1,)),
        ],
        [
            ("a", 1, 3, "past", 3),
            ("a", 5, None, "current", 5),
            ("x", 1, None, "current", 5),
        ],
    ),
    "8: an absence ends even what changes at that very time": (
        "extracts",
        [
            row(3, 1, "b", sequence=(9,)),
            row(1, 2, "a", sequence=(1,)),
            row(1, 1, "x", key=(2,), sequence=(1,)),
            row(1, 3, "x", key=(2,), sequence=(1,)),
            row(1, 2, "x", key=(2,), sequence=(1,)),
        ],
        [("a", 1, 3, "past", 3), ("x", 1, None, "current", 3)],
    ),
    "8: an extract that is loaded late counts at its own time": (
        "late_extracts",
        [
            row(1, 1, "a", extracted=1),
            row(1, 1, "x", key=(2,), extracted=1),
            row(1, 5, "a", extracted=5),
            row(1, 5, "x", key=(2,), extracted=5),
            row(1, 6, "x", key=(2,), extracted=3),
        ],
        [
            ("a", 1, 3, "past", 6),
            ("a", 5, None, "current", 5),
            ("x", 1, None, "current", 6),
        ],
    ),
    "8: an extract that is loaded late may end what it lacks sooner": (
        "late_extracts",
        [
            row(1, 1, "a", extracted=1),
            row(1, 1, "x", key=(2,), extracted=1),
            row(1, 5, "x", key=(2,), extracted=5),
            row(1, 6, "x", key=(2,), extracted=3),
        ],
        [("a", 1, 3, "past", 6), ("x", 1, None, "current", 6)],
    ),
    "8: and may say that something was back later": (
        "late_extracts",
        [
            row(1, 1, "a", extracted=1),
            row(4, 7, "b", extracted=7),
            *(row(1, number, "x", key=(2,), extracted=number) for number in (1, 3, 7, 9, 11)),
            row(1, 12, "x", key=(2,), extracted=5),
        ],
        [
            ("a", 1, 3, "past", 3),
            ("b", 7, 9, "past", 9),
            ("x", 1, None, "current", 12),
        ],
    ),
    "8: an extract may move as more of it arrives": (
        "late_extracts",
        [
            row(1, 1, "a", extracted=1),
            row(1, 1, "x", key=(2,), extracted=1),
            row(1, 5, "x", key=(2,), extracted=5),
            row(1, 6, "x", key=(2,), extracted=3),
            row(1, 6, "y", key=(3,), extracted=7),
        ],
        [("a", 1, 5, "past", 5), ("x", 1, None, "current", 6), ("y", 1, None, "current", 6)],
    ),
    "9: rows without a time or a key make no version": (
        "plain",
        [row(None, 1, "a"), row(1, 2, "b", key=(None,)), row(2, 3, "c")],
        [("c", 2, None, "current", 3)],
    ),
    "9: a NULL in a part of the key is a value": (
        "composite",
        [
            row(1, 1, "a", key=(1, None)),
            row(2, 2, "b", key=(1, "")),
            row(3, 3, "c", key=(1, None)),
            row(4, 4, "d", key=(None, None)),
        ],
        [("a", 1, 3, "past", 1), ("b", 2, None, "current", 2), ("c", 3, None, "current", 3)],
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("rule", RULES)
def test_rule(rule, replays):
    name, log, right = RULES[rule]
    replay = replays[name]

    def short(found):
        return sorted(map(said, found), key=repr)

    right = sorted(right, key=repr)
    assert short(replay.full_refresh(log)) == right
    assert short(replay.full_refresh(log[::-1])) == right
    log = sorted(log, key=lambda row: row.loaded)
    replay.start()
    for number in range(1, len(log) + 1):
        found = replay.step(log[:number])
    assert short(found) == right
    case = CASES[name]
    reference = versions(
        log,
        hard_deletes=case.hard_deletes,
        feed=case.feed,
        open_end=datetime(9999, 12, 31) if case.open_end else None,  # noqa: DTZ001
    )
    assert short(reference) == right, "the reference agrees with what is written here"


LATER = {
    "a row of the last load that was read": ("plain", row(6, 5, "c")),
    "a row of unknown arrival": ("plain", row(1, None, "a")),
    "a row that became visible late": ("behind", row(1, 3, "a")),
}


@pytest.mark.parametrize("what", LATER)
def test_an_incremental_run_also_reads(what, replays):
    name, later = LATER[what]
    replay = replays[name]
    first = row(5, 5, "b")
    replay.start()
    replay.step([first])
    assert {version.tracked for version in replay.step([first, later])} == {
        first.tracked,
        later.tracked,
    }


def test_rule_10_what_has_another_role_is_not_tracked(replays):
    ours = "durable_key surrogate_key hashdiff valid_from valid_to is_current is_deleted loaded_at"
    assert replays["unlisted"].column_names() == ["k1", "a", "b", "o", *ours.split()]


def test_no_session_changes_a_zoned_history(replays):
    at = [datetime(2024, 1, number, tzinfo=timezone.utc) for number in (1, 2)]
    log = [Row((1,), at[0], day(1), ("a", None)), Row((1,), at[1], day(2), ("b", None))]
    here = replays["zoned"].surrogate_keys(log)
    assert replays["zoned"].surrogate_keys(log, "Asia/Kolkata") == here
    ends = sorted(end for _, end in here)
    assert ends == [at[1].timestamp(), datetime(9999, 12, 31, tzinfo=timezone.utc).timestamp()]


def test_dates_end_with_a_date(replays):
    log = [Row((1,), date(2024, 1, 1), day(1), ("a", None))]
    assert [version.valid_to for version in replays["dates"].full_refresh(log)] == [
        date(9999, 12, 31)
    ]
