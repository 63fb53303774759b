"""Floats within their tolerance are equal in `compare`, and nothing else is."""

from __future__ import annotations

import json
import math
import random
from collections import Counter
from itertools import product
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from entity_kit.cli.commands import cli
from entity_kit.compare.difference import Comparison, Diff
from entity_kit.compare.relations import compare
from entity_kit.compare.tolerance import NEAR_ZERO, RELATIVE, Rounding, Tolerances, merged, parse
from entity_kit.errors import EntityKitError
from entity_kit.warehouse import Connection, Relation, connect, rows

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

TABLES = (Relation("memory", "main", "incremental"), Relation("memory", "main", "full_refresh"))
NOISE = 1e-13  # less than the default tolerance
SAME = Comparison(0, 0, 0)


@pytest.fixture(scope="module")
def connection() -> Iterator[Connection]:
    with connect() as opened:
        rows(opened, "set threads = 1")
        yield opened


def compared(connection: Connection, incremental: str, full_refresh: str, **options: Any) -> Diff:
    """Compare the results of two queries, as tables."""
    for relation, query in zip(TABLES, (incremental, full_refresh), strict=True):
        rows(connection, f"create or replace table {relation} as {query}")
    return compare(connection, *TABLES, **options)


def one(connection: Connection, ours: str, theirs: str, beside: str = "", **options: Any) -> Diff:
    """Compare two values, next to one that both sides have."""
    more = f" union all select 'beside', {beside}" if beside else ""
    return compared(
        connection,
        f"select 'it' as id, {ours} as x{more}",
        f"select 'it' as id, {theirs} as x{more}",
        **options,
    )


SAMES = [
    ("674.0::double", "674.0000000000001::double", ""),
    ("0.1::double + 0.2", "0.3::double", ""),
    ("-674.0::double", "-674.0000000000001::double", ""),
    ("1e300::double", "1.0000000000001e300::double", ""),
    # What is left where terms cancel out is as large as their rounding, of whatever sign.
    ("0.1::double + 0.2 - 0.3", "0.0::double", "0.6::double"),
    ("5.5e-17::double", "-2.7e-17::double", "0.6::double"),
    ("1e6::double + 0.01 - 1e6", "0.01::double", "-1e6::double"),
    ("0.1::float", "0.10000001::float", ""),
    ("[1.0, 674.0]::double[]", "[1.0, 674.0000000000001]::double[]", ""),
    (
        "[null, 'nan'::double, 674.0]::double[]",
        "[null, 'nan'::double, 674.0000000000001]::double[]",
        "",
    ),
    ("[1.0, 674.0]::double[2]", "[1.0, 674.0000000000001]::double[2]", ""),
    ("{'n': 'a', 'x': 674.0::double}", "{'n': 'a', 'x': 674.0000000000001::double}", ""),
    ("[{'x y': [674.0::double]}]", "[{'x y': [674.0000000000001::double]}]", ""),
]


@pytest.mark.slow
@pytest.mark.parametrize("key", [(), ("id",)])
@pytest.mark.parametrize(("ours", "theirs", "beside"), SAMES)
def test_rounding_is_no_difference_and_is_told(
    connection: Connection, ours: str, theirs: str, beside: str, key: Sequence[str]
) -> None:
    diff = one(connection, ours, theirs, beside, key=key, keep="kept")
    assert (diff.comparison, diff.sample, diff.changed_columns) == (SAME, (), {})
    assert diff.agrees
    (told,) = diff.rounding
    assert (told.column, told.cells) == ("x", 1)
    assert told.largest > 0
    assert not rows(connection, "from kept_incremental union all from kept_full_refresh")
    assert one(connection, ours, theirs, beside, key=key).rounding == diff.rounding


DIFFERENT = [
    ("'nan'::double", "1.0::double", ""),
    ("'nan'::double", "null::double", ""),
    ("'inf'::double", "1.7e308::double", ""),
    ("'inf'::double", "'-inf'::double", ""),
    ("1.7e308::double", "-1.7e308::double", ""),
    ("null::double", "0.0::double", "1e9::double"),
    ("1e-9::double", "-1e-9::double", "1.0::double"),
    ("1e-300::double", "2e-300::double", ""),
    ("1e-20::double", "2e-20::double", "'inf'::double"),
    ("1e-20::double", "2e-20::double", "'nan'::double"),
    ("100.0::double", "100.000001::double", ""),
    # A cent in a billion, and in a column with a value of any size.
    ("1e9::double", "1e9::double + 0.01", ""),
    ("0.01::double", "0.02::double", "1e300::double"),
    ("1.0::float", "1.00001::float", ""),
    ("[1.0]::double[]", "[1.0, 1.0]::double[]", ""),
    ("[1.0]::double[]", "[null]::double[]", ""),
    ("[1.0]::double[]", "null::double[]", ""),
    ("[1.0, 2.0]::double[]", "[2.0, 1.0]::double[]", ""),
    ("{'n': 'a', 'x': 1.0::double}", "{'n': 'b', 'x': 1.0::double + 2e-16}", ""),
    ("{'x': null::double}", "null::struct(x double)", ""),
    ("map {'a': 674.0::double}", "map {'a': 674.0000000000001::double}", ""),
    ("674.00::decimal(38, 20)", "674.00000000000000000001::decimal(38, 20)", ""),
]


@pytest.mark.slow
@pytest.mark.parametrize("key", [(), ("id",)])
@pytest.mark.parametrize(("ours", "theirs", "beside"), DIFFERENT)
def test_no_other_difference_is_taken_for_rounding(
    connection: Connection, ours: str, theirs: str, beside: str, key: Sequence[str]
) -> None:
    for left, right in ((ours, theirs), (theirs, ours)):
        diff = one(connection, left, right, beside, key=key)
        assert diff.comparison == (Comparison(0, 0, 1) if key else Comparison(1, 1, 0))
        assert diff.rounding == ()


def test_a_key_is_compared_exactly(connection: Connection) -> None:
    noisy = (
        "select 674.0::double as x, 'a' as y",
        "select 674.0000000000001::double as x, 'a' as y",
    )
    assert compared(connection, *noisy).agrees
    assert compared(connection, *noisy, key=["x"]).comparison == Comparison(1, 1, 0)


def test_a_changed_row_shows_what_changed_and_not_the_noise(connection: Connection) -> None:
    ours = "select 1 as id, 674.0::double as total, 'a' as name, 3.0::double as other"
    theirs = "select 1 as id, 674.0000000000001::double as total, 'b' as name, 4.0::double as other"
    diff = compared(connection, ours, theirs, key=["id"])
    assert diff.comparison == Comparison(0, 0, 1)
    assert diff.changed_columns == {"name": 1, "other": 1}
    assert diff.sample[0].before == {"name": "a", "other": 3.0}
    assert [(told.column, told.cells) for told in diff.rounding] == [("total", 1)]


def test_noise_in_one_column_does_not_decide_who_meets_whom_in_another(
    connection: Connection,
) -> None:
    ours = "from (values (1.0::double, 5.0::double), (1.0 + 2e-16, 3.0)) as t(a, b)"
    theirs = "from (values (1.0::double + 2e-16, 5.0::double), (1.0, 3.0)) as t(a, b)"
    diff = compared(connection, ours, theirs)
    assert diff.agrees
    assert [told.cells for told in diff.rounding] == [2]


def test_copies_stay_counted(connection: Connection) -> None:
    ours = "select 1 as id, 674.0::double as x from range(3)"
    diff = compared(
        connection, ours, "select 1 as id, 674.0000000000001::double as x from range(5)"
    )
    assert diff.comparison == Comparison(0, 2, 0)
    assert diff.rounding[0].cells == 3


def test_a_difference_that_grows_in_small_steps_is_found_in_the_end(connection: Connection) -> None:
    step = RELATIVE["DOUBLE"] * 0.4
    verdicts = [
        one(connection, f"(1000.0 * (1 + {n} * {step!r}::double))", "1000.0::double").agrees
        for n in range(5)
    ]
    assert verdicts == [True, True, True, False, False]


# The reference: every row is a true one with noise; only the true ones count.

ids = st.sampled_from(["a", "b", None])
true_floats = st.sampled_from([None, math.nan, math.inf, 0.0, 1.0, 1.5, -1.5, 1e6])
true_rows = st.lists(st.tuples(ids, true_floats, true_floats), max_size=8)


def noisy(value: Any, chance: random.Random) -> Any:
    if value is None or not math.isfinite(value):
        return value
    return value * (1 + chance.uniform(-NOISE, NOISE)) + chance.uniform(-1e-13, 1e-13)


def canonical(value: Any) -> Any:
    return "NaN" if isinstance(value, float) and math.isnan(value) else value


def fill(connection: Connection, *contents: list[tuple[Any, ...]]) -> None:
    for table, content in zip(TABLES, contents, strict=True):
        rows(connection, f"create or replace table {table} (id varchar, x double, y double)")
        if content:
            marks = ", ".join(["(?, ?, ?)"] * len(content))
            values = [value for row in content for value in row]
            rows(connection, f"insert into {table} values {marks}", values)


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(ours=true_rows, theirs=true_rows, common=true_rows, seed=st.integers(0, 2**32))
def test_counts_are_those_of_the_true_values(
    connection: Connection,
    ours: list[tuple[Any, ...]],
    theirs: list[tuple[Any, ...]],
    common: list[tuple[Any, ...]],
    seed: int,
) -> None:
    chance = random.Random(seed)  # noqa: S311
    sides = [[*common, *ours], [*common, *theirs]]
    left, right = (Counter(tuple(map(canonical, row)) for row in side) for side in sides)
    expected = Comparison((left - right).total(), (right - left).total(), 0)
    found = []
    for _ in range(2):
        contents = []
        for side in sides:
            chance.shuffle(side)
            contents.append([(i, noisy(x, chance), noisy(y, chance)) for i, x, y in side])
        # So that the columns' largest values, and with them the rule near zero, are known.
        anchor = ("anchor", 1e6, 1e6)
        fill(connection, *([*content, anchor] for content in contents))
        diff = compare(connection, *TABLES)
        assert diff.comparison == expected
        found.append(diff.comparison)
    assert found[0] == found[1]


crowded = st.sampled_from([1.0 + n * 4e-13 for n in range(6)])
crowds = st.lists(st.tuples(st.just("a"), crowded, crowded), max_size=5)


def most_pairs(ours: list[tuple[Any, ...]], theirs: list[tuple[Any, ...]]) -> int:
    """Count the maximum number of pairs within the tolerance, the slow way."""

    def close(one: tuple[Any, ...], other: tuple[Any, ...]) -> bool:
        return all(
            abs(a - b) <= RELATIVE["DOUBLE"] * max(a, b)
            for a, b in zip(one[1:], other[1:], strict=True)
        )

    partner: dict[int, int] = {}

    def find(mine: int, tried: set[int]) -> bool:
        for place, other in enumerate(theirs):
            if place in tried or not close(ours[mine], other):
                continue
            tried.add(place)
            if place not in partner or find(partner[place], tried):
                partner[place] = mine
                return True
        return False

    return sum(find(mine, set()) for mine in range(len(ours)))


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(ours=crowds, theirs=crowds)
def test_nothing_is_paired_beyond_the_tolerance(
    connection: Connection, ours: list[tuple[Any, ...]], theirs: list[tuple[Any, ...]]
) -> None:
    fill(connection, ours, theirs)
    counts = compare(connection, *TABLES).comparison
    assert len(ours) - counts.only_incremental == len(theirs) - counts.only_full_refresh
    assert len(ours) - counts.only_incremental <= most_pairs(ours, theirs)


@pytest.mark.slow
def test_sums_in_any_order_and_by_any_number_of_threads_agree() -> None:
    terms = "select i, i % 5 as k, ((i * 7919) % 100003)::double / 100 - 400 as x from range(400000) as t(i)"
    sums = "select k, sum(x) as total, avg(x) as mean, sum(x * x) as squares from {} group by k"
    told = 0
    with connect() as connection:
        rows(connection, f"create table terms as {terms}")
        full = f"{sums.format('terms')}"
        for threads, order in product((1, 2, 4), ("i", "-i", "hash(i)")):
            rows(connection, f"set threads = {threads}")
            rows(connection, f"create or replace table shuffled as from terms order by {order}")
            diff = compared(connection, sums.format("shuffled"), full, key=["k"])
            assert diff.agrees, diff
            told += len(diff.rounding)
    assert told  # it was not for nothing


# What is declared


@pytest.mark.slow
def test_what_is_declared_decides(connection: Connection) -> None:
    ours = "select 1 as id, 100.0::double as x, 100.0::double as y, 1.0::float as z"
    theirs = (
        "select 1 as id, 100.00001::double as x, 100.0000000000001::double as y, 1.0::float as z"
    )

    def columns(given: Any) -> list[str]:
        return list(
            compared(
                connection, ours, theirs, key=["id"], tolerances=parse("m", given)
            ).changed_columns
        )

    assert columns(None) == ["x"]
    assert columns(1e-6) == []
    assert columns(0) == ["x", "y"]
    assert columns({"X": 1e-6}) == []
    assert columns({"y": 0}) == ["x", "y"]
    assert columns({"x": {"absolute": 0.001}}) == []
    assert columns({"x": {"relative": 0, "absolute": 1e-9}}) == ["x"]
    assert columns("1e-6") == []  # as YAML 1.1 reads it


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            "much",
            "m: the tolerance `float_tolerance` must be a number from 0 and below 1; got 'much'.",
        ),
        (-1, "m: the tolerance `float_tolerance` must be a number from 0 and below 1; got -1."),
        (
            math.nan,
            "m: the tolerance `float_tolerance` must be a number from 0 and below 1; got nan.",
        ),
        (True, "m: the tolerance `float_tolerance` must be a number from 0 and below 1; got True."),
        (
            {"x": 1},
            "m: the tolerance `float_tolerance.x` must be a number from 0 and below 1; got 1.",
        ),
        ({"x": {"rel": 1}}, "m: `float_tolerance.x` knows relative, absolute; got `rel`."),
        ({"amuont": 1e-9}, "`float_tolerance` names the column `amuont`, which doesn't exist."),
        (
            {"name": 1e-9},
            (
                "`float_tolerance` names `name`, which is VARCHAR: only FLOAT and DOUBLE are rounded; "
                "everything else is compared exactly."
            ),
        ),
    ],
)
def test_what_makes_no_sense_is_refused(connection: Connection, given: Any, message: str) -> None:
    query = "select 1.0::double as amount, 'a' as name"
    with pytest.raises(EntityKitError) as caught:
        compared(connection, query, query, tolerances=parse("m", given))
    assert caught.value.message == message


def test_a_note_says_how_much_and_how_much_may_be() -> None:
    found = Rounding("amount", 3, 1.1e-13, 1.7e-16, 1e-12, 6.74e-10)
    assert str(found) == (
        "amount: 3 cells differ by rounding only, at most 1.1e-13 (1.7e-16 relative); "
        "tolerance 1e-12 (near zero 6.7e-10)"
    )
    smaller = Rounding("amount", 1, 1e-14, None, 1e-12, 6e-10)
    assert str(smaller).startswith("amount: 1 cell differs by rounding only, at most 1e-14; ")
    assert merged([smaller, found]) == (found,)


def test_near_zero_no_column_is_so_large_that_it_hides_a_millionth() -> None:
    assert Tolerances().of("x", "DOUBLE").near_zero(1e300) == NEAR_ZERO


def test_the_command_says_what_it_took_for_rounding(tmp_path: Path) -> None:
    file = tmp_path / "shop.duckdb"
    with connect(file, create=True) as connection:
        rows(connection, "create table ours as select 1 as id, 674.0::double as total")
        rows(
            connection, "create table theirs as select 1 as id, 674.0000000000001::double as total"
        )

    def run(*arguments: str) -> tuple[int, str]:
        done = CliRunner().invoke(cli, ["diff", str(file), "ours", "theirs", *arguments])
        return done.exit_code, done.stdout

    assert run() == (
        0,
        (
            "agrees: 1 row, all equal except for rounding\n"
            "note: total: 1 cell differs by rounding only, at most 1.1e-13 (1.7e-16 relative); "
            "tolerance 1e-12 (near zero 6.7e-10)\n"
        ),
    )
    told = json.loads(run("--format", "json")[1])
    assert told["verdict"] == "agrees"
    assert [(each["column"], each["cells"]) for each in told["rounding"]] == [("total", 1)]
    assert run("--float-tolerance", "0")[0] == 1
    assert run("--float-tolerance", "1e-9", "--float-tolerance", "total=1e-17")[0] == 1
