"""`entity-kit lookback`: how late rows arrive, and what each lookback loses and reads again."""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from entity_kit.arrivals import lateness
from entity_kit.arrivals.sources import Source
from entity_kit.verify.reports import html as report_html
from entity_kit.verify.results import Timing, VerifyResult
from entity_kit.warehouse import Relation, connect, rows
from support.verify_project import FCT, run

pytestmark = pytest.mark.slow

START = datetime(2024, 1, 1, tzinfo=timezone.utc)
HOURS = timedelta(hours=1)


def measured(events, every="day"):
    """Measure rows given as hours of event and of loaded time after the start."""
    with connect() as connection:
        rows(connection, "set TimeZone = 'UTC'")
        rows(connection, "create table t (happened timestamp, loaded timestamp)")
        for event, loaded in events:
            values = [
                "null" if h is None else f"timestamp '{START + h * HOURS:%F %T}'"
                for h in (event, loaded)
            ]
            rows(connection, f"insert into t values ({', '.join(values)})")
        source = Source("s", "shop.orders", Relation("m", "main", "t"), "t", "loaded", "happened")
        return lateness.measure(connection, source, every)


@given(
    st.lists(st.tuples(st.integers(0, 200), st.integers(0, 90)), min_size=1, max_size=25),
    st.sampled_from(lateness.TIMETABLES),
)
@settings(max_examples=40, deadline=None)
def test_prices_are_what_a_model_would_lose_and_read_again(given_rows, every):
    events = [(event, event + late) for event, late in given_rows]
    found = measured(events, every)
    length = {"hour": 1, "day": 24, "week": 168}[every]
    # 1 January 2024 is a Monday, so each of these begins at the start.
    runs = sorted({loaded // length for _, loaded in events})
    assert found.runs == len(runs)
    for price in found.prices:
        lookback = price.lookback / HOURS
        lost = again = 0
        for run_at in runs[1:]:
            seen = max(event for event, loaded in events if loaded // length < run_at)
            for event, loaded in events:
                if loaded // length == run_at:
                    lost += event < seen - lookback
                elif loaded // length < run_at:
                    again += event >= seen - lookback
        assert (price.lost, price.read_again) == (lost, again), price.lookback
    assert found.prices[-1].lookback == found.smallest
    assert found.prices[-1].lost == 0
    assert all(price.lost for price in found.prices[:-1])
    assert sum(bar.rows for bar in found.bars) == len(events)


def test_the_distribution():
    events = [(hour, hour + 1) for hour in range(99)] + [(50, 98), (10, 9), (None, 3), (3, None)]
    found = measured(events)
    assert (found.rows, found.unplaced) == (101, 2)
    assert dict(found.quantiles)[0.0] == -HOURS
    assert dict(found.quantiles)[0.5] == HOURS
    assert dict(found.quantiles)[1.0] == 48 * HOURS
    assert [(bar.label, bar.rows) for bar in found.bars if bar.rows] == [
        ("before it happened", 1),
        ("1 h to 3 h", 99),
        ("2 d to 3 d", 1),
    ]


def test_a_source_without_rows():
    found = measured([])
    assert (found.rows, found.bars, found.smallest) == (0, (), timedelta(0))
    assert list(lateness.text_lines("fct", [found]))[2].startswith("shop.orders: 0 rows")


@pytest.mark.parametrize(
    ("length", "text", "interval"),
    [
        (timedelta(0), "0", "{seconds: 0}"),
        (timedelta(microseconds=1), "1e-06 s", "{seconds: 1}"),
        (timedelta(seconds=90), "1 min 30 s", "{seconds: 90}"),
        (timedelta(hours=26), "1 d 2 h", "{hours: 26}"),
        (timedelta(days=2, hours=23), "2 d 23 h", "{days: 3}"),
        (timedelta(minutes=59), "59 min", "{hours: 1}"),
        (timedelta(days=6, hours=2, minutes=28), "6 d 2 h", "{hours: 147}"),
        (timedelta(hours=23, minutes=59, seconds=40), "1 d", "{days: 1}"),
        (-HOURS, "-1 h", "{seconds: -3600}"),
    ],
)
def test_lengths_of_time(length, text, interval):
    assert lateness.span(length) == text
    if length >= timedelta(0):
        assert lateness.as_interval(length) == interval


@pytest.mark.parametrize(
    ("length", "text"),
    [
        (timedelta(days=6, hours=2, minutes=28), "6 d 3 h"),
        (timedelta(days=6, hours=2), "6 d 2 h"),
        (timedelta(hours=23, minutes=59, seconds=1), "1 d"),
        (timedelta(minutes=59, seconds=59, microseconds=1), "1 h"),
        (timedelta(seconds=1), "1 s"),
    ],
)
def test_a_lookback_is_never_shown_shorter_than_it_is(length, text):
    assert lateness.span(length, up=True) == text


SOURCES = """
sources:
  - name: shop
    tables:
      - name: orders
        config: {loaded_at_field: loaded_at, event_time: ordered_at}
      - name: customers
        config: {loaded_at_field: loaded_at}
"""
DATA = """
create schema shop;
create table shop.orders as
select i as order_id, timestamp '2024-01-01' + i * interval 3 hour as ordered_at,
    timestamp '2024-01-01 01:00' + i * interval 3 hour
        + case when i % 20 = 7 then interval 30 hour else interval 0 hour end as loaded_at
from range(80) as t(i);
create table shop.customers as select 1 as customer_id, timestamp '2024-01-01' as loaded_at;
"""
OTHER = "select * from {{ source('shop', 'customers') }}"


TEXT = """\
fct reads 1 source with event_time.

shop.orders: 80 rows, by loaded_at minus event_time
  quantiles: min 1 h, 0.25 1 h, 0.5 1 h, 0.75 1 h, 0.9 1 h, 0.95 1 h, 0.99 1 d 7 h, 0.999 1 d 7 h, max 1 d 7 h
   1 h to 3 h |████████████████████████████████████████ 76
   3 h to 6 h |0
  6 h to 12 h |0
  12 h to 1 d |0
   1 d to 2 d |███ 4
  A model that runs every day (10 runs with something new) and reads from the latest event_time it has seen, less a lookback:
    lookback  rows lost  rows read again  again per run
           0          4                9            1.0
       1 min          4                9            1.0
       5 min          4                9            1.0
      15 min          4                9            1.0
         1 h          4                9            1.0
         3 h          4               18            2.0
         6 h          4               27            3.0
        12 h          2               43            4.8
         1 d          0               75            8.3
  The smallest lookback that loses nothing: 1 d, {days: 1}.
"""


@pytest.fixture
def project(make_project):
    return make_project({"fct.sql": FCT, "other.sql": OTHER}, data=DATA, sources=SOURCES)


def test_the_command(project, tmp_path):
    arguments = ["lookback", "fct", "--project-dir", str(project.folder)]
    with project.untouched():
        finished = run(arguments)
    assert finished.exit_code == 0
    assert finished.stdout == TEXT
    found = json.loads(run([*arguments, "--format", "json", "--every", "hour"]).stdout)
    (source,) = found["sources"]
    assert (source["source"], source["every"], source["rows"]) == ("shop.orders", "hour", 80)
    assert source["lookbacks"][-1]["rows_lost"] == 0
    assert source["lookbacks"][-1]["lookback_s"] == source["smallest_lookback_s"] == 27 * 3600
    page = tmp_path / "page.html"
    assert run([*arguments, "--report", str(page)]).stdout == TEXT
    assert "a lookback of 1 d loses no row of shop.orders." in page.read_text()


def test_refusals(project):
    from entity_kit import EntityKitError
    from entity_kit.verify.verification import lookback

    with pytest.raises(EntityKitError) as caught:
        lookback(project.folder, "fcts")
    assert str(caught.value) == "There is no model `fcts` in the project.\nClosest: fct."
    with pytest.raises(EntityKitError) as caught:
        lookback(project.folder, "other")
    assert (
        "No source of other declares when its rows happened (event_time): shop.customers."
        in str(caught.value)
    )


def test_seeds_and_files_are_sources_too(make_project):
    seed = "id,loaded_at,at\n1,2024-01-01,2024-01-01\n2,2024-01-05,2024-01-02\n3,2024-01-06,2024-01-06\n"
    declared = "{entity_kit: {loaded_at_field: loaded_at, event_time: at}}"
    files = {
        "seeds/arrived.csv": seed,
        "seeds/seeds.yml": f"seeds: [{{name: arrived, config: {{meta: {declared}}}}}]",
        "files/orders.csv": seed,
    }
    sources = """
sources:
  - name: files
    config: {external_location: "files/{name}.csv"}
    tables:
      - name: orders
        config: {loaded_at_field: loaded_at, event_time: at}
"""
    models = {
        "of_seed.sql": "select * from {{ ref('arrived') }}",
        "of_file.sql": "select * from {{ source('files', 'orders') }}",
    }
    project = make_project(models, sources=sources, files=files)
    for model, name in (("of_seed", "arrived"), ("of_file", "files.orders")):
        finished = run(["lookback", model, "--project-dir", str(project.folder)])
        assert (finished.exit_code, finished.stderr) == (0, "")
        assert f"{name}: 3 rows, by loaded_at minus event_time" in finished.stdout
        assert "max 3 d" in finished.stdout


def test_the_page_has_a_plot():
    found = measured([(hour, hour + 1) for hour in range(99)] + [(50, 98)])
    result = VerifyResult((), 0, (START,), Timing(1, 1, 1), lateness=(found,))
    page = report_html.as_html(result, "t")
    assert page.count("<rect ") == len(found.bars)
    assert 'aria-label="shop.orders: 1 h to 3 h: 99 rows, 2 d to 3 d: 1 rows"' in page
    heights = [float(height) for height in re.findall(r'<rect [^>]*height="([\d.]+)"', page)]
    assert max(heights) == 40
    assert min(height for height in heights if height) < 10
    assert '<th scope="row">0</th>' in page
    assert "<svg" not in report_html.as_html(VerifyResult((), 0, (START,), Timing(1, 1, 1)), "t")


def test_verify_measures_only_for_the_page(project, tmp_path):
    page = tmp_path / "page.html"
    assert run(
        ["verify", "--project-dir", str(project.folder), "--jobs", "1", "--steps", "1",
         "--schedules", "rerun", "--report", str(page)]
    ).exit_code == 0  # fmt: skip
    assert '<h3>shop.orders</h3>\n<svg class="late"' in page.read_text()
    assert project.verify(steps=1, schedules=["rerun"]).lateness == ()
