"""The windows that a dbt without a clock is told are those that dbt v1 computes by itself."""

from __future__ import annotations

import sys
from datetime import datetime, timezone
from types import SimpleNamespace
from unittest.mock import patch

import pytest
from dbt.artifacts.resources.types import BatchSize
from dbt.materializations.incremental import microbatch as dbts
from hypothesis import given
from hypothesis import strategies as st

from entity_kit.dbt_bridge.microbatch import OwnBatches, Shift, commands, offset, window
from entity_kit.dbt_bridge.own_batches import measure
from entity_kit.dbt_bridge.warm import tell_of_batches

YEARS = (datetime(2000, 1, 1), datetime(2030, 1, 1))  # noqa: DTZ001 - hypothesis adds the zone
MOMENTS = st.datetimes(*YEARS, timezones=st.just(timezone.utc))
BORDERS = MOMENTS.map(
    lambda t: t.replace(month=1, day=1, hour=0, minute=0, second=0, microsecond=0)
)
CLOCK = datetime(2024, 3, 31, 12, tzinfo=timezone.utc)


@given(
    MOMENTS | BORDERS, MOMENTS, st.sampled_from(["hour", "day", "month", "year"]),
    st.integers(0, 40), st.booleans(),
)  # fmt: skip
def test_as_dbt_v1_has_them(clock, begin, size, lookback, is_incremental):
    config = SimpleNamespace(
        incremental_strategy="microbatch",
        batch_size=BatchSize(size),
        begin=begin,
        lookback=lookback,
    )
    model = SimpleNamespace(name="m", config=config)
    with patch.object(dbts, "NodeConfig", SimpleNamespace):
        builder = dbts.MicrobatchBuilder(model, is_incremental, None, None, clock)
        end = builder.build_end_time()
        start = builder.build_start_time(end)
    mine = {"batch_size": size, "begin": begin.isoformat(), "lookback": lookback}
    assert window(mine, clock, is_incremental=is_incremental) == (start, end)


@pytest.mark.parametrize(
    "begin", ["2024-01-31", "2024-01-31 10:00:00", "2024-01-31T11:00:00+01:00"]
)
def test_a_begin_is_read_however_it_is_written(begin):
    config = {"batch_size": "hour" if "10" in begin else "day", "begin": begin}
    start, _ = window(config, CLOCK, is_incremental=False)
    assert start in {datetime(2024, 1, 31, hour, tzinfo=timezone.utc) for hour in (0, 10)}


def model(size=None):
    if size is None:
        return {"config": {"materialized": "incremental", "incremental_strategy": "append"}}
    batches = {"incremental_strategy": "microbatch", "batch_size": size, "lookback": 1}
    return {"config": {"materialized": "incremental", **batches}}


NODES = {"a": model(), "b": model(), "days": model("day"), "hours": model("hour"), "x": model()}


@given(st.sets(st.tuples(st.integers(0, 4), st.integers(0, 4))), st.permutations(list(NODES)))
def test_each_command_has_one_window_and_parents_come_first(arrows, names):
    """An arrow goes from a name to one that is later in this order, so that there is no circle."""
    parents = {name: [] for name in names}
    for one, other in arrows:
        if one < other:
            parents[names[other]].append(names[one])
    selected = set(NODES) - {"x"}
    found = commands(NODES, parents, selected, CLOCK, lambda _: True)
    place = {name: number for number, each in enumerate(found) for name in each.models}
    assert set(place) == selected
    assert sum(len(each.models) for each in found) == len(selected)
    assert len(found) == 2
    for name in selected:
        above = set(parents[name]) | {u for u in parents["x"] if "x" in parents[name]}
        assert all(place[u] <= place[name] for u in above & selected)
    starts = {"days": "2024-03-30T00:00:00", "hours": "2024-03-31T10:00:00"}
    ends = {"days": "2024-04-01T00:00:00", "hours": "2024-03-31T12:00:00"}
    for each in found:
        (size,) = {"days", "hours"} & set(each.models)
        assert each.options == [
            f"--event-time-start={starts[size]}", f"--event-time-end={ends[size]}"
        ]  # fmt: skip


def test_without_batches_there_is_one_command_and_no_window():
    nodes = {"a": model(), "b": model()}
    (command,) = commands(nodes, {"b": ["a"]}, ["b", "a"], CLOCK, lambda _: True)
    assert (sorted(command.models), command.options) == (["a", "b"], [])


def batches(start, end, size):
    found = [start]
    while found[-1] < end:
        found.append(offset(found[-1], size, 1))
    return found[:-1]


@given(
    MOMENTS | BORDERS, st.sampled_from(["hour", "day", "month", "year"]), st.integers(0, 9),
    st.integers(-2, 4), st.integers(-2, 2),
)  # fmt: skip
def test_a_dbt_that_builds_other_batches(clock, size, lookback, first, last):
    """A shift takes batches from the start and the end of those of dbt v1, or adds some there."""
    config = {"batch_size": size, "lookback": lookback, "begin": "2000-01-01"}
    own = OwnBatches({(size, min(lookback, 3)): Shift(first, last)})
    start, end = window(config, clock, is_incremental=True)
    around = batches(offset(start, size, -5), offset(end, size, 5), size)
    expected = around[5 + first : len(around) - 5 + last]
    found = own.window(config, clock, is_incremental=True)
    assert (found and batches(*found, size)) == (expected or None)
    assert own.window(config, clock, is_incremental=False) == window(
        config, clock, is_incremental=False
    )


FAKE = """#!{python}
import re, sys
from datetime import datetime, timezone
from pathlib import Path
import duckdb

folder = Path(next(a for a in sys.argv if a.startswith("--project-dir=")).partition("=")[2])
with duckdb.connect(str(folder / "probe.duckdb")) as connection:
    for file in (folder / "models").glob("*.sql"):
        text = file.read_text()
        size, lookback = re.search(r"batch_size='(.+?)', lookback=(\\d+)", text).groups()
        # It never builds the current batch, nor the oldest one.
        if file.stem.startswith("whole"):
            connection.execute(
                f"create table {{file.stem}} as from source_{{size}} where batch between -2 and -1"
            )
        else:
            connection.execute(
                f"insert into {{file.stem}} from source_{{size}} "
                f"where batch between {{1 - int(lookback)}} and -1"
            )
"""


def test_what_a_dbt_chooses_is_read_from_the_rows_that_it_writes(tmp_path):
    fake = tmp_path / "dbt"
    fake.write_text(FAKE.replace("\\\\", "\\").format(python=sys.executable), "utf-8")
    fake.chmod(0o755)
    configs = [
        {"batch_size": size, "lookback": lookback, "begin": "2020-01-01"}
        for size, lookback in (("hour", 3), ("day", 1), ("month", 2), ("day", 30))
    ]
    assert measure(str(fake), tmp_path / "probe", configs) == OwnBatches(
        {
            ("hour", 3): Shift(1, -1),
            ("day", 1): None,
            ("month", 2): Shift(1, -1),
            ("day", 3): Shift(1, -1),
        },
        dict.fromkeys(("hour", "day", "month"), Shift(0, -1)),
    )
    assert measure("never run", tmp_path / "other", []) == OwnBatches()


def test_a_failed_batch_says_why():
    def result(unique_id, message, batches):
        node = SimpleNamespace(unique_id=unique_id)
        return SimpleNamespace(node=node, message=message, batch_results=batches)

    partly = result("model.x.days", "PARTIAL SUCCESS (2/3)", object())
    plain = result("model.x.plain", "Binder Error: no column", None)
    whole = result("model.x.hours", "SUCCESS", object())
    broken = {
        "model.x.days": "Exception on worker thread. Runtime Error\n  Binder Error: no column",
        "model.x.plain": "Exception on worker thread. Binder Error",
    }
    tell_of_batches([partly, plain, whole], broken)
    assert [each.message for each in (partly, plain, whole)] == [
        "PARTIAL SUCCESS (2/3): Runtime Error\n  Binder Error: no column",
        "Binder Error: no column",
        "SUCCESS",
    ]
