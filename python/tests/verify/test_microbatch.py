"""The windows that a dbt without a clock is told are those that dbt v1 computes by itself."""

from __future__ import annotations

from datetime import datetime, timezone
from types import SimpleNamespace
from unittest.mock import patch

import pytest
from dbt.artifacts.resources.types import BatchSize
from dbt.materializations.incremental import microbatch as dbts
from hypothesis import given
from hypothesis import strategies as st

from entity_kit.dbt_bridge.microbatch import commands, window

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
